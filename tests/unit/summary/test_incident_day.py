"""The daily summary of a major incident: each morning once, numbers only, to those who get the weekly one."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta

import pytest
from aiosmtpd.controller import Controller
from sqlalchemy import select

from tests.integration.test_summary.mailserver import Post
from tests.services.process import free_port
from tests.unit.review.scene import Scene, make_scene
from worker.review.incidents import Incidents
from worker.settings import Mail, Settings, Summaries
from worker.store import tables as t
from worker.store.session import Store
from worker.summary.incident_day import IncidentDays
from worker.summary.mailer import make_mailer
from worker.summary.modes import mode_notices

TO = "lead@northmoor.example.test"
WORDS = "the words of a comment"


@pytest.fixture
def scene(store: Store) -> Scene:
    """A small Trust at 9 in the morning of 9 November, with a serious case."""
    made = make_scene(store)
    made.case("1", WORDS)
    made.case("2", severity="routine")
    return made


@pytest.fixture
def post() -> Iterator[tuple[Post, int]]:
    """A mail server on loopback, and its port."""
    box = Post()
    controller = Controller(box, hostname="127.0.0.1", port=free_port())
    controller.start()
    yield box, controller.port
    controller.stop()


def days_of(scene: Scene, port: int) -> IncidentDays:
    """The stage, sending to that server."""
    sender = "upstander@northmoor.example.test"
    mailer = make_mailer(Mail(host="127.0.0.1", port=port, security="none", sender=sender))
    return IncidentDays(scene.store, scene.clock, Summaries(recipients=(TO,)), mailer, "Northmoor NHS Trust")


def due(scene: Scene, days: IncidentDays) -> list[tuple[int, str]]:
    """Write what is due; the jobs that wait."""
    days.schedule()
    with scene.store.read() as session:
        jobs = session.scalars(select(t.Job.payload).where(t.Job.kind == "incident_day").order_by(t.Job.id))
        return [(each["incident_id"], each["day"]) for each in jobs]


def declare(scene: Scene, hours: int) -> None:
    """Begin an incident now."""
    until = scene.clock.now() + timedelta(hours=hours)
    lead = "The communications lead"
    Incidents(scene.store, scene.clock).start(scene.people["senior_reviewer"], lead, until, "A fire")


def test_what_people_wrote_steers_nothing_in_the_mail(scene: Scene, post: tuple[Post, int]) -> None:
    """A reason may have been pasted from a comment: it stays on its line, and what hides in it is shown."""
    box, port = post
    until = scene.clock.now() + timedelta(hours=48)
    reason = "A fire \u202eevil\n\nWaiting: none"
    senior = scene.people["senior_reviewer"]
    Incidents(scene.store, scene.clock).start(senior, "The communications lead", until, reason)
    scene.clock.move(timedelta(hours=24))
    days = days_of(scene, port)
    ((number, day),) = due(scene, days)
    days.send(number, day, lambda _: None)
    lines = box.mails[0].get_content().splitlines()
    assert "A fire \\u202eevil Waiting: none" in lines
    (banner,) = mode_notices(scene.store, Settings(), scene.clock.now())
    assert banner.endswith(lines[2])


def test_each_morning_at_eight_it_is_sent_once(scene: Scene, post: tuple[Post, int]) -> None:
    """Not before eight in London, not twice, and not on the day it began: it says numbers and no words."""
    box, port = post
    days = days_of(scene, port)
    declare(scene, hours=72)
    assert due(scene, days) == []
    scene.clock.move(datetime(2026, 11, 10, 7, 59, tzinfo=UTC) - scene.clock.now())
    assert due(scene, days) == []
    scene.clock.move(timedelta(minutes=1))
    assert due(scene, days) == due(scene, days) == [(1, "2026-11-10")]
    for _ in range(2):
        days.send(1, "2026-11-10", lambda _session: None)
    (mail,) = box.mails
    text = mail.get_content()
    assert (mail["To"], mail["Message-ID"]) == (TO, "<incident-1-2026-11-10@northmoor.example.test>")
    assert "Serious: 1" in text
    assert "Lead: The communications lead." in text
    assert WORDS not in text
    assert "someone" not in text
    assert due(scene, days) == [(1, "2026-11-10")]
    assert len(scene.audited("incident_summary_sent")) == 1


def test_none_is_sent_of_an_incident_that_is_over(scene: Scene, post: tuple[Post, int]) -> None:
    """A job that comes late finds nothing to say, and ends."""
    box, port = post
    declare(scene, hours=24)
    scene.clock.move(timedelta(hours=25))
    finished: list[object] = []
    days_of(scene, port).send(1, "2026-11-10", finished.append)
    assert (box.mails, len(finished)) == ([], 1)
