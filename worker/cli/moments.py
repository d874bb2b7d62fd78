"""Moments as people type them: a day, or a day and a time, as the clocks of the United Kingdom show it."""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from typing import TYPE_CHECKING, Annotated, Any

import typer

from worker.clock import LONDON

if TYPE_CHECKING:
    from worker.clock import Clock

#: Days that are named from today on. They go with a time: "tomorrow" alone could mean any hour of it.
_NAMED = {"yesterday": -1, "today": 0, "tomorrow": 1}


@dataclass(frozen=True, slots=True)
class Moment:
    """What somebody typed. A day named from today on waits for the clock to say which it is."""

    day: date | timedelta
    at: time


def moment(typed: str) -> Moment:
    """Read what somebody typed.

    Raises:
        ValueError: it is no moment; says how one is written.
    """
    day, _, at = re.sub(r"(?<=\d)T(?=\d)", " ", typed.strip()).lower().partition(" ")
    try:
        if day in _NAMED:
            return Moment(timedelta(days=_NAMED[day]), _time(at))
        return Moment(_read(day, "%Y-%m-%d").date(), _time(at) if at else time())
    except ValueError:
        message = "write it such as 2026-11-24 09:00 (London time), 2026-11-24, or tomorrow 09:00."
        raise ValueError(message) from None


def _time(typed: str) -> time:
    return _read(typed.strip(), "%H:%M").time()


def _read(typed: str, form: str) -> datetime:
    return datetime.strptime(typed, form).replace(tzinfo=LONDON)


def option(*names: str, help: str, word: str = "TIME") -> Any:  # noqa: A002 - typer's own word for it
    """An option that takes a moment, the same wherever one is asked for."""
    return typer.Option(*names, parser=moment, metavar=word, help=help)


Received = Annotated[
    Moment | None, option(word="DAY", help="When it was received, such as 2026-11-24; else now.")
]


def in_utc(typed: Moment, clock: Clock) -> datetime:
    """What somebody typed, as the same moment in UTC."""
    day = typed.day
    if isinstance(day, timedelta):
        day = clock.now().astimezone(LONDON).date() + day
    return datetime.combine(day, typed.at, LONDON).astimezone(UTC)
