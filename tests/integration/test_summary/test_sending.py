"""Sending the weekly summary: once, on time or saying why not, by those who may."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest
from sqlalchemy import select

from tests.integration.test_summary.mailserver import (
    DEPUTY,
    LEAD,
    Certificates,
    Post,
    done,
    mail_settings,
    row,
    summaries,
)
from tests.unit.summary.handmade import NOW, SECRETS, WEEK, at
from worker import outbox
from worker.errors import NotAllowed
from worker.ledger.audit import Actor
from worker.settings import Mail
from worker.store import tables as t
from worker.store.session import Store
from worker.summary.stage import NobodyToSendTo, WeekNotOver, job_key
from worker.summary.weeks import Week, WrongWeek


def test_the_summary_arrives_protected_signed_in_and_once(
    store: Store, post: Post, port: int, certificates: Certificates
) -> None:
    """Both leads get one mail over STARTTLS, with the stored Message-ID; a second sending sends nothing."""
    stage = summaries(store, mail_settings(port, certificates))
    stage.send(WEEK, done)
    stage.send(WEEK, done)
    (mail,) = post.mails
    assert post.protected == [True]
    assert mail["To"] == f"{LEAD}, {DEPUTY}"
    assert mail["Subject"] == "Northmoor NHS Trust: weekly summary of online abuse, 2026-W46"
    assert mail["Date"] == "Mon, 16 Nov 2026 08:00:00 +0000"
    assert mail["Message-ID"] == row(store).message_id
    assert (row(store).sent_at, row(store).recipients, row(store).refused) == (NOW, [LEAD, DEPUTY], [])
    assert row(store).figures["this_week"]["received"] == 6
    with store.read() as session:
        (audit,) = session.scalars(select(t.Audit).where(t.Audit.verb == "summary_sent"))
    assert audit.detail == {"week": WEEK, "accepted": 2, "refused": 0}


def test_the_mail_holds_no_comments_words_and_no_names(
    store: Store, post: Post, port: int, certificates: Certificates
) -> None:
    """Nothing that anybody wrote, and nobody's name or handle, leaves in the mail; nor is it called late."""
    summaries(store, mail_settings(port, certificates)).send(WEEK, done)
    (mail,) = post.mails
    for kind in ("plain", "html"):
        body = mail.get_body((kind,))
        assert body is not None
        text = body.get_content()
        assert "6 new comments arrived" in text
        assert "late" not in text.lower().replace("later", "").replace("latest", "").replace("related", "")
        assert not [secret for secret in SECRETS if secret in text]
    assert not [secret for secret in SECRETS if secret in mail.as_string()]
    assert not [secret for secret in SECRETS if secret in str(row(store).figures)]


def test_a_late_summary_says_that_it_is_late_and_why(
    store: Store, post: Post, port: int, certificates: Certificates
) -> None:
    """The machine was off on Monday: on Wednesday the summary comes and says so, in both forms."""
    stage = summaries(store, mail_settings(port, certificates), now=at(18, "10:00:00"))
    assert stage.schedule() > 0
    assert stage.schedule() == 0
    stage.send(WEEK, done)
    (mail,) = post.mails
    for kind in ("plain", "html"):
        body = mail.get_body((kind,))
        assert body is not None
        text = " ".join(body.get_content().split())
        assert (
            "This summary was due on 16 November 2026 at 8:00am and is sent late because Upstander was not"
            in text
        )


def test_a_summary_that_failed_at_first_says_so(
    store: Store, post: Post, port: int, certificates: Certificates
) -> None:
    """The mail server was down on Monday: the reason given is another."""
    with store.write() as session:
        job = outbox.enqueue(session, "summary", {"week": WEEK}, now=NOW, key=job_key(Week.parse(WEEK)))
        assert job is not None
        lease = outbox.lease(session, job, now=NOW, seconds=60, attempts=8)
        assert lease is not None
        outbox.fail(session, lease, error="The mail server was away.", now=NOW, attempts=8)
    summaries(store, mail_settings(port, certificates), now=at(16, "11:00:00")).send(WEEK, done)
    body = post.mails[0].get_body(("plain",))
    assert body is not None
    assert "late because earlier attempts" in " ".join(body.get_content().split())


