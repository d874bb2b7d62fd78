"""Support for staff who were targeted: what was offered, to whom in the words of their work, and the answer.

No name is kept here, and no reason for an answer: whoever declines owes nobody an explanation.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import select

from worker.clock import Clock
from worker.errors import NotFound
from worker.ledger import audit
from worker.ledger.audit import Actor
from worker.review import duties
from worker.review.access import check_access, held_case
from worker.review.machine import NOT_YET, must_lead
from worker.review.referral_words import incomplete, words
from worker.review.rights import Right, permitted
from worker.store import tables as t
from worker.store.referrals import OFFER_STATES, SUPPORT_KINDS
from worker.store.session import Store


@dataclass(frozen=True, slots=True)
class OfferView:
    """One offer of support.

    Attributes:
        offered_to: their work, such as "staff nurse, emergency department".
        state: offered (no answer is known), accepted or declined.
    """

    id: int
    case_id: int
    kind: str
    offered_to: str
    state: str
    offered_by: str
    offered_at: datetime
    answered_at: datetime | None


@dataclass(frozen=True)
class Support:
    """Offers of support on cases."""

    store: Store
    clock: Clock

    def offer(self, actor: Actor, case_id: int, kind: str, offered_to: str, *, state: str = "offered") -> int:
        """Note that support was offered.

        Args:
            kind: occupational_health, employee_assistance, union or manager.
            offered_to: the member of staff by their work, not by name.
            state: what they answered; offered: not known.

        Returns:
            The offer's number.

        Raises:
            ReferralIncomplete: something is missing or not in the closed list.
            NotFound: there is no such case.
        """
        now = self.clock.now()
        if kind not in SUPPORT_KINDS or state not in OFFER_STATES:
            raise incomplete(
                f"Support is one of {', '.join(SUPPORT_KINDS)}; the answer one of {', '.join(OFFER_STATES)}."
            )
        with permitted(self.store, self.clock, actor, Right.REFER, "case", case_id) as session:
            held_case(session, actor, case_id)
            must_lead("support_offer", NOT_YET, state)
            row = t.SupportOffer(
                case_id=case_id,
                kind=kind,
                offered_to=words("member of staff (by their work, not their name)", offered_to),
                state=state,
                offered_by=actor.person_id,
                offered_at=now,
                answered_at=None if state == "offered" else now,
            )
            session.add(row)
            session.flush()
            outcome = f"Support was offered: offer {row.id}."
            duties.fulfil(session, actor, case_id, ("offer_support",), outcome, now)
            detail = {"case_id": case_id, "kind": kind, "state": state}
            audit.record(session, actor, "support_offered", "support_offer", row.id, now=now, detail=detail)
        return row.id

    def answer(self, actor: Actor, offer_id: int, state: str) -> None:
        """Note what the member of staff answered.

        Raises:
            NotFound: there is no such offer.
            IllegalMove: the answer is known already, or is none.
        """
        now = self.clock.now()
        with permitted(self.store, self.clock, actor, Right.REFER, "support_offer", offer_id) as session:
            row = session.get(t.SupportOffer, offer_id)
            if row is None:
                raise NotFound(f"There is no offer {offer_id}.", do="`upstander support list` shows them.")
            held_case(session, actor, row.case_id)
            session.refresh(row, with_for_update=True)
            must_lead("support_offer", row.state, state)
            before, row.state, row.answered_at = row.state, state, now
            detail = {"case_id": row.case_id, "before": before, "after": state}
            audit.record(session, actor, "support_answered", "support_offer", row.id, now=now, detail=detail)

    def list(self, actor: Actor, case_id: int) -> tuple[OfferView, ...]:
        """The offers on a case, oldest first. The look is audited."""
        with permitted(self.store, self.clock, actor, Right.REFER, "case", case_id) as session:
            check_access(session, actor, case_id)
            found = session.execute(
                select(t.SupportOffer, t.Person.name)
                .join(t.Person, t.Person.id == t.SupportOffer.offered_by)
                .where(t.SupportOffer.case_id == case_id)
                .order_by(t.SupportOffer.id)
            )
            detail = {"what": "support_offers"}
            audit.record(session, actor, "viewed", "case", case_id, now=self.clock.now(), detail=detail)
            return tuple(
                OfferView(
                    row.id,
                    row.case_id,
                    row.kind,
                    row.offered_to,
                    row.state,
                    name,
                    row.offered_at,
                    row.answered_at,
                )
                for row, name in found
            )
