"""What was decided and done on a case so far, and the evidence that was captured."""

from __future__ import annotations

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from worker.review.view import ActionView, DecisionView, SnapshotView
from worker.store import tables as t


def latest_decision(session: Session, case_id: int) -> t.Decision | None:
    """The decision that counts: the newest of the case."""
    return session.scalar(
        select(t.Decision).where(t.Decision.case_id == case_id).order_by(t.Decision.id.desc()).limit(1)
    )


def decisions_of(session: Session, case_id: int) -> tuple[DecisionView, ...]:
    """Every decision on a case, oldest first."""
    rows = session.execute(
        select(t.Decision, t.Person.name)
        .join(t.Person, t.Person.id == t.Decision.person_id)
        .where(t.Decision.case_id == case_id)
        .order_by(t.Decision.id)
    )
    decided = rows.all()
    categories: dict[int, list[str]] = {}
    for decision_id, category in session.execute(
        select(t.DecisionCategory.decision_id, t.DecisionCategory.category)
        .where(t.DecisionCategory.decision_id.in_([decision.id for decision, _ in decided]))
        .order_by(t.DecisionCategory.category)
    ):
        categories.setdefault(decision_id, []).append(category)
    return tuple(
        DecisionView(
            id=row.id,
            revision_id=row.revision_id,
            person=name,
            verdict=row.verdict,
            severity=row.severity,
            categories=tuple(categories.get(row.id, ())),
            reason=row.reason,
            supersedes_id=row.supersedes_id,
            decided_at=row.decided_at,
        )
        for row, name in decided
    )


def actions_of(session: Session, case_id: int) -> tuple[ActionView, ...]:
    """Every requested action of a case with what came of it, oldest first."""
    rows = session.execute(
        select(
            t.RequestedAction,
            t.Person.name,
            func.coalesce(t.Action.outcome, t.RequestedAction.detail).label("outcome"),
            func.coalesce(t.Action.calls, 0).label("calls"),
            t.Action.verified_at,
        )
        .join(t.Person, t.Person.id == t.RequestedAction.requested_by)
        .outerjoin(t.Action, t.Action.requested_action_id == t.RequestedAction.id)
        .where(t.RequestedAction.case_id == case_id)
        .order_by(t.RequestedAction.id)
    ).all()
    return tuple(
        ActionView(
            requested_action_id=asked.id,
            decision_id=asked.decision_id,
            kind=asked.kind,
            state=asked.state,
            requested_by=name,
            requested_at=asked.requested_at,
            outcome=outcome,
            calls=calls,
            finished_at=asked.finished_at,
            verified_at=verified_at,
        )
        for asked, name, outcome, calls, verified_at in rows
    )


def snapshots_of(session: Session, case_id: int) -> tuple[SnapshotView, ...]:
    """Every snapshot of a case, oldest first."""
    rows = session.scalars(select(t.Snapshot).where(t.Snapshot.case_id == case_id).order_by(t.Snapshot.id))
    return tuple(
        SnapshotView(
            id=row.id,
            revision_id=row.revision_id,
            kind=row.kind,
            state=row.state,
            asked_at=row.asked_at,
            sealed_at=row.sealed_at,
            bag=row.bag,
            destroyed_at=row.destroyed_at,
        )
        for row in rows
    )
