"""Restricting a case, lifting that, conflicts of interest: rows that are only added, each with a reason."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import datetime

from sqlalchemy import delete, select
from sqlalchemy.orm import Session

from worker.clock import Clock
from worker.errors import Conflict, NotAllowed, NotFound
from worker.ledger import audit
from worker.ledger.audit import Actor
from worker.review.access import (
    SEES,
    graver,
    held_case,
    kinds_on,
    may_see,
    roles_of,
    seen_under,
    standing_conflicts,
    standing_restrictions,
)
from worker.review.rights import HOLDERS, Right, permitted
from worker.store import tables as t
from worker.store.session import Store

#: The marks on pictures that restrict their cases; the evidence stage writes them.
BY_MARK = {"suspected_csam": "imagery", "intimate_image": "intimate_image"}
#: The states of a case that somebody decides on, or decided.
_JUDGED = ("open", "needs_advice", "decided")


def restrict_case(
    store: Store, clock: Clock, actor: Actor, case_id: int, kind: str, reason: str
) -> frozenset[str]:
    """Keep a case for named roles, beside what restricts it already. Who sees it no more loses their claim.

    Returns:
        The roles that see it now.

    Raises:
        NotFound: there is no such case or kind.
        Conflict: there is no reason, or it would be kept from all who decide: what is about a colleague is
            handed in so from the start, and never waits here.
    """
    if kind not in SEES:
        raise NotFound(f"There is no restriction {kind}.", do=f"Choose one of: {', '.join(sorted(SEES))}.")
    with permitted(store, clock, actor, Right.RESTRICT_CASE, "case", case_id) as session:
        case = held_case(session, actor, case_id)
        _somebody_goes_on(session, case, kind)
        tighten(session, actor, case, kind, _said(reason), now=clock.now())
        return seen_under(kinds_on(session, case_id))


def tighten(session: Session, actor: Actor, case: t.Case, kind: str, reason: str, *, now: datetime) -> bool:
    """Restrict a case in the transaction that finds the need for it, beside what restricts it already.

    Never refused: a finding that leaves nobody who may see the case still closes it, and the status says so.

    Returns:
        Whether anything changed: one that stands is not noted twice.
    """
    # Read again under its lock: what was read before it may have been restricted since.
    session.flush()
    session.get_one(t.Case, case.id, with_for_update=True, populate_existing=True)
    if _standing_row(session, case.id, kind) is not None:
        return False
    before, case.restriction = case.restriction, graver(case.restriction, kind)
    session.add(
        t.Restriction(case_id=case.id, kind=kind, reason=reason, noted_by=actor.person_id, noted_at=now)
    )
    detail = {"kind": kind, "before": before, "after": case.restriction}
    audit.record(session, actor, "restricted", "case", case.id, now=now, detail=detail)
    session.flush()
    _free_from_the_blind(session, case.id)
    return True


def restrict_by_mark(session: Session, actor: Actor, comment_id: int, mark: str, *, now: datetime) -> None:
    """Keep every case of a comment for those who may see what was said of its pictures, where it closes."""
    cases = session.scalars(
        select(t.Case).where(t.Case.comment_id == comment_id).order_by(t.Case.id).with_for_update()
    )
    for case in cases.all():
        _follow_mark(session, actor, case, mark, now=now)


def closes(kinds: Iterable[str], mark: str) -> bool:
    """Whether a mark closes a case that is restricted for these reasons already.

    Suspected imagery always does. An intimate image does not where no role would see the case then, as one
    about a colleague: it is kept for few already, and a mark, which is never taken back, would lose it.
    """
    kind = BY_MARK[mark]
    return kind == BY_MARK["suspected_csam"] or bool(seen_under({*kinds, kind}))


def lift_restriction(
    store: Store, clock: Clock, actor: Actor, case_id: int, reason: str, kind: str | None = None
) -> tuple[str, ...]:
    """Lift one restriction of a case. The others stand.

    Args:
        kind: which; None where only one stands.

    Returns:
        Those that still stand, the gravest first; where none does, it is open to all who work the queue.

    Raises:
        NotAllowed: no role of theirs sees cases that are so restricted, whatever they found themselves.
        NotFound: there is no such case.
        Conflict: it is not so restricted, or for several reasons and none was named; there is no reason, or
            a mark on its pictures keeps it so.
    """
    now = clock.now()
    with permitted(store, clock, actor, Right.LIFT_RESTRICTION, "case", case_id) as session:
        case = held_case(session, actor, case_id)
        roles = roles_of(session.get_one(t.Person, actor.person_id))
        stand = kinds_on(session, case_id)
        lifted = _to_lift(stand, case_id, kind, roles)
        _no_mark_stands(session, case, lifted)
        lifting = t.Restriction(case_id=case_id, kind=None, reason=_said(reason), noted_at=now)
        lifting.lifts_id, lifting.noted_by = _standing_row(session, case_id, lifted), actor.person_id
        session.add(lifting)
        session.flush()
        left = tuple(each for each in stand if each != lifted)
        before, case.restriction = case.restriction, left[0] if left else None
        detail = {"kind": lifted, "before": before, "after": case.restriction}
        audit.record(session, actor, "restriction_lifted", "case", case_id, now=now, detail=detail)
        # A mark that this one stood in the way of closes the case now. Nobody in particular found it.
        for mark in _marks_on(session, case):
            _follow_mark(session, Actor(None, actor.source), case, mark, now=now)
        return kinds_on(session, case_id)


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


def _standing_row(session: Session, case_id: int, kind: str) -> int | None:
    found = standing_restrictions().with_only_columns(t.Restriction.id)
    return session.scalar(found.where(t.Restriction.case_id == case_id, t.Restriction.kind == kind))


def _to_lift(stand: Sequence[str], case_id: int, kind: str | None, roles: frozenset[str]) -> str:
    """Which of the restrictions that stand somebody means, if they may lift it."""
    if not stand:
        raise Conflict(f"Case {case_id} is not restricted.", safe="Nothing was changed.")
    theirs = [each for each in stand if SEES[each] & roles]
    if kind is None and len(stand) > 1:
        raise Conflict(
            f"Case {case_id} is restricted for several reasons, and each is lifted by itself.",
            safe="All of them stand.",
            do=f"Name one that is yours to lift: {', '.join(theirs) or 'none is'}.",
        )
    meant = kind or stand[0]
    if meant not in stand:
        raise Conflict(f"Case {case_id} is not restricted as {_words(meant)}.", safe="Nothing was changed.")
    if meant not in theirs:
        raise NotAllowed("Others lift this restriction.", safe="It stands.")
    return meant


def _somebody_goes_on(session: Session, case: t.Case, kind: str) -> None:
    """Refuse what would leave a case to nobody who decides, or one that is not judged here to nobody."""
    seeing = seen_under({*kinds_on(session, case.id), kind})
    if seeing & HOLDERS[Right.DECIDE] or (seeing and case.state not in _JUDGED):
        return
    raise Conflict(
        f"Restricted so, case {case.id} would be kept from everybody: nobody could decide on it.",
        safe="Nothing was changed.",
        do="Choose another kind. What is about a colleague is handed in with"
        " `upstander handin add --staff-on-staff`, and never waits here.",
    )


def _free_from_the_blind(session: Session, case_id: int) -> None:
    """End a claim of somebody who may not see the case any more."""
    claim = session.get(t.Claim, case_id)
    if claim is not None and not may_see(session, claim.person_id, case_id):
        session.delete(claim)
        session.flush()


def _follow_mark(session: Session, actor: Actor, case: t.Case, mark: str, *, now: datetime) -> None:
    if closes(kinds_on(session, case.id), mark):
        tighten(session, actor, case, BY_MARK[mark], f"Its pictures were marked {mark}.", now=now)


def _marks_on(session: Session, case: t.Case) -> list[str]:
    """Those marks on a case's pictures that restrict it."""
    marked = select(t.Mark.mark).where(t.Mark.comment_id == case.comment_id, t.Mark.mark.in_(BY_MARK))
    return sorted(set(session.scalars(marked)))


def _no_mark_stands(session: Session, case: t.Case, kind: str) -> None:
    if kind in {BY_MARK[mark] for mark in _marks_on(session, case)}:
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
