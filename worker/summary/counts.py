"""Counting: one indexed query a question, the same on both databases. No comment's words are loaded."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any, NamedTuple, TypeVar

from sqlalchemy import (
    ColumnElement,
    ScalarSelect,
    Select,
    and_,
    case,
    func,
    or_,
    select,
)
from sqlalchemy.orm import Session, aliased

from worker.store import tables as t
from worker.store.platform import HANDED_IN, SEVERITIES

#: What can come of a requested action: done by us, already so, left to a person in the platform's own app,
#: refused by a rule of ours or by the second person, failed at the platform, taken back, only rehearsed,
#: still waiting at the week's end. The last counts some of them again: what one person decided on alone.
RESULTS = (
    "done",
    "already",
    "outside",
    "refused",
    "failed",
    "withdrawn",
    "rehearsed",
    "waiting",
    "alone",
)

#: States of what went to HR when it was handed in: nobody judges it, so it is no case of the queue's.
NEVER_JUDGED = ("routed", "closed")

_Key = TypeVar("_Key")


@dataclass(frozen=True, slots=True)
class Span:
    """A stretch of time: `start` is in it, `end` is not."""

    start: datetime
    end: datetime

    def holds(self, moment: Any) -> ColumnElement[bool]:
        """The condition that a column's moment lies in it."""
        return and_(moment >= self.start, moment < self.end)


class Opened(NamedTuple):
    """What cases opened are counted by."""

    platform: str
    severity: str


class Decided(NamedTuple):
    """What cases decided are counted by."""

    platform: str
    verdict: str
    severity: str


@dataclass(frozen=True, slots=True)
class Backlog:
    """Cases not decided at one moment."""

    by_severity: dict[str, int]
    oldest_at: datetime | None
    overdue: int


@dataclass(frozen=True, slots=True)
class Evidence:
    """Core snapshots: sealed in a span, pending at its end."""

    sealed: int
    pending: int
    oldest_at: datetime | None


def totals(
    counted: Mapping[_Key, int], of: Callable[[_Key], str], always: Iterable[str] = ()
) -> dict[str, int]:
    """Add counts up by one part of their key; the names in `always` are there even with zero."""
    found = dict.fromkeys(always, 0)
    for key, count in counted.items():
        found[of(key)] = found.get(of(key), 0) + count
    return found


def watched_since(session: Session) -> datetime | None:
    """When the first account on a platform was added; None where nothing is watched."""
    first = select(func.min(t.Account.created_at)).where(t.Account.platform != HANDED_IN)
    since: datetime | None = session.scalar(first)
    return since


def received(session: Session, span: Span) -> dict[str, int]:
    """Comments first seen in the span, by platform; zero for a platform with an account but no comment."""
    platforms = session.scalars(
        select(t.Account.platform)
        .where(t.Account.created_at < span.end, t.Account.platform != HANDED_IN)
        .distinct()
    )
    rows = session.execute(
        select(t.Comment.platform, func.count().label("number"))
        .where(span.holds(t.Comment.first_seen_at), t.Comment.platform != HANDED_IN)
        .group_by(t.Comment.platform)
    )
    return dict.fromkeys(sorted(platforms), 0) | {row.platform: row.number for row in rows}


def queued(session: Session, span: Span) -> dict[Opened, int]:
    """Cases opened in the span; not what went to HR when it was handed in."""
    rows = session.execute(
        select(t.Comment.platform, t.Case.severity, func.count())
        .join(t.Comment, t.Comment.id == t.Case.comment_id)
        .where(span.holds(t.Case.opened_at), t.Case.state.not_in(NEVER_JUDGED))
        .group_by(t.Comment.platform, t.Case.severity)
    )
    return {Opened(platform, severity): count for platform, severity, count in rows}


def decided(session: Session, span: Span) -> dict[Decided, int]:
    """Cases that had a decision in the span, each with its latest in it."""
    rows = session.execute(
        select(t.Comment.platform, t.Decision.verdict, t.Decision.severity, func.count())
        .join(t.Case, t.Case.id == t.Decision.case_id)
        .join(t.Comment, t.Comment.id == t.Case.comment_id)
        .where(t.Decision.id.in_(_latest(span)))
        .group_by(t.Comment.platform, t.Decision.verdict, t.Decision.severity)
    )
    return {Decided(platform, verdict, severity or ""): count for platform, verdict, severity, count in rows}


def upheld_by_category(session: Session, span: Span) -> dict[str, int]:
    """Upheld cases of the span by category, the most frequent first."""
    count = func.count().label("number")
    rows = session.execute(
        select(t.DecisionCategory.category, count)
        .join(t.Decision, t.Decision.id == t.DecisionCategory.decision_id)
        .where(t.Decision.id.in_(_latest(span)), t.Decision.verdict == "upheld")
        .group_by(t.DecisionCategory.category)
        .order_by(count.desc(), t.DecisionCategory.category)
    )
    return {row.category: row.number for row in rows}


