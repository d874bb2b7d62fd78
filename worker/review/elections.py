"""Times before elections, in which a public body must not even seem to take a side.

A Trust keeps the table up: `config/reference/elections.yaml`. Days are whole days in London.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime
from pathlib import Path

from worker.clock import LONDON
from worker.errors import SettingsError
from worker.settings_yaml import SettingsFile, read_settings_file

#: The table's file in the folder of reference data.
TABLE = "elections.yaml"
_TOP = "pre_election_periods"
_KEYS = ("name", "from", "until")


@dataclass(frozen=True, slots=True)
class Period:
    """One time before an election.

    Attributes:
        starts, ends: the first and the last day of it.
    """

    name: str
    starts: date
    ends: date

    @property
    def banner(self) -> str:
        """One line for everybody who works in it."""
        return (
            f"Pre-election period until {self.ends:%-d %B %Y} ({self.name}): post neutral replies only, and"
            " hide for a reason that would be the same whichever party it helps or hurts."
        )


@dataclass(frozen=True, slots=True)
class Elections:
    """The periods that a Trust entered."""

    periods: tuple[Period, ...] = ()

    def period_at(self, moment: datetime) -> Period | None:
        """The period that a moment falls into; of several the one that lasts longest."""
        day = moment.astimezone(LONDON).date()
        now = [period for period in self.periods if period.starts <= day <= period.ends]
        return max(now, key=lambda period: period.ends, default=None)


def load_elections(path: Path) -> Elections:
    """Read the table of periods.

    Raises:
        SettingsError: it is not there or has errors; the message names file and line of each.
    """
    file = read_settings_file(path, path.name)
    found = () if file.problems else tuple(_periods(file))
    if file.problems:
        raise SettingsError(
            f"The pre-election periods cannot be used: {' '.join(file.problems)}", do=f"Mend {path}."
        )
    return Elections(found)


def _periods(file: SettingsFile) -> list[Period]:
    given = file.values.get(_TOP)
    if set(file.values) != {_TOP} or not isinstance(given, list):
        file.problems.append(f"{file.name}:1: write `{_TOP}:` and below it a list, or `{_TOP}: []`.")
        return []
    found = [_period(file, place, entry) for place, entry in enumerate(given)]
    return [period for period in found if period is not None]


def _period(file: SettingsFile, place: int, entry: object) -> Period | None:
    line = file.lines.get((_TOP, str(place))) or file.lines.get((_TOP,), 1)
    where = f"{file.name}:{line}: period {place + 1}"
    if not isinstance(entry, dict) or set(entry) != set(_KEYS):
        file.problems.append(f"{where}: write name, from and until, and nothing else.")
        return None
    name, first, last = (entry[key] for key in _KEYS)
    try:
        period = Period(str(name), date.fromisoformat(str(first)), date.fromisoformat(str(last)))
    except ValueError:
        file.problems.append(f"{where}: from and until are days, written as 2027-03-22.")
        return None
    if not isinstance(name, str) or not name.strip():
        file.problems.append(f"{where}: give it a name, such as Local elections 2027.")
        return None
    if period.ends < period.starts:
        file.problems.append(f"{where}: it ends before it begins.")
        return None
    return period


def no_period(_moment: datetime) -> None:
    """Where no table of periods is read: never before an election."""
