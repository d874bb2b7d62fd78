"""What follows from a sealed snapshot: a timestamp, a copy elsewhere, and after the core a rendering."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import ColumnElement, and_, exists, select
from sqlalchemy.orm import Session

from worker import outbox
from worker.clock import Clock
from worker.evidence.locking import lock_what_came_late
from worker.evidence.standing import RECORD_ONLY, may_copy_media, usable
from worker.evidence.subject import Subject
from worker.store import tables as t
from worker.store.platform import HANDED_IN

#: The kind of job that copies sealed core evidence elsewhere and sees to the copies.
OFFSITE_JOB = "offsite"
#: Snapshots sealed within so long of each other are stamped, and copied, by one job.
_GATHER = timedelta(seconds=3)
#: Core snapshots that no live page belongs to: nothing may be opened there, or it is on no platform.
_NO_PAGE = (RECORD_ONLY, HANDED_IN)


@dataclass(frozen=True, slots=True)
class Following:
    """Asks for what follows, in the transaction that seals.

    Attributes:
        stamps: whether there is a timestamp authority.
        renders: whether live pages are captured.
        unasked: whether media may be copied before a person marked them safe.
        copies: whether core evidence is copied elsewhere.
    """

    clock: Clock
    stamps: bool
    renders: bool
    unasked: bool
    copies: bool

    def __call__(self, session: Session, about: Subject, source: str) -> None:
        """Write the jobs that follow from a snapshot that was sealed just now."""
        now = self.clock.now()
        lock_what_came_late(session, about.snapshot, source, now)
        if self.stamps:
            ask_for_stamps(session, now)
        if self.copies and about.snapshot.kind == "core":
            ask_for_copies(session, now)
        if self.renders and about.snapshot.kind == "core" and source not in _NO_PAGE:
            self._render(session, about, now)

    def _render(self, session: Session, about: Subject, now: datetime) -> None:
        row = about.snapshot
        there = select(t.Snapshot.id).where(
            t.Snapshot.case_id == row.case_id,
            t.Snapshot.revision_id == row.revision_id,
            t.Snapshot.kind == "rendered",
        )
        if session.execute(there.limit(1)).first() is not None:
            return
        allowed, _ = may_copy_media(session, row.comment_id, unasked=self.unasked)
        if about.revision.media and not allowed:
            return
        ask_for_rendering(session, row, now)


def unstamped() -> ColumnElement[bool]:
    """For a query: sealed snapshots that wait for a timestamp, and may be opened to get one."""
    stamped = exists().where(t.Timestamp.snapshot_id == t.Snapshot.id)
    return and_(t.Snapshot.state == "sealed", t.Snapshot.destroyed_at.is_(None), ~stamped, usable())


def ask_for_stamps(session: Session, now: datetime) -> None:
    """Write the job that stamps whatever waits for a timestamp, unless one waits already."""
    outbox.enqueue(session, "stamp", {}, now=now, due=now + _GATHER, key="stamp")


def ask_for_copies(session: Session, now: datetime) -> None:
    """Write the job that copies whatever has no copy elsewhere, unless one waits already or is stuck.

    A storage that refused, or gave back something else, is sent nothing more before a person has looked.
    """
    stuck = select(t.Job.id).where(t.Job.state == "stuck", t.Job.kind == OFFSITE_JOB)
    if session.scalar(stuck.limit(1)) is not None:
        return
    outbox.enqueue(session, OFFSITE_JOB, {}, now=now, due=now + _GATHER, key=OFFSITE_JOB)


def ask_for_rendering(session: Session, core: t.Snapshot, now: datetime) -> int:
    """Write the row and the job of a rendered snapshot that belongs to a sealed core.

    Returns:
        The new snapshot's id.
    """
    row = t.Snapshot(
        case_id=core.case_id,
        comment_id=core.comment_id,
        revision_id=core.revision_id,
        kind="rendered",
        state="pending",
        core_id=core.id,
        asked_at=now,
    )
    session.add(row)
    session.flush()
    outbox.enqueue(session, "render", {"snapshot_id": row.id}, now=now)
    return row.id


def render_after_all(session: Session, comment_id: int, now: datetime) -> int | None:
    """Ask for the rendering of a comment whose media were just marked as safe to copy.

    Returns:
        The new snapshot's id, or None where no core of the comment is sealed yet: its own sealing asks then.
    """
    core = session.scalars(
        select(t.Snapshot)
        .where(
            t.Snapshot.comment_id == comment_id,
            t.Snapshot.kind == "core",
            t.Snapshot.state == "sealed",
            t.Snapshot.destroyed_at.is_(None),
            t.Snapshot.source.not_in(_NO_PAGE),
        )
        .order_by(t.Snapshot.id.desc())
        .limit(1)
    ).one_or_none()
    return None if core is None else ask_for_rendering(session, core, now)
