"""Working hours: from when to when a Trust's team is there, on the days that they work.

Times are the wall's in London. What counts working minutes stands still overnight, over weekends and on bank
holidays, and an hour that the clocks skip or repeat counts as it passes.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import UTC, date, datetime, time, timedelta

from worker.clock import LONDON
from worker.working_days import WorkingDays

_DAY = timedelta(days=1)
#: Monday to Friday.
WEEK = frozenset(range(5))


@dataclass(frozen=True, slots=True)
class WorkingHours:
    """When the team is there.

    Attributes:
        opens, closes: the same on every day that is worked; it closes after it opens.
        weekdays: 0 is Monday. Bank holidays are never worked.
    """

    opens: time = time(9)
    closes: time = time(17)
    weekdays: frozenset[int] = WEEK
    days: WorkingDays = field(default_factory=WorkingDays)

    def after(self, moment: datetime, minutes: int) -> datetime:
        """When so many working minutes are over, counted from a moment.

        Args:
            minutes: one or more.
        """
        left = timedelta(minutes=minutes)
        day = moment.astimezone(LONDON).date()
        while True:
            opens, closes = self._span(day)
            start = max(opens, moment.astimezone(UTC))
            if self.is_worked(day) and start < closes:
                if left <= closes - start:
                    return start + left
                left -= closes - start
            day += _DAY

    def is_worked(self, day: date) -> bool:
        """Whether the team is there on a day."""
        return day.weekday() in self.weekdays and day not in self.days.holidays

    def _span(self, day: date) -> tuple[datetime, datetime]:
        # In UTC: the difference of two moments of one zone would leave out a change of the clocks.
        opens, closes = (datetime.combine(day, at, LONDON) for at in (self.opens, self.closes))
        return opens.astimezone(UTC), closes.astimezone(UTC)
