"""Major incidents: who leads, until when, and who helps as a reviewer for that time."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from worker.clock import Clock, for_people
from worker.errors import Conflict, NotAllowed, NotFound
from worker.ledger import audit
from worker.ledger.audit import Actor
from worker.review.elections import Period
from worker.review.machine import NOT_YET, must_lead
from worker.review.people import person_named
from worker.review.rights import Right, permitted, require
from worker.store import tables as t
from worker.store.session import Store

#: What somebody is for the time of an incident. Nothing more: second people are never temporary.
TEMPORARY_ROLE = "reviewer"
_THING = "major_incident"
_ITSELF = Actor(None, "incident")


@dataclass(frozen=True, slots=True)
class IncidentView:
    """A major incident that is on.

    Attributes:
        reviewers: who has the role only for now.
    """

    id: int
    lead: str
    reason: str
    started_at: datetime
    until: datetime
    reviewers: tuple[str, ...]

    @property
    def banner(self) -> str:
        """One line for everybody who works while it is on."""
        return f"Major incident until {for_people(self.until)}, led by {self.lead}: {self.reason}"


def incident_on(session: Session, now: datetime) -> IncidentView | None:
    """The major incident that is on at this moment, or None. One whose end has passed is over."""
    row = session.scalar(
        select(t.MajorIncident).where(t.MajorIncident.state == "on", t.MajorIncident.until > now)
    )
    if row is None:
        return None
    reviewers = session.scalars(
        select(t.Person.name)
        .join(t.TemporaryRole, t.TemporaryRole.person_id == t.Person.id)
        .where(
            t.TemporaryRole.incident_id == row.id,
            t.TemporaryRole.ended_at.is_(None),
            t.TemporaryRole.until > now,
        )
        .order_by(t.Person.name)
    ).all()
    lead = session.get_one(t.Person, row.lead_id).name
    return IncidentView(row.id, lead, row.reason, row.started_at, row.until, tuple(reviewers))


def banners(incident: IncidentView | None, period: Period | None) -> tuple[str, ...]:
    """What everybody who works now should know first."""
    return tuple(each.banner for each in (incident, period) if each is not None)


@dataclass(frozen=True)
class Incidents:
    """The stage of major incidents. Each function raises NotAllowed where the actor lacks the right."""

    store: Store
    clock: Clock

    def start(self, actor: Actor, lead: str, until: datetime, reason: str) -> int:
        """Declare a major incident.

        Args:
            lead: the name of the person who leads; they work in Upstander.

        Returns:
            Its number.

        Raises:
            NotFound: nobody who works here is called so.
            Conflict: one is on already, its end lies in the past, or there is no reason.
        """
        now = self.clock.now()
        with permitted(self.store, self.clock, actor, Right.RUN_INCIDENT, _THING) as session:
            _lapse(session, now)
            there = session.scalar(select(t.MajorIncident).where(t.MajorIncident.state == "on"))
            if there is not None:
                raise Conflict(
                    f"A major incident is on already, until {for_people(there.until)}.",
                    safe="It goes on as it is.",
                    do="End it first: `upstander incident end`.",
                )
            if until <= now:
                raise Conflict("A major incident ends in the future.", safe="None was started.")
            if not reason.strip():
                raise Conflict("A major incident needs a reason.", safe="None was started.")
            must_lead(_THING, NOT_YET, "on")
            row = t.MajorIncident(
                state="on",
                lead_id=person_named(session, lead).id,
                reason=reason.strip(),
                started_by=actor.person_id,
                started_at=now,
                until=until,
            )
            session.add(row)
            session.flush()
            detail = {"lead": row.lead_id, "until": until.isoformat()}
            audit.record(session, actor, "incident_started", _THING, row.id, now=now, detail=detail)
            return row.id

    def end(self, actor: Actor) -> int:
        """End the major incident that is on, and with it every temporary role. Its number.

        Raises:
            NotFound: none is on.
        """
        with self._changing(actor) as (session, row, now):
            _over(session, actor, row, now, now)
            return row.id

    def add_reviewer(self, actor: Actor, name: str) -> None:
        """Make somebody a reviewer until the incident ends. Twice changes nothing.

        Raises:
            NotFound: none is on, or nobody who works here is called so.
            NotAllowed: it is themselves.
            Conflict: they are a reviewer anyway.
        """
        with self._changing(actor) as (session, row, now):
            person = person_named(session, name)
            if person.id == actor.person_id:
                raise NotAllowed(
                    "Nobody makes themselves a reviewer.",
                    safe="Nothing was changed.",
                    do="Ask somebody else who may run a major incident to do it.",
                )
            if any(role.role == TEMPORARY_ROLE for role in person.roles):
                raise Conflict(f"{person.name} is a reviewer already.", safe="Nothing was changed.")
            if _running(session, row.id, person.id) is not None:
                return
            given = t.TemporaryRole(
                incident_id=row.id,
                person_id=person.id,
                role=TEMPORARY_ROLE,
                until=row.until,
                given_by=actor.person_id,
                given_at=now,
            )
            session.add(given)
            session.flush()
            detail = {"person_id": person.id, "role": TEMPORARY_ROLE, "until": row.until.isoformat()}
            audit.record(session, actor, "temporary_role_given", _THING, row.id, now=now, detail=detail)

    def remove_reviewer(self, actor: Actor, name: str) -> None:
        """Take a temporary role back before its time.

        Raises:
            NotFound: none is on, or they have no such role.
        """
        with self._changing(actor) as (session, row, now):
            person = person_named(session, name)
            given = _running(session, row.id, person.id)
            if given is None:
                raise NotFound(f"{person.name} is no temporary reviewer.", safe="Nothing was changed.")
            given.ended_at = now
            detail = {"person_id": person.id, "role": given.role}
            audit.record(session, actor, "temporary_role_ended", _THING, row.id, now=now, detail=detail)

    def show(self, actor: Actor) -> IncidentView | None:
        """The major incident that is on, or None."""
        require(self.store, self.clock, actor, Right.VIEW_QUEUE, _THING)
        with self.store.read() as session:
            return incident_on(session, self.clock.now())

    def schedule(self) -> None:
        """End what has come to its end. Called by the elected scheduler at each tick."""
        now = self.clock.now()
        over = select(t.MajorIncident.id).where(t.MajorIncident.state == "on", t.MajorIncident.until <= now)
        with self.store.read() as session:
            if session.scalar(over.limit(1)) is None:
                return
        with self.store.write() as session:
            _lapse(session, now)

    @contextmanager
    def _changing(self, actor: Actor) -> Iterator[tuple[Session, t.MajorIncident, datetime]]:
        """A write about the incident that is on."""
        now = self.clock.now()
        with permitted(self.store, self.clock, actor, Right.RUN_INCIDENT, _THING) as session:
            row = session.scalar(
                select(t.MajorIncident)
                .where(t.MajorIncident.state == "on", t.MajorIncident.until > now)
                .with_for_update()
            )
            if row is None:
                raise NotFound("No major incident is on.", do="`upstander incident start` declares one.")
            yield session, row, now


def _lapse(session: Session, now: datetime) -> None:
    """End by itself an incident whose time is over: it ended when it was to end, not when we looked."""
    row = session.scalar(
        select(t.MajorIncident)
        .where(t.MajorIncident.state == "on", t.MajorIncident.until <= now)
        .with_for_update()
    )
    if row is not None:
        _over(session, _ITSELF, row, row.until, now)


def _over(session: Session, actor: Actor, row: t.MajorIncident, at: datetime, now: datetime) -> None:
    must_lead(_THING, row.state, "over")
    row.state, row.ended_at, row.ended_by = "over", at, actor.person_id
    session.flush()
    audit.record(session, actor, "incident_ended", _THING, row.id, now=now)


def _running(session: Session, incident_id: int, person_id: int) -> t.TemporaryRole | None:
    return session.scalar(
        select(t.TemporaryRole).where(
            t.TemporaryRole.incident_id == incident_id,
            t.TemporaryRole.person_id == person_id,
            t.TemporaryRole.ended_at.is_(None),
        )
    )
