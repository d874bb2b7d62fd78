"""Requested actions: what a decision asks the platform for. Carrying one out is the action stage's."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from worker import outbox
from worker.errors import Conflict, NotFound
from worker.ledger import audit
from worker.ledger.audit import Actor
from worker.review.errors import DecisionIncomplete, RevisionChanged
from worker.review.history import latest_decision
from worker.review.rights import Right
from worker.store import tables as t

#: What can be asked for, and the right that asking takes.
KINDS = {"hide": Right.REQUEST_HIDE, "unhide": Right.REQUEST_UNHIDE}


def request_action(
    session: Session,
    actor: Actor,
    case: t.Case,
    decision: t.Decision,
    kind: str,
    *,
    now: datetime,
    reason: str,
) -> int:
    """Write a requested action and the job that carries it out.

    Args:
        decision: the one that the request hangs on; its revision is the one that was judged.
        kind: hide or unhide.
        reason: for the audit, in the person's words.

    Returns:
        The requested action's id.
    """
    if actor.person_id is None:
        raise DecisionIncomplete("Only a person asks for an action.", safe="Nothing was asked for.")
    asked = t.RequestedAction(
        case_id=case.id,
        comment_id=case.comment_id,
        revision_id=decision.revision_id,
        decision_id=decision.id,
        verdict=decision.verdict,
        kind=kind,
        state="requested",
        requested_by=actor.person_id,
        requested_at=now,
    )
    session.add(asked)
    session.flush()
    outbox.enqueue(session, "act", {"requested_action_id": asked.id}, now=now, key=f"act:{asked.id}")
    detail = {"case_id": case.id, "decision_id": decision.id, "kind": kind, "reason": reason}
    audit.record(session, actor, "requested", "requested_action", asked.id, now=now, detail=detail)
    return asked.id


def request_again(session: Session, actor: Actor, case: t.Case, kind: str, reason: str, now: datetime) -> int:
    """Ask for an action on a case that was decided before: to undo a hide, or to try a failed one again.

    One that is still on its way is not asked for twice: its id is returned.

    Raises:
        DecisionIncomplete: there is no reason.
        Conflict: nobody has decided on the case, or the decision that counts does not allow it.
        RevisionChanged: to hide it now, somebody has to decide on what it says now.
    """
    if not reason.strip():
        raise DecisionIncomplete(f"To {kind} now needs a reason.", safe="Nothing was asked for.")
    decision = latest_decision(session, case.id)
    if decision is None:
        raise Conflict(
            f"Nobody has decided on case {case.id} yet.",
            safe="Nothing was asked for.",
            do=f"Decide on it; a decision can ask to {kind}.",
        )
    if kind == "hide" and decision.verdict != "upheld":
        raise Conflict(
            f"The decision that counts on case {case.id} does not uphold it.",
            safe="Nothing was asked for.",
            do="Only an upheld comment is hidden: decide again first.",
        )
    newest = session.scalar(
        select(t.RequestedAction)
        .where(t.RequestedAction.comment_id == case.comment_id)
        .order_by(t.RequestedAction.id.desc())
        .limit(1)
    )
    if newest is not None and (newest.kind, newest.state, newest.case_id) == (kind, "requested", case.id):
        _set_going(session, newest.id, now)
        return newest.id
    if kind == "hide":
        must_be_newest(session, session.get_one(t.Comment, case.comment_id), decision.revision_id)
    return request_action(session, actor, case, decision, kind, now=now, reason=reason.strip())


def must_be_newest(session: Session, comment: t.Comment, revision_id: int) -> None:
    """Refuse what is about words that the comment no longer says (promise 4).

    Raises:
        NotFound: the revision is not one of this comment.
        RevisionChanged: the comment has a newer one.
    """
    seen = of_comment(session, comment, revision_id)
    if comment.revision_id is not None and comment.revision_id != revision_id:
        newest = session.get_one(t.Revision, comment.revision_id)
        swapped = _hung(seen) != _hung(newest)
        raise RevisionChanged(newest.id, seen.text, newest.text, media_changed=swapped)


def of_comment(session: Session, comment: t.Comment, revision_id: int) -> t.Revision:
    """A revision of this comment.

    Raises:
        NotFound: it is not one of it.
    """
    seen = session.get(t.Revision, revision_id)
    if seen is None or seen.comment_id != comment.id:
        raise NotFound(f"Revision {revision_id} is not one of this comment.")
    return seen


def _hung(revision: t.Revision) -> list[tuple[object, object]]:
    """What hangs on a wording. Not by address: platforms sign them anew in every answer."""
    return [(item.get("kind"), item.get("external_id")) for item in revision.media]


def _set_going(session: Session, requested_action_id: int, now: datetime) -> None:
    """Give a request whose job ran out of attempts its attempts back."""
    stuck = select(t.Job.id).where(t.Job.key == f"act:{requested_action_id}", t.Job.state == "stuck")
    job_id = session.scalar(stuck.limit(1))
    if job_id is not None:
        outbox.retry(session, job_id, now=now)
