"""The clocks of the queue: when a case is due, and how many cases in how short a time are a pile-on."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from worker.settings_review import Review as ReviewSettings
from worker.working_days import WorkingDays
from worker.working_hours import WorkingHours


@dataclass(frozen=True)
class Clocks:
    """What a case's due time and its place in a surge are reckoned by.

    Attributes:
        due_minutes: minutes until a case is due, by severity id.
        all_hours: severities whose minutes run at night and on holidays too; else working minutes count.
        hours: gives the team's working hours; asked only when a due time needs them.
        pile_on_cases: so many cases under one post...
        pile_on_window: ...within so long of each other are a pile-on.
    """

    due_minutes: Mapping[Any, int]
    all_hours: frozenset[str]
    hours: Callable[[], WorkingHours]
    pile_on_cases: int
    pile_on_window: timedelta

    def due(self, severity: str, now: datetime) -> datetime:
        """When a case that opens now, or becomes this severe now, is due."""
        minutes = self.due_minutes[severity]
        if severity in self.all_hours:
            return now + timedelta(minutes=minutes)
        return self.hours().after(now, minutes)


def make_clocks(settings: ReviewSettings, days: Callable[[], WorkingDays]) -> Clocks:
    """The clocks of these settings.

    Args:
        days: gives the working days; asked only when a due time needs them.
    """
    hours = settings.hours

    def working_hours() -> WorkingHours:
        return WorkingHours(hours.opens, hours.closes, hours.weekdays, days())

    return Clocks(
        settings.due_minutes,
        frozenset(settings.all_hours),
        working_hours,
        settings.pile_on_cases,
        timedelta(minutes=settings.pile_on_minutes),
    )
