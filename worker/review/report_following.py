"""Following what was filed: a comment that is gone since, and an answer that nobody is reminded of.

What wants something is looked up first. It is then written with its case held before its report, as decisions
hold them: two that wait for each other would both fail.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta

from sqlalchemy import and_, or_, select
from sqlalchemy.orm import Session

from worker.ledger import audit
from worker.ledger.audit import Actor
from worker.review.locked import locked
from worker.review.report_tasks import AGAIN, ANSWER, THING, add_report_task
from worker.store import tables as t

#: An answer is waited for; and beside these, the platform's answer was that the comment stays.
_UNANSWERED = ("filed", "no_answer")
_STANDING = (*_UNANSWERED, "kept")
_ITSELF = Actor(None, "reports")


def to_follow(session: Session) -> Sequence[tuple[int, int]]:
    """The reports that want something, each with its case."""
    reminded = select(t.Task.id).where(
        t.Task.about_type == THING,
        t.Task.about_id == t.PlatformReport.id,
        t.Task.kind == ANSWER,
        t.Task.done_at.is_(None),
    )
    gone = and_(
        t.PlatformReport.state.in_(_STANDING),
        t.PlatformReport.gone_noted_at.is_(None),
        t.Comment.gone_at.is_not(None),
    )
    forgotten = and_(t.PlatformReport.state.in_(_UNANSWERED), ~reminded.exists())
    rows = session.execute(
        select(t.PlatformReport.id, t.RequestedAction.case_id)
        .join(t.Comment, t.Comment.id == t.PlatformReport.comment_id)
        .join(t.RequestedAction, t.RequestedAction.id == t.PlatformReport.requested_action_id)
        .where(or_(gone, forgotten))
        .order_by(t.PlatformReport.id)
    )
    return [(row.id, row.case_id) for row in rows]


def follow(session: Session, report_id: int, case_id: int, *, remind: timedelta, now: datetime) -> None:
    """Do what a report wants, if it still does. Twice changes nothing.

    Args:
        remind: how long after the filing an answer is asked for.
    """
    comment, _ = locked(session, case_id)
    report = session.scalars(
        select(t.PlatformReport)
        .where(t.PlatformReport.id == report_id)
        .with_for_update()
        .execution_options(populate_existing=True)
    ).one()
    if report.state in _STANDING and comment.gone_at is not None and report.gone_noted_at is None:
        report.gone_noted_at = now
        detail = {"case_id": case_id, "gone_at": comment.gone_at.isoformat()}
        audit.record(session, _ITSELF, "gone_noted", THING, report.id, now=now, detail=detail)
    if report.state in _UNANSWERED and report.filed_at is not None:
        first = report.filed_at + remind
        due = first if first > now else now + AGAIN
        add_report_task(session, _ITSELF, report, ANSWER, due=due, now=now)
