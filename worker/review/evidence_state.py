"""How far the evidence of a revision is, as the queue shows it; sealing and verifying are done elsewhere."""

from __future__ import annotations

from collections.abc import Sequence

from sqlalchemy import select
from sqlalchemy.orm import Session

from worker.store import tables as t

#: What was met at a comment's address, as a rendered snapshot's source says it, in words.
PAGES = {
    "content": "a page with the comment on it",
    "wall": "it was a log-in page instead of the comment",
    "gone": "the page was gone",
    "not_shown": "the comment's words were not on the page",
    "blocked": "the page was not opened: our guard refused its address",
    "unreached": "the page could not be reached",
    "failed": "the page could not be opened",
    "no_address": "there was no page: the platform gave no address",
}
#: The only one that shows the comment. Whatever else was sealed is a record of what was met instead.
SHOWS_IT = "content"
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


def page_instead(session: Session, case: t.Case) -> str | None:
    """Why no sealed picture shows the comment on its page, in words; None where one does.

    A page that was met at the address is evidence of what stood there, never of the comment, unless it was
    recognised on it.
    """
    rows = session.execute(
        select(t.Snapshot.state, t.Snapshot.source)
        .where(
            t.Snapshot.case_id == case.id,
            t.Snapshot.revision_id == case.revision_id,
            t.Snapshot.kind == "rendered",
            t.Snapshot.destroyed_at.is_(None),
        )
        .order_by(t.Snapshot.id)
    ).all()
    met = [source for state, source in rows if state == "sealed"]
    if SHOWS_IT in met:
        return None
    if met:
        return (
            f"what was sealed does not show the comment: {PAGES.get(met[-1] or '', 'it is not known what')}"
        )
    return "its page was not captured yet" if rows else "no page was captured"
