"""When a feed is due: often enough, once an interval, and whatever a clock said before."""

from __future__ import annotations

from datetime import timedelta

import pytest
from sqlalchemy import select

from tests.quiet import writes
from tests.unit.intake.conftest import NOW, Bench
from worker.store import tables as t


def test_the_schedule_writes_one_job_for_each_feed_that_is_due(bench: Bench) -> None:
    """Ticking often polls each feed once an interval; a paused account is left alone."""
    assert bench.intake.schedule() == 1
    assert bench.intake.schedule() == 0
    bench.clock.move(timedelta(seconds=interval(bench)))
    assert bench.intake.schedule() == 0, "the first job still waits: its key allows no second one"
    with writes(bench.store) as opened:
        assert bench.intake.schedule() == 0
    assert opened == [], "where no feed is due, nobody is kept from writing"
    with bench.store.write() as session:
        session.scalars(select(t.Job)).one().state = "done"
        session.scalars(select(t.Account)).one().paused = True
    bench.clock.move(timedelta(seconds=interval(bench)))
    assert bench.intake.schedule() == 0


def interval(bench: Bench) -> int:
    """The setting for seconds between polls."""
    return bench.intake.polling.every_seconds


def test_a_feed_is_polled_again_after_a_clock_that_was_ahead(bench: Bench) -> None:
    """A time for the next poll that lies days ahead was written by a wrong clock: it does not stop a feed."""
    bench.intake.schedule()
    with bench.store.write() as session:
        session.scalars(select(t.Job)).one().state = "done"
        session.get_one(t.Feed, bench.feed_id).next_poll_at = NOW + timedelta(days=10)
    assert bench.intake.schedule() == 1


@pytest.mark.parametrize(
    ("ahead", "fault", "jobs"),
    [
        (timedelta(minutes=16), None, 1),
        (timedelta(minutes=14), None, 0),
        (timedelta(hours=23), "rate_limited", 0),
        (timedelta(hours=25), "rate_limited", 1),
    ],
)
def test_only_a_limit_of_the_platform_stops_a_feed_for_hours(
    bench: Bench, ahead: timedelta, fault: str | None, jobs: int
) -> None:
    """No wait of ours is longer than 15 minutes; a platform's own is kept, up to a day."""
    bench.intake.schedule()
    with bench.store.write() as session:
        session.scalars(select(t.Job)).one().state = "done"
        row = session.get_one(t.Feed, bench.feed_id)
        row.next_poll_at, row.fault_kind = NOW + ahead, fault
    assert bench.intake.schedule() == jobs
