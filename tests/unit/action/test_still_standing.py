"""Whoever asked for something still stands behind it when it is done: here, allowed, not concerned."""

from __future__ import annotations

from datetime import timedelta

import pytest
from sqlalchemy import select

from tests.unit.action.errands import Errands
from tests.unit.action.reporting import Desk
from worker.action.errand import load
from worker.action.outcome import unwanted
from worker.action.stage import NotConfirmed
from worker.action.writing import write_outcome
from worker.review.ask_again import TASK
from worker.review.incidents import Incidents
from worker.review.people import change_person
from worker.store import tables as t
from worker.summary.hides import undone

#: How somebody comes not to stand behind what they asked for.
HOW = pytest.mark.parametrize("how", ["dismissed", "lost the right", "concerned"])
TAKING = pytest.mark.parametrize("kind", ["hide", "mute"])


def falls(errands: Errands, how: str) -> None:
    """The reviewer, who asked, does not stand behind it any more."""
    scene = errands.scene
    person = scene.reviewer.person_id
    assert person is not None
    if how == "dismissed":
        change_person(scene.store, scene.clock, scene.admin, person, active=False)
    elif how == "lost the right":
        change_person(scene.store, scene.clock, scene.admin, person, roles=["pals"])
    else:
        with scene.store.write() as session:
            session.add(
                t.Conflict(
                    case_id=errands.case_id,
                    person_id=person,
                    reason="The comment is about them.",
                    noted_by=scene.second.person_id,
                    noted_at=scene.clock.now(),
                )
            )


def to_ask_again(errands: Errands, *, done: bool = False) -> list[t.Task]:
    """The tasks to decide whether it is asked for again."""
    ended = t.Task.done_at.is_not(None) if done else t.Task.done_at.is_(None)
    with errands.scene.store.read() as session:
        return list(session.scalars(select(t.Task).where(t.Task.kind == TASK, ended).order_by(t.Task.id)))


@HOW
@TAKING
def test_what_nobody_stands_behind_any_more_is_not_done(errands: Errands, kind: str, how: str) -> None:
    """A hide or a mute needs no second person, but it needs its first one when the platform is asked."""
    asked = errands.ask(kind)
    falls(errands, how)
    errands.carry(asked)
    row = errands.asked(asked)
    assert (row.state, errands.town.calls, errands.action()) == ("refused", 0, None)
    assert "who asked for it" in (row.detail or "")


@HOW
@pytest.mark.parametrize("kind", ["unhide", "unblock", "unmute"])
def test_what_gives_back_is_done_whoever_asked(errands: Errands, kind: str, how: str) -> None:
    """Undoing harm to an author waits for nobody's standing (promise 10)."""
    asked = errands.ask(kind)
    falls(errands, how)
    errands.carry(asked)
    assert (errands.asked(asked).state, errands.is_made(kind)) == ("carried_out", True)
    assert to_ask_again(errands) == []


def test_who_falls_right_before_the_platform_is_asked_has_asked_for_nothing(errands: Errands) -> None:
    """The last look is in the transaction in which the call is counted."""
    asked = errands.hide()

    def fallen(step: str) -> None:
        if step == "act.receipt":
            falls(errands, "dismissed")

    errands.carry(asked, fallen)
    assert (errands.asked(asked).state, errands.town.calls) == ("refused", 0)


def test_somebody_else_is_told_to_decide_whether_to_ask_again(errands: Errands) -> None:
    """A threat is not left standing in silence: a task within the hour and a line in the status."""
    asked, scene = errands.hide(), errands.scene
    falls(errands, "dismissed")
    errands.carry(asked)
    (task,) = to_ask_again(errands)
    assert (task.case_id, task.about_id, task.for_role) == (errands.case_id, asked, "reviewer")
    assert f"upstander act hide {errands.case_id}" in task.title
    with scene.store.read() as session:
        assert "ended as refused" in " ".join(undone(session, scene.clock.now()))
    again = scene.review.request(scene.second, errands.case_id, "hide", "It still threatens her.")
    assert to_ask_again(errands) == []
    errands.carry(again)
    assert (errands.asked(again).state, errands.is_made("hide")) == ("carried_out", True)


def test_a_decision_that_no_longer_upholds_ends_the_task_to_ask_again(errands: Errands) -> None:
    """Nobody is told to ask again for what is not wanted."""
    asked = errands.hide()
    falls(errands, "concerned")
    errands.carry(asked)
    with errands.scene.store.read() as session:
        latest = session.scalars(select(t.Decision.id)).one()
    scene = errands.scene
    scene.reviewer = scene.second
    scene.not_upheld(errands.case_id, errands.revision_id, supersedes=latest)
    assert to_ask_again(errands) == []
    assert [each.about_id for each in to_ask_again(errands, done=True)] == [asked]


