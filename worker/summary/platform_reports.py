"""Reports to the platforms: what waits for a person, and what came of them in a week. Counts only."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import datetime, timedelta

from sqlalchemy import ColumnElement, func, select
from sqlalchemy.orm import Session, aliased

from worker.clock import for_people
from worker.review.report_asking import KIND
from worker.review.report_tasks import MISTAKE
from worker.settings_review import Reports
from worker.store import tables as t
from worker.store.reports import REPORT_OUTCOMES
from worker.summary import words
from worker.summary.about_cases import OfCase, for_everybody
from worker.summary.counts import Span
from worker.summary.second_people import FOUND_WITH
from worker.working_days import WorkingDays

#: A request that waits longer than this is not merely being prepared.
_TOO_LONG = timedelta(minutes=10)


def report_problems(session: Session, settings: Reports, days: WorkingDays, now: datetime) -> Iterator[str]:
    """One sentence for each kind of thing that a person should have done about reports by now.

    Args:
        days: which days are worked.
    """
    yield from for_everybody(session, _not_prepared(session, now))
    prepared = session.scalars(
        select(t.PlatformReport.prepared_at)
        .where(t.PlatformReport.state == "prepared")
        .order_by(t.PlatformReport.prepared_at)
    ).all()
    late = [each for each in prepared if days.days_after(each, settings.file_working_days) < now]
    if late:
        yield (
            f"{words.counted(len(late), 'report')} to a platform {_are(len(late))} prepared and not filed,"
            f" the oldest since {for_people(late[0])}: `upstander report list --state prepared`."
        )
    unanswered = _count(
        session,
        t.PlatformReport.state == "filed",
        t.PlatformReport.filed_at < now - timedelta(days=settings.remind_days),
    )
    if unanswered:
        yield (
            f"{words.counted(unanswered, 'report')} to a platform {_are(unanswered)} filed and without an"
            f" answer for over {words.counted(settings.remind_days, 'day')}: look for it, and note it with"
            " `upstander report outcome`."
        )
    mistaken = (
        select(func.count(func.distinct(t.Task.about_id)))
        .select_from(t.Task)
        .where(t.Task.kind == MISTAKE, t.Task.done_at.is_(None))
    )
    wrong = session.scalar(mistaken) or 0
    if wrong:
        yield (
            f"{words.counted(wrong, 'report')} to a platform {_are(wrong)} on a decision that was overturned"
            " since: tell the platform, then `upstander report withdraw`."
        )


def _not_prepared(session: Session, now: datetime) -> Iterator[OfCase]:
    """Requests that the worker refused although the case is still upheld, or has not come to."""
    newest = (
        select(func.max(t.RequestedAction.id))
        .where(t.RequestedAction.kind == KIND)
        .group_by(t.RequestedAction.comment_id)
    )
    verdict = (
        select(t.Decision.verdict)
        .where(t.Decision.case_id == t.RequestedAction.case_id)
        .order_by(t.Decision.id.desc())
        .limit(1)
        .scalar_subquery()
    )
    reported = aliased(t.RequestedAction)
    there = (
        select(t.PlatformReport.id)
        .join(reported, reported.id == t.PlatformReport.requested_action_id)
        .where(
            reported.comment_id == t.RequestedAction.comment_id,
            reported.revision_id == t.RequestedAction.revision_id,
            t.PlatformReport.state != "withdrawn",
        )
    )
    rows = session.scalars(
        select(t.RequestedAction)
        .join(t.Comment, t.Comment.id == t.RequestedAction.comment_id)
        .where(
            t.RequestedAction.id.in_(newest),
            t.RequestedAction.state.in_(("requested", "refused")),
            t.Comment.gone_at.is_(None),
            t.Comment.revision_id == t.RequestedAction.revision_id,
            verdict == "upheld",
            ~there.exists(),
        )
        .order_by(t.RequestedAction.id)
    )
    for row in rows:
        if row.state == "refused":
            why = words.clean(row.detail or "")[:300]
            yield OfCase(
                row.case_id,
                f"Case {row.case_id}: the platform report that was asked for was refused. {why}"
                f" Ask again with `upstander report ask {row.case_id}`.",
                FOUND_WITH,
            )
        elif row.requested_at < now - _TOO_LONG:
            yield OfCase(
                row.case_id,
                f"Case {row.case_id}: the report to the platform that was asked for on"
                f" {for_people(row.requested_at)} is not prepared yet: is the evidence sealed?",
                FOUND_WITH,
            )


def report_figures(session: Session, span: Span) -> Mapping[str, int]:
    """How many reports were prepared, filed and answered in a span, by the outcome that was noted last."""
    found = {
        "prepared": _count(session, span.holds(t.PlatformReport.prepared_at)),
        "filed": _count(session, span.holds(t.PlatformReport.filed_at)),
    }
    for outcome in REPORT_OUTCOMES:
        found[outcome] = _count(
            session, t.PlatformReport.outcome == outcome, span.holds(t.PlatformReport.outcome_at)
        )
    return found


def _count(session: Session, *conditions: ColumnElement[bool]) -> int:
    return session.scalar(select(func.count()).select_from(t.PlatformReport).where(*conditions)) or 0


def _are(count: int) -> str:
    return "is" if count == 1 else "are"
