"""What came of the cases and of what was asked of the platforms, week by week, as the summaries count it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from worker.store import tables as t
from worker.summary import counts
from worker.summary.weeks import Week


@dataclass(frozen=True, slots=True)
class WeekOutcomes:
    """One week.

    Attributes:
        complete: whether it is over.
        upheld, not_upheld, needs_advice: cases that a person decided on, each with its latest decision.
        asked: how many actions were asked for in it, by kind.
        actions: how many had each result in it, by kind (see `counts.RESULTS`).
    """

    week: str
    complete: bool
    upheld: int
    not_upheld: int
    needs_advice: int
    asked: Mapping[str, int]
    actions: Mapping[str, Mapping[str, int]]

    def came_to(self, *results: str) -> int:
        """How many actions of all kinds had one of these results."""
        return sum(found[result] for found in self.actions.values() for result in results)


def outcomes(session: Session, now: datetime, weeks: int) -> tuple[WeekOutcomes, ...]:
    """The outcomes of this week so far and of those before it, the oldest first.

    Args:
        weeks: how many weeks together.
    """
    found: list[WeekOutcomes] = []
    week = Week.holding(now)
    for _ in range(weeks):
        found.append(_outcomes(session, week, now))
        week = week.previous
    return tuple(reversed(found))


def _outcomes(session: Session, week: Week, now: datetime) -> WeekOutcomes:
    span = counts.Span(week.starts, min(week.ends, now))
    verdicts = counts.totals(counts.decided(session, span), lambda key: key.verdict)
    return WeekOutcomes(
        week=week.name,
        complete=week.ends <= now,
        upheld=verdicts.get("upheld", 0),
        not_upheld=verdicts.get("not_upheld", 0),
        needs_advice=verdicts.get("needs_advice", 0),
        asked=_asked(session, span),
        actions=counts.actions(session, span),
    )


def _asked(session: Session, span: counts.Span) -> dict[str, int]:
    rows = session.execute(
        select(t.RequestedAction.kind, func.count().label("number"))
        .where(span.holds(t.RequestedAction.requested_at))
        .group_by(t.RequestedAction.kind)
        .order_by(t.RequestedAction.kind)
    )
    return {row.kind: row.number for row in rows}
