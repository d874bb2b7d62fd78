"""ISO weeks and schedules in Europe/London, right across the changes of the clock."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta

from cronsim import CronSim, CronSimError

from worker.clock import LONDON
from worker.errors import SettingsError, UpstanderError

_WEEK = re.compile(r"\d{4}-W\d{2}", re.ASCII)
#: A change of the clock moves a local time by one hour; two hours of margin see past it.
_MARGIN = timedelta(hours=2)
#: A cron line that has not come due for so long is looked back for no further.
_LOOK_BACK_YEARS = 2


class WrongWeek(UpstanderError):
    """This is not the name of a week."""


@dataclass(frozen=True, slots=True, order=True)
class Week:
    """One ISO week: from Monday 00:00 to the next Monday 00:00 local time; 167, 168 or 169 hours.

    Attributes:
        monday: the local date it starts on.
    """

    monday: date

    @classmethod
    def parse(cls, name: str) -> Week:
        """The week of a name such as "2026-W46".

        Raises:
            WrongWeek: it is not the name of a week, or that year has no such week.
        """
        try:
            if not _WEEK.fullmatch(name):
                raise ValueError
            return cls(date.fromisocalendar(int(name[:4]), int(name[6:]), 1))
        except ValueError:
            raise WrongWeek(
                f"{name[:40]!r} is not a week.",
                do='Write year and ISO week, such as "2026-W46".',
            ) from None

    @classmethod
    def holding(cls, moment: datetime) -> Week:
        """The week that a moment (aware) lies in."""
        day = moment.astimezone(LONDON).date()
        return cls(day - timedelta(days=day.weekday()))

    @classmethod
    def ended_before(cls, moment: datetime) -> Week:
        """The newest week that is over at a moment (aware): the one a summary then tells of."""
        return cls.holding(moment).previous

    @property
    def name(self) -> str:
        """The ISO name, such as "2026-W46"."""
        year, number, _ = self.monday.isocalendar()
        return f"{year:04}-W{number:02}"

    @property
    def starts(self) -> datetime:
        """The first moment of the week, aware, UTC."""
        return _midnight(self.monday)

    @property
    def ends(self) -> datetime:
        """The first moment after the week, aware, UTC."""
        return _midnight(self.monday + timedelta(days=7))

    @property
    def sunday(self) -> date:
        """The local date it ends on."""
        return self.monday + timedelta(days=6)

    @property
    def previous(self) -> Week:
        """The week before."""
        return Week(self.monday - timedelta(days=7))

    @property
    def following(self) -> Week:
        """The week after."""
        return Week(self.monday + timedelta(days=7))

    def summary_due(self, cron: str) -> datetime:
        """When the summary of this week is due: the first time of the schedule after the week is over."""
        return next_due(self.ends - timedelta(microseconds=1), cron)


def next_due(now: datetime, cron: str) -> datetime:
    """The first moment after `now` (aware) that a cron line in Europe/London names, aware, UTC.

    A time that the spring change skips counts as the first minute after it; a time that the autumn
    change repeats counts once, the first time.

    Raises:
        SettingsError: the cron line cannot be read, or never comes due.
    """
    for moment in _times(now - _MARGIN, cron, reverse=False):
        if moment > now:
            return moment
    raise SettingsError(f"The schedule {cron!r} never comes due.", do="Write a cron line such as 0 8 * * 1.")


def last_due(now: datetime, cron: str) -> datetime | None:
    """The last moment up to `now` (aware, included) that a cron line in Europe/London names, aware, UTC.

    Returns:
        The moment, or None where there was none in two years.

    Raises:
        SettingsError: the cron line cannot be read.
    """
    for moment in _times(now + _MARGIN, cron, reverse=True):
        if moment <= now:
            return moment if now.year - moment.year <= _LOOK_BACK_YEARS else None
    return None


def _times(start: datetime, cron: str, *, reverse: bool) -> Iterator[datetime]:
    try:
        times = CronSim(cron, start.astimezone(LONDON), reverse=reverse)
    except CronSimError as error:
        raise SettingsError(
            f"The schedule {cron!r} cannot be read: {error}.",
            safe="Nothing was scheduled.",
            do="Write five fields, such as 0 8 * * 1 for Mondays at 8:00am.",
        ) from error
    return (moment.astimezone(UTC) for moment in times)


def _midnight(day: date) -> datetime:
    return datetime.combine(day, time(), tzinfo=LONDON).astimezone(UTC)
