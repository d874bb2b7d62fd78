"""Disposals: proposed by the clock when the time of a case is up, decided by a person."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import or_, select
from sqlalchemy.orm import Session

from worker import outbox
from worker.errors import Conflict
from worker.evidence.agreed import DISPOSAL_APPROVED
from worker.evidence.keeping.allowed import TO_DISPOSE, check_allowed, is_allowed, may_second, takes_two
from worker.evidence.keeping.obstacles import Fate, fate_of, hold_with_context
from worker.evidence.keeping.reasons import reason_of
from worker.evidence.keeping.two_people import agree, forget_first, is_first, waits_for_second
from worker.ledger import audit
from worker.ledger.audit import Actor
from worker.review.access import visible_to
from worker.review.locked import locked
from worker.settings_evidence import Retention
from worker.store import tables as t

#: The kind of job that carries an approved disposal out.
DISPOSE = "dispose"
ITSELF = Actor(None, "retention")


@dataclass(frozen=True, slots=True)
class DisposalView:
    """A disposal that waits: for a person, or to be carried out.

    Attributes:
        retention_class, due_at: as they follow from the decision that counts now.
        together_with: other cases about the same comment; they go together or stay together.
        obstacles: what stands in its way at this moment, in words.
        agreed_by: who agreed already, where two people have to.
    """

    id: int
    case_id: int
    retention_class: str
    due_at: datetime
    state: str
    proposed_at: datetime
    together_with: tuple[int, ...]
    obstacles: tuple[str, ...]
    agreed_by: str | None


@dataclass(frozen=True, slots=True)
class Approved:
    """What an approval led to.

    Attributes:
        cases: those that it is about: the one that was named, and every other about the same comment.
        second_needed: somebody else has to agree as well; until then nothing is destroyed.
    """

    cases: tuple[int, ...]
    second_needed: bool


def propose_for(session: Session, comment_id: int, retention: Retention, *, now: datetime) -> int:
    """Propose to destroy what is kept about a comment, unless something stands in the way.

    Returns:
        How many disposals were written: one for each case of the comment that has evidence left.
    """
    comment = session.get_one(t.Comment, comment_id)
    fate = fate_of(session, comment, retention, now)
    if fate.obstacles or not fate.cases or open_disposals(session, fate.cases):
        return 0
    cases = _with_evidence(session, fate) or [fate.cases[-1]]
    for case in cases:
        period = fate.period(case.id)
        row = t.Disposal(
            case_id=case.id,
            retention_class=period.retention_class,
            due_at=period.due_at,
            state="proposed",
            proposed_at=now,
        )
        session.add(row)
        session.flush()
        detail = {"disposal_id": row.id, "class": row.retention_class, "due_at": row.due_at.isoformat()}
        audit.record(session, ITSELF, "disposal_proposed", "case", case.id, now=now, detail=detail)
    return len(cases)


def approve(
    session: Session,
    case_id: int,
    person_id: int,
    actor: Actor,
    reason: str,
    retention: Retention,
    *,
    now: datetime,
    one_os_user_will_do: bool,
) -> Approved:
    """Approve what is proposed for a case, and with it for every case about the same comment.

    Where one of them is restricted the first person's word is noted, and a second person's approves.

    Args:
        one_os_user_will_do: whether one user of the operating system may be both people; for a demo.

    Raises:
        NotFound: there is no such case.
        NotAllowed: the actor may not dispose of each of these cases, or not look at its evidence; an evidence
            officer need not look where somebody who does agreed before. Or both are one user of the computer.
        Conflict: nothing is proposed for it, something stands in the way, or the actor agreed already.
    """
    why = reason_of(reason, "An approval")
    comment, fate = look(session, case_id, retention, now)
    rows = open_disposals(session, fate.cases, states=("proposed",))
    if not (waits_for_second(rows) and may_second(session, actor, [case.id for case in fate.cases])):
        _check_all(session, actor, case_id, fate)
    if case_id not in {row.case_id for row in rows}:
        raise _nothing_proposed(case_id)
    obstacles = (*fate.obstacles, *not_chosen(session, fate, [row.case_id for row in rows]))
    if obstacles:
        raise Conflict(
            f"The evidence of case {case_id} cannot be destroyed now: {'; '.join(obstacles)}.",
            safe="Nothing was destroyed.",
        )
    cases = tuple(row.case_id for row in rows)
    two = takes_two(session, [case.id for case in fate.cases])
    if two and is_first(session, rows, case_id, actor, one_os_user_will_do=one_os_user_will_do):
        for row in rows:
            agree(session, row, person_id, why, actor, now)
        return Approved(cases, second_needed=True)
    for row in rows:
        if not two:
            forget_first(session, row, actor, now)
        period = fate.period(row.case_id)
        row.retention_class, row.due_at = period.retention_class, period.due_at
        _decide(session, row, "approved", person_id, why, actor, now)
    outbox.enqueue(session, DISPOSE, {"comment_id": comment.id}, now=now, key=f"{DISPOSE}:{comment.id}")
    return Approved(cases, second_needed=False)


def keep(
    session: Session,
    case_id: int,
    person_id: int,
    actor: Actor,
    reason: str,
    retention: Retention,
    *,
    now: datetime,
) -> tuple[int, ...]:
    """Keep what is proposed, or approved and not destroyed yet, for a case and all about the same comment.

    Returns:
        The cases that are kept; they are proposed again after a while.

    Raises:
        NotFound: there is no such case.
        NotAllowed: the actor may not dispose of each of these cases, or not look at its evidence.
        Conflict: nothing is proposed or approved for it.
    """
    why = reason_of(reason, "Keeping something beyond its time")
    _, fate = look(session, case_id, retention, now)
    _check_all(session, actor, case_id, fate)
    rows = open_disposals(session, fate.cases)
    if case_id not in {row.case_id for row in rows}:
        raise _nothing_proposed(case_id)
    for row in rows:
        _decide(session, row, "kept", person_id, why, actor, now)
    return tuple(row.case_id for row in rows)


def waiting(
    session: Session, actor: Actor, retention: Retention, *, now: datetime
) -> tuple[DisposalView, ...]:
    """The disposals that wait and that the actor could decide on, the longest due first."""
    # Few of many are somebody's: what a look at each of them takes is spent on those that may be.
    theirs = or_(visible_to(session, actor), t.Disposal.first_by.is_not(None))
    rows = session.execute(
        select(t.Disposal, t.Comment)
        .join(t.Case, t.Case.id == t.Disposal.case_id)
        .join(t.Comment, t.Comment.id == t.Case.comment_id)
        .where(t.Disposal.state.in_(("proposed", "approved")), theirs)
        .order_by(t.Disposal.due_at, t.Disposal.id)
    ).all()
    return tuple(
        _view(session, row, fate_of(session, comment, retention, now))
        for row, comment in rows
        if _is_theirs(session, actor, row, comment.id)
    )


def look(session: Session, case_id: int, retention: Retention, now: datetime) -> tuple[t.Comment, Fate]:
    """A case's comment and its fate, kept from changing (its context too) until the transaction ends.

    Raises:
        NotFound: there is no such case.
    """
    hold_with_context(session, case_id)
    comment, _ = locked(session, case_id)
    # A hold or an export that is being written on any of them is waited for, and then seen.
    session.scalars(
        select(t.Case).where(t.Case.comment_id == comment.id).order_by(t.Case.id).with_for_update()
    ).all()
    return comment, fate_of(session, comment, retention, now)


def open_disposals(
    session: Session, cases: Sequence[t.Case], *, states: Sequence[str] = ("proposed", "approved")
) -> Sequence[t.Disposal]:
    """The disposals of these cases that are in one of these states, as they are now."""
    return session.scalars(
        select(t.Disposal)
        .where(t.Disposal.case_id.in_([case.id for case in cases]), t.Disposal.state.in_(states))
        .order_by(t.Disposal.id)
        .execution_options(populate_existing=True)
    ).all()


def not_chosen(session: Session, fate: Fate, chosen: Sequence[int]) -> list[str]:
    """Cases about the same comment that have evidence left and are not among the chosen, in words."""
    return [
        f"case {case.id} about the same comment is kept"
        for case in _with_evidence(session, fate)
        if case.id not in chosen
    ]


def _is_theirs(session: Session, actor: Actor, row: t.Disposal, comment_id: int) -> bool:
    """Whether somebody could decide on a disposal, alone or as the second person."""
    cases = session.scalars(select(t.Case.id).where(t.Case.comment_id == comment_id)).all()
    if is_allowed(session, actor, cases, TO_DISPOSE):
        return True
    return row.first_by is not None and may_second(session, actor, cases)


def _check_all(session: Session, actor: Actor, case_id: int, fate: Fate) -> None:
    """What is decided for one case is decided for all about its comment: looked at behind their lock."""
    check_allowed(session, actor, (case_id, *(case.id for case in fate.cases)), TO_DISPOSE)


def _with_evidence(session: Session, fate: Fate) -> list[t.Case]:
    left = set(
        session.scalars(
            select(t.Snapshot.case_id).where(
                t.Snapshot.comment_id == fate.comment_id, t.Snapshot.destroyed_at.is_(None)
            )
        )
    )
    return [case for case in fate.cases if case.id in left]


def _decide(
    session: Session, row: t.Disposal, state: str, person_id: int, why: str, actor: Actor, now: datetime
) -> None:
    row.state, row.decided_by, row.decided_at, row.reason = state, person_id, now, why
    detail = {"disposal_id": row.id, "class": row.retention_class, "reason": why, "os_user": actor.os_user}
    verb = DISPOSAL_APPROVED if state == "approved" else f"disposal_{state}"
    audit.record(session, actor, verb, "case", row.case_id, now=now, detail=detail)


def _view(session: Session, row: t.Disposal, fate: Fate) -> DisposalView:
    decided = row.case_id in fate.periods
    period = fate.period(row.case_id) if decided else None
    return DisposalView(
        id=row.id,
        case_id=row.case_id,
        retention_class=row.retention_class if period is None else period.retention_class,
        due_at=row.due_at if period is None else period.due_at,
        state=row.state,
        proposed_at=row.proposed_at,
        together_with=tuple(case.id for case in fate.cases if case.id != row.case_id),
        obstacles=fate.obstacles,
        agreed_by=None if row.first_by is None else session.get_one(t.Person, row.first_by).name,
    )


def _nothing_proposed(case_id: int) -> Conflict:
    return Conflict(
        f"Nothing is proposed for case {case_id}.",
        safe="Nothing was changed.",
        do="`upstander evidence retention list` shows what is.",
    )
