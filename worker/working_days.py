"""Working days of England: Monday to Friday but for bank holidays, by a table that a Trust keeps up.

Times are the wall's in London, so that what is due at four in the afternoon is due at four however the clocks
change.
"""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from pathlib import Path

from worker.clock import LONDON
from worker.errors import SettingsError
from worker.settings_yaml import SettingsFile, read_settings_file

#: The table's file in the folder of reference data.
TABLE = "bank-holidays.yaml"
_TOP = "bank_holidays"
_SATURDAY = 5
#: England has never fewer in a year: a year with less was not entered to its end.
_LEAST_A_YEAR = 8
_DAY = timedelta(days=1)


@dataclass(frozen=True, slots=True)
class WorkingDays:
    """Which days are worked.

    Attributes:
        holidays: days that are none although they may fall on Monday to Friday.
        known_until: the last day that the table speaks of; after it only weekends are known. None: no table.
    """

    holidays: frozenset[date] = frozenset()
    known_until: date | None = None

    def is_one(self, day: date) -> bool:
        """Whether a day is a working day."""
        return day.weekday() < _SATURDAY and day not in self.holidays

    def next_one(self, day: date) -> date:
        """The first working day after a day."""
        following = day + _DAY
        while not self.is_one(following):
            following += _DAY
        return following

    def one_after(self, moment: datetime) -> datetime:
        """When one working day is over: the same time on the next one.

        What falls on no working day counts from the first moment of the next.
        """
        local = moment.astimezone(LONDON)
        if not self.is_one(local.date()):
            start = self.next_one(local.date())
            local = datetime(start.year, start.month, start.day, tzinfo=LONDON)
        due = datetime.combine(self.next_one(local.date()), local.timetz())
        return due.astimezone(moment.tzinfo)

    def days_after(self, moment: datetime, days: int) -> datetime:
        """When so many working days are over: the same time on the last one's morrow that is worked.

        Args:
            days: one or more.
        """
        for _ in range(days):
            moment = self.one_after(moment)
        return moment


def load_working_days(path: Path) -> WorkingDays:
    """Read the table of bank holidays.

    Raises:
        SettingsError: it is not there or has errors; the message names file and line of each.
    """
    file = read_settings_file(path, path.name)
    days = {} if file.problems else _days_of(file)
    if not file.problems:
        _check_years(file, days)
    if file.problems:
        raise SettingsError(
            f"The bank holidays cannot be used: {' '.join(file.problems)}",
            do=f"Mend {path}.",
        )
    return WorkingDays(frozenset(days), date(max(days).year, 12, 31))


def _days_of(file: SettingsFile) -> dict[date, int]:
    """Each day with the line that it stands on; what is wrong becomes a problem."""
    given = file.values.get(_TOP)
    if set(file.values) != {_TOP} or not isinstance(given, dict) or not given:
        file.problems.append(f"{file.name}:1: write `{_TOP}:` and below it `2026-12-25: Christmas Day`.")
        return {}
    found: dict[date, int] = {}
    for written, name in given.items():
        line = file.lines[_TOP, written]
        if not isinstance(name, str):
            file.problems.append(f'{file.name}:{line}: "{written}" has no name.')
        try:
            found[date.fromisoformat(written)] = line
        except ValueError:
            file.problems.append(f'{file.name}:{line}: "{written}" is no day. Write it as 2026-12-25.')
    return found


def _check_years(file: SettingsFile, days: dict[date, int]) -> None:
    """A year that is not whole would make working days of bank holidays, and nobody would notice."""
    counted = Counter(day.year for day in days)
    for year in range(min(counted), max(counted) + 1):
        if counted[year] < _LEAST_A_YEAR:
            line = max((at for day, at in days.items() if day.year == year), default=1)
            file.problems.append(
                f"{file.name}:{line}: {year} has {counted[year]} of at least {_LEAST_A_YEAR} bank holidays."
            )
