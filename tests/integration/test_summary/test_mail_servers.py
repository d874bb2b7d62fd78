"""What mail servers do and refuse, and what people are told of it."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from pydantic import SecretStr

from tests.integration.test_summary.mailserver import (
    DEPUTY,
    LEAD,
    PASSWORD,
    Certificates,
    Post,
    done,
    mail_server,
    mail_settings,
    row,
    summaries,
)
from tests.unit.summary.handmade import WEEK
from worker.store.session import Store
from worker.summary.mailer import MailFault


@pytest.mark.parametrize("store", ["sqlite"], indirect=True)  # the database makes no difference here
# aiosmtpd does not know that the connection around it is protected from the first byte.
@pytest.mark.filterwarnings("ignore:Requiring AUTH while not requiring TLS")
@pytest.mark.parametrize("security", ["tls", "none"])
def test_other_ways_to_reach_a_mail_server(
    store: Store, post: Post, certificates: Certificates, security: str
) -> None:
    """TLS from the first byte works; no protection works on this machine without a password."""
    with mail_server(post, certificates, security) as port:
        changed = {"username": None, "password": None} if security == "none" else {}
        mail = mail_settings(port, certificates, security=security, **changed)
        summaries(store, mail).send(WEEK, done)
    assert len(post.mails) == 1


@pytest.mark.parametrize("store", ["sqlite"], indirect=True)  # the database makes no difference here
@pytest.mark.parametrize(
    ("changed", "said"),
    [
        ({"password": SecretStr("wrong-hat")}, "did not accept our username and password (code 535)"),
        ({"ca_file": None}, "certificate that cannot be trusted"),
        ({"ca_file": "other"}, "certificate that cannot be trusted"),
        ({"host": "localhost"}, "certificate that cannot be trusted"),
        ({"port": 9}, "could not be reached"),
        ({"security": "tls"}, "did not make a protected connection"),
        ({"username": None, "password": None}, "(code 530)"),
        ({"ca_file": Path("/nonexistent/ca.pem")}, "cannot be read"),
    ],
)
def test_what_the_mail_server_refuses_is_said_to_people_and_can_be_tried_again(
    store: Store, post: Post, port: int, certificates: Certificates, changed: dict[str, Any], said: str
) -> None:
    """A wrong password, certificate or port sends nothing, names no secret, and leaves the week unsent."""
    if changed.get("ca_file") == "other":
        changed = {"ca_file": certificates.other_ca}
    with pytest.raises(MailFault) as caught:
        summaries(store, mail_settings(port, certificates, **changed)).send(WEEK, done)
    assert said in str(caught.value)
    assert caught.value.do
    assert "wrong-hat" not in str(caught.value)
    assert PASSWORD not in str(caught.value)
    assert (post.mails, row(store).sent_at) == ([], None)
    first = row(store).message_id
    summaries(store, mail_settings(port, certificates)).send(WEEK, done)
    assert post.mails[0]["Message-ID"] == first


@pytest.mark.parametrize("store", ["sqlite"], indirect=True)  # the database makes no difference here
def test_a_server_without_starttls_gets_neither_password_nor_summary(
    store: Store, post: Post, certificates: Certificates
) -> None:
    """Somebody in between who hides STARTTLS gets nothing."""
    with mail_server(post, certificates, "none") as port, pytest.raises(MailFault, match="does not offer"):
        summaries(store, mail_settings(port, certificates)).send(WEEK, done)
    assert post.mails == []


def test_one_refused_recipient_is_kept_and_the_others_get_theirs(
    store: Store, post: Post, port: int, certificates: Certificates
) -> None:
    """A mistyped address does not keep the summary from the others, and is not forgotten."""
    post.refuse = {DEPUTY}
    stage = summaries(store, mail_settings(port, certificates))
    stage.send(WEEK, done)
    assert len(post.mails) == 1
    assert (row(store).recipients, row(store).refused) == ([LEAD], [DEPUTY])
    post.refuse = set()
    stage.send(WEEK, done)
    assert len(post.mails) == 1


@pytest.mark.parametrize("store", ["sqlite"], indirect=True)  # the database makes no difference here
def test_when_everybody_is_refused_nothing_counts_as_sent(
    store: Store, post: Post, port: int, certificates: Certificates
) -> None:
    """The week stays unsent; the server's own words, which may hold anything, are not repeated."""
    post.refuse = {LEAD, DEPUTY}
    with pytest.raises(MailFault, match="refused every recipient") as caught:
        summaries(store, mail_settings(port, certificates)).send(WEEK, done)
    assert "hunter2" not in str(caught.value)
    assert row(store).sent_at is None
