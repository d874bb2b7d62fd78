"""The outbox: the row is the truth and the only retry."""

from __future__ import annotations

import threading
from datetime import UTC, datetime, timedelta

import pytest
from sqlalchemy import select

from worker import outbox
from worker.store import tables as t
from worker.store.session import Nudges, Store

NOW = datetime(2026, 11, 20, 9, 0, tzinfo=UTC)


def enqueue(store: Store, *, key: str | None = None, due: datetime | None = None) -> int | None:
    """Write one poll job."""
    with store.write() as session:
        return outbox.enqueue(session, "poll", {"feed_id": 1}, now=NOW, key=key, due=due)


def lease(store: Store, job_id: int, *, at: datetime = NOW, attempts: int = 3) -> outbox.Lease | None:
    """Try to take a job for a minute."""
    with store.write() as session:
        return outbox.lease(session, job_id, now=at, seconds=60, attempts=attempts)


def job(store: Store, job_id: int) -> t.Job:
    """The row as it is now."""
    with store.read() as session:
        return session.get_one(t.Job, job_id)


def test_a_job_is_told_of_only_after_its_transaction_committed(store: Store) -> None:
    """A nudge for a job that was rolled back would be a nudge for nothing: there is none."""
    told: list[Nudges] = []
    store.on_commit = told.append

    def written_and_rolled_back() -> None:
        with store.write() as session:
            outbox.enqueue(session, "poll", {}, now=NOW)
            raise RuntimeError

    with pytest.raises(RuntimeError):
        written_and_rolled_back()
    assert told == []
    job_id = enqueue(store)
    assert told == [[("poll", job_id)]]


def test_one_waiting_job_a_key(store: Store) -> None:
    """Asking twice for the same work writes one job; once it is done, it can be asked for again."""
    first = enqueue(store, key="poll:1")
    assert first is not None
    assert enqueue(store, key="poll:1") is None
    held = lease(store, first)
    assert held is not None
    with store.write() as session:
        outbox.finish(session, held, now=NOW)
    assert enqueue(store, key="poll:1") is not None


def test_eight_threads_get_one_lease(store: Store) -> None:
    """However many workers are nudged with one job, one of them gets it."""
    job_id = enqueue(store)
    assert job_id is not None
    got: list[outbox.Lease] = []
    start = threading.Barrier(8)

    def take() -> None:
        start.wait()
        held = lease(store, job_id)
        if held is not None:
            got.append(held)

    threads = [threading.Thread(target=take) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(got) == 1
    assert job(store, job_id).attempts == 1


def test_who_lost_the_lease_cannot_commit_a_result(store: Store) -> None:
    """A worker that was slow, and was taken over, finds its whole transaction rolled back."""
    job_id = enqueue(store)
    assert job_id is not None
    slow = lease(store, job_id)
    assert slow is not None
    later = NOW + timedelta(seconds=61)
    fast = lease(store, job_id, at=later)
    assert fast is not None

    def too_late() -> None:
        with store.write() as session:
            session.add(t.Schedule(name="written by the slow one", last_due_at=NOW))
            outbox.finish(session, slow, now=later)

    with pytest.raises(outbox.LeaseLost):
        too_late()
    with store.read() as session:
        assert session.scalars(select(t.Schedule)).all() == []
    with store.write() as session:
        outbox.finish(session, fast, now=later)
    assert job(store, job_id).state == "done"


def test_a_job_that_kills_its_worker_is_stuck_in_the_end(store: Store) -> None:
    """Leases that run out count as attempts: a job that crashes every process is shown to people."""
    job_id = enqueue(store)
    assert job_id is not None
    at = NOW
    for _ in range(3):
        assert lease(store, job_id, at=at) is not None
        at += timedelta(seconds=61)
    assert lease(store, job_id, at=at) is None
    assert job(store, job_id).state == "stuck"
    with store.read() as session:
        assert [row.id for row in outbox.stuck(session)] == [job_id]
    with store.write() as session:
        outbox.retry(session, job_id, now=at)
    assert lease(store, job_id, at=at) is not None


def test_failures_wait_longer_each_time_and_then_stick(store: Store) -> None:
    """A failed attempt keeps its reason, waits, and the last one is stuck."""
    job_id = enqueue(store)
    assert job_id is not None
    at, waits = NOW, []
    for attempt in range(1, 4):
        held = lease(store, job_id, at=at)
        assert held is not None
        with store.write() as session:
            stuck = outbox.fail(session, held, error="the platform is down", now=at, attempts=3)
        assert stuck == (attempt == 3)
        waits.append(job(store, job_id).due_at - at)
        at = job(store, job_id).due_at
    assert waits == sorted(waits)
    assert waits[0] > timedelta()
    assert job(store, job_id).last_error == "the platform is down"


def test_being_asked_to_wait_costs_no_attempt(store: Store) -> None:
    """A platform's rate limit may last for hours; it never makes a job stuck."""
    job_id = enqueue(store)
    assert job_id is not None
    at = NOW
    for _ in range(10):
        held = lease(store, job_id, at=at)
        assert held is not None
        at += timedelta(minutes=15)
        with store.write() as session:
            outbox.postpone(session, held, until=at, why="rate limited")
    assert job(store, job_id).attempts == 0


def test_the_sweep_finds_what_the_broker_lost(store: Store) -> None:
    """A job that was told of and not taken is told of again, once in a while; a held one is not."""
    store.on_commit = lambda _: None
    waiting, held_id = enqueue(store), enqueue(store)
    later_id = enqueue(store, due=NOW + timedelta(hours=1))
    assert held_id is not None
    wait = timedelta(seconds=60)
    with store.write() as session:
        assert outbox.take_due(session, now=NOW + timedelta(seconds=59), resend_after=wait) == []
    assert lease(store, held_id, at=NOW + timedelta(seconds=59)) is not None
    with store.write() as session:
        assert outbox.take_due(session, now=NOW + timedelta(seconds=61), resend_after=wait) == [
            ("poll", waiting)
        ]
    with store.write() as session:
        assert outbox.take_due(session, now=NOW + timedelta(seconds=62), resend_after=wait) == []
    with store.write() as session:
        due = outbox.take_due(session, now=NOW + timedelta(hours=1), resend_after=timedelta(hours=2))
        assert ("poll", later_id) in due


def test_a_process_without_a_broker_leaves_its_jobs_to_the_next_sweep(store: Store) -> None:
    """What the command line writes is picked up at once by the process that has the broker."""
    job_id = enqueue(store)
    with store.write() as session:
        assert outbox.take_due(session, now=NOW, resend_after=timedelta(hours=1)) == [("poll", job_id)]
