"""Calls about danger as people follow them: none is missed, none is told to whom it is kept from."""

from __future__ import annotations

from datetime import timedelta

import pytest

from tests.unit.review.scene import Scene
from worker.errors import NotAllowed
from worker.review.escalations import Escalations
from worker.review.on_call import OnCallRota
from worker.review.restricting import tighten
from worker.store import tables as t


def calls_for(scene: Scene) -> Escalations:
    """The stage over the scene."""
    return Escalations(scene.store, scene.clock)


def sent(scene: Scene, turn: int, fault: str | None = None) -> None:
    """One try to reach the on-call manager about the first page."""
    with scene.store.write() as session:
        to = scene.people["on_call_manager"].person_id
        now = scene.clock.now()
        session.add(t.PageSending(page_id=1, turn=turn, channel="email", person_id=to, at=now, fault=fault))


def test_a_call_says_who_was_tried_and_for_how_long_nobody_took_it(scene: Scene) -> None:
    """The newest try first, with why it failed; those that still call come before those that were taken."""
    case_id, *_ = scene.case("1", "made-up words", "immediate_danger")
    taken, *_ = scene.case("2", "made-up words", "immediate_danger")
    OnCallRota(scene.store, scene.clock).acknowledge(scene.reviewer, taken)
    sent(scene, 1, "The mail server did not answer.")
    scene.clock.move(timedelta(minutes=10))
    sent(scene, 2)
    waiting, done = calls_for(scene).calls(scene.second)
    assert (waiting.case_id, waiting.taken_by, waiting.lasted) == (case_id, None, timedelta(minutes=10))
    assert [(each.turn, each.person, each.fault) for each in waiting.tries] == [
        (2, "The on call manager", None),
        (1, "The on call manager", "The mail server did not answer."),
    ]
    assert (done.case_id, done.taken_by, done.lasted) == (taken, "The reviewer", timedelta())


def test_a_call_that_was_taken_is_told_for_two_days(scene: Scene) -> None:
    """Then it is history; one that nobody took is told for as long as it calls."""
    waiting, *_ = scene.case("1", "made-up words", "immediate_danger")
    taken, *_ = scene.case("2", "made-up words", "immediate_danger")
    OnCallRota(scene.store, scene.clock).acknowledge(scene.reviewer, taken)
    scene.clock.move(timedelta(days=3))
    assert [each.case_id for each in calls_for(scene).calls(scene.second)] == [waiting]


def test_a_call_about_a_restricted_case_is_for_those_who_see_it(scene: Scene) -> None:
    """HR sees the call about a colleague, the queue does not; whoever sees no queue sees no calls."""
    case_id, *_ = scene.case("1", "made-up words", "immediate_danger")
    with scene.store.write() as session:
        case = session.get_one(t.Case, case_id)
        tighten(session, scene.admin, case, "staff_on_staff", "About a colleague.", now=scene.clock.now())
    assert calls_for(scene).calls(scene.reviewer) == ()
    assert [each.case_id for each in calls_for(scene).calls(scene.people["hr"])] == [case_id]
    with pytest.raises(NotAllowed):
        calls_for(scene).calls(scene.people["legal"])
