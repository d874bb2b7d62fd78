"""Appeals as people see them: what was decided, on which words, and whether its evidence still stands."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import func, select
from sqlalchemy.orm import Session, aliased

from worker.errors import NotFound
from worker.ledger.audit import Actor
from worker.review.access import check_access, visible_to
from worker.review.evidence_state import evidence_states
from worker.review.history import decisions_of, later_case
from worker.review.view import DecisionView
from worker.store import tables as t

#: States in which an appeal still needs a person.
WAITING = ("waiting", "decided_alone")


@dataclass(frozen=True, slots=True)
class AppealLine:
    """One appeal in a list, without anybody's words."""

    id: int
    case_id: int
    by_whom: str
    channel: str
    state: str
    outcome: str | None
    received_at: datetime
    due_at: datetime
    overdue: bool


@dataclass(frozen=True, slots=True)
class AppealView:
    """One appeal with everything that is needed to decide it.

    Attributes:
        words: the appellant's.
        challenged: the decision that it is about, and `since` what was decided after that one.
        judged: the words that were judged, as they were kept; None where there were none or they were erased.
        judged_erased_at: when they were erased.
        changed: whether the comment says something else now; then `now` is that.
        own_case: the case that is about what it says now, where that has one of its own.
        revision_id: the revision that a new decision would be about.
        evidence: sealed, pending, destroyed or missing, of the words that were judged.
        deleted: whether the comment was deleted on the platform, which nothing takes back.
        took_part: the people who decided on the case and so cannot decide the appeal.
    """

    line: AppealLine
    words: str
    logged_by: str
    challenged: DecisionView
    since: tuple[DecisionView, ...]
    judged: str | None
    judged_erased_at: datetime | None
    changed: bool
    now: str | None
    own_case: int | None
    revision_id: int
    hidden: bool | None
    evidence: str
    deleted: bool
    took_part: tuple[str, ...]
    ended_by: str | None
    ended_at: datetime | None
    reason: str | None
    decision_id: int | None
    reply_template: str | None
    break_glass_reason: str | None
    reviewed_by: str | None
    reviewed_at: datetime | None


def appeal_lines(
    session: Session, actor: Actor, states: Sequence[str], *, now: datetime
) -> tuple[AppealLine, ...]:
    """The appeals in some states about cases that the actor may see, the soonest due first."""
    rows = session.scalars(
        select(t.Appeal)
        .join(t.Case, t.Case.id == t.Appeal.case_id)
        .where(t.Appeal.state.in_(states), visible_to(session, actor))
        .order_by(t.Appeal.due_at, t.Appeal.id)
    )
    return tuple(_line(row, now) for row in rows)


def appeal_view(session: Session, actor: Actor, appeal_id: int, *, now: datetime) -> AppealView:
    """One appeal.

    Raises:
        NotFound: there is no such appeal.
        NotAllowed: its case is not for the actor's eyes.
    """
    row = the_appeal(session, appeal_id)
    case = check_access(session, actor, row.case_id)
    comment = session.get_one(t.Comment, case.comment_id)
    decisions = decisions_of(session, case.id)
    challenged = next(each for each in decisions if each.id == row.about_decision_id)
    judged = session.get_one(t.Revision, challenged.revision_id)
    newest = session.get(t.Revision, comment.revision_id) if comment.revision_id is not None else None
    changed = newest is not None and newest.id != judged.id
    own_case = later_case(session, case) if changed else None
    states = evidence_states(session, [(comment.id, judged.id)])
    return AppealView(
        line=_line(row, now),
        words=row.words,
        logged_by=_name(session, row.logged_by) or "",
        challenged=challenged,
        since=tuple(each for each in decisions if each.id > challenged.id),
        judged=judged.text,
        judged_erased_at=judged.erased_at,
        changed=changed,
        now=newest.text if changed and newest is not None else None,
        own_case=own_case,
        revision_id=newest.id if newest is not None and own_case is None else case.revision_id,
        hidden=comment.hidden,
        evidence=states.get((comment.id, judged.id), "missing"),
        deleted=_deleted(session, case.id),
        took_part=_took_part(session, row),
        ended_by=_name(session, row.ended_by),
        ended_at=row.ended_at,
        reason=row.reason,
        decision_id=row.decision_id,
        reply_template=row.reply_template,
        break_glass_reason=row.break_glass_reason,
        reviewed_by=_name(session, row.reviewed_by),
        reviewed_at=row.reviewed_at,
    )


def the_appeal(session: Session, appeal_id: int, *, to_change: bool = False) -> t.Appeal:
    """An appeal by its number.

    Args:
        to_change: keep it from being changed by others until the transaction ends.

    Raises:
        NotFound: there is none.
    """
    query = select(t.Appeal).where(t.Appeal.id == appeal_id)
    if to_change:
        query = query.with_for_update().execution_options(populate_existing=True)
    row = session.scalars(query).one_or_none()
    if row is None:
        raise NotFound(
            f"There is no appeal {appeal_id}.", do="`upstander appeal list` shows those that wait."
        )
    return row


def _line(row: t.Appeal, now: datetime) -> AppealLine:
    return AppealLine(
        id=row.id,
        case_id=row.case_id,
        by_whom=row.by_whom,
        channel=row.channel,
        state=row.state,
        outcome=row.outcome,
        received_at=row.received_at,
        due_at=row.due_at,
        overdue=row.state == "waiting" and row.due_at < now,
    )


def _name(session: Session, person_id: int | None) -> str | None:
    return None if person_id is None else session.get_one(t.Person, person_id).name


def _deleted(session: Session, case_id: int) -> bool:
    deleted = select(func.count()).where(
        t.RequestedAction.case_id == case_id,
        t.RequestedAction.kind == "delete",
        t.RequestedAction.state == "carried_out",
    )
    return bool(session.scalar(deleted))


def _took_part(session: Session, row: t.Appeal) -> tuple[str, ...]:
    decision = aliased(t.Decision)
    own = row.decision_id if row.decision_id is not None else 0
    names = session.scalars(
        select(t.Person.name)
        .join(decision, decision.person_id == t.Person.id)
        .where(decision.case_id == row.case_id, decision.id != own)
        .distinct()
        .order_by(t.Person.name)
    )
    return tuple(names)
