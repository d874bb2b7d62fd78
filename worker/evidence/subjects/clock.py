"""By when somebody is answered who asks about themselves: the law's calendar month."""

from __future__ import annotations

import calendar
from datetime import date, datetime, time

from worker.clock import LONDON
from worker.working_days import WorkingDays

#: The end of the day on which people work; an answer after it would be of the next day.
_END = time(17, 0)
_MONTHS_A_YEAR = 12


def due_after(received: datetime, months: int, days: WorkingDays) -> datetime:
    """When so many calendar months are over: the same date, or the month's last day where there is none.

    What falls on a weekend or a bank holiday is due on the next working day.

    Args:
        received: counted from that day, worked or not.
    """
    start = received.astimezone(LONDON).date()
    month = start.month - 1 + months
    year, number = start.year + month // _MONTHS_A_YEAR, month % _MONTHS_A_YEAR + 1
    last = calendar.monthrange(year, number)[1]
    due = date(year, number, min(start.day, last))
    if not days.is_one(due):
        due = days.next_one(due)
    return datetime.combine(due, _END, LONDON).astimezone(received.tzinfo)
