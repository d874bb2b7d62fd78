"""The table of bank holidays, and what a person must do so that it does not run out."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta

from worker.clock import LONDON
from worker.errors import SettingsError
from worker.settings import Settings
from worker.summary import words
from worker.working_days import TABLE, WorkingDays, load_working_days

#: Whoever keeps the settings up is told so long before the table ends.
_SOON = timedelta(days=90)
_WHERE = f"`{TABLE}` in reference_dir, from https://www.gov.uk/bank-holidays"


@dataclass(frozen=True, slots=True)
class Calendar:
    """Which days are worked, as far as that can be told.

    Attributes:
        fault: why the table cannot be used, in words; nothing where it can.
    """

    days: WorkingDays
    fault: str = ""


def read_calendar(settings: Settings) -> Calendar:
    """Read the table of these settings. Without one only weekends are known."""
    try:
        return Calendar(load_working_days(settings.reference_dir / TABLE))
    except SettingsError as error:
        return Calendar(WorkingDays(), words.clean(str(error)))


def calendar_problems(calendar: Calendar, now: datetime) -> Iterator[str]:
    """What is wrong with the table now."""
    if calendar.fault:
        yield (
            f"{calendar.fault} Until then every day from Monday to Friday counts as a working day: what is"
            " due within working days is due early."
        )
    until = calendar.days.known_until
    if until is not None and until < now.astimezone(LONDON).date():
        yield (
            f"The table of bank holidays ended with {until.year}: what is due within working days is due too"
            f" early around those it does not know. Add the years since to {_WHERE}."
        )


def calendar_notices(calendar: Calendar, now: datetime) -> Iterator[str]:
    """What will be wrong with it soon."""
    until, today = calendar.days.known_until, now.astimezone(LONDON).date()
    if until is not None and today <= until < today + _SOON:
        yield f"The table of bank holidays ends with {until.year}: add the next years to {_WHERE}."
