"""What was asked of a platform and did not come to be, so that nobody believes it did."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime, timedelta

from sqlalchemy import ColumnElement, Select, and_, case, func, or_, select
from sqlalchemy.orm import Session

from worker.clock import for_people
from worker.review.kinds import ABOUT_AUTHORS, OPPOSITES, RESTORING, words_of
from worker.store import tables as t
from worker.store.casework import ACTION_KINDS
from worker.summary import words
from worker.summary.about_cases import OfCase, for_everybody
from worker.summary.second_people import FOUND_WITH, action_problems

#: An action that waits longer than this is not merely busy.
_TOO_LONG = timedelta(minutes=10)
#: A person files it, and nothing on the platform shows that: told by `platform_reports`.
_REPORT = "platform_report"


def undone(session: Session, now: datetime) -> Iterator[str]:
    """What is not as it was asked to be, in words for everybody: what, why, what to do."""
    yield from for_everybody(session, not_as_asked(session, now))


def not_as_asked(session: Session, now: datetime) -> Iterator[str | OfCase]:
    """Each comment or author that is not as the newest request asked.

    Its request failed, was refused or left to a person's hands, waits for too long, or was carried out
    and undone since. Left out is what nobody has to do anything about: the comment is gone, or is as
    wished by now; the takedown was never sent and is no longer wanted; it was refused by the second person,
    or because the words changed, and their new case stands in the queue.
    """
    asked = (
        select(t.RequestedAction)
        .join(t.Comment, t.Comment.id == t.RequestedAction.comment_id)
        .where(
            t.RequestedAction.id.in_(_newest()),
            or_(t.Comment.gone_at.is_(None), t.RequestedAction.kind.in_(sorted(ABOUT_AUTHORS))),
        )
        .order_by(t.RequestedAction.id)
    )
    for row in session.scalars(asked.where(*_ended_badly())):
        why = words.clean(row.detail or "")[:300]
        yield OfCase(
            row.case_id,
            f"Case {row.case_id}: the request to {words_of(row.kind)} ended as {row.state}. {why}"
            f" See `upstander act list`; ask again with `upstander act {row.kind} {row.case_id}`, or do it in"
            " the platform's own app.",
            FOUND_WITH,
        )
    visible_again = asked.where(
        t.RequestedAction.state == "carried_out",
        t.RequestedAction.kind == "hide",
        t.Comment.hidden.is_(False),
    )
    for row in session.scalars(visible_again):
        yield OfCase(
            row.case_id,
            f"Case {row.case_id}: the comment was hidden or gone, and is visible again."
            f" Ask again with `upstander act hide {row.case_id}`.",
            FOUND_WITH,
        )
    yield from _waiting(session, now)
    yield from action_problems(session, now)


def _waiting(session: Session, now: datetime) -> Iterator[OfCase]:
    """Requests that wait although nothing failed for good: a token to be renewed, evidence not sealed."""
    late = (
        select(t.RequestedAction)
        .where(
            t.RequestedAction.state == "requested",
            t.RequestedAction.requested_at < now - _TOO_LONG,
            t.RequestedAction.kind != _REPORT,
        )
        .order_by(t.RequestedAction.id)
    )
    unfinished = select(t.Job).where(t.Job.kind == "act", t.Job.state.in_(("waiting", "stuck")))
    jobs = {job.key: job for job in session.scalars(unfinished)}
    for row in session.scalars(late):
        job = jobs.get(f"act:{row.id}")
        if job is not None and job.state == "stuck":
            continue  # Told as a stuck job: it does not go on by itself.
        why = words.clean(job.last_error or "" if job else "")[:300]
        yield OfCase(
            row.case_id,
            f"Case {row.case_id}: the request to {words_of(row.kind)} waits since"
            f" {for_people(row.requested_at)}. {why or 'Look at the log.'} Nothing is lost: it goes on by"
            " itself once that is mended.",
            FOUND_WITH,
        )


def _newest() -> Select[int]:
    """Of each thing that can be done and undone, and of deletions; reports are told apart."""
    family = case(
        {kind: min(kind, OPPOSITES.get(kind, kind)) for kind in ACTION_KINDS},
        value=t.RequestedAction.kind,
    )
    return (
        select(func.max(t.RequestedAction.id))
        .where(t.RequestedAction.kind != _REPORT)
        .group_by(t.RequestedAction.comment_id, family)
    )


def _ended_badly() -> tuple[ColumnElement[bool], ...]:
    verdict = (
        select(t.Decision.verdict)
        .where(t.Decision.case_id == t.RequestedAction.case_id)
        .order_by(t.Decision.id.desc())
        .limit(1)
        .scalar_subquery()
    )
    sent = (
        select(t.Action.id)
        .where(t.Action.requested_action_id == t.RequestedAction.id, t.Action.calls > 0)
        .exists()
    )
    queued = (
        select(t.Case.id)
        .where(t.Case.comment_id == t.RequestedAction.comment_id, t.Case.state != "decided")
        .exists()
    )
    hide, unhide = t.RequestedAction.kind == "hide", t.RequestedAction.kind == "unhide"
    as_wished = or_(and_(hide, t.Comment.hidden.is_(True)), and_(unhide, t.Comment.hidden.is_(False)))
    takes_down = t.RequestedAction.kind.not_in(sorted(RESTORING))
    not_wanted = and_(takes_down, func.coalesce(verdict, "") != "upheld", ~sent)
    second = select(t.Approval.id).where(
        t.Approval.requested_action_id == t.RequestedAction.id, t.Approval.verdict == "refused"
    )
    # What is about authors and ended outside was done by a person, who said so.
    badly = or_(
        t.RequestedAction.state.in_(("failed", "refused")),
        and_(t.RequestedAction.state == "outside", or_(hide, unhide)),
    )
    return (
        badly,
        ~second.exists(),
        ~as_wished,
        ~not_wanted,
        ~and_(t.RequestedAction.state == "refused", queued),
    )
