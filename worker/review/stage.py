"""Review: people work on the queue. Every right is checked here, every look and every change is audited."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy.orm import Session

from worker.clock import Clock
from worker.errors import NotAllowed, NotFound
from worker.ledger import audit
from worker.ledger.audit import Actor
from worker.review import claims, decisions, people, requests
from worker.review.abilities import Abilities, must_be_possible, nothing_known
from worker.review.access import check_access, held_case, visible_to
from worker.review.claims import Held
from worker.review.consequences import Procedure
from worker.review.elections import Period, no_period
from worker.review.kinds import holds_at
from worker.review.locked import locked
from worker.review.looking import page_for, recorded
from worker.review.particulars import NOTHING_SAID, Particulars
from worker.review.pulse import Pulse, pulse
from worker.review.queue import QueueFilter, QueuePage, Window
from worker.review.revealing import reveal
from worker.review.rights import Right, check, permitted, require
from worker.review.ruling import Ruling
from worker.review.showing import case_view
from worker.review.terms import Terms
from worker.review.view import CaseView
from worker.settings_review import Review as ReviewSettings
from worker.store import tables as t
from worker.store.session import Store

_EVERYTHING = QueueFilter()


@dataclass(frozen=True)
class Review:
    """The review stage. Each function raises NotAllowed where the actor lacks the right, and audits that.

    Attributes:
        procedure: how decisions are taken.
        abilities: what the connector of a platform can do, by the platform's name.
        period_at: tells the time before an election that a moment falls into.
    """

    store: Store
    clock: Clock
    settings: ReviewSettings
    procedure: Procedure
    abilities: Abilities = nothing_known
    period_at: Callable[[datetime], Period | None] = no_period

    def queue(
        self,
        actor: Actor,
        filters: QueueFilter = _EVERYTHING,
        *,
        limit: int = 50,
        offset: int = 0,
        unfolded: bool = False,
        grouped: bool = False,
    ) -> QueuePage:
        """A page of the cases that wait, the most severe first, then the soonest due.

        How their words begin is for those who work with evidence, and that they saw it is recorded. Where
        that cannot be, the words stay closed and a banner says so.

        Args:
            limit, offset: in rows.
            unfolded: show routine cases in a major incident too; whoever filters sees them anyway.
            grouped: show cases of one group that wait as one row, at the place of the first.
        """
        require(self.store, self.clock, actor, Right.VIEW_QUEUE, "queue")
        now, window = self.clock.now(), Window(limit, offset, grouped)
        period = self.period_at(now)
        with self.store.read() as session:
            page = page_for(session, actor, filters, window, period=period, unfolded=unfolded, now=now)
        return recorded(self.store, actor, page, now=now)

    def pulse(self, actor: Actor, since: datetime) -> Pulse:
        """What changed in the queue since a moment, for a page that stays open. It tells no words."""
        require(self.store, self.clock, actor, Right.VIEW_QUEUE, "queue")
        with self.store.read() as session:
            seen = visible_to(session, actor)
            return pulse(session, _id(actor), seen=seen, since=since, now=self.clock.now())

    def show(self, actor: Actor, case_id: int) -> CaseView:
        """One case with everything about it. The look is audited, and the case counts as viewed.

        Raises:
            NotFound: there is no such case.
        """
        now = self.clock.now()
        with self._permitted(actor, Right.VIEW_QUEUE, case_id) as session:
            view = case_view(session, actor, case_id, self.procedure, now=now)
            case = session.get_one(t.Case, case_id)
            case.viewed_at = case.viewed_at or now
            detail = {"revision_id": view.revision_id, "restriction": case.restriction}
            audit.record(session, actor, "viewed", "case", case_id, now=now, detail=detail)
        return view

    def reveal(self, actor: Actor, case_id: int, revision_id: int) -> str | None:
        """The words of one wording of a case, where a page shows them masked. That they are read is audited.

        Raises:
            NotFound: there is no such case, or it has no such wording.
        """
        with self._permitted(actor, Right.VIEW_QUEUE, case_id) as session:
            case = session.get_one(t.Case, case_id)
            return reveal(session, actor, case, revision_id, now=self.clock.now())

    def claim(self, actor: Actor, case_id: int) -> Held:
        """Take a case for the minutes that the settings say, or take it for longer.

        Raises:
            NotFound: there is no such case.
            ClaimHeld: somebody else has it.
        """
        now, minutes = self.clock.now(), self.settings.claim_minutes
        with self._permitted(actor, Right.CLAIM, case_id) as session:
            held = claims.claim(session, case_id, _id(actor), now=now, minutes=minutes)
            audit.record(session, actor, "claimed", "case", case_id, now=now)
        return held

    def claim_next(self, actor: Actor) -> Held | None:
        """Take the first open case that nobody works on, or None. Two reviewers never get the same one."""
        now, minutes = self.clock.now(), self.settings.claim_minutes
        with self._permitted(actor, Right.CLAIM, None) as session:
            seen = visible_to(session, actor)
            held = claims.claim_next(session, _id(actor), seen=seen, now=now, minutes=minutes)
            if held is not None:
                audit.record(session, actor, "claimed", "case", held.case_id, now=now)
        return held

    def renew(self, actor: Actor, case_id: int) -> Held:
        """Keep a claim for longer.

        Raises:
            ClaimHeld: it ran out or somebody else has the case.
        """
        now, minutes = self.clock.now(), self.settings.claim_minutes
        with self._permitted(actor, Right.CLAIM, case_id) as session:
            return claims.renew(session, case_id, _id(actor), now=now, minutes=minutes)

    def release(self, actor: Actor, case_id: int) -> bool:
        """Give a case back, without giving a reason. Giving back what one does not have changes nothing.

        Returns:
            Whether they had it.
        """
        with self._permitted(actor, Right.CLAIM, case_id) as session:
            released = claims.release(session, case_id, _id(actor))
            if released:
                audit.record(session, actor, "released", "case", case_id, now=self.clock.now())
        return released

    def decide(  # noqa: PLR0913 -- these are the parts of a decision, all but three by name
        self,
        actor: Actor,
        case_id: int,
        revision_id: int,
        verdict: str,
        *,
        reason: str,
        categories: Sequence[str] = (),
        severity: str | None = None,
        actions: Sequence[str] = (),
        supersedes: int | None = None,
        terms: Terms | None = None,
        particulars: Particulars = NOTHING_SAID,
        together: int | None = None,
    ) -> int:
        """Decide on what was seen. See `decisions.decide` for what is refused.

        Args:
            revision_id: the revision that the person saw.
            verdict: upheld, not_upheld or needs_advice.
            actions: what to ask the platform for: see `requests.KINDS`.
            terms: of a block, where one is asked for.
            supersedes: the decision that this one corrects, where the case is decided already.
            particulars: what the verdict needs beside it, and the answers to the Trust's questions.
            together: number of the group decision that it is part of.

        Returns:
            The decision's id.
        """
        ruling = Ruling(
            verdict,
            tuple(categories),
            severity,
            reason,
            tuple(actions),
            supersedes,
            self._dated(terms),
            particulars,
            together,
        )
        now, procedure = self.clock.now(), self.procedure
        with self._permitted(actor, Right.DECIDE, case_id) as session:
            for kind in ruling.actions:
                if kind in requests.KINDS:
                    check(session, actor, requests.KINDS[kind], now=holds_at(kind, now))
                    must_be_possible(session, self.abilities, case_id, kind)
            return decisions.decide(
                session, actor, case_id, revision_id, ruling, now=now, procedure=procedure
            )

    def request(
        self, actor: Actor, case_id: int, kind: str, reason: str, *, terms: Terms | None = None
    ) -> int:
        """Ask for an action on a case that was decided before.

        Args:
            kind: one of `requests.KINDS`.
            terms: of a block.

        Returns:
            The requested action's id.

        Raises:
            NotFound: there is no such case, or no such kind of action.
            NotPossible: its platform cannot do it; says what to do instead.
            Conflict: nobody has decided on it, or the decision that counts does not uphold it.
            DecisionIncomplete: there is no reason, or a block lacks its terms.
        """
        if kind not in requests.KINDS:
            raise NotFound(f"There is no action {kind}.", do=f"There are: {', '.join(requests.KINDS)}.")
        now = self.clock.now()
        with self._permitted(actor, requests.KINDS[kind], case_id) as session:
            check(session, actor, requests.KINDS[kind], now=holds_at(kind, now))
            must_be_possible(session, self.abilities, case_id, kind)
            _, case = locked(session, case_id)
            return requests.request_again(session, actor, case, kind, reason, now, self._dated(terms))

    def request_unhide(self, actor: Actor, case_id: int, reason: str) -> int:
        """Ask for a comment to be shown again. Never waits for a second person, nor for old evidence.

        Returns:
            The requested action's id.

        Raises:
            NotFound: there is no such case.
            Conflict: nobody has decided on it.
        """
        return self.request(actor, case_id, "unhide", reason)

    def request_hide(self, actor: Actor, case_id: int, reason: str) -> int:
        """Ask again for an upheld comment to be hidden, after the first try was refused or failed.

        Returns:
            The requested action's id.

        Raises:
            NotFound: there is no such case.
            Conflict: the decision that counts does not uphold it.
        """
        return self.request(actor, case_id, "hide", reason)

    def add_person(self, actor: Actor, name: str, roles: Collection[str], *, email: str | None = None) -> int:
        """Add a person: see `people.add_person`."""
        return people.add_person(self.store, self.clock, actor, name, roles, email=email)

    def _dated(self, terms: Terms | None) -> Terms | None:
        """The terms of a block with the day on which it is looked at again."""
        return None if terms is None else terms.by(self.clock.now(), self.settings.block_review_days)

    @contextmanager
    def _permitted(self, actor: Actor, right: Right, case_id: int | None) -> Iterator[Session]:
        """A write that begins with the right, and where it is about a case with the access to that.

        Nobody restricts the case between that and what is written; a look alone waits for nobody.
        """
        with permitted(self.store, self.clock, actor, right, "case", case_id) as session:
            if case_id is not None:
                (check_access if right is Right.VIEW_QUEUE else held_case)(session, actor, case_id)
            yield session


def _id(actor: Actor) -> int:
    if actor.person_id is None:
        raise NotAllowed("Only a person works on cases.", safe="Nothing was done.")
    return actor.person_id
