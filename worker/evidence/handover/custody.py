"""Who did or saw what with a case and its evidence, as the audit has it, in words."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import ColumnElement, Select, and_, or_, select
from sqlalchemy.orm import Session

from worker.store import tables as t

_WORDS = {
    "sealed": "evidence was sealed",
    "evidence_verified": "evidence was verified before an action",
    "receipt_refused": "evidence did not allow an action",
    "evidence_viewed": "evidence was looked at",
    "evidence_surveyed": "evidence was verified",
    "viewed": "the case was looked at",
    "claimed": "the case was taken up",
    "released": "the case was given back",
    "decided": "the case was decided on",
    "requested": "an action was asked for",
    "export_asked": "a hand-over was asked for",
    "export_approved": "a hand-over was approved",
    "export_refused": "a hand-over was refused",
    "export_glass_broken": "a hand-over went ahead with one person and a reason",
    "export_reviewed": "a hand-over by one person was reviewed",
    "export_made": "a hand-over was made",
}


@dataclass(frozen=True, slots=True)
class Event:
    """One row of the audit.

    Attributes:
        who: the person's name, or None where the program itself acted.
        what: in words, with the number of what it was done to.
        source: from where: cli, web, or a job's name.
    """

    audit_id: int
    at: datetime
    who: str | None
    what: str
    source: str


def custody_of(session: Session, case_id: int, comment_id: int) -> tuple[Event, ...]:
    """All that the audit holds about a case, its comment, its evidence and its hand-overs, in order."""
    snapshots = _ids(session, select(t.Snapshot.id).where(t.Snapshot.case_id == case_id))
    exports = _ids(session, select(t.ExportCase.export_id).where(t.ExportCase.case_id == case_id))
    asked = _ids(session, select(t.RequestedAction.id).where(t.RequestedAction.case_id == case_id))
    about = (
        ("case", {case_id}),
        ("comment", {comment_id}),
        ("snapshot", snapshots),
        ("export", exports),
        ("requested_action", asked),
    )
    rows = session.execute(
        select(t.Audit, t.Person.name)
        .outerjoin(t.Person, t.Person.id == t.Audit.person_id)
        .where(or_(*(_about(kind, ids) for kind, ids in about)))
        .order_by(t.Audit.id)
    ).all()
    return tuple(Event(row.id, row.at, name, _what(row), row.source) for row, name in rows)


def _ids(session: Session, statement: Select[int]) -> set[int]:
    return set(session.scalars(statement))


def _about(kind: str, ids: Collection[int]) -> ColumnElement[bool]:
    return and_(t.Audit.object_type == kind, t.Audit.object_id.in_(ids))


def _what(row: t.Audit) -> str:
    words = _WORDS.get(row.verb, row.verb.replace("_", " "))
    return f"{words} ({row.object_type.replace('_', ' ')} {row.object_id})"
