"""What a corrected decision calls off: requests that wait for a person, and that nobody wants any more."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from worker.ledger import audit
from worker.ledger.audit import Actor
from worker.review.ask_again import not_wanted
from worker.review.asked import GLASS_TASK, HAND_TASK
from worker.review.kinds import RESTORING
from worker.review.machine import must_lead
from worker.review.tasks import end_task
from worker.store import tables as t

#: They wait for a person; what waits for the worker is looked at again before the platform is asked.
_FOR_PEOPLE = ("awaiting_approval", "by_hand")
_WHY = "The decision was corrected and no longer upholds the case."
_ITSELF = Actor(None, "decision")


def call_off(session: Session, case_id: int, verdict: str, *, now: datetime) -> None:
    """Take back what a case's earlier decisions asked people to take down, in the decision's own transaction.

    Args:
        verdict: the new decision's; one that upholds calls nothing off.
    """
    if verdict == "upheld":
        return
    rows = session.scalars(
        select(t.RequestedAction)
        .where(
            t.RequestedAction.case_id == case_id,
            t.RequestedAction.state.in_(_FOR_PEOPLE),
            t.RequestedAction.kind.not_in(RESTORING),
        )
        .order_by(t.RequestedAction.id)
        .with_for_update()
        .execution_options(populate_existing=True)
    ).all()
    for asked in rows:
        _withdraw(session, asked, _WHY, now)
    not_wanted(session, case_id, _WHY, now=now)


def take_back(session: Session, asked: t.RequestedAction, why: str, now: datetime) -> None:
    """Take back what waits for a person, where another request takes its place. Its case is held.

    What waits for the worker is left to it: the later request counts there.
    """
    session.refresh(asked, with_for_update=True)
    if asked.state in _FOR_PEOPLE:
        _withdraw(session, asked, why, now)


def _withdraw(session: Session, asked: t.RequestedAction, why: str, now: datetime) -> None:
    words = f"Withdrawn. {why}"
    if asked.state == "by_hand":
        words += " Whoever did it by hand already undoes it in the platform's own app."
        action = session.scalar(select(t.Action).where(t.Action.requested_action_id == asked.id))
        if action is not None:
            action.state, action.outcome, action.finished_at = "failed", words, now
    must_lead("requested_action", asked.state, "withdrawn")
    asked.state, asked.detail, asked.finished_at = "withdrawn", words, now
    keys = [f"{kind}:{asked.id}" for kind in (HAND_TASK, GLASS_TASK)]
    for task in session.scalars(select(t.Task).where(t.Task.key.in_(keys))).all():
        end_task(session, _ITSELF, task, why, now=now)
    facts = {"case_id": asked.case_id, "kind": asked.kind, "state": asked.state, "reason": why}
    audit.record(session, _ITSELF, "withdrawn", "requested_action", asked.id, now=now, detail=facts)
