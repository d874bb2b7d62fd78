"""What has to be taken back on the platform where a decision is overturned."""

from __future__ import annotations

from sqlalchemy import select
from sqlalchemy.orm import Session

from worker.review.history import latest_decision
from worker.review.kinds import OPPOSITES
from worker.store import tables as t

#: What takes something away and can be taken back.
_TAKES = ("hide", "block", "mute")
#: The platform did it, may do it yet, or a person may have done it in the platform's own app.
_MAY_STAND = ("requested", "carried_out", "by_hand", "outside")


def to_restore(session: Session, case: t.Case) -> tuple[str, ...]:
    """The kinds to ask for so that a comment is shown again and its author let in again.

    A delete cannot be taken back. What another case of the comment took away and still upholds stays.
    """
    comment = session.get_one(t.Comment, case.comment_id)
    found = []
    for kind in _TAKES:
        back = OPPOSITES[kind]
        hidden = kind == "hide" and bool(comment.hidden)
        if _upheld_elsewhere(session, case, kind):
            continue
        if hidden or _stands(session, comment.id, kind, back):
            found.append(back)
    return tuple(found)


def _upheld_elsewhere(session: Session, case: t.Case, kind: str) -> bool:
    """Whether a case of other words of the same comment took this away, and its decision stands."""
    others = session.scalars(
        select(t.RequestedAction.case_id)
        .where(
            t.RequestedAction.comment_id == case.comment_id,
            t.RequestedAction.case_id != case.id,
            t.RequestedAction.kind == kind,
            t.RequestedAction.state.in_(_MAY_STAND),
        )
        .distinct()
    ).all()
    latest = [latest_decision(session, each) for each in others]
    return any(each is not None and each.verdict == "upheld" for each in latest)


def _stands(session: Session, comment_id: int, kind: str, back: str) -> bool:
    """Whether the newest request of these two kinds took something away, and may have come to be."""
    newest = session.execute(
        select(t.RequestedAction.kind, t.RequestedAction.state)
        .where(t.RequestedAction.comment_id == comment_id, t.RequestedAction.kind.in_((kind, back)))
        .order_by(t.RequestedAction.id.desc())
        .limit(1)
    ).one_or_none()
    return newest is not None and newest.kind == kind and newest.state in _MAY_STAND
