"""Every kind of action, with everything that can come of it: done once, read back, or said not to be."""

from __future__ import annotations

import pytest

from connectors.contract import ActionKind, Capability
from tests.unit.action.errands import AUTHOR, Errands, Killed, dies_after
from tests.unit.action.test_carrying import STEPS
from worker.action.wanted import unwanted
from worker.errors import Conflict, NotYet
from worker.review.opening import Opening
from worker.store import tables as t

KINDS = ("hide", "unhide", "delete", "block", "unblock", "mute", "unmute")
EACH = pytest.mark.parametrize("kind", KINDS)


@EACH
def test_it_is_carried_out_once_and_read_back(errands: Errands, kind: str) -> None:
    """The plain case, with an action on sealed evidence, verified by reading the platform."""
    asked = errands.ask(kind)
    errands.carry(asked)
    action = errands.action()
    assert action is not None
    assert (errands.asked(asked).state, action.state, action.calls) == ("carried_out", "done", 1)
    assert (errands.is_made(kind), errands.town.made) == (True, 1)
    assert action.verified_at is not None
    assert "read back" in (action.outcome or "")


@EACH
@pytest.mark.parametrize("fault", ["timeout_after", "timeout_before", "limited", "ignored"])
def test_after_a_passing_fault_it_is_done_once(small: Errands, kind: str, fault: str) -> None:
    """A time-out before or after, a limit, a call without effect: resolved by reading, made once."""
    asked = small.ask(kind)
    small.town.faults = [fault]
    small.carry_to_the_end(asked)
    assert (small.asked(asked).state, small.is_made(kind), small.town.made) == ("carried_out", True, 1)
    assert small.town.calls == (1 if fault == "timeout_after" else 2)


@EACH
def test_what_was_done_already_is_not_asked_for(small: Errands, kind: str) -> None:
    """Done in the platform's own app: nothing is sent, and the outcome says so."""
    asked = small.ask(kind)
    thing = small.town.things["1"]
    thing.hidden, thing.gone = kind == "hide", kind == "delete"
    small.town.blocked = {AUTHOR} if kind == "block" else set()
    small.town.muted = {AUTHOR} if kind == "mute" else set()
    small.carry(asked)
    assert (small.asked(asked).state, small.town.calls) == ("carried_out", 0)
    assert "already" in (small.asked(asked).detail or "")


@EACH
def test_a_comment_that_is_gone_stops_only_what_is_about_it(small: Errands, kind: str) -> None:
    """What nobody sees is hidden and deleted; it cannot be shown; its author can be blocked all the same."""
    asked = small.ask(kind)
    small.town.things["1"].gone = True
    small.carry(asked)
    ended = small.asked(asked)
    about_author = kind in ("block", "unblock", "mute", "unmute")
    assert ended.state == ("failed" if kind == "unhide" else "carried_out")
    assert small.town.calls == (1 if about_author else 0)


@EACH
def test_a_forbidden_change_fails_in_words(small: Errands, kind: str) -> None:
    """A missing permission is not hammered, and nothing is called done."""
    asked = small.ask(kind)
    small.town.faults = ["forbidden"]
    small.carry(asked)
    assert (small.asked(asked).state, small.town.calls, small.town.made) == ("failed", 1, 0)
    assert "Facebook refused" in (small.asked(asked).detail or "")


@pytest.mark.parametrize("kind", ["delete", "block"])
@pytest.mark.parametrize("step", STEPS)
def test_dying_at_any_step_changes_the_platform_once(small: Errands, step: str, kind: str) -> None:
    """Killed right after any step and started again: done, once, and on record (promise 5)."""
    asked = small.ask(kind)
    with pytest.raises(Killed):
        small.carry(asked, dies_after(step))
    small.carry(asked)
    assert (small.asked(asked).state, small.town.made, small.town.calls) == ("carried_out", 1, 1)


@pytest.mark.parametrize("kind", ["block", "mute"])
def test_where_the_author_cannot_be_read_the_platform_is_taken_at_its_word(small: Errands, kind: str) -> None:
    """Nobody can read it back: done, not verified, and said so."""
    asked = small.ask(kind)
    small.town.tells = False
    small.carry(asked)
    action = small.action()
    assert action is not None
    assert (action.state, action.verified_at) == ("done", None)
    assert "does not let anybody read back" in (action.outcome or "")


