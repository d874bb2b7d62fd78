"""Handing a case on to a colleague, and putting one aside until a time."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import select
from sqlalchemy.orm import Session

from worker.clock import Clock, for_people
from worker.errors import Conflict, NotAllowed, NotFound
from worker.ledger import audit
from worker.ledger.audit import Actor
from worker.review import claims
from worker.review.access import held_case, may_see
from worker.review.claims import Held
from worker.review.errors import ClaimHeld
from worker.review.rights import Right, check, permitted
from worker.settings_review import Review as ReviewSettings
from worker.store import tables as t
from worker.store.session import Store

_SAFE = "Nothing was changed."


@dataclass(frozen=True)
class HandingOn:
    """Cases change hands, or wait. Each function raises NotAllowed where the right is lacking, and audits it.

    Attributes:
        settings: how long a case stays with whom it was handed to, and how long one may be put aside.
    """

    store: Store
    clock: Clock
    settings: ReviewSettings

    def reassign(self, actor: Actor, case_id: int, to_person: int) -> Held:
        """Hand a case on to a named person. No reason is asked.

        Whoever has the case may do it, and a senior at any time.

        Raises:
            NotFound: there is no such case or person.
            NotAllowed: the actor neither has the case nor the right; or the other person may not work on it.
            Conflict: the case is decided.
        """
        now = self.clock.now()
        with self._case(actor, case_id, Right.CLAIM) as (session, case):
            held_by = _holder(session, case_id, now)
            if held_by != actor.person_id:
                check(session, actor, Right.REASSIGN, now=now)
            person = session.get(t.Person, to_person)
            if person is None:
                raise NotFound(f"There is no person {to_person}.", do="`upstander people list` shows them.")
            _may_work_on(session, case, person, now)
            given_by = _id(actor)
            held = claims.give(
                session,
                case.id,
                to_person,
                given_by=given_by,
                now=now,
                minutes=self.settings.reassign_minutes,
            )
            case.snoozed_until = None
            detail = {"to": to_person, "from": held_by, "until": held.until.isoformat()}
            audit.record(session, actor, "reassigned", "case", case.id, now=now, detail=detail)
        return held

    def snooze(self, actor: Actor, case_id: int, until: datetime) -> None:
        """Put a case aside until a time: "next case" passes over it, the queue shows it as put aside.

        A newer wording, a higher severity, or somebody waking it ends that early.

        Raises:
            NotFound: there is no such case.
            Conflict: it is decided, of immediate danger, or the time is past or too far off.
            ClaimHeld: somebody else is working on it.
        """
        now = self.clock.now()
        with self._case(actor, case_id, Right.CLAIM) as (session, case):
            if case.severity_rank == 0:
                raise Conflict("Immediate danger is never put aside.", safe=_SAFE, do="Work on it now.")
            longest = timedelta(days=self.settings.snooze_days)
            if not now < until <= now + longest:
                raise Conflict(
                    f"A case is put aside to a time to come, at most {self.settings.snooze_days} days off.",
                    safe=_SAFE,
                    do=f"Choose a time before {for_people(now + longest)}.",
                )
            _nobody_else(session, case_id, actor, now)
            claims.release(session, case_id, _id(actor))
            before, case.snoozed_until = case.snoozed_until, until
            detail = {"until": until.isoformat(), "before": before.isoformat() if before else None}
            audit.record(session, actor, "snoozed", "case", case.id, now=now, detail=detail)

    def wake(self, actor: Actor, case_id: int) -> None:
        """Take back that a case was put aside. Waking one that is awake changes nothing.

        Raises:
            NotFound: there is no such case.
            Conflict: it is decided.
        """
        now = self.clock.now()
        with self._case(actor, case_id, Right.CLAIM) as (session, case):
            if case.snoozed_until is None:
                return
            detail = {"until": case.snoozed_until.isoformat()}
            case.snoozed_until = None
            audit.record(session, actor, "woken", "case", case.id, now=now, detail=detail)

    @contextmanager
    def _case(self, actor: Actor, case_id: int, right: Right) -> Iterator[tuple[Session, t.Case]]:
        """A write that begins with the right and the access to an undecided case, whose row is held."""
        with permitted(self.store, self.clock, actor, right, "case", case_id) as session:
            case = held_case(session, actor, case_id)
            if case.closed_at is not None:
                raise Conflict(f"Case {case_id} is closed: nothing waits there.", safe=_SAFE)
            yield session, case


def _holder(session: Session, case_id: int, now: datetime) -> int | None:
    return session.scalar(select(t.Claim.person_id).where(t.Claim.case_id == case_id, t.Claim.until > now))


def _nobody_else(session: Session, case_id: int, actor: Actor, now: datetime) -> None:
    claim = session.execute(
        select(t.Person.name, t.Claim.person_id, t.Claim.until)
        .join(t.Person, t.Person.id == t.Claim.person_id)
        .where(t.Claim.case_id == case_id, t.Claim.until > now)
    ).one_or_none()
    if claim is not None and claim.person_id != actor.person_id:
        raise ClaimHeld(case_id, claim.name, claim.until)


def _may_work_on(session: Session, case: t.Case, person: t.Person, now: datetime) -> None:
    try:
        check(session, Actor(person.id, "reassign"), Right.CLAIM, now=now)
    except NotAllowed as refusal:
        raise NotAllowed(
            f"{person.name} cannot work on cases.",
            safe=_SAFE,
            do="Hand it on to somebody who reviews; `upstander people list` shows roles.",
        ) from refusal
    if not may_see(session, person.id, case.id):
        # Not why: a restriction or a conflict of interest may be about them.
        raise NotAllowed(f"Case {case.id} cannot be handed on to {person.name}.", safe=_SAFE)


def _id(actor: Actor) -> int:
    if actor.person_id is None:  # unreachable past the check of a right, which needs a person
        raise NotAllowed("Only a person works on cases.", safe=_SAFE)
    return actor.person_id
