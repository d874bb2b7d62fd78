"""The whole queue in numbers, each counted no further than people are told it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import ColumnElement, literal_column, select
from sqlalchemy.orm import Session

from worker.review.claims import asleep
from worker.review.counting import Count, bounded, told
from worker.review.filtering import at_rank
from worker.review.order import BY_RANK, ORDER, WAITING
from worker.store import tables as t


@dataclass(frozen=True, slots=True)
class QueueCounts:
    """The whole queue in numbers, whatever is filtered.

    Attributes:
        by_severity: how many of each severity; those without any are left out.
    """

    total: Count
    by_severity: Mapping[str, Count]
    overdue: Count
    claimed: Count
    needs_advice: Count
    snoozed: Count


def queue_counts(session: Session, seen: ColumnElement[bool], now: datetime) -> QueueCounts:
    """Count what waits. Each part reads an index of its own, and stops there.

    Args:
        seen: the SQL that holds of the cases that whoever looks may see; no other is counted.
    """
    waiting = select(t.Case.id).where(WAITING, seen)
    # Some in the queue's order: so the indexes that stand in it are read for them.
    severities = [waiting.where(at_rank(severity)).order_by(*ORDER) for severity in BY_RANK]
    of_claim = t.Case.id == t.Claim.case_id
    parts = [
        *severities,
        waiting.where(t.Case.due_at < now),
        # From the claims to their cases: there are never more than people at work.
        select(t.Claim.case_id).where(
            t.Claim.until > now, waiting.where(of_claim).correlate(t.Claim).exists()
        ),
        waiting.where(t.Case.state == literal_column("'needs_advice'")).order_by(*ORDER),
        waiting.where(asleep(now)),
    ]
    numbers = session.execute(select(*(bounded(each) for each in parts))).one()
    of_severity = numbers[: len(severities)]
    overdue, claimed, needs_advice, snoozed = (told(each) for each in numbers[len(severities) :])
    by_severity = {name: told(each) for name, each in zip(BY_RANK, of_severity, strict=True) if each}
    return QueueCounts(told(sum(of_severity)), by_severity, overdue, claimed, needs_advice, snoozed)
