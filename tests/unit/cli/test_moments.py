"""Moments as people type them, in London's time."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from tests.clocks import StoppedClock
from worker.cli.moments import in_utc, moment

#: Ten past midnight in London, in summer: the day before by UTC.
NOW = datetime(2026, 6, 30, 23, 10, tzinfo=UTC)


@pytest.mark.parametrize(
    ("typed", "meant"),
    [
        ("2026-11-24", datetime(2026, 11, 24, tzinfo=UTC)),
        ("2026-11-24 09:00", datetime(2026, 11, 24, 9, tzinfo=UTC)),
        ("2026-11-24T09:00", datetime(2026, 11, 24, 9, tzinfo=UTC)),
        (" 2026-07-24  9:30 ", datetime(2026, 7, 24, 8, 30, tzinfo=UTC)),
        ("today 17:30", datetime(2026, 7, 1, 16, 30, tzinfo=UTC)),
        ("Tomorrow 09:00", datetime(2026, 7, 2, 8, tzinfo=UTC)),
        ("yesterday 09:00", datetime(2026, 6, 30, 8, tzinfo=UTC)),
    ],
)
def test_a_moment_is_what_a_clock_in_london_shows(typed: str, meant: datetime) -> None:
    """Summer time is summer time, and today is London's day by the product's own clock."""
    assert in_utc(moment(typed), StoppedClock(NOW)) == meant


@pytest.mark.parametrize(
    "typed",
    ["", "tomorrow", "today", "tomorrow 9am", "2026-11-31", "24/11/2026", "2026-11-24 25:00", "09:00"],
)
def test_what_could_mean_several_moments_is_none(typed: str) -> None:
    """It is refused with a way to write it; never guessed."""
    with pytest.raises(ValueError, match=r"such as 2026-11-24 09:00 \(London time\)"):
        moment(typed)
