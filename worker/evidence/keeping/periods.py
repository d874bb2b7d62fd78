"""How long a case is kept: its retention class, from the decision that counts, and when its time is up."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta

from worker.settings_evidence import Retention
from worker.store import tables as t

#: States of a case after which its time of keeping runs.
ENDED = ("decided", "closed")
_GRAVE = ("serious", "immediate_danger")
#: What a person decided to keep is proposed to them again after so long.
_LOOK_AGAIN = timedelta(days=365)
#: What X's developer terms give after a deletion by its author.
_X_GIVES = timedelta(hours=24)


@dataclass(frozen=True, slots=True)
class Period:
    """How long one case is kept.

    Attributes:
        retention_class: serious, upheld or not_upheld.
        due_at: when its time is up.
    """

    retention_class: str
    due_at: datetime


def period_of(decision: t.Decision, retention: Retention) -> Period | None:
    """How long a case is kept after the decision that counts; None while nothing was decided in the end.

    Args:
        decision: the newest of the case.
    """
    if decision.verdict == "not_upheld":
        return kept_as("not_upheld", decision.decided_at, retention)
    if decision.verdict != "upheld":
        return None
    return kept_as("serious" if decision.severity in _GRAVE else "upheld", decision.decided_at, retention)


def kept_as(retention_class: str, ended_at: datetime, retention: Retention) -> Period:
    """How long a case is kept that ended at a moment.

    Args:
        retention_class: serious, upheld or not_upheld.
    """
    if retention_class == "not_upheld":
        return Period(retention_class, ended_at + timedelta(days=retention.not_upheld_days))
    years = retention.serious_years if retention_class == "serious" else retention.upheld_years
    return Period(retention_class, years_after(ended_at, years))


def gone_by(comment: t.Comment, retention: Retention) -> datetime | None:
    """By when a comment must be gone because its author deleted it on X; None where nothing asks for that."""
    if not retention.x_deletions_within_24h or comment.platform != "x" or comment.gone_at is None:
        return None
    return comment.gone_at + _X_GIVES


def shortest_ends(now: datetime, retention: Retention) -> datetime:
    """What was decided after this moment is certainly still to be kept."""
    return max(
        now - timedelta(days=retention.not_upheld_days),
        years_after(now, -retention.upheld_years),
        years_after(now, -retention.serious_years),
    )


def look_again_after(retention_class: str, retention: Retention) -> timedelta:
    """How long after a person decided to keep something it is proposed to them again."""
    if retention_class in ("serious", "upheld"):
        return _LOOK_AGAIN
    return min(_LOOK_AGAIN, timedelta(days=retention.not_upheld_days))


def years_after(moment: datetime, years: int) -> datetime:
    """The same day some years on; the day after where that year has no 29 February."""
    try:
        return moment.replace(year=moment.year + years)
    except ValueError:
        return moment.replace(year=moment.year + years, month=3, day=1)
