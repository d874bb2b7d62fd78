"""What is still to be done about the copies in one place: asked of the database, never remembered."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import ColumnElement, and_, exists, func, literal_column, or_, select
from sqlalchemy.orm import Session

from worker.evidence.standing import usable
from worker.evidence.subject import identity_of
from worker.settings_evidence import Offsite, Retention
from worker.store import tables as t

#: The verb that tells, once, that a copy of destroyed evidence is still there.
LEFT = "offsite_left"
#: Of a tagmanifest's SHA-256: so many that no two bags with one number begin alike.
_DIGITS = 16
_GRAVE = ("serious", "immediate_danger")


@dataclass(frozen=True, slots=True)
class Missing:
    """One part of a snapshot that has no copy yet.

    Attributes:
        part: bag or timestamp.
        stamp: the snapshot's timestamp, where it has one.
    """

    snapshot: t.Snapshot
    part: str
    stamp: t.Timestamp | None


def place_of(settings: Offsite) -> str:
    """Where copies go, as rows name it."""
    return f"{settings.endpoint}/{settings.bucket}/{settings.prefix}"


def prefix_of(settings: Offsite, row: t.Snapshot) -> str:
    """What the names of all objects of a sealed snapshot begin with: its place, and a hash of its bag.

    After a restore numbers are given again: a new bag must not meet the copy of one that was lost.
    """
    return f"{settings.prefix}/{identity_of(row).place}-{(row.tagmanifest_sha256 or '')[:_DIGITS]}/"


def rows_of(session: Session, snapshot_id: int, place: str) -> Sequence[t.OffsiteCopy]:
    """The rows of a snapshot's copies in a place, in order."""
    return session.scalars(
        select(t.OffsiteCopy)
        .where(t.OffsiteCopy.snapshot_id == snapshot_id, t.OffsiteCopy.place == place)
        .order_by(t.OffsiteCopy.id)
    ).all()


def missing(session: Session, place: str, most: int, *, after: int = 0) -> list[Missing]:
    """Parts of sealed core evidence that have no copy in a place yet, the oldest first.

    What is locked away is not sent, nor what holds pictures or video: rendered snapshots and supplements.

    Args:
        most: of so many snapshots.
        after: snapshots with a higher id only.
    """
    rows: Sequence[tuple[t.Snapshot, t.Timestamp | None]] = [
        (row, stamp)
        for row, stamp in session.execute(
            select(t.Snapshot, t.Timestamp)
            .outerjoin(t.Timestamp, t.Timestamp.snapshot_id == t.Snapshot.id)
            .where(_due(), _lacking(place), t.Snapshot.id > after)
            .order_by(t.Snapshot.id)
            .limit(most)
        )
    ]
    found: list[Missing] = []
    for row, stamp in rows:
        copied = set(
            session.scalars(
                select(t.OffsiteCopy.part).where(
                    t.OffsiteCopy.snapshot_id == row.id,
                    t.OffsiteCopy.place == place,
                    t.OffsiteCopy.read_back_at.is_not(None),
                )
            )
        )
        parts = ("bag",) if stamp is None else ("bag", "timestamp")
        found += [Missing(row, part, stamp) for part in parts if part not in copied]
    session.expunge_all()
    return found


def uncopied(session: Session, place: str) -> tuple[int, datetime | None]:
    """How many snapshots lack a copy in a place, and when the oldest of them was sealed."""
    count, oldest = session.execute(
        select(func.count(), func.min(t.Snapshot.sealed_at))
        .select_from(t.Snapshot)
        .outerjoin(t.Timestamp, t.Timestamp.snapshot_id == t.Snapshot.id)
        .where(_due(), _lacking(place))
    ).one()
    return count, oldest


def left(session: Session) -> tuple[int, datetime | None]:
    """Of how many destroyed snapshots a copy is still somewhere, and when the first was destroyed."""
    count, oldest = session.execute(
        select(func.count(func.distinct(t.Snapshot.id)), func.min(t.Snapshot.destroyed_at))
        .select_from(t.OffsiteCopy)
        .join(t.Snapshot, t.Snapshot.id == t.OffsiteCopy.snapshot_id)
        .where(t.OffsiteCopy.removed_at.is_(None), t.Snapshot.destroyed_at.is_not(None))
    ).one()
    return count, oldest


def elsewhere(session: Session, place: str | None) -> int:
    """How many copies are at places other than this one, where nothing can be done about them."""
    there = select(func.count()).select_from(t.OffsiteCopy).where(t.OffsiteCopy.removed_at.is_(None))
    return session.scalar(there if place is None else there.where(t.OffsiteCopy.place != place)) or 0


def fetchable(session: Session, case_id: int, place: str) -> list[tuple[t.Snapshot, Sequence[t.OffsiteCopy]]]:
    """The snapshots of a case whose copies may be brought back, with those that were read back."""
    rows = session.scalars(
        select(t.Snapshot).where(t.Snapshot.case_id == case_id, _due()).order_by(t.Snapshot.id)
    ).all()
    found = [
        (row, [each for each in rows_of(session, row.id, place) if each.read_back_at is not None])
        for row in rows
    ]
    return [(row, copies) for row, copies in found if any(copy.part == "bag" for copy in copies)]


