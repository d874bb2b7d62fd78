"""The mail itself, and what is refused before any server is spoken to."""

from __future__ import annotations

from datetime import UTC, datetime
from email import message_from_bytes
from email.policy import default

import pytest
from pydantic import SecretStr

from worker.settings import Mail
from worker.summary.mailer import Letter, MailFault, NullMailer, compose, make_mailer


def letter(**changed: object) -> Letter:
    """A letter, with some of it changed."""
    given: dict[str, object] = {
        "sender": "upstander@northmoor.example.test",
        "sender_name": "Northmoor NHS Trust",
        "recipients": ("lead@northmoor.example.test", "deputy@northmoor.example.test"),
        "subject": "Weekly summary",
        "date": datetime(2026, 7, 20, 7, tzinfo=UTC),
        "message_id": "<summary.1@northmoor.example.test>",
        "text": "Words – with a dash\n",
        "html": "<p>Words</p>",
    }
    return Letter(**(given | changed))  # type: ignore[arg-type]  # the test names fields as text


def test_a_mail_has_the_headers_that_mailboxes_and_people_need() -> None:
    """Sender, everyone it goes to, London's time, the fixed Message-ID, and that no machine need answer."""
    mail = message_from_bytes(compose(letter()).as_bytes(), policy=default)
    assert mail["From"] == '"Upstander, Northmoor NHS Trust" <upstander@northmoor.example.test>'
    assert mail["To"] == "lead@northmoor.example.test, deputy@northmoor.example.test"
    assert mail["Date"] == "Mon, 20 Jul 2026 08:00:00 +0100"
    assert mail["Message-ID"] == "<summary.1@northmoor.example.test>"
    assert mail["Auto-Submitted"] == "auto-generated"
    assert mail.get_content_type() == "multipart/alternative"
    plain, html = mail.get_body(("plain",)), mail.get_body(("html",))
    assert plain is not None
    assert html is not None
    assert plain.get_content().replace("\r\n", "\n") == "Words – with a dash\n"
    assert html.get_content().replace("\r\n", "\n") == "<p>Words</p>\n"


def test_no_setting_can_write_a_header_of_its_own() -> None:
    """A Trust's name with line breaks stays on its line."""
    evil = "Trust\r\nBcc: everybody@evil.example.test\r\n\r\nbody\x00"
    mail = message_from_bytes(compose(letter(sender_name=evil, subject=evil)).as_bytes(), policy=default)
    assert mail["Bcc"] is None
    assert mail["Subject"] == "Trust Bcc: everybody@evil.example.test body\\x00"


@pytest.mark.parametrize(
    "addresses", [("a@x.test\r\nBcc:b@y.test",), ("a@x.test,b@y.test",), ("a@x.test\x00",), ("no address",)]
)
def test_an_address_that_is_none_is_refused(addresses: tuple[str, ...]) -> None:
    """One setting is one address: nothing can be smuggled in as a second."""
    with pytest.raises(MailFault, match="not a mail address"):
        compose(letter(recipients=addresses))


@pytest.mark.parametrize(
    "mail",
    [
        Mail(host="mail.example.test", security="none"),
        Mail(host="10.0.0.1", security="none"),
        Mail(host="localhost.example.test", security="none"),
        Mail(host="127.0.0.1", security="none", username="up", password=SecretStr("winter-hat")),
    ],
)
def test_nothing_travels_unprotected(mail: Mail, outside_attempts: list[str]) -> None:
    """Without protection only this machine is spoken to, and no password is ever said."""
    with pytest.raises(MailFault, match="unprotected"):
        make_mailer(mail).send(letter())
    assert outside_attempts == []


def test_half_a_sign_in_is_refused() -> None:
    """A username without its password must not turn into a mail sent without signing in."""
    with pytest.raises(MailFault, match="missing"):
        make_mailer(Mail(host="127.0.0.1", username="up")).send(letter())


def test_without_a_mail_server_nothing_is_sent_and_that_is_said() -> None:
    """The null mailer stands where no host is set, and never claims to have sent anything."""
    mailer = make_mailer(Mail())
    assert isinstance(mailer, NullMailer)
    assert "mail.host" in mailer.unready
    with pytest.raises(MailFault, match="Nothing was sent"):
        mailer.send(letter())
