"""The outbox: work that follows from a change, written in that change's own transaction.

The row is the truth and the only retry; the broker carries its id as a nudge. A job is leased with a
token, an until and an attempt count. Whoever finishes it must still hold the lease, in the same
transaction as the result: a job that ran twice can commit once. After its attempts it is *stuck* and
shown to people.
"""

from __future__ import annotations

import uuid
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import ColumnElement, Select, func, or_, select, update
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.orm import Session

from worker.errors import Conflict, NotFound
from worker.store.numbers import add_rows, take_numbers
from worker.store.running import Job

#: Called inside the transaction that writes a job's result: marks the job done or rolls all back.
Finish = Callable[[Session], None]

_FIRST_WAIT = timedelta(seconds=2)
_LONGEST_WAIT = timedelta(minutes=15)
#: No lease is for longer than this: it is the most that the setting allows.
_LONGEST_LEASE = timedelta(hours=1)


class LeaseLost(Conflict):
    """Another process took this job over because its lease ran out; this one's result is not kept."""


@dataclass(frozen=True, slots=True)
class Lease:
    """One attempt at one job, for as long as the lease runs."""

    job_id: int
    kind: str
    payload: Mapping[str, Any]
    token: str
    attempt: int


def enqueue(
    session: Session,
    kind: str,
    payload: Mapping[str, Any],
    *,
    now: datetime,
    due: datetime | None = None,
    key: str | None = None,
) -> int | None:
    """Write a job in the transaction that causes it.

    Args:
        due: when to do it; at once where None.
        key: at most one waiting job has this key.

    Returns:
        The job's id, or None where one with this key waits already.
    """
    dialect = sqlite if session.get_bind().dialect.name == "sqlite" else postgresql
    row = {
        "kind": kind,
        "payload": dict(payload),
        "key": key,
        "state": "waiting",
        "created_at": now,
        "due_at": due or now,
        "nudged_at": _told_at(session, now),
        "attempts": 0,
    }
    statement = dialect.insert(Job).values(row).on_conflict_do_nothing().returning(Job.id)
    job_id = session.execute(statement).scalar_one_or_none()
    if job_id is not None and (due is None or due <= now):
        session.info.setdefault("nudges", []).append((kind, job_id))
    return job_id


def enqueue_many(
    session: Session, kind: str, payloads: Sequence[Mapping[str, Any]], *, now: datetime
) -> None:
    """Write several jobs of one kind, due at once, without keys."""
    numbers = take_numbers(session, Job, len(payloads))
    rows = [
        {
            "id": number,
            "kind": kind,
            "payload": dict(payload),
            "state": "waiting",
            "created_at": now,
            "due_at": now,
            "nudged_at": _told_at(session, now),
            "attempts": 0,
        }
        for number, payload in zip(numbers, payloads, strict=True)
    ]
    add_rows(session, Job, rows)
    session.info.setdefault("nudges", []).extend((kind, number) for number in numbers)


def lease(session: Session, job_id: int, *, now: datetime, seconds: float, attempts: int) -> Lease | None:
    """Take a job that is due and that nobody holds.

    Args:
        seconds: how long the lease runs.
        attempts: after so many the job is stuck instead.

    Returns:
        The lease, or None where there is nothing to do: done, stuck, held, not due yet.
    """
    mine = (Job.id == job_id, Job.state == "waiting", _is_time(now), _free(now))
    stuck = update(Job).where(*mine, Job.attempts >= attempts)
    session.execute(stuck.values(state="stuck", finished_at=now))
    token = str(uuid.uuid4())
    row = session.execute(
        update(Job)
        .where(*mine)
        .values(
            lease_token=token,
            lease_until=now + timedelta(seconds=seconds),
            attempts=Job.attempts + 1,
        )
        .returning(Job.kind, Job.payload, Job.attempts)
    ).one_or_none()
    if row is None:
        return None
    return Lease(job_id=job_id, kind=row.kind, payload=row.payload, token=token, attempt=row.attempts)


def finish(session: Session, held: Lease, *, now: datetime) -> None:
    """Mark a job done, in the transaction that holds its result.

    Raises:
        LeaseLost: somebody else has it now; roll back.
    """
    _settle(session, held, state="done", finished_at=now, last_error=None)


def postpone(session: Session, held: Lease, *, until: datetime, why: str) -> None:
    """Give a job back until a time, without counting the attempt: a platform asked us to wait."""
    _settle(
        session,
        held,
        due_at=until,
        last_error=why,
        lease_token=None,
        lease_until=None,
        attempts=held.attempt - 1,
    )


