"""What an attempt writes: the action's row before the platform is asked, the outcome afterwards."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import insert, select, update
from sqlalchemy.orm import Session

from worker.action import outcome as out
from worker.action.errand import Errand, Sealed, Started, overruled
from worker.action.outcome import Outcome, Settled
from worker.errors import Conflict, EvidenceFault
from worker.ledger import audit
from worker.ledger.audit import Actor
from worker.review.decisions import locked
from worker.store import tables as t

_ACTION_STATES = {"carried_out": "done", "refused": "failed", "failed": "failed", "outside": "outside"}


def start(session: Session, errand: Errand, evidence: Sealed, *, now: datetime) -> Started:
    """Write the action's row, or find the one that another attempt wrote meanwhile.

    Raises:
        Settled: it is not wanted any more.
    """
    _still_wanted(session, errand, calls=0)
    action = session.scalar(select(t.Action).where(t.Action.requested_action_id == errand.id))
    if action is not None:
        return Started(sealed(session, action.snapshot_id), action.calls)
    session.execute(
        insert(t.Action).values(
            requested_action_id=errand.id,
            snapshot_id=evidence.snapshot_id,
            comment_id=errand.comment_id,
            snapshot_state="sealed",
            kind=errand.kind.value,
            state="started",
            calls=0,
            started_at=now,
        )
    )
    return Started(evidence, 0)


def count_call(session: Session, errand: Errand, evidence: Sealed, calls: int) -> None:
    """Note that the platform is about to be asked, so that a crash from here on is known to be uncertain.

    Args:
        evidence: what the receipt stands for.
        calls: how many calls this attempt knows of.

    Raises:
        Conflict: another attempt went ahead; this one must not ask as well.
        Settled: it is not wanted any more.
    """
    _still_wanted(session, errand, calls=calls)
    counted = session.execute(
        update(t.Action)
        .where(
            t.Action.requested_action_id == errand.id, t.Action.calls == calls, t.Action.state == "started"
        )
        .values(calls=calls + 1, snapshot_id=evidence.snapshot_id)
        .returning(t.Action.id)
    ).one_or_none()
    if counted is None:
        raise Conflict(
            f"Another process is carrying out requested action {errand.id}.",
            safe="This attempt sent nothing to the platform.",
        )


def uncount_call(session: Session, errand: Errand) -> None:
    """Take a counted call back: the platform refused it, so that it changed nothing."""
    session.execute(
        update(t.Action)
        .where(t.Action.requested_action_id == errand.id, t.Action.calls > 0)
        .values(calls=t.Action.calls - 1)
        .execution_options(synchronize_session=False)
    )


def write_outcome(session: Session, errand: Errand, ended: Outcome, *, now: datetime) -> None:
    """Write how it ended, once: rows, comment, audit."""
    asked = session.scalars(
        select(t.RequestedAction)
        .where(t.RequestedAction.id == errand.id)
        .with_for_update()
        .execution_options(populate_existing=True)
    ).one()
    if asked.state != "requested":
        return
    asked.state, asked.detail, asked.finished_at = ended.state, ended.words, now
    action = session.scalar(select(t.Action).where(t.Action.requested_action_id == errand.id))
    if action is not None:
        action.state, action.outcome, action.finished_at = _ACTION_STATES[ended.state], ended.words, now
        action.verified_at = now if ended.verified else None
    comment = session.get_one(t.Comment, errand.comment_id)
    if ended.hidden is not None:
        comment.hidden = ended.hidden
    if ended.gone:
        comment.gone_at = comment.gone_at or now
    detail = {
        "kind": errand.kind.value,
        "case_id": errand.case_id,
        "outcome": ended.words,
        "verified": ended.verified,
    }
    audit.record(
        session, Actor(None, "act"), ended.state, "requested_action", errand.id, now=now, detail=detail
    )


def sealed(session: Session, snapshot_id: int) -> Sealed:
    """A sealed snapshot by its number.

    Raises:
        EvidenceFault: it is not sealed.
    """
    found = session.get_one(t.Snapshot, snapshot_id)
    if found.state != "sealed":
        raise EvidenceFault(f"Snapshot {snapshot_id} is not sealed.", safe="Nothing was done.")
    return Sealed(found.id, found.revision_id)


def _still_wanted(session: Session, errand: Errand, *, calls: int) -> None:
    locked(session, errand.case_id)
    why = overruled(session, errand)
    if why is not None:
        raise Settled(out.unwanted(why, calls))
