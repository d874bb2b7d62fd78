"""Asking for a report to a platform, on a case that a person upheld."""

from __future__ import annotations

from collections.abc import Collection
from datetime import datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from worker.errors import Conflict
from worker.ledger.audit import Actor
from worker.review.history import latest_decision
from worker.review.locked import locked
from worker.review.requests import dead_end, must_be_newest, request_action
from worker.store import tables as t

KIND = "platform_report"


def ask_for_report(
    session: Session, actor: Actor, case_id: int, reason: str, *, forms: Collection[str], now: datetime
) -> int:
    """Ask for a report. One that the worker has not prepared yet is not asked for twice.

    Args:
        forms: the platforms of which it is known how to report to them.

    Returns:
        The requested action's id.

    Raises:
        NotFound: there is no such case.
        Conflict: the decision does not uphold it, the comment is gone, its platform is not one that is
            reported to from here, or a report on it is under way.
        RevisionChanged: the comment changed since the decision.
    """
    comment, case = locked(session, case_id)
    decision = latest_decision(session, case_id)
    if decision is None or decision.verdict != "upheld":
        raise _not_asked(f"Case {case_id} is not upheld.", "Only an upheld comment is reported.")
    if comment.platform not in forms:
        raise _not_asked(
            f"Upstander does not know how a comment from {comment.platform} is reported.",
            "Report it in the app where it was seen, and note that on the case.",
        )
    if comment.gone_at is not None:
        raise _not_asked("The comment is no longer there.", "There is nothing left to report.")
    must_be_newest(session, comment, decision.revision_id)
    waiting = _waiting(session, comment.id)
    if waiting is not None and dead_end(session, waiting, now) is None:
        return waiting.id
    there = report_under_way(session, comment.id, decision.revision_id)
    if there is not None:
        raise _not_asked(f"Report {there} on it is under way.", f"`upstander report show {there}` shows it.")
    said = reason.strip() or "Asked for on the decision's own reason."
    return request_action(session, actor, case, decision, KIND, now=now, reason=said)


def _waiting(session: Session, comment_id: int) -> t.RequestedAction | None:
    """The newest request for a report on a comment that the worker has not prepared yet."""
    return session.scalar(
        select(t.RequestedAction)
        .where(
            t.RequestedAction.comment_id == comment_id,
            t.RequestedAction.kind == KIND,
            t.RequestedAction.state == "requested",
        )
        .order_by(t.RequestedAction.id.desc())
        .limit(1)
    )


def report_under_way(session: Session, comment_id: int, revision_id: int) -> int | None:
    """The report on these words that waits to be filed or answered; None where there is none."""
    found: int | None = session.scalar(
        select(t.PlatformReport.id)
        .join(t.RequestedAction, t.RequestedAction.id == t.PlatformReport.requested_action_id)
        .where(
            t.PlatformReport.comment_id == comment_id,
            t.PlatformReport.state.in_(("prepared", "filed", "no_answer")),
            t.RequestedAction.revision_id == revision_id,
        )
        .limit(1)
    )
    return found


def _not_asked(happened: str, do: str) -> Conflict:
    return Conflict(happened, safe="Nothing was asked for.", do=do)
