"""Legal holds on cases: while one stands, nothing is destroyed. Placed and released with a reason."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from worker.errors import Conflict
from worker.evidence.keeping.allowed import TO_HOLD, TO_VIEW, check_allowed, is_allowed
from worker.evidence.keeping.reasons import reason_of
from worker.ledger import audit
from worker.ledger.audit import Actor
from worker.review.access import visible_to
from worker.review.locked import locked
from worker.store import tables as t


@dataclass(frozen=True, slots=True)
class HoldView:
    """A hold that stands.

    Attributes:
        placed_by: the person's name.
    """

    id: int
    case_id: int
    reason: str
    placed_by: str
    placed_at: datetime


def place(session: Session, case_id: int, person_id: int, actor: Actor, reason: str, *, now: datetime) -> int:
    """Place a hold on a case. Waits for a destruction of it that is under way, and then is refused.

    One of its context, which holds this comment too, is waited for as well; one that begins later sees it.

    Returns:
        The hold's id.

    Raises:
        NotFound: there is no such case.
        NotAllowed: the actor may not hold such a case, or not look at its evidence.
        Conflict: one stands already, or its evidence was destroyed.
    """
    why = reason_of(reason, "A hold")
    _, case = locked(session, case_id)
    check_allowed(session, actor, (case_id,), TO_HOLD)
    standing = _standing(session, case_id)
    if standing is not None:
        raise Conflict(
            f"Case {case_id} is held already, since {standing.placed_at.date().isoformat()}.",
            safe="That hold stands.",
        )
    if _destroyed(session, case):
        raise Conflict(
            f"The evidence of case {case_id} was destroyed when its time was up: nothing is left to hold.",
            do=f"`upstander evidence custody {case_id}` shows when, by whom and why.",
        )
    hold = t.Hold(case_id=case_id, reason=why, placed_by=person_id, placed_at=now)
    session.add(hold)
    session.flush()
    audit.record(session, actor, "held", "case", case_id, now=now, detail={"hold_id": hold.id, "reason": why})
    return hold.id


def release(
    session: Session, case_id: int, person_id: int, actor: Actor, reason: str, *, now: datetime
) -> None:
    """Release the hold that stands on a case.

    Raises:
        NotFound: there is no such case.
        NotAllowed: the actor may not release such a case, or not look at its evidence.
        Conflict: none stands.
    """
    why = reason_of(reason, "A release")
    locked(session, case_id)
    check_allowed(session, actor, (case_id,), TO_HOLD)
    standing = _standing(session, case_id)
    if standing is None:
        raise Conflict(f"Case {case_id} is not held.", safe="Nothing was changed.")
    standing.released_by, standing.released_at, standing.release_reason = person_id, now, why
    detail = {"hold_id": standing.id, "reason": why}
    audit.record(session, actor, "hold_released", "case", case_id, now=now, detail=detail)


def standing(session: Session, actor: Actor) -> Sequence[HoldView]:
    """The holds that stand on cases whose evidence the actor may look at, the oldest first."""
    rows = session.execute(
        select(t.Hold, t.Person.name)
        .join(t.Person, t.Person.id == t.Hold.placed_by)
        .join(t.Case, t.Case.id == t.Hold.case_id)
        # Whose evidence they may look at they see: the others are not looked at one by one.
        .where(t.Hold.released_at.is_(None), visible_to(session, actor))
        .order_by(t.Hold.id)
    )
    return tuple(
        HoldView(hold.id, hold.case_id, hold.reason, name, hold.placed_at)
        for hold, name in rows.all()
        if is_allowed(session, actor, (hold.case_id,), TO_VIEW)
    )


def _standing(session: Session, case_id: int) -> t.Hold | None:
    return session.scalar(select(t.Hold).where(t.Hold.case_id == case_id, t.Hold.released_at.is_(None)))


def _destroyed(session: Session, case: t.Case) -> bool:
    """Whether there were snapshots of this case and none is left."""
    ends = session.scalars(select(t.Snapshot.destroyed_at).where(t.Snapshot.case_id == case.id)).all()
    return bool(ends) and all(end is not None for end in ends)
