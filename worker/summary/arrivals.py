"""When comments arrive and cases open, by the hour, as clocks in London show it."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

from sqlalchemy import ColumnElement, Text, func, select, type_coerce
from sqlalchemy.orm import Session

from worker.clock import LONDON
from worker.store import tables as t
from worker.store.platform import HANDED_IN
from worker.summary.counts import NEVER_JUDGED

_HOUR = timedelta(hours=1)
#: So many hours are told one by one.
LATEST = 48
#: Seven days of 24 hours: from Monday, from midnight to 1am.
ByWeekday = tuple[tuple[int, ...], ...]


@dataclass(frozen=True, slots=True)
class HourOfArrivals:
    """One hour.

    Attributes:
        starts: its first moment (aware, UTC); every hour of London begins with one of UTC.
        comments: comments first seen in it.
        cases: cases opened in it, those that staff handed in too.
    """

    starts: datetime
    comments: int
    cases: int


@dataclass(frozen=True, slots=True)
class Arrivals:
    """What arrived.

    Attributes:
        latest: the last hours one by one, the oldest first; the last of them is not over.
        comments, cases: over all the weeks, by day of the week and hour of the day in London.
    """

    latest: tuple[HourOfArrivals, ...]
    comments: ByWeekday
    cases: ByWeekday


def read_arrivals(session: Session, since: datetime, now: datetime) -> Arrivals:
    """Count what arrived. What staff handed in is no comment; what went straight to HR is no case.

    Args:
        since: from when on the days of the week are counted, at least two days before now.
    """
    comments = _by_hour(session, t.Comment.first_seen_at, since, t.Comment.platform != HANDED_IN)
    cases = _by_hour(session, t.Case.opened_at, since, t.Case.state.not_in(NEVER_JUDGED))
    this_hour = now.replace(minute=0, second=0, microsecond=0)
    hours = [this_hour - back * _HOUR for back in reversed(range(LATEST))]
    return Arrivals(
        latest=tuple(HourOfArrivals(each, comments.get(each, 0), cases.get(each, 0)) for each in hours),
        comments=_by_weekday(comments),
        cases=_by_weekday(cases),
    )


def _by_hour(
    session: Session, moment: Any, since: datetime, condition: ColumnElement[bool]
) -> dict[datetime, int]:
    """How many there are in each hour of UTC that has any."""
    sqlite = session.get_bind().dialect.name == "sqlite"
    hour: ColumnElement[Any] = (
        # As it is stored there: 2026-11-09 09:00:00.000000. Its beginning is the hour.
        func.substr(type_coerce(moment, Text), 1, 13) if sqlite else func.date_trunc("hour", moment, "UTC")
    )
    named = hour.label("hour")
    rows = session.execute(select(named, func.count()).where(moment >= since, condition).group_by(named))
    return {_moment(each): count for each, count in rows}


def _moment(hour: Any) -> datetime:
    """The first moment of an hour as the database gave it."""
    return datetime.fromisoformat(f"{hour}:00+00:00") if isinstance(hour, str) else hour.astimezone(UTC)


def _by_weekday(hours: Mapping[datetime, int]) -> ByWeekday:
    counted: Counter[tuple[int, int]] = Counter()
    for hour, count in hours.items():
        local = hour.astimezone(LONDON)
        counted[local.weekday(), local.hour] += count
    return tuple(tuple(counted[day, hour] for hour in range(24)) for day in range(7))
