"""The stages of marking and of supplements, over a world with one case."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from tests.unit.evidence.world import START, World, actor, done
from worker.evidence.locking import Vault, lock_what_came_late
from worker.evidence.marking import Marking
from worker.evidence.notice import Notice
from worker.evidence.sealing import Sealing
from worker.evidence.subject import Subject
from worker.evidence.supplements import Supplements
from worker.ledger.audit import Actor
from worker.settings_evidence import Safeguarding
from worker.steps import Steps, unobserved
from worker.store import tables as t

LEAD = Safeguarding(
    lead_name="Hazel Brook", lead_email="hazel.brook@trust.example.test", lead_phone="07700 900123"
)


class KilledError(BaseException):
    """Stands for the process dying: nothing of ours catches it."""


def dying_at(step: str) -> Steps:
    """An observer that lets the process die at a step."""

    def observe(name: str) -> None:
        if name == step:
            raise KilledError

    return observe


@dataclass
class Office:
    """Marking and supplements over one world, with what they sent and asked for."""

    world: World
    safeguarding: Safeguarding = LEAD
    told: list[Notice] = field(default_factory=list)
    waited: list[int] = field(default_factory=list)
    refuses: Exception | None = None

    def marking(self, steps: Steps = unobserved) -> Marking:
        """The marking stage."""
        return Marking(
            self.world.store,
            self.world.clock,
            self.world.evidence.shelf,
            self.safeguarding,
            self.world.bags.parent / "exports",
            self._tell,
            self._wait,
            steps,
        )

    def supplements(
        self, *, unasked: bool = False, most: int = 100_000, steps: Steps | None = None
    ) -> Supplements:
        """The stage of supplements; its inbox lies beside the evidence store."""
        sealing = self.sealing()
        if steps is not None:
            sealing = Sealing(
                sealing.store, sealing.clock, sealing.shelf, sealing.trust_name, sealing.follow, steps
            )
        return Supplements(
            store=self.world.store,
            clock=self.world.clock,
            sealing=sealing,
            inbox=self.world.bags.parent / "handed-in",
            safeguarding=self.safeguarding,
            most_bytes=most,
            unasked=unasked,
        )

    def sealing(self) -> Sealing:
        """The world's sealing, after which late bags are locked."""
        own = self.world.evidence.sealing
        return Sealing(own.store, own.clock, own.shelf, own.trust_name, self._follow, own.steps)

    def vault(self) -> Vault:
        """Where locked copies lie."""
        return self.marking().vault

    def jobs(self, kind: str) -> list[dict[str, object]]:
        """The payloads of the waiting jobs of a kind, in order."""
        with self.world.store.read() as session:
            rows = session.scalars(
                select(t.Job).where(t.Job.kind == kind, t.Job.state == "waiting").order_by(t.Job.id)
            )
            return [dict(row.payload) for row in rows]

    def _tell(self, notice: Notice) -> None:
        if self.refuses is not None:
            raise self.refuses
        self.told.append(notice)

    def _wait(self, _session: Session, comment_id: int, _now: datetime) -> None:
        self.waited.append(comment_id)

    def _follow(self, session: Session, about: Subject, source: str) -> None:
        lock_what_came_late(session, about.snapshot, source, self.world.clock.now())


def person(world: World, role: str, *, name: str | None = None) -> Actor:
    """Somebody with one role."""
    with world.store.write() as session:
        row = t.Person(name=name or f"A {role}", active=True, created_at=START)
        row.roles = [t.PersonRole(role=role)]
        session.add(row)
        session.flush()
        return Actor(row.id, "cli")


def suspect(office: Office) -> None:
    """Mark the world's comment as suspected imagery."""
    office.marking().mark(office.world.case_id, "suspected_csam", actor(office.world.store))


def record_row(world: World) -> t.Snapshot:
    """The snapshot that the suspicion asked for, captured as its job would."""
    with world.store.read() as session:
        newest = session.scalars(select(t.Snapshot.id).order_by(t.Snapshot.id.desc()).limit(1)).one()
    world.evidence.capture(newest, done)
    return world.row(newest)
