"""Between asking and acting: what happens meanwhile to the decision and to whoever asked takes effect."""

from __future__ import annotations

from dataclasses import replace

import pytest
from sqlalchemy import select

from connectors.contract import ActionKind, Capability
from tests.unit.action.errands import Errands
from tests.unit.action.reporting import Desk
from tests.unit.action.test_still_standing import falls, to_ask_again
from worker.action.wanted import unwanted
from worker.errors import NotAllowed
from worker.review.asked import Desk as Asked
from worker.review.ending import Ending
from worker.review.switches import Switches
from worker.review.terms import Terms
from worker.store import tables as t


def overturned_and_upheld_again(errands: Errands) -> None:
    """The decision is corrected, and that is corrected once more: it upholds again, and asks for nothing."""
    for uphold in (False, True):
        with errands.scene.store.read() as session:
            latest = session.scalars(select(t.Decision.id).order_by(t.Decision.id.desc()).limit(1)).one()
        scene = errands.scene
        if not uphold:
            scene.not_upheld(errands.case_id, errands.revision_id, supersedes=latest)
        else:
            scene.upheld(errands.case_id, errands.revision_id, supersedes=latest)


@pytest.mark.parametrize("kind", ["hide", "delete"])
def test_what_an_overturned_decision_asked_for_does_not_come_back(errands: Errands, kind: str) -> None:
    """Held up by a stop while it was overturned: who upholds again did not ask for it, and nobody agreed."""
    asked, scene = errands.ask(kind), errands.scene
    switches = Switches(scene.store, scene.clock)
    switches.stop(scene.people["senior_reviewer"], "Something is wrong.")
    overturned_and_upheld_again(errands)
    switches.go(scene.people["senior_reviewer"], "It is mended.")
    errands.carry(asked)
    assert (errands.asked(asked).state, errands.town.calls) == ("refused", 0)
    assert "corrected" in (errands.asked(asked).detail or "")


@pytest.mark.parametrize("kind", ["hide", "delete"])
def test_what_was_overturned_meanwhile_is_asked_for_anew(errands: Errands, kind: str) -> None:
    """Who asks on the decision that counts gets a request of their own, not the dead one's number."""
    scene, senior = errands.scene, errands.scene.people["senior_reviewer"]
    first = errands.ask(kind)
    overturned_and_upheld_again(errands)
    again = scene.review.request(scene.second, errands.case_id, kind, "Threatens.")
    assert again != first
    if kind == "delete":
        errands.approving().approve(senior, again)
    errands.carry(first)
    errands.carry(again)
    assert [errands.asked(each).state for each in (first, again)] == ["refused", "carried_out"]
    assert errands.is_made(kind)


def test_a_report_that_was_overturned_meanwhile_is_asked_for_anew(errands: Errands) -> None:
    """One packet is prepared, of the decision that counts."""
    desk = Desk(errands)
    first = desk.ask()
    overturned_and_upheld_again(errands)
    again = desk.stages.reports.ask(errands.scene.second, errands.case_id, "Abuse after all.")
    desk.prepare(first)
    desk.prepare(again)
    assert [errands.asked(each).state for each in (first, again)] == ["refused", "outside"]


def test_a_block_outlives_another_that_was_overturned(errands: Errands) -> None:
    """Two cases of one author ask for it: that the later one was overturned takes nothing from the first."""
    scene = errands.scene
    terms = Terms(no_warning_because="A threat.")
    first = errands.ask("block")
    case_id, _, revision_id = scene.case("77", "more made-up words")
    decision = scene.upheld(case_id, revision_id)
    later = scene.review.request(scene.reviewer, case_id, "block", "Threatens again.", terms=terms)
    errands.approving().approve(scene.people["senior_reviewer"], later)
    with scene.store.read() as session:
        assert "counts instead" in (unwanted(session, first, scene.clock.now()) or "")
    scene.not_upheld(case_id, revision_id, supersedes=decision)
    with scene.store.read() as session:
        assert unwanted(session, first, scene.clock.now()) is None


def test_a_report_that_an_overturned_decision_asked_for_is_not_prepared(errands: Errands) -> None:
    """Its packet would name the categories of a decision that does not count any more."""
    desk = Desk(errands)
    asked = desk.ask()
    overturned_and_upheld_again(errands)
    desk.prepare(asked)
    assert (errands.asked(asked).state, errands.action()) == ("refused", None)


def test_a_deletion_that_nobody_can_approve_any_more_is_asked_for_anew(errands: Errands) -> None:
    """Whoever asked left before the second person came: a colleague asks instead, once, and it is done."""
    scene, senior = errands.scene, errands.scene.people["senior_reviewer"]
    scene.upheld(errands.case_id, errands.revision_id)
    first = errands.asked_for("delete")
    assert scene.review.request(scene.second, errands.case_id, "delete", "Threatens.") == first
    falls(errands, "dismissed")
    with pytest.raises(NotAllowed):
        errands.approving().approve(senior, first)
    again = scene.review.request(scene.second, errands.case_id, "delete", "Threatens.")
    assert (again != first, errands.asked(first).state) == (True, "withdrawn")
    errands.approving().approve(senior, again)
    errands.carry(again)
    assert errands.is_made("delete")


@pytest.mark.parametrize("how", ["dismissed", "concerned"])
def test_who_asks_for_what_a_fallen_colleague_asked_for_is_heard(errands: Errands, how: str) -> None:
    """Two asked for the same: it is done for the one who still may, and nobody is told to ask again."""
    first, scene = errands.hide(), errands.scene
    falls(errands, how)
    again = scene.review.request(scene.second, errands.case_id, "hide", "Threatens.")
    assert again != first
    errands.carry(first)
    errands.carry(again)
    assert [errands.asked(each).state for each in (first, again)] == ["refused", "carried_out"]
    assert (errands.town.made, to_ask_again(errands)) == (1, [])


def test_a_report_that_a_fallen_colleague_asked_for_is_asked_for_anew(errands: Errands) -> None:
    """The first is refused because the second counts instead; one packet is prepared."""
    desk = Desk(errands)
    first = desk.ask()
    falls(errands, "dismissed")
    again = desk.stages.reports.ask(errands.scene.second, errands.case_id, "Still abuse.")
    desk.prepare(first)
    desk.prepare(again)
    assert [errands.asked(each).state for each in (first, again)] == ["refused", "outside"]
    assert to_ask_again(errands) == []


def test_who_does_it_by_hand_stands_behind_it_themselves(small: Errands) -> None:
    """Left to people before its asker left: a colleague who may ask for it does it, and it counts."""
    small.town.can[ActionKind.MUTE] = Capability(
        ActionKind.MUTE, available=False, effect="By hand.", steps=("Open the app.", "Mute.")
    )
    asked = small.ask("mute")
    small.carry(asked)
    assert small.asked(asked).state == "by_hand"
    falls(small, "dismissed")
    scene = small.scene
    other = replace(scene.second, source="test")
    Ending(Asked(scene.store, scene.clock), unwanted).done_by_hand(other, asked, "Muted.")
    assert small.asked(asked).state == "outside"
