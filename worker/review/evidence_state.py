"""How far the evidence of a revision is, as the queue shows it; sealing and verifying are done elsewhere."""

from __future__ import annotations

from collections.abc import Sequence

from sqlalchemy import select
from sqlalchemy.orm import Session

from worker.store import tables as t

#: From the best to the worst: one sealed core snapshot is enough.
_ORDER = ("sealed", "pending", "destroyed")


def evidence_states(session: Session, of: Sequence[tuple[int, int]]) -> dict[tuple[int, int], str]:
    """The state of the core evidence of each revision: sealed, pending or destroyed.

    Args:
        of: comment and revision ids. Those without any snapshot are left out of the answer.
    """
    rows = session.execute(
        select(
            t.Snapshot.comment_id, t.Snapshot.revision_id, t.Snapshot.state, t.Snapshot.destroyed_at
        ).where(t.Snapshot.kind == "core", t.Snapshot.comment_id.in_([comment_id for comment_id, _ in of]))
    )
    best: dict[tuple[int, int], str] = {}
    for comment_id, revision_id, state, destroyed_at in rows:
        now, key = ("destroyed" if destroyed_at else state), (comment_id, revision_id)
        best[key] = min(now, best.get(key, now), key=_ORDER.index)
    return best
