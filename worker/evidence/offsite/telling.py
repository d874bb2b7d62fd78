"""How a snapshot's copy elsewhere stands, in words."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from worker.clock import for_people
from worker.evidence.offsite import wanted
from worker.store import tables as t


def told(session: Session, case_id: int, place: str | None) -> dict[int, str]:
    """How the copies of a case's snapshots stand, by the snapshot's id.

    Args:
        place: where copies go, or None where the settings name no bucket. What lies elsewhere is told too.
    """
    found: dict[int, str] = {}
    for row in session.scalars(
        select(t.Snapshot).where(t.Snapshot.case_id == case_id).order_by(t.Snapshot.id)
    ):
        copies = session.scalars(
            select(t.OffsiteCopy).where(t.OffsiteCopy.snapshot_id == row.id).order_by(t.OffsiteCopy.id)
        ).all()
        words = _of(session, row, copies, place)
        if words:
            found[row.id] = words
    return found


def _of(session: Session, row: t.Snapshot, copies: Sequence[t.OffsiteCopy], place: str | None) -> str:
    said = [
        _at(row, [each for each in copies if each.place == where], where, place) for where in _places(copies)
    ]
    if place is not None and place not in _places(copies):
        if row.kind != "core":
            said.append("never copied: it may hold pictures")
        elif wanted.still_due(session, row.id):
            said.append("pending")
    return "; ".join(said)


def _places(copies: Sequence[t.OffsiteCopy]) -> list[str]:
    return list(dict.fromkeys(copy.place for copy in copies))


def _at(row: t.Snapshot, copies: Sequence[t.OffsiteCopy], where: str, place: str | None) -> str:
    """One place's copy."""
    there = [copy for copy in copies if copy.removed_at is None]
    if not there:
        words = f"removed {for_people(_latest([copy.removed_at for copy in copies]))}"
    elif row.destroyed_at is not None:
        words = f"still there, {_lock(there)}; it is removed after that"
    elif any(copy.part == "bag" and copy.read_back_at is not None for copy in there):
        words = f"read back {for_people(_latest([copy.read_back_at for copy in there]))}, {_lock(there)}"
    else:
        words = "pending"
    return words if where == place else f"{words} (at {where}, which the settings do not name)"


def _lock(copies: Sequence[t.OffsiteCopy]) -> str:
    held = " and held" if any(copy.held for copy in copies) else ""
    ends = [copy.retain_until for copy in copies if copy.retain_until is not None]
    return (f"locked until {for_people(max(ends))}" if ends else "not locked") + held


def _latest(moments: Sequence[datetime | None]) -> datetime:
    return max(moment for moment in moments if moment is not None)
