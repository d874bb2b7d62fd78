"""A recipient learns by e-mail that something was referred to them, and nothing of what it is."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from aiosmtpd.controller import Controller
from sqlalchemy import select, update

from tests.integration.test_summary.mailserver import Post
from tests.services.process import free_port
from tests.unit.review.desk import WORDS, Desk, done, make_desk
from tests.unit.review.scene import Scene
from tests.unit.review.test_referrals import conflict
from worker.ledger.audit import Actor
from worker.settings import Mail
from worker.store import tables as t
from worker.summary.mailer import make_mailer


@pytest.fixture
def post() -> Iterator[tuple[Post, int]]:
    """A mail server on loopback, and its port."""
    box = Post()
    controller = Controller(box, hostname="127.0.0.1", port=free_port())
    controller.start()
    yield box, controller.port
    controller.stop()


@pytest.fixture
def desk(scene: Scene, post: tuple[Post, int]) -> Desk:
    """One case, and mails that really go out."""
    sender = "upstander@northmoor.example.test"
    return make_desk(scene, make_mailer(Mail(host="127.0.0.1", port=post[1], security="none", sender=sender)))


def reachable(desk: Desk, person: Actor, address: str) -> None:
    """Give a person an address."""
    with desk.scene.store.write() as session:
        session.execute(update(t.Person).where(t.Person.id == person.person_id).values(email=address))


def test_the_recipient_is_told_and_nobody_else(desk: Desk, post: tuple[Post, int]) -> None:
    """Number and clock, not the words; not who has a conflict of interest, nor once it was acknowledged."""
    hr, legal = desk.person("hr"), desk.person("legal")
    reachable(desk, hr, "hr@northmoor.example.test")
    reachable(desk, legal, "legal@northmoor.example.test")
    number = desk.refer("hr")
    with desk.scene.store.read() as session:
        job = session.scalars(select(t.Job).where(t.Job.kind == "tell_recipient")).one()
    assert job.payload == {"referral_id": number}
    desk.of.telling.tell(number, done)
    (mail,) = post[0].mails
    assert (mail["To"], mail["Subject"]) == ("hr@northmoor.example.test", f"Referral {number} waits for you")
    text = mail.get_content()
    assert "11 November 2026 at 9:00am" in text
    assert WORDS not in text
    conflict(desk, hr)
    desk.of.telling.tell(number, done)
    desk.of.referrals.acknowledge(desk.reviewer, number, "They phoned.")
    desk.of.telling.tell(number, done)
    assert len(post[0].mails) == 1
    told = [row.detail["people"] for row in desk.scene.audited("recipient_told")]
    assert told == [[hr.person_id], [], []]


def test_a_recipient_outside_gets_no_mail(desk: Desk) -> None:
    """The police are called by a person, never written to by a program."""
    desk.refer("police_101")
    with desk.scene.store.read() as session:
        assert session.scalars(select(t.Job).where(t.Job.kind == "tell_recipient")).all() == []
