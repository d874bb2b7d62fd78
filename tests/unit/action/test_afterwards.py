"""What follows an action: blocks are looked at again, and what comes back into view is noticed."""

from __future__ import annotations

from datetime import datetime, timedelta

import pytest
from sqlalchemy import select

from tests.unit.action.errands import AUTHOR, Errands
from worker.errors import Conflict, NotAllowed
from worker.review import visible_again
from worker.review.blocks import Blocks
from worker.review.errors import DecisionIncomplete
from worker.store import tables as t


def blocks(errands: Errands) -> Blocks:
    """The stage."""
    return Blocks(errands.scene.store, errands.scene.clock, 30)


def tasks(errands: Errands, kind: str) -> list[t.Task]:
    """The tasks of a kind that wait."""
    with errands.scene.store.read() as session:
        waiting = select(t.Task).where(t.Task.kind == kind, t.Task.done_at.is_(None))
        return list(session.scalars(waiting))


def blocked(errands: Errands) -> int:
    """An author who is blocked."""
    asked = errands.ask("block")
    errands.carry(asked)
    return asked


def test_who_is_blocked_is_listed_until_they_are_not(errands: Errands) -> None:
    """With who asked and approved, the warning, and the review; the look is recorded."""
    asked = blocked(errands)
    (view,) = blocks(errands).list(errands.scene.reviewer)
    assert (view.requested_action_id, view.author, view.overdue) == (asked, "someone", False)
    assert (view.approved_by, view.no_warning_because) == ("The senior reviewer", "A threat.")
    assert view.review_at == errands.scene.clock.now() + timedelta(days=365)
    unblock = errands.scene.review.request(errands.scene.reviewer, errands.case_id, "unblock", "Long ago.")
    errands.carry(unblock)
    assert blocks(errands).list(errands.scene.reviewer) == ()
    assert len(errands.scene.audited("blocks_viewed")) == 2


def test_on_the_review_date_one_task_appears_and_unblocking_ends_it(errands: Errands) -> None:
    """For the asker's role, once, and not before the day."""
    blocked(errands)
    assert blocks(errands).schedule() == 0
    errands.scene.clock.move(timedelta(days=366))
    for _ in range(2):
        assert blocks(errands).schedule() == 1
    (task,) = tasks(errands, "block_review")
    assert (task.for_role, task.case_id) == ("reviewer", errands.case_id)
    errands.carry(errands.scene.review.request(errands.scene.reviewer, errands.case_id, "unblock", "Enough."))
    assert tasks(errands, "block_review") == []
    assert AUTHOR not in errands.town.blocked


def test_a_block_goes_on_only_after_somebody_who_may_looked_again(errands: Errands) -> None:
    """With a reason and a new day within a year; the task ends, and comes again then."""
    asked, senior = blocked(errands), errands.scene.people["senior_reviewer"]
    errands.scene.clock.move(timedelta(days=366))
    blocks(errands).schedule()
    with pytest.raises(NotAllowed):
        blocks(errands).keep(errands.scene.reviewer, asked, "Still.")
    with pytest.raises(DecisionIncomplete, match="needs a reason"):
        blocks(errands).keep(senior, asked, "")
    with pytest.raises(DecisionIncomplete, match="at the latest"):
        blocks(errands).keep(senior, asked, "Still.", errands.scene.clock.now() + timedelta(days=400))
    until = blocks(errands).keep(senior, asked, "They threatened again elsewhere.")
    assert until == errands.scene.clock.now() + timedelta(days=30)
    assert tasks(errands, "block_review") == []
    errands.scene.clock.move(timedelta(days=31))
    blocks(errands).schedule()
    assert len(tasks(errands, "block_review")) == 1


def test_only_a_block_that_stands_can_go_on(errands: Errands) -> None:
    """One that was asked for and not carried out blocks nobody."""
    errands.scene.upheld(errands.case_id, errands.revision_id)
    asked = errands.asked_for("block")
    with pytest.raises(Conflict, match="Nobody is blocked"):
        blocks(errands).keep(errands.scene.people["senior_reviewer"], asked, "Still.")


def shown(errands: Errands, read_at: datetime) -> None:
    """A polled page shows the comment, read at this moment."""
    with errands.scene.store.write() as session:
        now = errands.scene.clock.now()
        visible_again.notice(session, [errands.comment_id], read_at=read_at, now=now)


@pytest.mark.parametrize("kind", ["hide", "delete"])
def test_a_comment_that_is_visible_again_is_noticed_once(errands: Errands, kind: str) -> None:
    """An audit row and a task within the hour; being hidden again ends it."""
    asked = errands.ask(kind)
    errands.carry(asked)
    errands.scene.clock.move(timedelta(minutes=5))
    read_at = errands.scene.clock.now()
    for _ in range(2):
        shown(errands, read_at)
    (task,) = tasks(errands, "visible_again")
    assert task.due_at == read_at + timedelta(hours=1)
    assert [row.object_id for row in errands.scene.audited("visible_again")] == [asked]
    with errands.scene.store.write() as session:
        visible_again.settle(session, errands.comment_id, "It is hidden again.", now=read_at)
    assert tasks(errands, "visible_again") == []


def test_showing_a_comment_again_ends_the_task_that_it_is_visible(errands: Errands) -> None:
    """Whoever finds that it may be seen asks for that, and is not reminded any more."""
    errands.carry(errands.hide())
    errands.scene.clock.move(timedelta(minutes=5))
    shown(errands, errands.scene.clock.now())
    assert len(tasks(errands, "visible_again")) == 1
    errands.carry(errands.scene.review.request_unhide(errands.scene.second, errands.case_id, "A mistake."))
    assert tasks(errands, "visible_again") == []


def test_a_page_that_was_read_before_the_hide_proves_nothing(errands: Errands) -> None:
    """It shows the comment as it was; so does one of a comment that somebody had shown again."""
    asked = errands.hide()
    before = errands.scene.clock.now()
    errands.scene.clock.move(timedelta(minutes=1))
    errands.carry(asked)
    shown(errands, before)
    assert tasks(errands, "visible_again") == []
    errands.carry(errands.scene.review.request_unhide(errands.scene.second, errands.case_id, "A mistake."))
    errands.scene.clock.move(timedelta(minutes=1))
    shown(errands, errands.scene.clock.now())
    assert tasks(errands, "visible_again") == []
