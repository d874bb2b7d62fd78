"""How long each stretch of a case's life took, at the median, worked out by the database."""

from __future__ import annotations

from typing import Any

from sqlalchemy import ColumnElement, Float, Select, case, cast, extract, func, or_, select
from sqlalchemy.orm import Session, aliased

from worker.store import tables as t
from worker.summary.counts import NEVER_JUDGED, Span

#: Which medians there are, in the order of a case's life.
MEDIANS = ("posted_to_seen", "opened_to_viewed", "opened_to_decided", "decided_to_done")


def medians(session: Session, span: Span) -> dict[str, int | None]:
    """Median seconds of each stretch of a case's life that ended in the span.

    Comments written before their account was watched are left out of `posted_to_seen`: nobody could
    have seen them sooner.
    """
    sqlite = session.get_bind().dialect.name == "sqlite"
    seen = (
        select(_seconds(t.Comment.posted_at, t.Comment.first_seen_at, sqlite=sqlite).label("seconds"))
        .join(t.Account, t.Account.id == t.Comment.account_id)
        .where(span.holds(t.Comment.first_seen_at), t.Comment.posted_at >= t.Account.created_at)
    )
    viewed = select(_seconds(t.Case.opened_at, t.Case.viewed_at, sqlite=sqlite).label("seconds")).where(
        span.holds(t.Case.viewed_at), t.Case.state.not_in(NEVER_JUDGED)
    )
    first = first_verdicts(session, span)
    done = (
        select(_seconds(t.Decision.decided_at, t.RequestedAction.finished_at, sqlite=sqlite).label("seconds"))
        .join(t.Decision, t.Decision.id == t.RequestedAction.decision_id)
        .where(span.holds(t.RequestedAction.finished_at), t.RequestedAction.state == "carried_out")
    )
    queries = dict(zip(MEDIANS, (seen, viewed, first, done), strict=True))
    return {name: _median(session, query) for name, query in queries.items()}


def first_verdicts(session: Session, span: Span) -> Select[Any]:
    """The seconds from opening to the first verdict of each case that had that in the span.

    Asking for advice is no verdict, and a correction is no measure of how long people waited for one.
    """
    sqlite = session.get_bind().dialect.name == "sqlite"
    earlier = aliased(t.Decision)
    return (
        select(_seconds(t.Case.opened_at, t.Decision.decided_at, sqlite=sqlite).label("seconds"))
        .join(t.Case, t.Case.id == t.Decision.case_id)
        .join(earlier, earlier.id == t.Decision.supersedes_id, isouter=True)
        .where(
            span.holds(t.Decision.decided_at),
            t.Decision.verdict != "needs_advice",
            or_(earlier.id.is_(None), earlier.verdict == "needs_advice"),
        )
    )


def _seconds(earlier: Any, later: Any, *, sqlite: bool) -> ColumnElement[float]:
    """Seconds from one column to another; none where a platform's clock ran ahead of ours."""
    difference: ColumnElement[float] = (
        (func.julianday(later) - func.julianday(earlier)) * 86400.0
        if sqlite
        else cast(extract("epoch", later - earlier), Float)
    )
    return case((difference < 0, 0.0), else_=difference)


def _median(session: Session, query: Select[Any]) -> int | None:
    values = query.subquery()
    ranked = select(
        values.c.seconds,
        func.row_number().over(order_by=values.c.seconds).label("place"),
        func.count().over().label("number"),
    ).subquery()
    middle = ranked.c.place.in_(((ranked.c.number + 1) // 2, (ranked.c.number + 2) // 2))
    found = session.scalar(select(func.avg(ranked.c.seconds)).where(middle))
    return None if found is None else round(found)
