"""A corrected decision calls off what waits for people; so does somebody who may not ask any more."""

from __future__ import annotations

import pytest
from sqlalchemy import select

from connectors.contract import ActionKind, Capability
from tests.unit.action.errands import Errands
from tests.unit.action.test_switches import BY_HAND
from worker.action.wanted import unwanted
from worker.errors import Conflict
from worker.ledger.audit import Actor
from worker.review.asked import Desk
from worker.review.ending import Ending
from worker.review.people import change_person
from worker.store import tables as t


def corrected(errands: Errands) -> None:
    """Somebody decides that the case is not upheld after all."""
    with errands.scene.store.read() as session:
        latest = session.scalars(select(t.Decision.id)).one()
    errands.scene.not_upheld(errands.case_id, errands.revision_id, supersedes=latest)


def waiting_tasks(errands: Errands) -> list[t.Task]:
    """The tasks that act by hand, or look at what one person did alone, and are not done."""
    with errands.scene.store.read() as session:
        kinds = t.Task.kind.in_(("act_by_hand", "glass_review"))
        return list(session.scalars(select(t.Task).where(kinds, t.Task.done_at.is_(None))))


def left_to_a_person(errands: Errands) -> int:
    """A block that one person went ahead with alone, and that somebody now does by hand."""
    errands.town.can[ActionKind.BLOCK] = BY_HAND
    errands.scene.upheld(errands.case_id, errands.revision_id)
    asked = errands.asked_for("block")
    errands.approving().break_glass(errands.scene.reviewer, asked, "Nobody else is there at night.")
    errands.carry(asked)
    return asked


def ending(errands: Errands) -> Ending:
    """Where people say that they did it."""
    return Ending(Desk(errands.scene.store, errands.scene.clock), unwanted)


def test_a_correction_calls_off_what_a_person_was_to_do(errands: Errands) -> None:
    """Nobody is told any more to block an author by hand, nor believed to have been right to."""
    asked = left_to_a_person(errands)
    assert {each.kind for each in waiting_tasks(errands)} == {"act_by_hand", "glass_review"}
    corrected(errands)
    row, action = errands.asked(asked), errands.action()
    assert action is not None
    assert (row.state, action.state, waiting_tasks(errands)) == ("withdrawn", "failed", [])
    assert "no longer upholds" in (row.detail or "")
    assert [each.object_id for each in errands.scene.audited("withdrawn")] == [asked]
    with pytest.raises(Conflict, match="withdrawn"):
        ending(errands).done_by_hand(errands.scene.reviewer, asked, "Blocked.")


def test_a_correction_calls_off_what_waits_for_a_second_person(errands: Errands) -> None:
    """Nobody approves a deletion on the strength of a decision that does not count any more."""
    errands.scene.upheld(errands.case_id, errands.revision_id)
    asked = errands.asked_for("delete")
    corrected(errands)
    assert errands.asked(asked).state == "withdrawn"
    with pytest.raises(Conflict, match="withdrawn"):
        errands.approving().approve(errands.scene.people["senior_reviewer"], asked)


def test_a_correction_leaves_what_gives_back(errands: Errands) -> None:
    """Restoring is never called off (promise 10)."""
    errands.town.can[ActionKind.UNBLOCK] = Capability(
        ActionKind.UNBLOCK, available=False, effect="By hand.", steps=("Open the app.", "Unblock.")
    )
    asked = errands.ask("unblock")
    errands.carry(asked)
    corrected(errands)
    assert errands.asked(asked).state == "by_hand"
    ending(errands).done_by_hand(errands.scene.reviewer, asked, "Let in again.")


def test_what_is_done_by_hand_is_still_agreed_to(errands: Errands) -> None:
    """Somebody who asked for it alone and has left since is not obeyed by hand either."""
    asked, scene = left_to_a_person(errands), errands.scene
    assert scene.reviewer.person_id is not None
    change_person(scene.store, scene.clock, scene.admin, scene.reviewer.person_id, active=False)
    other = Actor(scene.second.person_id, "test")
    with pytest.raises(Conflict, match="not wanted any more"):
        ending(errands).done_by_hand(other, asked, "Blocked.")
    ending(errands).withdraw(scene.people["senior_reviewer"], asked, "The asker left.")
    assert errands.asked(asked).state == "withdrawn"
