"""The custody timeline of a case: what happened to its evidence, when, and through whom."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, Select, and_, or_, select
from sqlalchemy.orm import Session

from worker.errors import NotFound
from worker.evidence.keeping.wording import facts_of, words_of
from worker.store import tables as t

#: Verifications of everything are verifications of this case too.
_OF_ALL = "evidence_surveyed"
#: The case itself says when it opened, older ones too that have no such row.
_OPENED = "case_opened"
_WENT_OUT = "handed_over"


@dataclass(frozen=True, slots=True)
class Event:
    """One thing that happened.

    Attributes:
        who: the person's name, or None where Upstander itself acted.
        what: in words, with the number of what it was done to.
        facts: what was said with it, reasons among it; never part of a hand-over.
        verb: its short, stable name.
        source: from where: cli, web, or a job's name.
        audit_id: the audit row that tells of it, or None where another table does.
        detail: ids and facts.
    """

    at: datetime
    who: str | None
    what: str
    facts: str
    verb: str
    source: str
    audit_id: int | None
    detail: dict[str, Any]


def events_of(session: Session, case_id: int) -> tuple[Event, ...]:
    """Everything about a case and its evidence, the oldest first.

    Raises:
        NotFound: there is no such case.
    """
    case = session.get(t.Case, case_id)
    if case is None:
        raise NotFound(f"There is no case {case_id}.", do="`upstander queue list` shows the cases.")
    snapshots = session.scalars(
        select(t.Snapshot).where(t.Snapshot.case_id == case_id).order_by(t.Snapshot.id)
    ).all()
    events = [*_beginnings(case, snapshots), *_audited(session, case, snapshots)]
    # The beginnings come first where they happened in the same moment.
    return tuple(sorted(events, key=lambda event: (event.at, event.audit_id or 0)))


def _beginnings(case: t.Case, snapshots: Sequence[t.Snapshot]) -> list[Event]:
    """What is no audit row: the case was opened, evidence was asked for."""
    opened = Event(
        case.opened_at, None, f"the case was opened (case {case.id})", "", "opened", "intake", None, {}
    )
    asked = [
        Event(
            row.asked_at,
            None,
            f"{row.kind} evidence was asked for (snapshot {row.id})",
            "",
            "asked",
            "review",
            None,
            {"snapshot_id": row.id, "revision_id": row.revision_id},
        )
        for row in snapshots
    ]
    return [opened, *asked]


def _audited(session: Session, case: t.Case, snapshots: Sequence[t.Snapshot]) -> list[Event]:
    exports = select(t.ExportCase.export_id).where(t.ExportCase.case_id == case.id)
    asked = select(t.RequestedAction.id).where(t.RequestedAction.case_id == case.id)
    referrals = select(t.Referral.id).where(t.Referral.case_id == case.id)
    conditions = [
        _about("case", [case.id]),
        _about("comment", [case.comment_id]),
        _about("snapshot", [row.id for row in snapshots]),
        _about("export", _ids(session, exports)),
        _about("requested_action", _ids(session, asked)),
        # Of referrals only that evidence went out of the house: the rest says nothing of where it was.
        and_(_about("referral", _ids(session, referrals)), t.Audit.verb == _WENT_OUT),
    ]
    sealed = [row.sealed_at for row in snapshots if row.sealed_at is not None]
    if sealed:
        everything = and_(t.Audit.verb == _OF_ALL, t.Audit.object_id.is_(None), t.Audit.at >= min(sealed))
        conditions.append(everything)
    rows = session.execute(
        select(t.Audit, t.Person.name)
        .outerjoin(t.Person, t.Person.id == t.Audit.person_id)
        .where(or_(*conditions), t.Audit.verb != _OPENED)
        .order_by(t.Audit.id)
    ).all()
    return [
        Event(row.at, name, words_of(row), facts_of(row), row.verb, row.source, row.id, dict(row.detail))
        for row, name in rows
    ]


def _ids(session: Session, statement: Select[int]) -> Sequence[int]:
    return session.scalars(statement).all()


def _about(kind: str, ids: Collection[int]) -> ColumnElement[bool]:
    return and_(t.Audit.object_type == kind, t.Audit.object_id.in_(ids))
