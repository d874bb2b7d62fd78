"""What waits for people for too long is told, without naming a case or anybody's words."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path

import pytest
from sqlalchemy import update

from tests.unit.review.desk import REFERENCE, Desk, make_desk
from tests.unit.review.scene import START, make_scene
from worker.ledger.audit import Actor
from worker.review.people import change_person
from worker.review.tasks import NewTask, add_task
from worker.settings import Settings
from worker.store import tables as t
from worker.store.session import Store
from worker.summary.status import read_status
from worker.summary.waiting import waiting_for_people


@pytest.fixture
def desk(store: Store) -> Desk:
    """A Trust with somebody in every role, and one case."""
    return make_desk(make_scene(store))


def told(desk: Desk, **given: object) -> tuple[str, ...]:
    """What the status says now."""
    chosen = Settings(**({"reference_dir": REFERENCE} | given))  # type: ignore[arg-type]  # the test names settings
    return waiting_for_people(desk.scene.store, chosen, desk.scene.clock.now())


def test_what_is_overdue_is_told_until_somebody_did_it(desk: Desk) -> None:
    """A referral that nobody acknowledged, and tasks past their time; and the status is not well."""
    number = desk.refer("safeguarding")
    assert told(desk) == ()
    desk.scene.clock.move(timedelta(hours=5))
    late, task = told(desk)
    assert f"Referral {number} to safeguarding was to be acknowledged by" in late
    assert "(0 reminders)" in late
    assert task.startswith(
        "1 task is overdue, the oldest since 9 November 2026 at 1:00pm (for safeguarding lead)"
    )
    assert not read_status(desk.scene.store, desk.scene.clock, Settings(reference_dir=REFERENCE)).ok
    desk.of.referrals.acknowledge(desk.person("safeguarding_lead"), number, "Mine.")
    assert told(desk) == ()


def test_tasks_that_nobody_is_told_of_are_not_lost(desk: Desk) -> None:
    """Of a role that nobody has any more the tasks are counted, and whether seniors see them."""
    desk.refer("security_specialist")
    number = desk.person("security_specialist").person_id
    assert told(desk) == ()
    assert number is not None
    change_person(desk.scene.store, desk.scene.clock, desk.scene.admin, number, roles=["pals"])
    (problem,) = told(desk)
    waiting = len(desk.tasks("read_referral")) + len(desk.tasks("call_police"))
    assert problem.startswith(f"{waiting} task")
    assert "for the role security_specialist, and nobody has that role: give it to somebody" in problem
    assert "upstander tasks list --all" in problem
    _leaves(desk, "senior_reviewer")
    _leaves(desk, "on_call_manager")
    (problem,) = told(desk)
    assert "neither a senior reviewer nor an on-call manager" in problem
    change_person(desk.scene.store, desk.scene.clock, desk.scene.admin, number, roles=["security_specialist"])
    assert told(desk) == ()


def test_a_task_that_a_restriction_hides_from_everybody_is_counted(desk: Desk) -> None:
    """Neither its title nor its case is told, only that somebody has to be let see it."""
    task = NewTask("test", "test:1", "Call 999", START + timedelta(days=9), desk.case, for_role="legal")
    with desk.scene.store.write() as session:
        add_task(session, Actor(None, "test"), task, now=START)
        session.get_one(t.Case, desk.case).restriction = "manager"
    assert told(desk) == ()
    _leaves(desk, "senior_reviewer")
    assert any(each.startswith("1 task about a restricted case waits, and nobody") for each in told(desk))


def test_a_table_that_cannot_be_read_is_told(desk: Desk, tmp_path: Path) -> None:
    """Before somebody needs it in a hurry."""
    problems = {each.split(" cannot")[0] for each in told(desk, reference_dir=tmp_path)}
    assert {"The guide to referrals", "The Datix labels"} <= problems


def _leaves(desk: Desk, role: str) -> None:
    with desk.scene.store.write() as session:
        of = t.Person.id == desk.person(role).person_id
        session.execute(update(t.Person).where(of).values(active=False))
