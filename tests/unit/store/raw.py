"""Raw SQL as the application's own role."""

from __future__ import annotations

from typing import Any

from sqlalchemy import text
from sqlalchemy.exc import DBAPIError

from tests.unit.evidence.requests import requested
from tests.unit.evidence.world import World

INSERT = (
    "INSERT INTO actions (requested_action_id, snapshot_id, comment_id, snapshot_state, kind, state, calls,"
    " started_at) VALUES (:request, :snapshot, :comment, :sealed, :kind, 'started', 0, '2026-11-16 10:00:00')"
)


def run(world: World, statement: str, **values: Any) -> int:
    """Run raw SQL as the application's own role; the number of rows it touched."""
    with world.store.write() as session:
        result = session.connection().execute(text(statement), values)
        return int(result.rowcount)


def refused(world: World, statement: str, **values: Any) -> bool:
    """Whether the database refuses raw SQL."""
    try:
        run(world, statement, **values)
    except DBAPIError:
        return True
    return False


def action(world: World, **changes: Any) -> dict[str, Any]:
    """The values of an action that may exist, with some of them changed."""
    request = requested(world, world.comment_id, world.case_id, world.revision_id)
    values = {
        "request": request,
        "snapshot": world.snapshot_id,
        "comment": world.comment_id,
        "sealed": "sealed",
        "kind": "hide",
    }
    return values | changes
