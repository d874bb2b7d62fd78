"""Requested actions: what a decision asks the platform for. Carrying one out is the action stage's."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from worker import outbox
from worker.errors import Conflict, NotAllowed, NotFound
from worker.ledger import audit
from worker.ledger.audit import Actor
from worker.review import welfare
from worker.review.access import conflicted
from worker.review.ask_again import asked_anew
from worker.review.errors import DecisionIncomplete, RevisionChanged
from worker.review.history import latest_decision, overturned_since
from worker.review.kinds import NEEDS_SECOND, OPPOSITES, RESTORING, words_of
from worker.review.machine import NOT_YET, must_lead
from worker.review.overruling import take_back
from worker.review.rights import Right, check
from worker.review.terms import Terms, write_terms
from worker.store import tables as t
from worker.store.platform import HANDED_IN

#: The audit's verb for it; an approval counts only beside it.
ASKED = "requested"
#: What can be asked for, and the right that asking takes.
KINDS = {
    "hide": Right.REQUEST_HIDE,
    "unhide": Right.REQUEST_UNHIDE,
    "delete": Right.REQUEST_DELETE,
    "block": Right.REQUEST_BLOCK,
    "unblock": Right.REQUEST_UNBLOCK,
    "mute": Right.REQUEST_MUTE,
    "unmute": Right.REQUEST_MUTE,
    "platform_report": Right.REQUEST_REPORT,
}
#: States in which a request needs nobody to ask again.
_ON_ITS_WAY = ("awaiting_approval", "requested", "by_hand")
#: The job that follows from a kind, where that is not to ask the platform.
JOBS = {"platform_report": "prepare_report"}


def request_action(
    session: Session,
    actor: Actor,
    case: t.Case,
    decision: t.Decision,
    kind: str,
    *,
    now: datetime,
    reason: str,
    terms: Terms | None = None,
) -> int:
    """Write a requested action, and the job that carries it out unless it waits for a second person.

    Args:
        decision: the one that the request hangs on; its revision is the one that was judged.
        kind: one of `KINDS`.
        reason: in the person's words, for whoever approves it and for the audit.
        terms: of a block, and of nothing else.

    Returns:
        The requested action's id.

    Raises:
        DecisionIncomplete: a block has no terms, or there is nobody who asks.
    """
    if actor.person_id is None:
        raise DecisionIncomplete("Only a person asks for an action.", safe="Nothing was asked for.")
    _must_be_on_a_platform(session, case, kind)
    welfare.spare(session, decision.id, kind)
    asked = t.RequestedAction(
        case_id=case.id,
        comment_id=case.comment_id,
        revision_id=decision.revision_id,
        decision_id=decision.id,
        verdict=decision.verdict,
        kind=kind,
        state="awaiting_approval" if kind in NEEDS_SECOND else "requested",
        requested_by=actor.person_id,
        requested_at=now,
        reason=reason,
    )
    must_lead("requested_action", NOT_YET, asked.state)
    session.add(asked)
    session.flush()
    if kind == "block":
        write_terms(session, actor, asked.id, terms or Terms(), now=now)
    asked_anew(session, actor, case.id, kind, now=now)
    job = JOBS.get(kind, "act")
    if asked.state == "requested":
        outbox.enqueue(session, job, {"requested_action_id": asked.id}, now=now, key=f"act:{asked.id}")
    detail = {
        "case_id": case.id,
        "decision_id": decision.id,
        "kind": kind,
        "reason": reason,
        "os_user": actor.os_user,
    }
    audit.record(session, actor, ASKED, "requested_action", asked.id, now=now, detail=detail)
    return asked.id


def request_again(
    session: Session,
    actor: Actor,
    case: t.Case,
    kind: str,
    reason: str,
    now: datetime,
    terms: Terms | None = None,
) -> int:
    """Ask for an action on a case that was decided before: a further one, its undoing, or a failed one again.

    One that is still on its way is not asked for twice: its id is returned.

    Args:
        terms: of a block.

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
    if kind not in RESTORING and decision.verdict != "upheld":
        raise Conflict(
            f"The decision that counts on case {case.id} does not uphold it.",
            safe="Nothing was asked for.",
            do=f"Only an upheld case leads to this: {words_of(kind)}. Decide again first.",
        )
    family = (kind, OPPOSITES.get(kind, kind))
    newest = session.scalar(
        select(t.RequestedAction)
        .where(t.RequestedAction.comment_id == case.comment_id, t.RequestedAction.kind.in_(family))
        .order_by(t.RequestedAction.id.desc())
        .limit(1)
    )
    if (
        newest is not None
        and (newest.kind, newest.case_id) == (kind, case.id)
        and newest.state in _ON_ITS_WAY
    ):
        stuck = dead_end(session, newest, now)
        if stuck is None:
            _set_going(session, newest.id, now)
            return newest.id
        take_back(session, newest, f"{stuck[0].upper()}{stuck[1:]}; it is asked for anew.", now)
    if kind in ("hide", "delete"):
        must_be_newest(session, session.get_one(t.Comment, case.comment_id), decision.revision_id)
    return request_action(session, actor, case, decision, kind, now=now, reason=reason.strip(), terms=terms)


def asker_fell(session: Session, asker: int, case_id: int, kind: str, now: datetime) -> str | None:
    """Why who asked does not stand behind it any more, in words; None where they do.

    Whether they left, lost the right or are concerned in the case is not said: everybody reads the words in
    the status, and one of these is about a person.
    """
    moment = None if kind in NEEDS_SECOND else now
    try:
        check(session, Actor(asker, "act"), KINDS[kind], now=moment)
    except NotAllowed:
        return "who asked for it may not ask for that any more"
    concerned = asker in conflicted(session, case_id)
    return "who asked for it may not ask for that any more" if concerned else None


def dead_end(session: Session, asked: t.RequestedAction, now: datetime) -> str | None:
    """Why a request on its way leads to nothing, so that somebody has to ask anew; None where it gets there.

    What gives back goes on whatever happened. What one person may do alone is, once it is left to people, in
    the hands of whoever does it.
    """
    if asked.kind in RESTORING:
        return None
    if overturned_since(session, asked.case_id, asked.decision_id):
        return "the decision that it hung on was corrected"
    if asked.state == "by_hand" and asked.kind not in NEEDS_SECOND:
        return None
    return asker_fell(session, asked.requested_by, asked.case_id, asked.kind, now)


def _must_be_on_a_platform(session: Session, case: t.Case, kind: str) -> None:
    """Refuse to ask for anything about what staff handed in.

    Raises:
        Conflict: says what to do instead.
    """
    if session.get_one(t.Comment, case.comment_id).platform == HANDED_IN:
        raise Conflict(
            f"Case {case.id} was handed in by staff: there is no platform here that could {words_of(kind)}.",
            safe="Nothing was decided or asked for.",
            do="Decide without asking for that. If it can be done in the app where it was seen, do it there"
            " and note that on the case.",
        )


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
        raise NotFound(
            f"Revision {revision_id} is not one of this comment.",
            safe="Nothing was done.",
            do="`upstander queue show` with the case's number marks the revision to decide on.",
        )
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