def test_a_delete_needs_evidence_of_the_very_words(waiting: Errands) -> None:
    """What is deleted was judged and sealed as it is now, or it stays (promises 1 and 4)."""
    waiting.seal()
    newest = waiting.scene.edit(waiting.comment_id, "worse words")
    waiting.town.things["1"].text = "worse words"
    waiting.scene.open(Opening(waiting.comment_id, newest, "serious", 50))
    waiting.scene.upheld(waiting.case_id, newest)
    asked = waiting.asked_for("delete")
    waiting.approving().approve(waiting.scene.people["senior_reviewer"], asked)
    with pytest.raises(NotYet):
        waiting.carry(asked)
    assert waiting.town.calls == 0
    waiting.town.things["1"].text = "edited once more"
    waiting.seal()
    waiting.carry(asked)
    assert (waiting.asked(asked).state, waiting.town.calls) == ("refused", 0)


def test_a_hide_does_not_wait_for_a_deletion_that_nobody_approved(errands: Errands) -> None:
    """Hidden at once while a second person thinks about deleting it; then it is deleted."""
    hide = errands.hide()
    delete = errands.asked_for("delete")
    errands.carry(hide)
    assert errands.asked(hide).state == "carried_out"
    errands.approving().approve(errands.scene.people["on_call_manager"], delete)
    errands.carry(delete)
    assert (errands.asked(delete).state, errands.town.things["1"].gone) == ("carried_out", True)


def test_showing_a_comment_again_calls_off_its_deletion(errands: Errands) -> None:
    """An approved deletion does not overtake somebody's later wish to show the comment."""
    delete = errands.ask("delete")
    errands.scene.review.request_unhide(errands.scene.second, errands.case_id, "A mistake.")
    errands.carry(delete)
    assert (errands.asked(delete).state, errands.town.calls) == ("refused", 0)


def test_of_block_and_unblock_of_one_author_the_later_counts(errands: Errands) -> None:
    """Whichever comment they hang on: an older block that is retried does not undo a newer unblock."""
    block = errands.ask("block")
    with pytest.raises(Killed):
        errands.carry(block, dies_after("act.started"))
    other, _, revision = errands.scene.case("2")
    errands.scene.upheld(other, revision)
    errands.scene.review.request(errands.scene.reviewer, other, "unblock", "A mistake.")
    errands.carry(block)
    assert (errands.asked(block).state, errands.town.blocked) == ("refused", set())


def test_what_the_platform_cannot_do_is_refused_with_what_to_do_instead(errands: Errands) -> None:
    """The worker asks the connector, whatever was let through before."""
    asked = errands.ask("mute")
    errands.town.can[ActionKind.MUTE] = Capability(
        ActionKind.MUTE, available=False, effect="Hide it instead."
    )
    errands.carry(asked)
    assert (errands.asked(asked).state, errands.town.calls) == ("refused", 0)
    assert "Hide it instead." in (errands.asked(asked).detail or "")


def test_an_author_whom_the_platform_does_not_name_is_not_blocked(errands: Errands) -> None:
    """Without the author's id nobody is asked to block anybody."""
    asked = errands.ask("block")
    with errands.scene.store.write() as session:
        session.get_one(t.Comment, errands.comment_id).author_id = None
    errands.carry(asked)
    assert (errands.asked(asked).state, errands.town.calls) == ("refused", 0)
    assert "did not say who wrote" in (errands.asked(asked).detail or "")


def test_what_was_withdrawn_is_not_carried_out(errands: Errands) -> None:
    """Taken back while the worker was about to begin: nothing is sent."""
    from worker.review.asked import Desk
    from worker.review.ending import Ending

    asked = errands.hide()
    ending = Ending(Desk(errands.scene.store, errands.scene.clock), unwanted)

    def taken_back(step: str) -> None:
        if step == "act.receipt":
            ending.withdraw(errands.scene.reviewer, asked, "Not needed.")

    errands.carry(asked, taken_back)
    assert (errands.asked(asked).state, errands.town.calls) == ("withdrawn", 0)
    with pytest.raises(Conflict):
        ending.withdraw(errands.scene.reviewer, asked, "Again.")
