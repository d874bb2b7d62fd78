"""Everything that a hand-over tells, gathered from the rows; and what of the evidence goes along."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from sqlalchemy import select
from sqlalchemy.orm import Session

from worker.errors import EvidenceFault
from worker.evidence import subject
from worker.evidence.bagstore import BagStore
from worker.evidence.beside import WITHHELD, may_show_locked
from worker.evidence.handover.package import odd_files
from worker.evidence.handover.request import Request
from worker.evidence.handover.words import told_as_sealed
from worker.evidence.keeping.timeline import Event, events_of
from worker.evidence.standing import INTIMATE, RECORD_ONLY, SUSPECTED, standing, suspected_among
from worker.evidence.subject import Subject
from worker.review.history import actions_of, decisions_of
from worker.review.view import ActionView, DecisionView
from worker.store import tables as t
from worker.store.session import Store

#: Says what is wrong with the evidence of a sealed row, in words; nothing where all holds.
Check = Callable[[t.Snapshot, t.Timestamp | None], tuple[str, ...]]

#: A snapshot's row, its timestamp, and the audit row that says it was sealed.
_Fact = tuple[t.Snapshot, t.Timestamp | None, int | None]

LOCKED = "Record exists, locked. Nothing of it is handed over."


@dataclass(frozen=True, slots=True)
class Item:
    """One snapshot of a case.

    Attributes:
        folder: its bag, where it goes along; None where it does not.
        why_not: why it does not go along, in words; None where it does.
        problems: what does not verify, where it goes along all the same.
        left_out: files in its bag that stay out then: nothing of ours, and no ZIP could hold them safely.
        stamped_at: the trusted timestamp's own time; None while it is pending.
        sealed_audit_id: the audit row that says it was sealed; its place in the ledger is proved.
    """

    row: t.Snapshot
    folder: Path | None
    why_not: str | None
    problems: tuple[str, ...]
    stamped_at: datetime | None
    authority: str | None
    sealed_audit_id: int | None
    left_out: tuple[str, ...] = ()

    @property
    def name(self) -> str:
        """What its folder is called."""
        return f"{self.row.case_id}-{self.row.id}"


@dataclass(frozen=True, slots=True)
class CaseFile:
    """One case of a hand-over.

    Attributes:
        about: the comment with all that hangs on it; None where the record is locked.
        wordings: what it said, each revision that there is a snapshot of, the oldest first.
        custody: who did or saw what with it.
    """

    case_id: int
    about: Subject | None
    wordings: tuple[t.Revision, ...]
    items: tuple[Item, ...]
    decisions: tuple[DecisionView, ...]
    actions: tuple[ActionView, ...]
    custody: tuple[Event, ...]
    intimate: bool

    @property
    def locked(self) -> bool:
        """Whether nothing may be told but that there is a record."""
        return self.about is None

    @property
    def given(self) -> tuple[Item, ...]:
        """The snapshots that go along."""
        return tuple(item for item in self.items if item.folder is not None)


def gather(store: Store, bags: BagStore, check: Check, request: Request) -> tuple[CaseFile, ...]:
    """The cases of a request, in its order.

    Args:
        check: looks at every byte of a snapshot's bag, here and now.
    """
    return tuple(_case(store, bags, check, case_id, request) for case_id in request.cases)


def locked(session: Session, case_ids: Sequence[int]) -> frozenset[int]:
    """Those of some cases of which nothing may be told but that there is a record."""
    rows = session.execute(select(t.Case.id, t.Case.comment_id).where(t.Case.id.in_(case_ids))).all()
    suspected = suspected_among(session, [comment_id for _, comment_id in rows])
    return frozenset(case_id for case_id, comment_id in rows if comment_id in suspected)


def _case(store: Store, bags: BagStore, check: Check, case_id: int, request: Request) -> CaseFile:
    with store.read() as session:
        case = session.get_one(t.Case, case_id)
        mark = standing(session, case.comment_id)
        if mark == SUSPECTED:
            return CaseFile(case_id, None, (), (), (), (), (), intimate=False)
        rows = session.scalars(
            select(t.Snapshot).where(t.Snapshot.case_id == case_id).order_by(t.Snapshot.id)
        ).all()
        why_not = [_why_not(row, beside=may_show_locked(session, row)) for row in rows]
        facts = [(row, session.get(t.Timestamp, row.id), _sealed_audit(session, row.id)) for row in rows]
        about = _subject(session, case)
        wordings = tuple(
            session.scalars(
                select(t.Revision)
                .where(t.Revision.id.in_({row.revision_id for row in rows}))
                .order_by(t.Revision.number)
            )
        )
        decisions, actions = decisions_of(session, case_id), actions_of(session, case_id)
        custody = events_of(session, case_id)
        session.expunge_all()
    texts = {revision.id: revision.text for revision in wordings}
    items = tuple(
        _item(bags, check, fact, texts[fact[0].revision_id], why, request)
        for fact, why in zip(facts, why_not, strict=True)
    )
    return CaseFile(case_id, about, wordings, items, decisions, actions, custody, intimate=mark == INTIMATE)


def _item(
    bags: BagStore,
    check: Check,
    fact: _Fact,
    text: str | None,
    why_not: str | None,
    request: Request,
) -> Item:
    row, stamp, audit_id = fact
    problems: tuple[str, ...] = ()
    if why_not is None and row.bag is not None:
        problems = check(row, stamp)
        if (
            row.kind == "core"
            and row.source != RECORD_ONLY
            and not told_as_sealed(bags.folder(row.bag), text)
        ):
            problems += ("the words that the database holds are not those of the sealed report",)
    if problems and request.damaged_reason is None:
        why_not = "it does not verify"
    folder = None if why_not is not None or row.bag is None else bags.folder(row.bag)
    stamped = None if stamp is None else stamp.stamped_at
    authority = None if stamp is None else stamp.authority
    left_out = odd_files(folder) if problems and folder is not None else ()
    return Item(row, folder, why_not, problems, stamped, authority, audit_id, left_out)


def _why_not(row: t.Snapshot, *, beside: bool) -> str | None:
    """Why a snapshot cannot go along whatever its bag holds."""
    if row.destroyed_at is not None:
        return "it was destroyed when its time was up; this stub is what is left"
    if row.state != "sealed":
        return "it is not sealed yet"
    return WITHHELD if beside else None


def _sealed_audit(session: Session, snapshot_id: int) -> int | None:
    rows = select(t.Audit.id).where(
        t.Audit.object_type == "snapshot", t.Audit.object_id == snapshot_id, t.Audit.verb == "sealed"
    )
    return session.scalar(rows.order_by(t.Audit.id).limit(1))


def _subject(session: Session, case: t.Case) -> Subject:
    """What the case is about, in the wording of its newest core snapshot."""
    newest = select(t.Snapshot.id).where(t.Snapshot.case_id == case.id, t.Snapshot.kind == "core")
    snapshot_id = session.scalar(newest.order_by(t.Snapshot.id.desc()).limit(1))
    if snapshot_id is None:
        raise EvidenceFault(
            f"No evidence of case {case.id} was captured.",
            safe="Nothing was handed over.",
            do="Leave the case out, or see in `upstander status` why it was not captured.",
        )
    return subject.load(session, snapshot_id)
