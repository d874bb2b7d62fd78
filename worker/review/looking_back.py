"""How far back figures for people reach."""

from __future__ import annotations

from datetime import datetime, timedelta

from worker.errors import UpstanderError

#: Half a year: what a person compares with at most.
MOST_WEEKS = 26


class TooFarBack(UpstanderError):
    """Figures reach over one week to half a year."""


def weeks_before(now: datetime, weeks: int) -> datetime:
    """The moment so many weeks of seven days before another.

    Raises:
        TooFarBack: that is less than one week or more than `MOST_WEEKS`.
    """
    if not 1 <= weeks <= MOST_WEEKS:
        raise TooFarBack(
            f"Figures reach over 1 to {MOST_WEEKS} weeks, not {weeks}.",
            do=f"Ask for 1 to {MOST_WEEKS} weeks.",
        )
    return now - timedelta(weeks=weeks)
