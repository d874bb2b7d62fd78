"""The kill switch and the dry run: looked at right before the platform is asked, restoring stopped last."""

from __future__ import annotations

import pytest

from connectors.contract import ActionKind, Capability
from tests.unit.action.errands import Errands
from worker.action.wanted import unwanted
from worker.errors import Conflict, NotAllowed, NotFound, NotYet
from worker.review.asked import Desk
from worker.review.ending import Ending
from worker.review.switches import Switches, turned_on
from worker.store import tables as t
from worker.summary.hides import undone
from worker.summary.second_people import action_notices

#: How a person blocks where the platform has no call for it.
BY_HAND = Capability(ActionKind.BLOCK, available=False, effect="By hand.", steps=("Open the app.", "Block."))


def switches(errands: Errands) -> Switches:
    """The stage."""
    return Switches(errands.scene.store, errands.scene.clock)


def test_stopped_actions_wait_and_go_on_when_somebody_says_so(errands: Errands) -> None:
    """Nothing is refused and nothing is sent; the status says it; afterwards it is tried at once."""
    asked, senior = errands.hide(), errands.scene.people["senior_reviewer"]
    switches(errands).stop(senior, "Something is wrong.")
    with pytest.raises(NotYet, match="stopped"):
        errands.carry(asked)
    assert (errands.asked(asked).state, errands.town.calls) == ("requested", 0)
    with errands.scene.store.read() as session:
        told = " ".join(undone(session, errands.scene.clock.now()))
    assert "are stopped since" in told
    assert switches(errands).go(senior, "It is mended.") == ()
    errands.carry(asked)
    assert errands.asked(asked).state == "carried_out"


@pytest.mark.parametrize(("everything", "waits"), [(False, False), (True, True)])
def test_restoring_is_stopped_only_where_everything_is(
    errands: Errands,
    everything: bool,  # noqa: FBT001 -- pytest gives it by name
    waits: bool,  # noqa: FBT001 -- pytest gives it by name
) -> None:
    """A stop is of what takes away, unless somebody says otherwise (promise 10)."""
    asked = errands.unhide()
    switches(errands).stop(errands.scene.people["on_call_manager"], "Wrong.", everything=everything)
    if waits:
        with pytest.raises(NotYet):
            errands.carry(asked)
    else:
        errands.carry(asked)
    assert errands.town.made == (0 if waits else 1)


def test_a_stop_right_before_the_platform_is_asked_holds(errands: Errands) -> None:
    """The last look is in the transaction in which the call is counted."""
    asked = errands.hide()

    def stopped(step: str) -> None:
        if step == "act.receipt":
            switches(errands).stop(errands.scene.admin, "Now.", account_id=errands.scene.account_id)

    with pytest.raises(NotYet):
        errands.carry(asked, stopped)
    action = errands.action()
    assert action is not None
    assert (errands.town.calls, action.calls) == (0, 0)


def test_each_stop_is_taken_back_by_itself(errands: Errands) -> None:
    """The newest turn counts, for all and for each account; what is still on is told."""
    stage, senior, account = (
        switches(errands),
        errands.scene.people["senior_reviewer"],
        errands.scene.account_id,
    )
    stage.stop(senior, "All.")
    stage.stop(senior, "This one.", account_id=account)
    (left,) = stage.go(senior, "All again.")
    assert (left.account, left.setting) == ("facebook Northmoor", "takedowns")
    assert stage.go(senior, "This one too.", account_id=account) == ()
    assert len(errands.scene.audited("stop_turned")) == 4


def test_only_who_may_turns_switches_and_says_why(errands: Errands) -> None:
    """A reviewer cannot stop the others; a switch is turned for a reason, of an account that there is."""
    stage, senior = switches(errands), errands.scene.people["senior_reviewer"]
    with pytest.raises(NotAllowed):
        stage.stop(errands.scene.reviewer, "I do not like it.")
    with pytest.raises(Conflict, match="needs a reason"):
        stage.stop(senior, " ")
    with pytest.raises(NotFound):
        stage.dry_run(senior, "A rehearsal.", on=True, account_id=4711)
    with errands.scene.store.read() as session:
        assert turned_on(session) == ()


@pytest.mark.parametrize("kind", ["hide", "delete", "unblock"])
def test_a_dry_run_does_everything_but_the_call(errands: Errands, kind: str) -> None:
    """Evidence, approvals and the action's row are there; nothing is sent, and nothing is called done."""
    asked, senior = errands.ask(kind), errands.scene.people["senior_reviewer"]
    switches(errands).dry_run(senior, "A rehearsal.", on=True)
    errands.carry(asked)
    action = errands.action()
    assert action is not None
    assert (errands.asked(asked).state, action.state, errands.town.calls) == ("rehearsed", "rehearsed", 0)
    assert "nothing was sent" in (errands.asked(asked).detail or "")
    with errands.scene.store.read() as session:
        assert "Dry run on all accounts" in " ".join(action_notices(session))
    switches(errands).dry_run(senior, "It is over.", on=False)
    with errands.scene.store.read() as session:
        assert turned_on(session) == ()


def test_what_has_no_call_becomes_a_task_with_steps_and_ends_when_a_person_says_so(errands: Errands) -> None:
    """Only after evidence is sealed and two people stand behind it, like any other block."""
    errands.town.can[ActionKind.BLOCK] = BY_HAND
    asked, scene = errands.ask("block"), errands.scene
    ending = Ending(Desk(scene.store, scene.clock), unwanted)
    with pytest.raises(Conflict):
        ending.done_by_hand(scene.reviewer, asked, "Blocked.")
    errands.carry(asked)
    row = errands.asked(asked)
    assert (row.state, row.finished_at, errands.town.calls) == ("by_hand", None, 0)
    assert "1. Open the app. 2. Block." in (row.detail or "")
    with scene.store.read() as session:
        (task,) = [each for each in session.query(t.Task) if each.kind == "act_by_hand"]
        assert (task.for_role, task.done_at) == ("reviewer", None)
    ending.done_by_hand(scene.reviewer, asked, "Blocked; the profile says so.")
    action = errands.action()
    assert action is not None
    assert (errands.asked(asked).state, action.state) == ("outside", "outside")
    with scene.store.read() as session:
        assert session.get_one(t.Task, task.id).done_by == scene.reviewer.person_id
    assert len(scene.audited("done_by_hand")) == 1


def test_a_dry_run_asks_nobody_to_do_it_by_hand(errands: Errands) -> None:
    """Rehearsed is rehearsed, whoever would have done it."""
    errands.town.can[ActionKind.BLOCK] = BY_HAND
    asked = errands.ask("block")
    switches(errands).dry_run(errands.scene.admin, "A rehearsal.", on=True)
    errands.carry(asked)
    assert (errands.asked(asked).state, errands.scene.count(t.Task)) == ("rehearsed", 0)
