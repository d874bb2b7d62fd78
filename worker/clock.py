"""The one place that knows the time. Stages are handed a clock; none asks the machine itself."""

from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Protocol
from zoneinfo import ZoneInfo

#: Where the Trust works. Times are kept in UTC and shown to people in this zone.
LONDON = ZoneInfo("Europe/London")


class Clock(Protocol):
    """Tells the time."""

    def now(self) -> datetime:
        """The present moment, aware, in UTC."""


class SystemClock:
    """The machine's own clock."""

    def now(self) -> datetime:
        """The present moment, aware, in UTC."""
        return datetime.now(UTC)


class ShiftedClock:
    """The machine's clock moved by an offset that several processes read from one small file.

    The sandbox reads the same file, so that a week can pass for everybody at once.

    Args:
        path: a JSON file `{"offset_seconds": n}`; no file means no offset.
    """

    def __init__(self, path: Path) -> None:
        self._path = path

    def now(self) -> datetime:
        """The present moment, moved by the file's offset, aware, in UTC."""
        return datetime.now(UTC) + self._offset()

    def _offset(self) -> timedelta:
        try:
            text = self._path.read_text(encoding="utf-8")
        except FileNotFoundError:
            return timedelta()
        return timedelta(seconds=float(json.loads(text)["offset_seconds"]))


def span_for_people(span: timedelta) -> str:
    """How long something is, to the minute, whichever way it goes: "3 days, 6 hours and 20 minutes"."""
    minutes = round(abs(span.total_seconds()) / 60)
    parts = ((minutes // 1440, "day"), (minutes // 60 % 24, "hour"), (minutes % 60, "minute"))
    *before, last = [f"{n} {unit}{'' if n == 1 else 's'}" for n, unit in parts if n] or ["0 minutes"]
    return f"{', '.join(before)} and {last}" if before else last


def for_people(moment: datetime) -> str:
    """A moment as the NHS content style writes it: "6 November 2026 at 5:30pm", Europe/London."""
    local = moment.astimezone(LONDON)
    hour = local.hour % 12 or 12
    half = "am" if local.hour < 12 else "pm"
    return f"{local.day} {local:%B %Y} at {hour}:{local:%M}{half}"