def fail(session: Session, held: Lease, *, error: str, now: datetime, attempts: int) -> bool:
    """Give a job back after a failed attempt, for a later try, or mark it stuck.

    Args:
        error: what went wrong, for a person; no secrets, no comment text.
        attempts: how many it has in all.

    Returns:
        Whether it is stuck now.
    """
    stuck = held.attempt >= attempts
    wait = min(_FIRST_WAIT * 2 ** (held.attempt - 1), _LONGEST_WAIT)
    _settle(
        session,
        held,
        state="stuck" if stuck else "waiting",
        finished_at=now if stuck else None,
        due_at=now + wait,
        last_error=error,
        lease_token=None,
        lease_until=None,
    )
    return stuck


def take_due(
    session: Session, *, now: datetime, resend_after: timedelta, most: int = 2000
) -> list[tuple[str, int]]:
    """The jobs that a sweep should tell the broker of: due, not held, not told lately.

    Marks them as told. Losing the broker, with everything in it, delays a job by `resend_after`.
    """
    due = _untold(now, resend_after).order_by(Job.due_at, Job.id).limit(most)
    rows = session.execute(
        update(Job).where(Job.id.in_(due)).values(nudged_at=now).returning(Job.kind, Job.id)
    ).all()
    return [(kind, job_id) for kind, job_id in sorted(rows, key=lambda row: row[1])]


def is_due(session: Session, *, now: datetime, resend_after: timedelta) -> bool:
    """Whether a sweep has anything to tell of, without taking it: a look waits for nobody."""
    return session.scalar(_untold(now, resend_after).limit(1)) is not None


def waiting(session: Session) -> dict[str, int]:
    """How many jobs of each kind wait."""
    rows = session.execute(select(Job.kind, func.count()).where(Job.state == "waiting").group_by(Job.kind))
    return dict(rows.all())


def stuck(session: Session) -> Sequence[Job]:
    """The jobs that ran out of attempts, oldest first: a person must look."""
    return session.scalars(select(Job).where(Job.state == "stuck").order_by(Job.id)).all()


def retry(session: Session, job_id: int, *, now: datetime) -> None:
    """Give a stuck job its attempts back.

    Raises:
        NotFound: no stuck job has this id.
    """
    row = session.execute(
        update(Job)
        .where(Job.id == job_id, Job.state == "stuck")
        .values(state="waiting", due_at=now, attempts=0, finished_at=None, nudged_at=_told_at(session, now))
        .returning(Job.kind)
    ).one_or_none()
    if row is None:
        raise NotFound(f"No stuck job has number {job_id}.", do="`upstander status` lists them.")
    session.info.setdefault("nudges", []).append((row.kind, job_id))


def _untold(now: datetime, resend_after: timedelta) -> Select[int]:
    """The jobs that are due, not held, and not told of lately."""
    return select(Job.id).where(
        Job.state == "waiting",
        _is_time(now),
        _free(now),
        or_(
            Job.nudged_at > now,
            Job.nudged_at.is_(None),
            Job.nudged_at <= now - resend_after,
            Job.nudged_at < Job.due_at,
        ),
    )


def _is_time(now: datetime) -> ColumnElement[bool]:
    """It is due. What was due at once when it was written and never put off is due whatever the clock says.

    A clock that was ahead then and has been put right would else hold it up for all that time.
    """
    return or_(Job.due_at <= now, Job.due_at == Job.created_at)


def _free(now: datetime) -> ColumnElement[bool]:
    """Nobody holds it. A lease from a clock that was ahead and has been put right is nobody's."""
    return or_(Job.lease_until.is_(None), Job.lease_until <= now, Job.lease_until > now + _LONGEST_LEASE)


def _told_at(session: Session, now: datetime) -> datetime | None:
    # A process without a broker (the command line) leaves it to the next sweep of one that has it.
    return now if session.info.get("told") else None


def _settle(session: Session, held: Lease, **values: Any) -> None:
    changed = session.execute(
        update(Job)
        .where(Job.id == held.job_id, Job.state == "waiting", Job.lease_token == held.token)
        .values(**values)
        .returning(Job.id)
    ).one_or_none()
    if changed is None:
        raise LeaseLost(
            f"Job {held.job_id} was taken over by another process.",
            safe="This attempt's result was not kept.",
        )
