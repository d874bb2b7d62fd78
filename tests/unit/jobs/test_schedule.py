"""What happens by the clock goes on, whatever one part stumbles over and wherever the clock has been."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

from tests.clocks import StoppedClock
from tests.quiet import writes
from worker import outbox
from worker.jobs.election import Office
from worker.jobs.schedule import Scheduler
from worker.jobs.sweep import Sweep
from worker.settings import Jobs
from worker.store.session import Nudges, Store

NOW = datetime(2026, 11, 20, 9, 0, tzinfo=UTC)
TERM = timedelta(seconds=30)


def test_a_part_that_fails_stops_no_other(store: Store) -> None:
    """A summary that cannot be reckoned must not keep an action from being carried out."""
    clock, told, polled = StoppedClock(NOW), list[Nudges](), list[int]()

    def broken() -> None:
        raise ValueError

    with store.write() as session:
        outbox.enqueue(session, "act", {"requested_action_id": 1}, now=NOW)
    sweep = Sweep(store, clock, Jobs(), told.append)
    office = Office(store, clock, "scheduler", "me", TERM)
    scheduler = Scheduler(office, sweep, (broken, lambda: polled.append(1), broken), 1.0)
    assert scheduler.tick()
    assert [kind for nudges in told for kind, _ in nudges] == ["act"]
    assert polled == [1]


def test_a_clock_that_was_ahead_and_is_put_right_stops_nothing(store: Store) -> None:
    """Leases, terms and nudges from a clock ten days ahead are nobody's once the clock is right again."""
    clock = StoppedClock(NOW)
    with store.write() as session:
        job_id = outbox.enqueue(session, "act", {"requested_action_id": 1}, now=NOW)
    assert job_id is not None
    ahead = NOW + timedelta(days=10)
    clock.move(timedelta(days=10))
    assert Office(store, clock, "scheduler", "the one before", TERM).hold()
    with store.write() as session:
        assert outbox.take_due(session, now=ahead, resend_after=TERM) == [("act", job_id)]
        assert outbox.lease(session, job_id, now=ahead, seconds=120, attempts=8) is not None
    clock.move(timedelta(days=-10))
    assert Office(store, clock, "scheduler", "the next", TERM).hold()
    with store.write() as session:
        assert outbox.take_due(session, now=NOW, resend_after=TERM) == [("act", job_id)]
        assert outbox.lease(session, job_id, now=NOW, seconds=120, attempts=8) is not None


def test_a_sweep_with_nothing_to_tell_writes_nothing(store: Store) -> None:
    """Every second it looks, and only where a job is due it takes what keeps others from writing."""
    clock, told = StoppedClock(NOW), list[Nudges]()
    sweep = Sweep(store, clock, Jobs(), told.append)
    with store.write() as session:
        outbox.enqueue(session, "act", {"requested_action_id": 1}, now=NOW, due=NOW + TERM)
    with writes(store) as opened:
        assert sweep.once() == 0
    assert opened == []
    clock.move(TERM)
    assert sweep.once() == 1
    with writes(store) as opened:
        assert sweep.once() == 0
    assert (opened, len(told)) == ([], 1)


def test_what_was_asked_for_while_the_clock_was_ahead_is_done_once_it_is_right(store: Store) -> None:
    """A hide that was due at once does not wait for days; once tried, it waits as it is told."""
    ahead = NOW + timedelta(days=10)
    with store.write() as session:
        at_once = outbox.enqueue(session, "act", {"requested_action_id": 1}, now=ahead)
        outbox.enqueue(session, "overdue", {}, now=ahead, due=ahead + TERM)
    assert at_once is not None
    with store.write() as session:
        assert outbox.take_due(session, now=NOW, resend_after=TERM) == [("act", at_once)]
        held = outbox.lease(session, at_once, now=NOW, seconds=120, attempts=8)
        assert held is not None
        outbox.postpone(session, held, until=NOW + TERM, why="stopped")
    with store.write() as session:
        assert outbox.lease(session, at_once, now=NOW, seconds=120, attempts=8) is None
        assert outbox.lease(session, at_once, now=NOW + TERM, seconds=120, attempts=8) is not None
