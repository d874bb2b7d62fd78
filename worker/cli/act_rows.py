"""Requested actions as `upstander act list` shows them."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from sqlalchemy import and_, case, func, select
from sqlalchemy.orm import aliased

from worker.review.access import visible_to
from worker.review.rights import Right, require
from worker.store import tables as t

if TYPE_CHECKING:
    from worker.bootstrap import App
    from worker.ledger.audit import Actor


def action_rows(app: App, actor: Actor, state: str | None, limit: int) -> list[dict[str, Any]]:
    """Requested actions on cases that the actor may see, the newest first.

    Raises:
        NotAllowed: the actor may not see the queue.
    """
    require(app.store, app.clock, actor, Right.VIEW_QUEUE, "requested_action")
    asked, second = t.RequestedAction, aliased(t.Person)
    agreed = and_(
        t.Approval.requested_action_id == asked.id, t.Approval.verdict.in_(("approved", "broke_glass"))
    )
    chosen = (
        select(
            asked.id.label("requested_action_id"),
            asked.case_id,
            asked.kind,
            asked.state,
            t.Person.name.label("requested_by"),
            asked.requested_at,
            asked.reason,
            case((t.Approval.verdict == "broke_glass", "nobody: alone"), else_=second.name).label(
                "second_person"
            ),
            func.coalesce(t.Action.outcome, asked.detail).label("outcome"),
            t.Action.snapshot_id,
            t.Action.calls,
            t.Action.verified_at,
            t.PlatformReport.state.label("report_state"),
        )
        .join(t.Person, t.Person.id == asked.requested_by)
        .join(t.Case, t.Case.id == asked.case_id)
        .outerjoin(t.Action, t.Action.requested_action_id == asked.id)
        .outerjoin(t.PlatformReport, t.PlatformReport.requested_action_id == asked.id)
        .outerjoin(t.Approval, agreed)
        .outerjoin(second, second.id == t.Approval.person_id)
        .order_by(asked.id.desc())
        .limit(limit)
    )
    if state is not None:
        chosen = chosen.where(asked.state == state)
    with app.store.read() as session:
        seen = chosen.where(visible_to(session, actor))
        return [dict(row) for row in session.execute(seen).mappings()]
