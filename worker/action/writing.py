"""What an attempt writes: the action's row before the platform is asked, the outcome afterwards."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta

from sqlalchemy import insert, select, update
from sqlalchemy.orm import Session

from connectors.contract import ActionKind
from worker.action import outcome as out
from worker.action.errand import Errand, Sealed, Started
from worker.action.outcome import Outcome, Settled
from worker.action.wanted import doubt
from worker.errors import Conflict, EvidenceFault, NotYet
from worker.ledger import audit
from worker.ledger.audit import Actor
from worker.review import fingerprints
from worker.review.ask_again import leave_to_others
from worker.review.asked import HAND_TASK
from worker.review.blocks import end_reviews_of_author, role_of
from worker.review.kinds import words_of
from worker.review.locked import locked
from worker.review.machine import must_lead
from worker.review.requests import asker_fell
from worker.review.switches import rehearsing, stopped
from worker.review.tasks import NewTask, add_task
from worker.review.visible_again import settle
from worker.store import tables as t

_ITSELF = Actor(None, "act")
_ACTION_STATES = {
    "carried_out": "done",
    "refused": "failed",
    "failed": "failed",
    "outside": "outside",
    "rehearsed": "rehearsed",
    "by_hand": "started",
}
#: How long a person has for what was left to their hands.
_HAND_HOURS = 4
#: How long an action waits before it looks again whether it is still stopped.
_STOP_WAIT = 60.0


def start(session: Session, errand: Errand, evidence: Sealed, *, now: datetime) -> Started:
    """Write the action's row, or find the one that another attempt wrote meanwhile.

    Raises:
        Settled: it is not wanted any more, or those who have to agree do not.
    """
    _still_wanted(session, errand, calls=0, now=now)
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


def count_call(session: Session, errand: Errand, evidence: Sealed, calls: int, *, now: datetime) -> None:
    """Note that the platform is about to be asked, so that a crash from here on is known to be uncertain.

    Args:
        evidence: what the receipt stands for.
        calls: how many calls this attempt knows of.

    Raises:
        Conflict: another attempt went ahead; this one must not ask as well.
        NotYet: actions are stopped.
        Settled: it is not wanted any more, those who have to agree do not, or it is only rehearsed.
    """
    _still_wanted(session, errand, calls=calls, now=now)
    must_not_be_stopped(session, errand)
    if rehearsing(session, errand.account_id):
        raise Settled(out.rehearsed(errand, calls))
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


def must_not_be_stopped(session: Session, errand: Errand) -> None:
    """Have a request wait while somebody has stopped actions.

    Raises:
        NotYet: they are stopped, here or everywhere.
    """
    if stopped(session, errand.account_id, errand.kind.value):
        raise NotYet(
            "Actions are stopped. It waits until somebody lets them go on: `upstander act go`.",
            seconds=_STOP_WAIT,
        )


def hand_over(session: Session, errand: Errand, steps: Sequence[str], *, now: datetime) -> None:
    """Give to a person what the platform has no call for, after a last look whether it is still wanted.

    Raises:
        NotYet: actions are stopped.
        Settled: it is not wanted any more, or only rehearsed.
    """
    _still_wanted(session, errand, calls=0, now=now)
    must_not_be_stopped(session, errand)
    if rehearsing(session, errand.account_id):
        raise Settled(out.rehearsed(errand, 0))
    write_outcome(session, errand, out.to_do_by_hand(errand, steps), now=now)


def write_outcome(session: Session, errand: Errand, ended: Outcome, *, now: datetime) -> None:
    """Write how it ended, once: rows, comment, audit, and what follows for tasks."""
    # The case first, as decisions do: what the takedown teaches hangs on the decision that counts.
    locked(session, errand.case_id)
    asked = session.scalars(
        select(t.RequestedAction)
        .where(t.RequestedAction.id == errand.id)
        .with_for_update()
        .execution_options(populate_existing=True)
    ).one()
    if asked.state != "requested":
        return
    must_lead("requested_action", asked.state, ended.state)
    finished = None if ended.state == "by_hand" else now
    asked.state, asked.detail, asked.finished_at = ended.state, ended.words, finished
    action = session.scalar(select(t.Action).where(t.Action.requested_action_id == errand.id))
    if action is not None:
        action.state, action.outcome, action.finished_at = _ACTION_STATES[ended.state], ended.words, finished
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
    audit.record(session, _ITSELF, ended.state, "requested_action", errand.id, now=now, detail=detail)
    if ended.ask_again:
        fell = asker_fell(session, asked.requested_by, asked.case_id, asked.kind, now)
        leave_to_others(session, asked, asker_fell=fell is not None, now=now)
    _follow(session, errand, ended, now)


def _follow(session: Session, errand: Errand, ended: Outcome, now: datetime) -> None:
    """What follows for tasks, and for what is recognised when it is posted again."""
    if ended.state == "by_hand":
        _task_by_hand(session, errand, now)
    if ended.hidden or ended.gone:
        settle(session, errand.comment_id, "It is hidden again, or gone.", now=now)
    if ended.state != "carried_out":
        return
    if errand.kind is ActionKind.UNBLOCK:
        end_reviews_of_author(session, _ITSELF, errand.id, now=now)
    if errand.kind is ActionKind.UNHIDE:
        settle(session, errand.comment_id, "It is meant to be seen.", now=now)
    fingerprints.follow(session, errand.case_id, now=now)


def _task_by_hand(session: Session, errand: Errand, now: datetime) -> None:
    task = NewTask(
        kind=HAND_TASK,
        key=f"{HAND_TASK}:{errand.id}",
        title=(
            f"Case {errand.case_id}: {words_of(errand.kind.value)} on {errand.platform} by hand. The steps"
            f" stand in `upstander queue show {errand.case_id}`; then `upstander act done {errand.id}`."
        ),
        due_at=now + timedelta(hours=_HAND_HOURS),
        case_id=errand.case_id,
        about=("requested_action", errand.id),
        for_role=role_of(session, errand.requested_by, errand.case_id),
    )
    add_task(session, _ITSELF, task, now=now)


def sealed(session: Session, snapshot_id: int) -> Sealed:
    """A sealed snapshot by its number.

    Raises:
        EvidenceFault: it is not sealed.
    """
    found = session.get_one(t.Snapshot, snapshot_id)
    if found.state != "sealed":
        raise EvidenceFault(f"Snapshot {snapshot_id} is not sealed.", safe="Nothing was done.")
    return Sealed(found.id, found.revision_id)


def _still_wanted(session: Session, errand: Errand, *, calls: int, now: datetime) -> None:
    locked(session, errand.case_id)
    found = doubt(session, errand, now)
    if found is not None:
        raise Settled(out.unwanted(found.why, calls, ask_again=found.ask_again))
