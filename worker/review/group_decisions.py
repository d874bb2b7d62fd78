"""One decision on several cases of a group: which cases it is about, and which of them it still counts for.

Each case keeps a decision of its own; one that is corrected stands for itself from then on.
"""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import ColumnElement, Select, select
from sqlalchemy.orm import Session, aliased

from worker.errors import Conflict
from worker.ledger.audit import Actor
from worker.store import tables as t

#: As tasks and the audit name it.
ABOUT = "group_decision"


def begin(session: Session, actor: Actor, group_id: int, token: str | None, *, now: datetime) -> int:
    """Note that somebody begins to decide on members of a group.

    Args:
        token: of the list that they were shown; None where they named single members.

    Returns:
        The group decision's number.
    """
    row = t.GroupDecision(group_id=group_id, person_id=actor.person_id, token=token, begun_at=now)
    session.add(row)
    session.flush()
    return row.id


def add(session: Session, actor: Actor, number: int, decision_id: int) -> t.GroupDecision:
    """Make a decision on one case part of a group decision, in the transaction that writes it.

    Returns:
        The group decision, kept from changing: who adds its tasks and who ends them do not miss each other.

    Raises:
        Conflict: that group decision is somebody else's, or is over.
    """
    row = session.get(t.GroupDecision, number, with_for_update=True, populate_existing=True)
    if row is None or row.person_id != actor.person_id or row.ended_at is not None:
        raise Conflict(
            f"You are not deciding on a group under number {number}.",
            safe="Nothing was decided.",
            do="Look at the group again, and decide on what is shown.",
        )
    session.add(t.DecidedTogether(decision_id=decision_id, group_decision_id=number))
    session.flush()
    return row


def end(session: Session, number: int, *, now: datetime) -> None:
    """Note that no more members will be decided."""
    session.get_one(t.GroupDecision, number, with_for_update=True).ended_at = now


def counting(number: int) -> Select[t.Decision]:
    """The decisions of a group decision that were not corrected since, by case."""
    return (
        select(t.Decision)
        .join(t.DecidedTogether, t.DecidedTogether.decision_id == t.Decision.id)
        .where(t.DecidedTogether.group_decision_id == number, _not_corrected())
        .order_by(t.Decision.case_id)
    )


def that_counts(case_id: int) -> Select[int]:
    """The group decision that the decision that counts on a case is part of, if there is one."""
    return ever(case_id).where(_not_corrected())


def ever(case_id: int) -> Select[int]:
    """The group decisions that a case was part of, whether or not it was corrected since."""
    return (
        select(t.DecidedTogether.group_decision_id)
        .join(t.Decision, t.Decision.id == t.DecidedTogether.decision_id)
        .where(t.Decision.case_id == case_id)
        .order_by(t.DecidedTogether.group_decision_id)
    )


def overtaken(number: int) -> Select[int]:
    """The earlier group decisions of whose cases some were decided anew in this one, the earliest first."""
    cases = counting(number).with_only_columns(t.Decision.case_id).order_by(None)
    return (
        select(t.DecidedTogether.group_decision_id)
        .join(t.Decision, t.Decision.id == t.DecidedTogether.decision_id)
        .where(t.Decision.case_id.in_(cases), t.DecidedTogether.group_decision_id < number)
        .distinct()
        .order_by(t.DecidedTogether.group_decision_id)
    )


def _not_corrected() -> ColumnElement[bool]:
    newer = aliased(t.Decision)
    return ~select(newer.id).where(newer.supersedes_id == t.Decision.id).exists()
