"""What a platform says about how much of our allowance is used, read from a reply's headers."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from email.utils import parsedate_to_datetime

_GRAPH = ("x-app-usage", "x-page-usage", "x-business-use-case-usage")
_PERCENTAGES = ("call_count", "total_time", "total_cputime")


@dataclass(frozen=True, slots=True)
class Usage:
    """The allowance as the last reply stated it; None where it did not say.

    Attributes:
        limit, remaining: calls in this window, and those left (X).
        reset: when the window ends, by the host clock (X).
        percent: the fullest of the Graph API's percentages.
        regain: how long until the Graph API lets us in again.
        headers: the headers all this was read from, as received.
        at: when the reply came, by the host clock.
    """

    at: datetime
    limit: int | None = None
    remaining: int | None = None
    reset: datetime | None = None
    percent: float | None = None
    regain: timedelta | None = None
    headers: tuple[tuple[str, str], ...] = ()


def server_time(headers: Mapping[str, str]) -> datetime | None:
    """Return the time in a reply's Date header (aware UTC), or None."""
    try:
        moment = parsedate_to_datetime(headers.get("Date", ""))
    except (ValueError, TypeError):
        return None
    return moment.replace(tzinfo=UTC) if moment.tzinfo is None else moment.astimezone(UTC)


def read_usage(headers: Mapping[str, str], at: datetime) -> Usage:
    """Read the usage headers of one reply; those that make no sense count as absent.

    Args:
        headers: the reply's headers, found in any case.
        at: when the reply came, by the host clock (aware UTC).
    """
    kept = tuple(
        (name, value)
        for name, value in headers.items()
        if name.lower().startswith("x-rate-limit-") or name.lower() in _GRAPH
    )
    percents, minutes = [], []
    for name in _GRAPH:
        for block in _blocks(headers.get(name)):
            percents += [float(block[key]) for key in _PERCENTAGES if _is_number(block.get(key))]
            if _is_number(block.get("estimated_time_to_regain_access")):
                minutes.append(float(block["estimated_time_to_regain_access"]))
    wait = max(minutes, default=0.0)
    return Usage(
        at=at,
        limit=_whole(headers.get("x-rate-limit-limit")),
        remaining=_whole(headers.get("x-rate-limit-remaining")),
        reset=_reset(headers, at),
        percent=max(percents, default=None),
        regain=timedelta(minutes=wait) if 0 < wait < 60 * 24 * 366 else None,
        headers=kept,
    )


def _reset(headers: Mapping[str, str], at: datetime) -> datetime | None:
    """The reset moment by our clock: the platform's clock may run ahead of or behind ours."""
    epoch = _whole(headers.get("x-rate-limit-reset"))
    if epoch is None or not 0 < epoch < 253_402_300_800:
        return None
    theirs = server_time(headers) or at
    return at + (datetime.fromtimestamp(epoch, UTC) - theirs)


def _whole(text: str | None) -> int | None:
    return int(text) if text is not None and text.isascii() and text.isdigit() and len(text) < 19 else None


def _is_number(value: object) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool)


def _blocks(text: str | None) -> Iterator[dict[str, float]]:
    """Every JSON object in a usage header that holds numbers, however deep."""
    try:
        waiting: list[object] = [json.loads(text)] if text else []
    except (ValueError, RecursionError):
        return
    while waiting:
        value = waiting.pop()
        if isinstance(value, dict):
            yield value
            waiting += value.values()
        elif isinstance(value, list):
            waiting += value