def test_weeks_come_due_from_the_first_account_on_and_four_back(
    store: Store, port: int, certificates: Certificates
) -> None:
    """Not before Monday 8:00am, not before anything was watched; after a long absence the last four."""
    mail = mail_settings(port, certificates)
    stage = summaries(store, mail)

    def due(now: datetime) -> list[str]:
        return [week.name for week in stage.due(now)]

    assert due(at(9, "07:59:59")) == []
    assert due(at(9, "08:00:00")) == ["2026-W45"]
    assert due(NOW) == ["2026-W45", "2026-W46"]
    assert due(datetime(2027, 1, 20, tzinfo=UTC)) == ["2026-W52", "2026-W53", "2027-W01", "2027-W02"]
    stage.send("2026-W45", done)
    assert due(NOW) == ["2026-W46"]
    assert summaries(store, mail, recipients=()).due(NOW) == []
    assert summaries(store, Mail()).due(NOW) == []


def test_a_stuck_summary_waits_for_a_person(store: Store, port: int, certificates: Certificates) -> None:
    """The schedule writes no fresh job behind the back of one that gave up."""
    stage = summaries(store, mail_settings(port, certificates))
    assert stage.schedule() == 2
    with store.write() as session:
        for job in session.scalars(select(t.Job).where(t.Job.kind == "summary")):
            job.state = "stuck"
    assert stage.schedule() == 0


@pytest.mark.parametrize("store", ["sqlite"], indirect=True)  # the database makes no difference here
def test_a_week_that_is_not_over_or_no_week_is_not_sent(
    store: Store, port: int, certificates: Certificates
) -> None:
    """A half week never reaches anybody as if it were a whole one."""
    stage = summaries(store, mail_settings(port, certificates))
    with pytest.raises(WeekNotOver, match="23 November 2026"):
        stage.send("2026-W47", done)
    with pytest.raises(WrongWeek):
        stage.send("2026-W99", done)
    with pytest.raises(NobodyToSendTo, match="Nobody"):
        summaries(store, mail_settings(port, certificates), recipients=()).send(WEEK, done)


def test_only_those_with_the_right_send_by_hand(
    store: Store, post: Post, port: int, certificates: Certificates
) -> None:
    """A reviewer may not; the refusal is audited; a communications lead may, and is named in the audit."""
    with store.write() as session:
        person = session.scalars(select(t.Person)).one()
        session.add(t.PersonRole(person_id=person.id, role="reviewer"))
    actor = Actor(person.id, "cli")
    stage = summaries(store, mail_settings(port, certificates))
    with pytest.raises(NotAllowed):
        stage.send(WEEK, done, by=actor)
    assert post.mails == []
    with store.write() as session:
        session.add(t.PersonRole(person_id=person.id, role="communications_lead"))
    stage.send(WEEK, done, by=actor)
    with store.read() as session:
        verbs = session.execute(select(t.Audit.verb, t.Audit.person_id).order_by(t.Audit.id)).all()
    assert [tuple(found) for found in verbs] == [("refused", person.id), ("summary_sent", person.id)]


def test_a_job_taken_over_meanwhile_does_not_unsay_that_the_mail_is_out(
    store: Store, post: Post, port: int, certificates: Certificates
) -> None:
    """The mail cannot be taken back: its record stands, and whoever took the job over sends nothing."""

    def lost(_session: object) -> None:
        raise outbox.LeaseLost("taken over")

    stage = summaries(store, mail_settings(port, certificates))
    with pytest.raises(outbox.LeaseLost):
        stage.send(WEEK, lost)
    stage.send(WEEK, done)
    assert len(post.mails) == 1
    assert row(store).sent_at == NOW
