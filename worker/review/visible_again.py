"""A hidden or deleted comment that becomes visible again is noticed: an audit row and a task."""

from __future__ import annotations

from collections.abc import Collection
from datetime import datetime, timedelta

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from worker.ledger import audit
from worker.ledger.audit import Actor
from worker.review.blocks import role_of
from worker.review.tasks import NewTask, add_task, end_task
from worker.store import tables as t

TASK = "visible_again"
_ITSELF = Actor(None, "poll")
#: Somebody thought it taken down: within an hour a person looks.
_WITHIN = timedelta(hours=1)


def notice(session: Session, comment_ids: Collection[int], *, read_at: datetime, now: datetime) -> None:
    """Note which of some comments, shown by the platform, should be hidden or gone.

    Args:
        comment_ids: those that were hidden or gone as last read, and are not any more.
        read_at: when the platform was read; what was carried out only after that is not undone by it.
    """
    newest = (
        select(func.max(t.RequestedAction.id))
        .where(
            t.RequestedAction.comment_id.in_(comment_ids),
            t.RequestedAction.kind.in_(("hide", "unhide", "delete")),
            t.RequestedAction.state.in_(("carried_out", "outside")),
        )
        .group_by(t.RequestedAction.comment_id)
    )
    asked = select(t.RequestedAction).where(
        t.RequestedAction.id.in_(newest),
        t.RequestedAction.kind != "unhide",
        t.RequestedAction.finished_at < read_at,
    )
    for row in session.scalars(asked.order_by(t.RequestedAction.id)).all():
        key = f"{TASK}:{row.id}:{read_at.isoformat()}"
        if session.scalar(select(t.Task.id).where(t.Task.key == key)) is not None:
            continue
        task = NewTask(
            kind=TASK,
            key=key,
            title=(
                f"Case {row.case_id}: the comment was taken down and is visible again. Look at it; ask again"
                f" with `upstander act hide {row.case_id}`."
            ),
            due_at=now + _WITHIN,
            case_id=row.case_id,
            about=("comment", row.comment_id),
            for_role=role_of(session, row.requested_by, row.case_id),
        )
        add_task(session, _ITSELF, task, now=now)
        facts = {"case_id": row.case_id, "comment_id": row.comment_id, "kind": row.kind}
        audit.record(session, _ITSELF, "visible_again", "requested_action", row.id, now=now, detail=facts)


def settle(session: Session, comment_id: int, outcome: str, *, now: datetime) -> None:
    """End the tasks about a comment that nobody has to look at any more."""
    tasks = select(t.Task).where(
        t.Task.kind == TASK,
        t.Task.about_type == "comment",
        t.Task.about_id == comment_id,
        t.Task.done_at.is_(None),
    )
    for task in session.scalars(tasks).all():
        end_task(session, _ITSELF, task, outcome, now=now)
