"""The end of a matter that was never judged here: who has it says so, and how long it is kept."""

from __future__ import annotations

from sqlalchemy import select
from sqlalchemy.orm import Session

from worker.clock import Clock
from worker.errors import Conflict, NotFound
from worker.ledger import audit
from worker.ledger.audit import Actor
from worker.review.access import held_case
from worker.review.machine import must_lead
from worker.review.rights import Right, permitted
from worker.review.tasks import end_task
from worker.store import tables as t
from worker.store.handins import CLOSED_AS
from worker.store.session import Store


def close_hand_in(
    store: Store, clock: Clock, actor: Actor, hand_in_id: int, kept_as: str, reason: str
) -> int:
    """Close the matter of a hand-in about a colleague. From now on its time of keeping runs.

    Args:
        kept_as: serious, upheld or not_upheld: as if it had been decided so.
        reason: how it ended, in words that name nobody.

    Returns:
        The number of its case.

    Raises:
        NotAllowed: the actor is neither HR nor the guardian, or is concerned in it.
        NotFound: there is no such hand-in, or no such period.
        Conflict: it is judged here like every case, was closed before, or there is no reason.
    """
    if kept_as not in CLOSED_AS:
        raise NotFound(f"There is no period {kept_as!r}.", do=f"Choose one of: {', '.join(CLOSED_AS)}.")
    with permitted(store, clock, actor, Right.CLOSE_HAND_IN, "hand_in", hand_in_id) as session:
        given = session.get(t.HandIn, hand_in_id)
        if given is None:
            raise NotFound(f"There is no hand-in {hand_in_id}.", do="`upstander handin list` shows them.")
        case = held_case(session, actor, given.case_id)
        _must_be_routed(hand_in_id, case)
        if not reason.strip():
            raise Conflict("A matter is closed with a reason only.", safe="Nothing was changed.")
        now = clock.now()
        session.add(
            t.HandInClosing(
                case_id=case.id,
                retention_class=kept_as,
                reason=reason.strip(),
                closed_by=actor.person_id,
                closed_at=now,
            )
        )
        session.flush()
        must_lead("case", case.state, "closed")
        case.state, case.closed_at = "closed", now
        detail = {"hand_in_id": hand_in_id, "class": kept_as, "reason": reason.strip()}
        audit.record(session, actor, "matter_closed", "case", case.id, now=now, detail=detail)
        for task in _waiting(session, hand_in_id):
            end_task(session, actor, task, "The matter was closed.", now=now)
        return case.id


def _must_be_routed(hand_in_id: int, case: t.Case) -> None:
    if case.state == "closed":
        raise Conflict(f"The matter of hand-in {hand_in_id} is closed already.", safe="Nothing was changed.")
    if case.state != "routed":
        raise Conflict(
            f"Hand-in {hand_in_id} is judged in Upstander like every other case: nobody closes it.",
            safe="Nothing was changed.",
            do=f"How long it is kept follows from the decision: `upstander queue decide {case.id}`.",
        )


def _waiting(session: Session, hand_in_id: int) -> list[t.Task]:
    """The tasks to take it over that nobody did."""
    waiting = select(t.Task).where(
        t.Task.about_type == "hand_in", t.Task.about_id == hand_in_id, t.Task.done_at.is_(None)
    )
    return list(session.scalars(waiting.order_by(t.Task.id).with_for_update()))