def test_a_second_person_who_fell_leaves_a_task_as_well(errands: Errands) -> None:
    """A deletion whose approval does not count any more is decided on again, not forgotten."""
    asked, scene = errands.ask("delete"), errands.scene
    senior = scene.people["senior_reviewer"].person_id
    assert senior is not None
    change_person(scene.store, scene.clock, scene.admin, senior, active=False)
    errands.carry(asked)
    assert errands.asked(asked).state == "refused"
    assert [each.about_id for each in to_ask_again(errands)] == [asked]


def test_who_asked_may_ask_again_where_only_the_second_person_fell(errands: Errands) -> None:
    """The one reviewer there is, who asked and still may, is told; they are not barred for a colleague."""
    asked, scene = errands.ask("delete"), errands.scene
    for other in (scene.second, *(scene.people[role] for role in ("senior_reviewer", "on_call_manager"))):
        assert other.person_id is not None
        change_person(scene.store, scene.clock, scene.admin, other.person_id, active=False)
    errands.carry(asked)
    assert errands.asked(asked).state == "refused"
    assert [(each.about_id, each.for_role) for each in to_ask_again(errands)] == [(asked, "reviewer")]


def test_nobody_is_told_to_ask_again_for_what_was_asked_anew_meanwhile(errands: Errands) -> None:
    """A refusal that was found before a colleague's new decision asks for the same leaves no false alarm."""
    asked, scene = errands.hide(), errands.scene
    with scene.store.read() as session:
        errand = load(session, asked)
        latest = session.scalars(select(t.Decision.id)).one()
    falls(errands, "dismissed")
    scene.reviewer = scene.second
    scene.upheld(errands.case_id, errands.revision_id, actions=("hide",), supersedes=latest)
    with scene.store.write() as session:
        found = unwanted("who asked for it may not ask for that any more", 0, ask_again=True)
        write_outcome(session, errand, found, now=scene.clock.now())
    assert errands.asked(asked).state == "refused"
    assert to_ask_again(errands) == []


def test_what_was_sent_before_somebody_fell_is_looked_up_and_not_sent_again(errands: Errands) -> None:
    """An unknown fate is read from the platform, whoever asked; nothing is asked of it a second time."""
    asked = errands.hide()
    errands.town.faults = ["timeout_before"]
    with pytest.raises(NotConfirmed):
        errands.carry(asked)
    calls = errands.town.calls
    falls(errands, "dismissed")
    errands.carry_to_the_end(asked)
    assert errands.town.calls == calls
    assert errands.asked(asked).state in ("carried_out", "failed")


@HOW
def test_a_report_that_nobody_stands_behind_is_not_prepared(errands: Errands, how: str) -> None:
    """A report to a platform is refused visibly, with a task; somebody else may ask for it."""
    desk = Desk(errands)
    asked = desk.ask()
    falls(errands, how)
    desk.prepare(asked)
    row = errands.asked(asked)
    assert (row.state, errands.action()) == ("refused", None)
    assert "Who asked for it" in (row.detail or "")
    (task,) = to_ask_again(errands)
    assert f"upstander report ask {errands.case_id}" in task.title
    again = desk.stages.reports.ask(errands.scene.second, errands.case_id, "Still abuse.")
    assert to_ask_again(errands) == []
    desk.prepare(again)
    assert errands.asked(again).state == "outside"


def helper_hides(errands: Errands) -> int:
    """Somebody with the role of a reviewer for one hour, in a major incident, asks to hide."""
    scene = errands.scene
    incidents, senior = Incidents(scene.store, scene.clock), scene.people["senior_reviewer"]
    until = scene.clock.now() + timedelta(hours=1)
    incidents.start(senior, "The communications lead", until, "A fire at the Royal")
    incidents.add_reviewer(senior, "The pals")
    scene.reviewer = scene.people["pals"]
    return errands.hide()


@pytest.mark.parametrize(("minutes", "state"), [(59, "carried_out"), (61, "refused")])
def test_a_role_for_a_time_counts_only_for_that_time(errands: Errands, minutes: int, state: str) -> None:
    """A helper's hide goes out while they may; what waited until after it is somebody else's to ask for."""
    asked = helper_hides(errands)
    errands.scene.clock.move(timedelta(minutes=minutes))
    errands.carry(asked)
    assert errands.asked(asked).state == state
    assert len(to_ask_again(errands)) == (state == "refused")
