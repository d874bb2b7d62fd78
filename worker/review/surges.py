"""Surges: cases that opened before a pile-on was one rise with it. Looked for now and then, at small cost."""

from __future__ import annotations

from dataclasses import dataclass

from sqlalchemy import select

from worker.clock import Clock
from worker.ledger import audit
from worker.ledger.audit import Actor
from worker.review.clocks import Clocks
from worker.review.order import WAITING
from worker.review.reckoning import pile_ons, reckon
from worker.store import tables as t
from worker.store.session import Store

#: Reckoned at one look; the newest first, so that what goes on is up to date.
_MOST = 500
_LOOKING = Actor(None, "surges")


@dataclass(frozen=True)
class Surges:
    """Keeps the priorities of a pile-on's cases up to date."""

    store: Store
    clock: Clock
    clocks: Clocks

    def schedule(self) -> int:
        """Reckon again what waits under posts with a pile-on.

        Returns:
            How many cases have another priority, or another reason for it, now.
        """
        now = self.clock.now()
        with self.store.read() as session:
            posts = pile_ons(session, clocks=self.clocks, now=now)
        if not posts:
            return 0
        with self.store.write() as session:
            # Locked first: an edit or a flag that comes in between must not be written over.
            cases = session.scalars(
                select(t.Case.id)
                .join(t.Comment, t.Comment.id == t.Case.comment_id)
                .where(
                    t.Comment.post_id.in_(posts),
                    t.Case.opened_at > now - 2 * self.clocks.pile_on_window,
                    WAITING,
                )
                .order_by(t.Case.id.desc())
                .limit(_MOST)
                .with_for_update(of=t.Case, skip_locked=True)
            ).all()
            changed = reckon(session, cases, clocks=self.clocks)
            if changed:
                detail = {"posts": posts, "changed": changed}
                audit.record(session, _LOOKING, "pile_on_reckoned", "queue", None, now=now, detail=detail)
        return changed
