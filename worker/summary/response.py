"""How long people took to the first verdict on a case, and how often that was in time."""

from __future__ import annotations

from dataclasses import dataclass

from sqlalchemy import case, func, or_, select
from sqlalchemy.orm import Session

from worker.store import tables as t
from worker.store.platform import SEVERITIES
from worker.summary.counts import Span
from worker.summary.medians import first_verdicts


@dataclass(frozen=True, slots=True)
class ResponseTime:
    """From opening to the first verdict, of the cases of one severity that had theirs.

    Attributes:
        decided: how many those are.
        median_seconds: half of them took no longer; None where there are none.
        p90_seconds: nine of ten took no longer; None where there are none.
        in_time: how many were decided by the time that they were due.
    """

    decided: int = 0
    median_seconds: int | None = None
    p90_seconds: int | None = None
    in_time: int = 0

    @property
    def share_in_time(self) -> float | None:
        """The part that was decided in time, from 0 to 1; None where none was decided."""
        return self.in_time / self.decided if self.decided else None


def response_times(session: Session, span: Span) -> dict[str, ResponseTime]:
    """How long it took, by the severity that the cases have now, the gravest first; in one statement."""
    taken = (
        first_verdicts(session, span)
        .add_columns(
            t.Case.severity, case((t.Decision.decided_at <= t.Case.due_at, 1), else_=0).label("in_time")
        )
        .subquery()
    )
    ranked = select(
        taken,
        func.row_number().over(partition_by=taken.c.severity, order_by=taken.c.seconds).label("place"),
        func.count().over(partition_by=taken.c.severity).label("number"),
    ).subquery()
    place, number = ranked.c.place, ranked.c.number
    middle = or_(place == (number + 1) // 2, place == (number + 2) // 2)
    # The nearest rank: the first place up to which lie nine tenths.
    ninth = place == (number * 9 + 9) // 10
    rows = session.execute(
        select(
            ranked.c.severity,
            func.count().label("number"),
            func.avg(case((middle, ranked.c.seconds))).label("median"),
            func.max(case((ninth, ranked.c.seconds))).label("p90"),
            func.sum(ranked.c.in_time).label("in_time"),
        ).group_by(ranked.c.severity)
    )
    found = dict.fromkeys(reversed(SEVERITIES), ResponseTime())
    for row in rows:
        found[row.severity] = ResponseTime(row.number, round(row.median), round(row.p90), row.in_time)
    return found
