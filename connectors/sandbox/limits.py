"""Counting requests in fixed windows, as the platforms do."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime

#: X: endpoint -> (requests per 15 minutes for an app, for a user); 0 where the kind of token may not call.
X_LIMITS = {
    "mentions": (450, 300),
    "search": (450, 300),
    "tweets": (3500, 5000),
    "user_tweets": (1500, 900),
    "users": (300, 900),
    "me": (0, 75),
    "hidden": (0, 50),
    "muting": (0, 50),
    "unmuting": (0, 50),
    "muted": (0, 15),
}
X_WINDOW = 15 * 60
GRAPH_WINDOW = 60 * 60


@dataclass(frozen=True)
class Count:
    """Where a window stands after a request: the limit, what is left, when it ends (seconds since 1970)."""

    limit: int
    remaining: int
    reset: int
    allowed: bool


class Windows:
    """One counter for each (token, endpoint); a window starts with its first request."""

    def __init__(self, now: Callable[[], datetime]) -> None:
        self._now = now
        self._open: dict[tuple[str, str], tuple[int, int]] = {}

    def use(self, token: str, endpoint: str, limit: int, seconds: int) -> Count:
        """Count one request against a window of so many seconds."""
        now = int(self._now().timestamp())
        end, used = self._open.get((token, endpoint), (0, 0))
        if now >= end or end > now + seconds:
            end, used = now + seconds, 0
        allowed = used < limit
        used += allowed
        self._open[token, endpoint] = (end, used)
        return Count(limit, limit - used, end, allowed)

    def clear(self) -> None:
        """Start every window afresh."""
        self._open.clear()
