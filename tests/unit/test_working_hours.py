"""Working minutes run while the team is there, whatever the clocks, the weekend and the bank holidays do."""

from __future__ import annotations

from datetime import UTC, date, datetime, time, timedelta

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from worker.clock import LONDON
from worker.settings_load import PROJECT
from worker.working_days import TABLE, WorkingDays, load_working_days
from worker.working_hours import WEEK, WorkingHours

DAYS = load_working_days(PROJECT / "config" / "reference" / TABLE)
#: Around both changes of the clocks, Easter, and Christmas: what goes wrong goes wrong there.
STARTS = st.one_of(
    st.datetimes(datetime(2026, 3, 27), datetime(2026, 4, 8)),  # noqa: DTZ001 -- made aware below
    st.datetimes(datetime(2026, 10, 22), datetime(2026, 10, 28)),  # noqa: DTZ001 -- as above
    st.datetimes(datetime(2026, 12, 23), datetime(2027, 1, 5)),  # noqa: DTZ001 -- as above
).map(lambda moment: moment.replace(second=0, microsecond=0, tzinfo=UTC))


@pytest.mark.parametrize(
    ("begun", "minutes", "due"),
    [
        ("2026-11-20T09:00+00:00", 480, "2026-11-20T17:00+00:00"),
        ("2026-11-20T16:30+00:00", 60, "2026-11-23T09:30+00:00"),
        ("2026-11-21T12:00+00:00", 1, "2026-11-23T09:01+00:00"),
        ("2026-11-20T03:00+00:00", 30, "2026-11-20T09:30+00:00"),
        # The clocks go back on Sunday, 25 October: nine o'clock on Monday is nine in UTC.
        ("2026-10-23T15:30+00:00", 60, "2026-10-26T09:30+00:00"),
        # Good Friday, the weekend and Easter Monday are off, and the clocks went forward on 29 March.
        ("2026-04-02T15:30+00:00", 60, "2026-04-07T08:30+00:00"),
        # Boxing Day 2026 is a Saturday: Monday the 28th is off in its place.
        ("2026-12-24T16:00+00:00", 90, "2026-12-29T09:30+00:00"),
        ("2026-11-20T16:59:30+00:00", 1, "2026-11-23T09:00:30+00:00"),
    ],
)
def test_minutes_count_only_while_the_team_is_there(begun: str, minutes: int, due: str) -> None:
    """Nights, weekends and bank holidays do not use up the time that a reviewer has."""
    found = WorkingHours(days=DAYS).after(datetime.fromisoformat(begun), minutes)
    assert found == datetime.fromisoformat(due)


@settings(deadline=None)
@given(
    start=STARTS,
    minutes=st.integers(1, 1500),
    opens=st.sampled_from([time(0), time(7, 30), time(9)]),
    closes=st.sampled_from([time(12, 30), time(17), time(23, 59)]),
    weekdays=st.sampled_from([WEEK, frozenset({5, 6}), frozenset(range(7))]),
)
def test_it_agrees_with_counting_minute_by_minute(
    start: datetime, minutes: int, opens: time, closes: time, weekdays: frozenset[int]
) -> None:
    """However hours, weekend work and the clocks meet, the due time is what a person counting would find."""
    hours = WorkingHours(opens, closes, weekdays, DAYS)
    found = hours.after(start, minutes)
    assert found.utcoffset() == timedelta()
    counted, moment = 0, start
    while counted < minutes:
        local = moment.astimezone(LONDON)
        there = local.weekday() in weekdays and local.date() not in DAYS.holidays
        counted += there and opens <= local.time() < closes
        moment += timedelta(minutes=1)
    assert found == moment


def test_without_a_table_bank_holidays_are_worked_and_nothing_is_due_late() -> None:
    """What is not known makes a case due early."""
    christmas = datetime(2026, 12, 25, 9, tzinfo=UTC)
    assert WorkingHours().after(christmas, 60) == christmas + timedelta(hours=1)
    assert not WorkingHours(days=WorkingDays(frozenset({date(2026, 12, 25)}))).is_worked(christmas.date())