def known(session: Session, place: str) -> Sequence[t.Snapshot]:
    """The snapshots that have a row of a copy in a place, or whose copy may lie there without one."""
    begun = exists().where(t.OffsiteCopy.snapshot_id == t.Snapshot.id, t.OffsiteCopy.place == place)
    return session.scalars(select(t.Snapshot).where(or_(begun, _due()))).all()


def still_due(session: Session, snapshot_id: int) -> bool:
    """Whether a snapshot is still to be copied: neither destroyed nor marked meanwhile."""
    return session.scalar(select(t.Snapshot.id).where(t.Snapshot.id == snapshot_id, _due())) is not None


def held_otherwise(session: Session, place: str, most: int) -> Sequence[t.OffsiteCopy]:
    """Locked copies that the storage holds and no case of their comment is held, or the other way round."""
    otherwise = t.OffsiteCopy.held != _held_here()
    return _copies(session, place, t.OffsiteCopy.mode != "none", otherwise, read_back=True, most=most)


def too_short(session: Session, place: str, retention: Retention, most: int) -> Sequence[t.OffsiteCopy]:
    """Copies of upheld cases' evidence whose lock ends before the case's time is up."""
    newest = (
        select(func.max(t.Decision.id)).where(t.Decision.case_id == t.Snapshot.case_id).correlate(t.Snapshot)
    ).scalar_subquery()
    grave = t.Decision.severity.in_(_GRAVE)
    upheld = exists().where(
        t.Decision.id == newest,
        t.Decision.verdict == "upheld",
        or_(
            and_(grave, t.OffsiteCopy.retain_until < _years_on(session, retention.serious_years)),
            and_(
                or_(~grave, t.Decision.severity.is_(None)),
                t.OffsiteCopy.retain_until < _years_on(session, retention.upheld_years),
            ),
        ),
    )
    return _copies(session, place, t.Snapshot.destroyed_at.is_(None), upheld, read_back=True, most=most)


def to_remove(session: Session, place: str, now: datetime, most: int) -> Sequence[t.OffsiteCopy]:
    """Copies of destroyed evidence whose snapshot has no lock left anywhere in a place."""
    locked = exists().where(
        _OTHER.c.snapshot_id == t.OffsiteCopy.snapshot_id,
        _OTHER.c.place == place,
        or_(_OTHER.c.retain_until > now, _OTHER.c.held),
    )
    return _copies(session, place, t.Snapshot.destroyed_at.is_not(None), ~locked, most=most)


def left_untold(session: Session, place: str) -> Sequence[t.OffsiteCopy]:
    """Copies of destroyed evidence that are still there and were not told of."""
    told = exists().where(
        t.Audit.object_type == "snapshot",
        t.Audit.object_id == t.OffsiteCopy.snapshot_id,
        t.Audit.verb == LEFT,
    )
    return _copies(session, place, t.Snapshot.destroyed_at.is_not(None), ~told)


_OTHER = t.OffsiteCopy.__table__.alias("other")


def _copies(
    session: Session,
    place: str,
    *conditions: ColumnElement[bool],
    read_back: bool = False,
    most: int = 1000,
) -> Sequence[t.OffsiteCopy]:
    """Copies that are still there, in order."""
    chosen = [t.OffsiteCopy.place == place, t.OffsiteCopy.removed_at.is_(None), *conditions]
    if read_back:
        chosen.append(t.OffsiteCopy.read_back_at.is_not(None))
    rows = session.scalars(
        select(t.OffsiteCopy)
        .join(t.Snapshot, t.Snapshot.id == t.OffsiteCopy.snapshot_id)
        .where(*chosen)
        .order_by(t.OffsiteCopy.id)
        .limit(most)
    ).all()
    session.expunge_all()
    return rows


def _due() -> ColumnElement[bool]:
    return and_(
        t.Snapshot.kind == "core",
        t.Snapshot.state == "sealed",
        t.Snapshot.destroyed_at.is_(None),
        usable(),
    )


def _lacking(place: str) -> ColumnElement[bool]:
    """Its bag has no copy, or its timestamp is there and has none."""

    def copied(part: str) -> ColumnElement[bool]:
        return exists().where(
            t.OffsiteCopy.snapshot_id == t.Snapshot.id,
            t.OffsiteCopy.part == part,
            t.OffsiteCopy.place == place,
            t.OffsiteCopy.read_back_at.is_not(None),
        )

    return or_(~copied("bag"), and_(t.Timestamp.snapshot_id.is_not(None), ~copied("timestamp")))


def _held_here() -> ColumnElement[bool]:
    """A legal hold stands on a case of the snapshot's comment."""
    return exists().where(
        t.Hold.case_id == t.Case.id, t.Case.comment_id == t.Snapshot.comment_id, t.Hold.released_at.is_(None)
    )


def _years_on(session: Session, years: int) -> ColumnElement[datetime]:
    """So many years after a decision, in the database's own reckoning: never later than `years_after`."""
    if session.get_bind().dialect.name == "sqlite":
        # As text, which is how SQLite keeps and compares moments.
        return func.strftime("%Y-%m-%d %H:%M:%S", t.Decision.decided_at, f"+{years} years")
    return t.Decision.decided_at + literal_column(f"interval '{years} years'")
