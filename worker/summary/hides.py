"""What was asked of a platform and did not come to be, so that nobody believes it did."""

from __future__ import annotations

from collections.abc import Iterator

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from worker.store import tables as t
from worker.summary import words

_ENDED_BADLY = ("failed", "refused", "outside")


def undone(session: Session) -> Iterator[str]:
    """One sentence for each comment whose newest request failed, or that is visible although it was hidden.

    A comment with an undecided case is left out: it stands in the queue, and is shown there.
    """
    newest = select(func.max(t.RequestedAction.id)).group_by(t.RequestedAction.comment_id)
    waiting = select(t.Case.comment_id).where(t.Case.state != "decided")
    asked = (
        select(t.RequestedAction)
        .where(t.RequestedAction.id.in_(newest), t.RequestedAction.comment_id.not_in(waiting))
        .order_by(t.RequestedAction.id)
    )
    for row in session.scalars(asked.where(t.RequestedAction.state.in_(_ENDED_BADLY))):
        why = words.clean(row.detail or "")[:300]
        yield (
            f"Case {row.case_id}: the request to {row.kind} the comment ended as {row.state}. {why}"
            f" Ask again with `upstander act {row.kind} {row.case_id}`, or do it in the platform's own app."
        )
    done = asked.where(t.RequestedAction.state == "carried_out", t.RequestedAction.kind == "hide")
    visible = done.join(t.Comment, t.Comment.id == t.RequestedAction.comment_id).where(
        t.Comment.hidden.is_(False), t.Comment.gone_at.is_(None)
    )
    for row in session.scalars(visible):
        yield (
            f"Case {row.case_id}: the comment was hidden and is visible again."
            f" Ask again with `upstander act hide {row.case_id}`."
        )
