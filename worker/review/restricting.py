"""Restricting a case, lifting that, conflicts of interest: rows that are only added, each with a reason."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import delete, select
from sqlalchemy.orm import Session

from worker.clock import Clock
from worker.errors import Conflict, NotAllowed, NotFound
from worker.ledger import audit
from worker.ledger.audit import Actor
from worker.review.access import SEES, graver, held_case, may_see, roles_of, standing_conflicts
from worker.review.rights import Right, permitted
from worker.store import tables as t
from worker.store.session import Store

#: The marks on pictures that restrict their cases; the evidence stage writes them.
BY_MARK = {"suspected_csam": "imagery", "intimate_image": "intimate_image"}
_NEVER_JUDGED = "staff_on_staff"


def restrict_case(store: Store, clock: Clock, actor: Actor, case_id: int, kind: str, reason: str) -> None:
    """Keep a case for named roles. Whoever works on it and may not see it then loses their claim.

    Raises:
        NotFound: there is no such case or kind.
        Conflict: there is no reason, the case has a graver restriction already, or it would be kept from all
            who decide: what is about a colleague is handed in so from the start, and never waits here.
    """
    if kind == _NEVER_JUDGED:
        raise Conflict(
            "No case that waits here is kept for HR alone: nobody could decide on it.",
            safe="Nothing was changed.",
            do="Hand it in with `upstander handin add --staff-on-staff`, or choose manager or protected.",
        )
    if kind not in SEES:
        raise NotFound(f"There is no restriction {kind}.", do=f"Choose one of: {', '.join(sorted(SEES))}.")
    with permitted(store, clock, actor, Right.RESTRICT_CASE, "case", case_id) as session:
        case = held_case(session, actor, case_id)
        if case.restriction is not None and graver(case.restriction, kind) != kind:
            raise Conflict(
                f"Case {case_id} is restricted already, for a graver reason ({_words(case.restriction)}).",
                safe="That restriction stands.",
            )
        tighten(session, actor, case, kind, _said(reason), now=clock.now())


def tighten(session: Session, actor: Actor, case: t.Case, kind: str, reason: str, *, now: datetime) -> bool:
    """Restrict a case in the transaction that finds the need for it. A graver restriction stays.

    Returns:
        Whether anything changed.
    """
    # Read again under its lock: what was read before it may have been restricted since, more gravely.
    session.flush()
    session.get_one(t.Case, case.id, with_for_update=True, populate_existing=True)
    if graver(case.restriction, kind) == case.restriction:
        return False
    before, case.restriction = case.restriction, kind
    _note(session, actor, case, kind, reason, now)
    detail = {"before": before, "after": kind}
    audit.record(session, actor, "restricted", "case", case.id, now=now, detail=detail)
    session.flush()
    _free_from_the_blind(session, case.id)
    return True


def lift_restriction(store: Store, clock: Clock, actor: Actor, case_id: int, reason: str) -> None:
    """Open a restricted case to everybody who works the queue.

    Raises:
        NotAllowed: no role of theirs sees such cases, whatever they found themselves.
        NotFound: there is no such case.
        Conflict: it is not restricted, there is no reason, or a mark on its pictures keeps it so.
    """
    with permitted(store, clock, actor, Right.LIFT_RESTRICTION, "case", case_id) as session:
        case = held_case(session, actor, case_id)
        if case.restriction is None:
            raise Conflict(f"Case {case_id} is not restricted.", safe="Nothing was changed.")
        person = session.get_one(t.Person, actor.person_id)
        if not SEES[case.restriction] & roles_of(person):
            raise NotAllowed("Others lift this restriction.", safe="It stands.")
        _no_mark_stands(session, case)
        before, case.restriction = case.restriction, None
        _note(session, actor, case, None, _said(reason), clock.now())
        detail = {"before": before, "after": None}
        audit.record(session, actor, "restriction_lifted", "case", case_id, now=clock.now(), detail=detail)


def note_conflict(
    store: Store, clock: Clock, actor: Actor, case_id: int, person_id: int, reason: str
) -> None:
    """Close a case to a person who is concerned in it, whatever their roles. One may note one's own.

    Raises:
        NotFound: there is no such case or person.
        Conflict: there is no reason.
    """
    now = clock.now()
    with permitted(store, clock, actor, Right.RESTRICT_CASE, "case", case_id) as session:
        held_case(session, actor, case_id)
        if session.get(t.Person, person_id) is None:
            raise NotFound(f"There is no person {person_id}.", do="`upstander people list` shows everybody.")
        add_conflict(session, actor, case_id, person_id, _said(reason), now=now)


def add_conflict(
    session: Session, actor: Actor, case_id: int, person_id: int, reason: str, *, now: datetime
) -> None:
    """Note a conflict of interest in the transaction that finds it. One that stands is not noted twice.

    Args:
        actor: nobody in particular where a protected hand-in says so.
    """
    if _standing(session, case_id, person_id) is not None:
        return
    row = t.Conflict(
        case_id=case_id, person_id=person_id, reason=reason, noted_by=actor.person_id, noted_at=now
    )
    session.add(row)
    session.execute(delete(t.Claim).where(t.Claim.case_id == case_id, t.Claim.person_id == person_id))
    session.flush()
    detail = {"conflict_id": row.id, "person_id": person_id}
    audit.record(session, actor, "conflict_noted", "case", case_id, now=now, detail=detail)


def withdraw_conflict(
    store: Store, clock: Clock, actor: Actor, case_id: int, person_id: int, reason: str
) -> None:
    """Take a conflict of interest back. Never by the person who has it: they do not see the case.

    Raises:
        NotFound: there is no such case.
        Conflict: that person has none in it, or there is no reason.
    """
    now = clock.now()
    with permitted(store, clock, actor, Right.LIFT_RESTRICTION, "case", case_id) as session:
        held_case(session, actor, case_id)
        standing = _standing(session, case_id, person_id)
        if standing is None:
            raise Conflict("There is no such conflict of interest.", safe="Nothing was changed.")
        session.add(
            t.Conflict(
                case_id=case_id,
                person_id=person_id,
                withdraws_id=standing,
                reason=_said(reason),
                noted_by=actor.person_id,
                noted_at=now,
            )
        )
        detail = {"conflict_id": standing, "person_id": person_id}
        audit.record(session, actor, "conflict_withdrawn", "case", case_id, now=now, detail=detail)


def _standing(session: Session, case_id: int, person_id: int) -> int | None:
    found = standing_conflicts().with_only_columns(t.Conflict.id)
    return session.scalar(found.where(t.Conflict.case_id == case_id, t.Conflict.person_id == person_id))


def _note(session: Session, actor: Actor, case: t.Case, kind: str | None, reason: str, now: datetime) -> None:
    session.add(
        t.Restriction(case_id=case.id, kind=kind, reason=reason, noted_by=actor.person_id, noted_at=now)
    )


def _free_from_the_blind(session: Session, case_id: int) -> None:
    """End a claim of somebody who may not see the case any more."""
    claim = session.get(t.Claim, case_id)
    if claim is not None and not may_see(session, claim.person_id, case_id):
        session.delete(claim)
        session.flush()


def _no_mark_stands(session: Session, case: t.Case) -> None:
    marked = select(t.Mark.id).where(t.Mark.comment_id == case.comment_id, t.Mark.mark.in_(BY_MARK))
    if session.scalar(marked.limit(1)) is not None:
        raise Conflict(
            "What was said about its pictures keeps this case restricted, and is never taken back.",
            safe="The restriction stands.",
        )


def _said(reason: str) -> str:
    if not reason.strip():
        raise Conflict("Who may see a case is changed with a reason only.", safe="Nothing was changed.")
    return reason.strip()


def _words(kind: str) -> str:
    return kind.replace("_", " ")
