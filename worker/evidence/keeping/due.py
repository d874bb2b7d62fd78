"""Which comments with cases have come to the end of their time, as far as the database can tell at once."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta

from sqlalchemy import ColumnElement, and_, exists, func, or_, select, union
from sqlalchemy.orm import Session

from worker.evidence.keeping.periods import look_again_after, shortest_ends, years_after
from worker.settings_evidence import Retention
from worker.store import tables as t

_GRAVE = ("serious", "immediate_danger")


def due_comments(
    session: Session, retention: Retention, *, now: datetime, after: int, most: int
) -> Sequence[int]:
    """Comments with a case whose time is up, that have something left and nothing proposed, in order.

    What else stands in the way is asked of each: see `obstacles`.

    Args:
        after: comments with a higher id only.
        most: how many at most.
    """
    newest = (
        select(func.max(t.Decision.id)).where(t.Decision.case_id == t.Case.id).correlate(t.Case)
    ).scalar_subquery()
    over = and_(t.Case.closed_at <= shortest_ends(now, retention), _over(retention, now))
    if retention.x_deletions_within_24h:
        deleted = and_(t.Comment.platform == "x", t.Comment.gone_at.is_not(None))
        over = or_(over, and_(deleted, t.Decision.verdict == "not_upheld"))
    left = (t.Comment.id > after, _left(), _undisturbed(retention, now))
    number = t.Comment.id.label("comment_id")
    cases = select(number).join(t.Case, t.Case.comment_id == t.Comment.id).where(*left)
    decided = cases.join(t.Decision, t.Decision.id == newest).where(t.Case.state == "decided", over)
    closed = cases.join(t.HandInClosing, t.HandInClosing.case_id == t.Case.id).where(
        _closed_long_ago(retention, now)
    )
    both = union(decided, closed).subquery()
    return session.scalars(select(both.c.comment_id).order_by(both.c.comment_id).limit(most)).all()


def _over(retention: Retention, now: datetime) -> ColumnElement[bool]:
    upheld, grave = t.Decision.verdict == "upheld", t.Decision.severity.in_(_GRAVE)
    decided = t.Decision.decided_at
    return or_(
        and_(t.Decision.verdict == "not_upheld", decided <= now - timedelta(days=retention.not_upheld_days)),
        and_(upheld, grave, decided <= years_after(now, -retention.serious_years)),
        and_(upheld, ~grave, decided <= years_after(now, -retention.upheld_years)),
    )


def _closed_long_ago(retention: Retention, now: datetime) -> ColumnElement[bool]:
    """The time of a matter that was never judged here is over: see `upstander handin close`."""
    kept, closed = t.HandInClosing.retention_class, t.HandInClosing.closed_at
    return or_(
        and_(kept == "not_upheld", closed <= now - timedelta(days=retention.not_upheld_days)),
        and_(kept == "serious", closed <= years_after(now, -retention.serious_years)),
        and_(kept == "upheld", closed <= years_after(now, -retention.upheld_years)),
    )


def _left() -> ColumnElement[bool]:
    """There is evidence to destroy, or there are words to erase."""
    return or_(
        exists().where(t.Snapshot.comment_id == t.Comment.id, t.Snapshot.destroyed_at.is_(None)),
        exists().where(t.Revision.comment_id == t.Comment.id, t.Revision.erased_at.is_(None)),
    )


def _undisturbed(retention: Retention, now: datetime) -> ColumnElement[bool]:
    """No hold stands on the case, nothing is proposed, and nobody decided lately to keep it."""
    kept = [
        and_(
            t.Disposal.retention_class == name,
            t.Disposal.decided_at > now - look_again_after(name, retention),
        )
        for name in ("serious", "upheld", "not_upheld", "deleted_on_x")
    ]
    return and_(
        ~exists().where(t.Hold.case_id == t.Case.id, t.Hold.released_at.is_(None)),
        ~exists().where(
            t.Disposal.case_id == t.Case.id,
            or_(
                t.Disposal.state.in_(("proposed", "approved")),
                and_(t.Disposal.state == "kept", or_(*kept)),
            ),
        ),
    )
