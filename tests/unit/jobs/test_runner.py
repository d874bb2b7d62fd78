"""Running jobs: one attempt, one outcome, whatever the handler does."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from connectors.errors import PlatformUnavailable, RateLimited
from tests.clocks import StoppedClock
from worker import outbox
from worker.errors import NotYet
from worker.jobs.election import Office
from worker.jobs.runner import Handler, Runner
from worker.settings import Jobs
from worker.store import tables as t
from worker.store.session import Store

NOW = datetime(2026, 11, 20, 9, 0, tzinfo=UTC)
Payload = Mapping[str, Any]


def run(store: Store, handler: Handler) -> t.Job:
    """Write a job, make one attempt at it with this handler, give the row."""
    with store.write() as session:
        job_id = outbox.enqueue(session, "poll", {"feed_id": 1}, now=NOW)
    assert job_id is not None
    runner = Runner(store, StoppedClock(NOW), Jobs(attempts=2), {"poll": handler})
    assert runner.run(job_id)
    with store.read() as session:
        return session.get_one(t.Job, job_id)


def raising(error: Exception) -> Handler:
    """A handler that fails."""

    def handler(_payload: Payload, _finish: outbox.Finish) -> None:
        raise error

    return handler


def test_a_finished_job_is_done_and_does_not_run_again(store: Store) -> None:
    """The second nudge for the same job finds nothing to do."""
    ran: list[Payload] = []

    def handler(payload: Payload, finish: outbox.Finish) -> None:
        ran.append(payload)
        with store.write() as session:
            finish(session)

    row = run(store, handler)
    assert row.state == "done"
    assert not Runner(store, StoppedClock(NOW), Jobs(), {"poll": handler}).run(row.id)
    assert ran == [{"feed_id": 1}]


@pytest.mark.parametrize(
    ("error", "wait"),
    [
        (RateLimited("Too many.", until=NOW + timedelta(minutes=9)), timedelta(minutes=9)),
        (RateLimited("Too many.", until=None), timedelta(minutes=1)),
        (NotYet("The evidence is being sealed.", seconds=3), timedelta(seconds=3)),
    ],
)
def test_a_job_that_must_wait_waits_without_losing_an_attempt(
    store: Store, error: Exception, wait: timedelta
) -> None:
    """Being told to wait is not a failure."""
    row = run(store, raising(error))
    assert (row.state, row.attempts, row.due_at - NOW) == ("waiting", 0, wait)
    assert row.last_error == str(error)


def test_a_failure_keeps_its_words_only_if_they_are_ours(store: Store) -> None:
    """Our own errors are written for people; a stranger's may hold a token, so only its name is kept."""
    assert run(store, raising(PlatformUnavailable("No answer."))).last_error == "No answer."
    kept = run(store, raising(ValueError("https://graph.example.test/?access_token=SECRET"))).last_error
    assert kept is not None
    assert "SECRET" not in kept
    assert "ValueError" in kept


def test_a_handler_that_forgets_to_finish_is_a_failure(store: Store) -> None:
    """A job is never silently left in the air."""
    row = run(store, lambda _payload, _finish: None)
    assert row.state == "waiting"
    assert row.attempts == 1
    assert row.last_error is not None


def test_one_holder_of_an_office_at_a_time(store: Store) -> None:
    """Two schedulers never tick together; a dead one's office is free after its term."""
    clock = StoppedClock(NOW)
    term = timedelta(seconds=30)
    first, second = (Office(store, clock, "scheduler", who, term) for who in ("first", "second"))
    assert first.hold()
    assert not second.hold()
    clock.move(timedelta(seconds=20))
    assert first.hold()
    clock.move(timedelta(seconds=20))
    assert not second.hold()
    clock.move(timedelta(seconds=11))
    assert second.hold()
    assert not first.hold()
    second.leave()
    assert first.hold()
