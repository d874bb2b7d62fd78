"""What a person has to do about a report to a platform, and what becomes of that when a decision changes."""

from __future__ import annotations

from collections.abc import Collection
from datetime import datetime, timedelta

from sqlalchemy import ColumnElement, Select, func, select
from sqlalchemy.orm import Session

from worker.ledger import audit
from worker.ledger.audit import Actor
from worker.review.access import role_that_sees
from worker.review.machine import must_lead
from worker.review.tasks import NewTask, add_task, end_task
from worker.store import tables as t

TO_FILE = "report_to_file"
ANSWER = "report_answer"
MISTAKE = "report_mistake"
#: A report that waits for the platform's answer comes back as a task once a week.
AGAIN = timedelta(days=7)
THING = "platform_report"
_OVERTURNED = "The decision behind it was overturned before it was filed."


def add_report_task(
    session: Session,
    actor: Actor,
    report: t.PlatformReport,
    kind: str,
    *,
    due: datetime,
    now: datetime,
) -> int:
    """Add a task about a report for those who work the queue; one that is open already stays alone.

    Returns:
        The task's number.
    """
    case = session.get_one(t.Case, case_of(session, report))
    there = session.scalar(_open(report.id, (kind,)).with_only_columns(t.Task.id))
    if there is not None:
        return int(there)
    earlier = select(func.count()).select_from(t.Task).where(*_about(report.id), t.Task.kind == kind)
    number = (session.scalar(earlier) or 0) + 1
    task = NewTask(
        kind=kind,
        key=f"{kind}:{report.id}:{number}",
        title=_title(kind, report.id, case.id),
        due_at=due,
        case_id=case.id,
        about=(THING, report.id),
        # A restricted case is not for every reviewer to see.
        for_role=role_that_sees(session, case.id, "reviewer", "senior_reviewer"),
    )
    return add_task(session, actor, task, now=now)


def end_report_tasks(
    session: Session, actor: Actor, report_id: int, kinds: Collection[str], outcome: str, *, now: datetime
) -> None:
    """End the open tasks of these kinds about a report."""
    for task in session.scalars(_open(report_id, kinds)).all():
        end_task(session, actor, task, outcome, now=now)


def follow_decision(session: Session, actor: Actor, case_id: int, verdict: str, *, now: datetime) -> None:
    """Let the reports of a case follow a decision on it, in the decision's own transaction.

    What was not filed yet is withdrawn. What the platform knows of already becomes a task: somebody has to
    tell it that it was a mistake. That task ends if a later decision upholds the case after all.

    Args:
        verdict: the decision's.
    """
    reports = session.scalars(
        select(t.PlatformReport)
        .join(t.RequestedAction, t.RequestedAction.id == t.PlatformReport.requested_action_id)
        .where(t.RequestedAction.case_id == case_id, t.PlatformReport.ended_at.is_(None))
        .order_by(t.PlatformReport.id)
        .with_for_update(of=t.PlatformReport)
        .execution_options(populate_existing=True)
    ).all()
    for report in reports:
        if verdict == "upheld":
            end_report_tasks(session, actor, report.id, (MISTAKE,), "The case is upheld again.", now=now)
        elif report.state == "prepared":
            end_report(session, Actor(None, "decision"), report, "withdrawn", _OVERTURNED, now=now)
        else:
            add_report_task(session, actor, report, MISTAKE, due=now + timedelta(days=1), now=now)


def end_report(
    session: Session, actor: Actor, report: t.PlatformReport, state: str, reason: str, *, now: datetime
) -> None:
    """End a report: nothing more is done or expected. Its open tasks end with it.

    Args:
        state: withdrawn or closed.
        reason: in words, kept in the row and not in the audit.
    """
    before = report.state
    must_lead(THING, before, state)
    report.state, report.ended_at, report.ended_by, report.ended_reason = state, now, actor.person_id, reason
    end_report_tasks(session, actor, report.id, (TO_FILE, ANSWER, MISTAKE), f"Report {state}.", now=now)
    detail = {"case_id": case_of(session, report), "before": before, "after": state}
    audit.record(session, actor, state, THING, report.id, now=now, detail=detail)


def case_of(session: Session, report: t.PlatformReport) -> int:
    """The case that a report belongs to."""
    return session.get_one(t.RequestedAction, report.requested_action_id).case_id


def _open(report_id: int, kinds: Collection[str]) -> Select[t.Task]:
    return select(t.Task).where(*_about(report_id), t.Task.kind.in_(kinds), t.Task.done_at.is_(None))


def _about(report_id: int) -> tuple[ColumnElement[bool], ...]:
    return (t.Task.about_type == THING, t.Task.about_id == report_id)


def _title(kind: str, report_id: int, case_id: int) -> str:
    which = f"report {report_id} (case {case_id})"
    return {
        TO_FILE: f"File {which} in the platform's own app. `upstander report show {report_id}` has the"
        " packet.",
        ANSWER: f"Look for the platform's answer to {which}, and note it with `upstander report outcome`.",
        MISTAKE: f"Tell the platform that {which} was a mistake: its decision was overturned. Then"
        f" `upstander report withdraw {report_id}`.",
    }[kind]
