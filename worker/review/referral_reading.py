"""Reading referrals: each look is audited."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from sqlalchemy import select

from worker.clock import Clock
from worker.errors import NotFound
from worker.ledger import audit
from worker.ledger.audit import Actor
from worker.review.guide import Guide
from worker.review.recipients import check_reads, readable
from worker.review.referral_view import ReferralRow, ReferralView, rows_of, sees_of, view_of
from worker.review.rights import Right, permitted, require
from worker.store import tables as t
from worker.store.session import Store


@dataclass(frozen=True)
class Referred:
    """What was referred, for those who referred it and those it was referred to."""

    store: Store
    clock: Clock
    guide: Callable[[], Guide]

    def list(
        self, actor: Actor, *, case_id: int | None = None, state: str | None = None, overdue: bool = False
    ) -> tuple[ReferralRow, ...]:
        """The referrals that somebody may read, the soonest due first; those that ended come last.

        Args:
            overdue: only those that nobody acknowledged in time.
        """
        require(self.store, self.clock, actor, Right.READ_REFERRED, "referral")
        guide, now = self.guide(), self.clock.now()
        with self.store.read() as session:
            person = session.get_one(t.Person, actor.person_id)
            wanted = select(t.Referral).where(readable(person, guide))
            if case_id is not None:
                wanted = wanted.where(t.Referral.case_id == case_id)
            if state is not None:
                wanted = wanted.where(t.Referral.state == state)
            if overdue:
                wanted = wanted.where(t.Referral.state == "made", t.Referral.due_at < now)
            ended = t.Referral.ended_at.is_not(None)
            found = session.scalars(wanted.order_by(ended, t.Referral.due_at, t.Referral.id)).all()
            return rows_of(session, found, guide, now)

    def show(self, actor: Actor, referral_id: int) -> ReferralView:
        """One referral, with exactly what its recipient may see. The look is audited.

        Raises:
            NotFound: there is no such referral.
            NotAllowed: it was not made to them, and they may not refer that case.
        """
        guide, now = self.guide(), self.clock.now()
        right = Right.READ_REFERRED
        with permitted(self.store, self.clock, actor, right, "referral", referral_id) as session:
            row = session.get(t.Referral, referral_id)
            if row is None:
                raise NotFound(
                    f"There is no referral {referral_id}.", do="`upstander refer list` shows them."
                )
            to_them = check_reads(session, actor, row, guide)
            detail = {"case_id": row.case_id, "revision_id": row.revision_id, "sees": list(sees_of(row))}
            detail["as_recipient"] = to_them
            audit.record(session, actor, "viewed", "referral", row.id, now=now, detail=detail)
            return view_of(session, row, guide, now)