def overturned(session: Session, span: Span) -> int:
    """Decisions of the span that turned an earlier verdict round."""
    earlier = aliased(t.Decision)
    verdicts = ("upheld", "not_upheld")
    return _number(
        session,
        select(func.count())
        .select_from(t.Decision)
        .join(earlier, earlier.id == t.Decision.supersedes_id)
        .where(
            span.holds(t.Decision.decided_at),
            t.Decision.verdict.in_(verdicts),
            earlier.verdict.in_(verdicts),
            t.Decision.verdict != earlier.verdict,
        ),
    )


def actions(session: Session, span: Span) -> dict[str, dict[str, int]]:
    """Requested actions that ended in the span, or were still waiting at its end, by kind and result."""
    waiting = or_(t.RequestedAction.finished_at.is_(None), t.RequestedAction.finished_at >= span.end)
    result = case(
        (waiting, "waiting"),
        (
            t.RequestedAction.state.in_(("outside", "refused", "failed", "withdrawn", "rehearsed")),
            t.RequestedAction.state,
        ),
        # Nothing was sent: the comment was found as wished, or gone before there was an action at all.
        (func.coalesce(t.Action.calls, 0) == 0, "already"),
        else_="done",
    )
    rows = session.execute(
        select(t.RequestedAction.kind, result, func.count())
        .join(t.Action, t.Action.requested_action_id == t.RequestedAction.id, isouter=True)
        .where(
            or_(
                span.holds(t.RequestedAction.finished_at),
                and_(waiting, t.RequestedAction.requested_at < span.end),
            )
        )
        .group_by(t.RequestedAction.kind, result)
        .order_by(t.RequestedAction.kind)
    )
    found: dict[str, dict[str, int]] = {}
    for kind, name, count in rows:
        found.setdefault(kind, dict.fromkeys(RESULTS, 0))[name] = count
    for kind, count in _alone(session, span).items():
        found.setdefault(kind, dict.fromkeys(RESULTS, 0))["alone"] = count
    return found


def _alone(session: Session, span: Span) -> dict[str, int]:
    """For how many actions somebody broke the glass in the span, by kind."""
    rows = session.execute(
        select(t.RequestedAction.kind, func.count().label("number"))
        .join(t.Approval, t.Approval.requested_action_id == t.RequestedAction.id)
        .where(t.Approval.verdict == "broke_glass", span.holds(t.Approval.at))
        .group_by(t.RequestedAction.kind)
        .order_by(t.RequestedAction.kind)
    )
    return {row.kind: row.number for row in rows}


def backlog(session: Session, at: datetime) -> Backlog:
    """Cases not decided at a moment, by the severity they have now."""
    overdue = func.sum(case((t.Case.due_at < at, 1), else_=0))
    rows = session.execute(
        select(t.Case.severity, func.count(), func.min(t.Case.opened_at), overdue)
        .where(*undecided(at))
        .group_by(t.Case.severity)
    ).all()
    by_severity = dict.fromkeys(SEVERITIES, 0) | {severity: count for severity, count, _, _ in rows}
    return Backlog(
        by_severity=by_severity,
        oldest_at=min((oldest for _, _, oldest, _ in rows), default=None),
        overdue=sum(late for _, _, _, late in rows),
    )


def undecided(at: datetime) -> tuple[ColumnElement[bool], ...]:
    """The conditions of the cases that were not decided at a moment."""
    # The first three pick few rows by index; a correction moves closed_at, so the last one decides.
    return (
        t.Case.opened_at < at,
        t.Case.state.not_in(NEVER_JUDGED),
        or_(t.Case.closed_at.is_(None), t.Case.closed_at >= at),
        func.coalesce(_verdict_at(at), "needs_advice") == "needs_advice",
    )


def evidence(session: Session, span: Span) -> Evidence:
    """Core snapshots sealed in the span and pending at its end."""
    sealed = _number(
        session,
        select(func.count())
        .select_from(t.Snapshot)
        .where(t.Snapshot.kind == "core", span.holds(t.Snapshot.sealed_at)),
    )
    pending, oldest = session.execute(
        select(func.count(), func.min(t.Snapshot.asked_at)).where(
            t.Snapshot.kind == "core",
            t.Snapshot.asked_at < span.end,
            or_(t.Snapshot.sealed_at.is_(None), t.Snapshot.sealed_at >= span.end),
        )
    ).one()
    return Evidence(sealed, pending, oldest)


def stuck_jobs(session: Session) -> dict[str, int]:
    """Jobs that are out of attempts now, by kind."""
    rows = session.execute(
        select(t.Job.kind, func.count().label("number"))
        .where(t.Job.state == "stuck")
        .group_by(t.Job.kind)
        .order_by(t.Job.kind)
    )
    return {row.kind: row.number for row in rows}


def _verdict_at(at: datetime) -> ScalarSelect[str]:
    """The verdict that stood on a case at a moment."""
    return (
        select(t.Decision.verdict)
        .where(t.Decision.case_id == t.Case.id, t.Decision.decided_at < at)
        .order_by(t.Decision.id.desc())
        .limit(1)
        .scalar_subquery()
    )


def _latest(span: Span) -> Select[int]:
    # Decisions are only ever added, so that the later one has the greater number.
    return (
        select(func.max(t.Decision.id)).where(span.holds(t.Decision.decided_at)).group_by(t.Decision.case_id)
    )


def _number(session: Session, query: Select[int]) -> int:
    return session.scalar(query) or 0
