"""When nobody is on call, as people are told before it happens (promise 9)."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

from worker.review.on_call import Turn
from worker.review.rota_gaps import Gap, gaps

_START = datetime(2026, 11, 9, 9, 0, tzinfo=UTC)
_DAY = timedelta(days=1)


def turn(begins: float, ends: float, rank: int = 1) -> Turn:
    """A turn between these days from the start."""
    return Turn(1, "Sam Okafor", rank, _START + begins * _DAY, _START + ends * _DAY, now=begins <= 0)


def at(days: float) -> datetime:
    """So many days from the start."""
    return _START + days * _DAY


def test_an_empty_rota_is_one_gap_without_an_end() -> None:
    """Nobody now and nobody later is said, not left blank."""
    assert gaps((), _START) == (Gap(_START, None),)


def test_the_time_between_two_turns_is_a_gap() -> None:
    """So is the time before the first; the order in which turns are told does not matter."""
    turns = (turn(3, 5), turn(1, 2))
    assert gaps(turns, _START, 4 * _DAY) == (Gap(_START, at(1)), Gap(at(2), at(3)))


def test_turns_that_overlap_or_touch_leave_no_gap() -> None:
    """A long turn covers what a short one inside it leaves; of a second rank it counts as well."""
    turns = (turn(0, 10), turn(1, 2), turn(10, 15, rank=2), turn(12, 40))
    assert gaps(turns, _START) == ()


def test_a_rota_that_ends_is_told_and_what_lies_far_ahead_is_not() -> None:
    """From its end on nobody is on call, as far as was looked; a turn after that changes nothing."""
    assert gaps((turn(0, 7), turn(60, 61)), _START) == (Gap(at(7), None),)
