"""Weeks and schedules in Europe/London, across both changes of the clock."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from itertools import pairwise

import pytest

from worker.errors import SettingsError
from worker.summary.weeks import Week, WrongWeek, last_due, next_due

MONDAYS = "0 8 * * 1"


def utc(text: str) -> datetime:
    """A moment in UTC."""
    return datetime.fromisoformat(text).replace(tzinfo=UTC)


@pytest.mark.parametrize(
    ("name", "starts", "ends", "hours"),
    [
        ("2026-W46", "2026-11-09T00:00", "2026-11-16T00:00", 168),
        ("2026-W13", "2026-03-23T00:00", "2026-03-29T23:00", 167),
        ("2026-W43", "2026-10-18T23:00", "2026-10-26T00:00", 169),
        ("2026-W30", "2026-07-19T23:00", "2026-07-26T23:00", 168),
        ("2026-W53", "2026-12-28T00:00", "2027-01-04T00:00", 168),
        ("2027-W01", "2027-01-04T00:00", "2027-01-11T00:00", 168),
    ],
)
def test_a_week_runs_from_local_monday_to_local_monday(name: str, starts: str, ends: str, hours: int) -> None:
    """A week has 167 hours when the clock goes forward, 169 when it goes back; no moment is lost."""
    week = Week.parse(name)
    assert (week.starts, week.ends) == (utc(starts), utc(ends))
    assert week.ends - week.starts == timedelta(hours=hours)
    assert week.name == name
    assert week.following.starts == week.ends
    assert week.following.previous == week


def test_every_moment_lies_in_exactly_one_week() -> None:
    """Sunday 23:59 in London belongs to the old week, Monday 00:00 to the new one, also in summer."""
    assert Week.holding(utc("2026-07-19T22:59:59")).name == "2026-W29"
    assert Week.holding(utc("2026-07-19T23:00:00")).name == "2026-W30"
    assert Week.ended_before(utc("2026-11-16T08:00")).name == "2026-W46"
    assert Week.holding(utc("2027-01-01T12:00")).monday == date(2026, 12, 28)


@pytest.mark.parametrize(
    "name", ["2026-W54", "2025-W53", "2026-W00", "2026-46", "W46", "", "2026-W4６", "2026-W46 "]
)
def test_what_is_no_week_is_refused(name: str) -> None:
    """A year's last week is known, and nothing but a year and a week is taken."""
    with pytest.raises(WrongWeek):
        Week.parse(name)


@pytest.mark.parametrize(
    ("name", "due"),
    [
        ("2026-W46", "2026-11-16T08:00"),
        ("2026-W13", "2026-03-30T07:00"),
        ("2026-W43", "2026-10-26T08:00"),
        ("2026-W42", "2026-10-19T07:00"),
    ],
)
def test_a_summary_is_due_at_eight_in_london_whatever_the_clock_did(name: str, due: str) -> None:
    """Eight in the morning is eight in London: 7:00 UTC in summer, 8:00 UTC in winter."""
    week = Week.parse(name)
    assert week.summary_due(MONDAYS) == utc(due)
    assert last_due(utc(due), MONDAYS) == utc(due)
    assert Week.ended_before(utc(due)) == week
    before = last_due(utc(due) - timedelta(seconds=1), MONDAYS)
    assert before == week.previous.summary_due(MONDAYS)
    assert next_due(utc(due), MONDAYS) == week.following.summary_due(MONDAYS)


def test_a_time_that_the_clock_skips_or_repeats_comes_due_once() -> None:
    """01:30 on the spring Sunday does not exist and counts as 2:00am; in autumn the first counts."""
    daily = "30 1 * * *"
    assert next_due(utc("2026-03-28T12:00"), daily) == utc("2026-03-29T01:00")
    assert next_due(utc("2026-03-29T01:00"), daily) == utc("2026-03-30T00:30")
    assert last_due(utc("2026-03-29T12:00"), daily) == utc("2026-03-29T01:00")
    assert next_due(utc("2026-10-24T12:00"), daily) == utc("2026-10-25T00:30")
    assert next_due(utc("2026-10-25T00:40"), daily) == utc("2026-10-26T01:30")
    assert next_due(utc("2026-10-25T01:10"), daily) == utc("2026-10-26T01:30")
    assert last_due(utc("2026-10-25T01:10"), daily) == utc("2026-10-25T00:30")
    assert last_due(utc("2026-10-25T01:40"), daily) == utc("2026-10-25T00:30")


def test_a_year_of_mondays_has_no_gap_and_no_double() -> None:
    """Going through a year by its schedule names each week once, in order."""
    moment, weeks = utc("2026-01-01T00:00"), []
    while moment < utc("2027-01-01T00:00"):
        moment = next_due(moment, MONDAYS)
        weeks.append(Week.ended_before(moment))
    assert all(later == earlier.following for earlier, later in pairwise(weeks))
    assert len(weeks) == 53


@pytest.mark.parametrize("cron", ["every monday", "0 25 * * 1", "0 8 31 2 *", ""])
def test_a_schedule_that_cannot_be_read_says_so(cron: str) -> None:
    """A wrong cron line is an error for a person, not a summary that silently never comes."""
    with pytest.raises(SettingsError):
        next_due(utc("2026-11-16T08:00"), cron)


def test_a_schedule_that_never_came_due_was_never_due() -> None:
    """29 February was last in 2024."""
    assert last_due(utc("2027-06-01T00:00"), "0 8 29 2 *") is None
