"""Review: people work on the queue. Every right is checked here, every look and every change is audited."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass

from sqlalchemy.orm import Session

from worker.clock import Clock
from worker.errors import NotAllowed
from worker.ledger import audit
from worker.ledger.audit import Actor
from worker.review import claims, decisions, people, requests
from worker.review.claims import Held
from worker.review.decisions import Ruling
from worker.review.queue import QueueFilter, QueuePage, queue_page
from worker.review.rights import Right, check, permitted, require
from worker.review.showing import case_view
from worker.review.view import CaseView
from worker.settings_review import Review as ReviewSettings
from worker.store import tables as t
from worker.store.session import Store

_EVERYTHING = QueueFilter()


@dataclass(frozen=True)
class Review:
    """The review stage. Each function raises NotAllowed where the actor lacks the right, and audits that."""

    store: Store
    clock: Clock
    settings: ReviewSettings

    def queue(
        self, actor: Actor, filters: QueueFilter = _EVERYTHING, *, limit: int = 50, offset: int = 0
    ) -> QueuePage:
        """A page of the cases that wait, the most severe first, then the soonest due."""
        require(self.store, self.clock, actor, Right.VIEW_QUEUE, "queue")
        with self.store.read() as session:
            return queue_page(session, filters, limit=limit, offset=offset, now=self.clock.now())

    def show(self, actor: Actor, case_id: int) -> CaseView:
        """One case with everything about it. The look is audited, and the case counts as viewed.

        Raises:
            NotFound: there is no such case.
        """
        now = self.clock.now()
        with self._permitted(actor, Right.VIEW_QUEUE, case_id) as session:
            view = case_view(session, case_id, now=now)
            case = session.get_one(t.Case, case_id)
            case.viewed_at = case.viewed_at or now
            detail = {"revision_id": view.revision_id}
            audit.record(session, actor, "viewed", "case", case_id, now=now, detail=detail)
        return view

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
            held = claims.claim_next(session, _id(actor), now=now, minutes=minutes)
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

    def release(self, actor: Actor, case_id: int) -> None:
        """Give a case back, without giving a reason. Giving back what one does not have changes nothing."""
        with self._permitted(actor, Right.CLAIM, case_id) as session:
            if claims.release(session, case_id, _id(actor)):
                audit.record(session, actor, "released", "case", case_id, now=self.clock.now())

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
    ) -> int:
        """Decide on what was seen. See `decisions.decide` for what is refused.

        Args:
            revision_id: the revision that the person saw.
            verdict: upheld, not_upheld or needs_advice.
            actions: hide or unhide.
            supersedes: the decision that this one corrects, where the case is decided already.

        Returns:
            The decision's id.
        """
        ruling = Ruling(verdict, tuple(categories), severity, reason, tuple(actions), supersedes)
        now, minutes = self.clock.now(), self.settings.claim_minutes
        with self._permitted(actor, Right.DECIDE, case_id) as session:
            for kind in ruling.actions:
                if kind in requests.KINDS:
                    check(session, actor, requests.KINDS[kind])
            return decisions.decide(session, actor, case_id, revision_id, ruling, now=now, minutes=minutes)

    def request_unhide(self, actor: Actor, case_id: int, reason: str) -> int:
        """Ask for a comment to be shown again. Never waits for a second person, nor for old evidence.

        Returns:
            The requested action's id.

        Raises:
            NotFound: there is no such case.
            Conflict: nobody has decided on it.
        """
        return self._request(actor, case_id, "unhide", reason)

    def request_hide(self, actor: Actor, case_id: int, reason: str) -> int:
        """Ask again for an upheld comment to be hidden, after the first try was refused or failed.

        Returns:
            The requested action's id.

        Raises:
            NotFound: there is no such case.
            Conflict: the decision that counts does not uphold it.
        """
        return self._request(actor, case_id, "hide", reason)

    def add_person(self, actor: Actor, name: str, roles: Collection[str], *, email: str | None = None) -> int:
        """Add a person: see `people.add_person`."""
        return people.add_person(self.store, self.clock, actor, name, roles, email=email)

    def _request(self, actor: Actor, case_id: int, kind: str, reason: str) -> int:
        with self._permitted(actor, requests.KINDS[kind], case_id) as session:
            _, case = decisions.locked(session, case_id)
            return requests.request_again(session, actor, case, kind, reason, self.clock.now())

    def _permitted(self, actor: Actor, right: Right, case_id: int | None) -> AbstractContextManager[Session]:
        return permitted(self.store, self.clock, actor, right, "case", case_id)


def _id(actor: Actor) -> int:
    if actor.person_id is None:
        raise NotAllowed("Only a person works on cases.", safe="Nothing was done.")
    return actor.person_id
