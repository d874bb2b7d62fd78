"""A clock that stands still, so that a test says what time it is."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta


class StoppedClock:
    """A clock that moves only when told to.

    Args:
        at: the moment it shows (aware).
    """

    def __init__(self, at: datetime) -> None:
        self._at = at.astimezone(UTC)

    def now(self) -> datetime:
        """The moment it was last set to."""
        return self._at

    def move(self, by: timedelta) -> None:
        """Let time pass."""
        self._at += by
