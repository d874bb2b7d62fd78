"""Copies elsewhere over a world with one case: a bucket, the stage, and time that passes for both of them."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

import time_machine
from sqlalchemy import select

from tests.judging import beside
from tests.services.storage import LoopbackStorage
from tests.unit.evidence.approved import approved
from tests.unit.evidence.world import World, actor, add_case, done
from worker.evidence.keeping.holds import place, release
from worker.evidence.keeping.removal import remove
from worker.evidence.offsite.bucket import Bucket
from worker.evidence.offsite.stage import Copies
from worker.evidence.survey import Result
from worker.ledger.audit import Actor
from worker.review.history import latest_decision
from worker.settings_evidence import Offsite, Retention
from worker.steps import Steps, unobserved
from worker.store import tables as t


@dataclass
class Desk:
    """What a test of copies works with.

    Attributes:
        travel: moves the machine's clock, which the storage goes by.
    """

    world: World
    storage: LoopbackStorage
    travel: time_machine.Traveller
    bucket: str
    more: dict[str, Any] = field(default_factory=dict)
    known: dict[str, Bucket] = field(default_factory=dict)

    @property
    def settings(self) -> Offsite:
        """What the worker is told of the bucket."""
        return self.storage.settings(self.bucket, **self.more)

    @property
    def officer(self) -> Actor:
        """An evidence officer."""
        return actor(self.world.store)

    def copies(self, steps: Steps = unobserved) -> Copies:
        """The stage. Making a client takes a while: each bucket has one."""
        settings = self.settings
        bucket = self.known.setdefault(f"{self.bucket} {self.more}", Bucket(settings))
        return Copies(
            self.world.store,
            self.world.clock,
            self.world.evidence.surveyor,
            settings,
            Retention(),
            lambda: bucket,
            steps,
        )

    def run(self, steps: Steps = unobserved) -> None:
        """Run the job once."""
        self.copies(steps).run(done)

    def sealed(self, external_id: str | None = None) -> t.Snapshot:
        """The world's snapshot sealed, or one of another case."""
        snapshot_id = self.world.snapshot_id
        if external_id is not None:
            snapshot_id = add_case(self.world.store, external_id)[1]
        self.world.evidence.capture(snapshot_id, done)
        return self.world.row(snapshot_id)

    def rows(self) -> list[t.OffsiteCopy]:
        """The rows of all copies as they are now."""
        with self.world.store.read() as session:
            return list(session.scalars(select(t.OffsiteCopy).order_by(t.OffsiteCopy.id)))

    def row(self) -> t.OffsiteCopy:
        """The row of the only copy."""
        (row,) = self.rows()
        return row

    def names(self) -> list[str]:
        """Every version of every object in the bucket, by name."""
        return self.storage.names(self.bucket)

    def head(self, thing: dict[str, Any]) -> dict[str, Any]:
        """What the storage says of one object, asked by somebody else."""
        found: dict[str, Any] = self.storage.client().head_object(
            Bucket=self.bucket, Key=thing["name"], VersionId=thing["version"]
        )
        return found

    def problems(self) -> list[str]:
        """Everything that reading back finds wrong."""
        return [problem for result in self.looked() for problem in result.problems]

    def looked(self) -> tuple[Result, ...]:
        """What reading back finds."""
        return self.copies().verify(None, self.officer)

    def pass_time(self, wait: timedelta) -> None:
        """Let time pass, here and at the storage."""
        self.world.clock.move(wait)
        self.travel.shift(wait)

    def decide(self, verdict: str, severity: str | None = None) -> datetime:
        """Somebody decides on the case now, or corrects what was decided."""
        now, officer = self.world.clock.now(), self.officer
        with self.world.store.write() as session:
            earlier = latest_decision(session, self.world.case_id)
            session.add(
                t.Decision(
                    case_id=self.world.case_id, revision_id=self.world.revision_id,
                    person_id=officer.person_id, verdict=verdict, severity=severity, reason="Judged.",
                    supersedes_id=earlier.id if earlier else None, decided_at=now, **beside(verdict),
                )
            )  # fmt: skip
            case = session.get_one(t.Case, self.world.case_id)
            case.state, case.closed_at = "decided", now
        return now

    def hold(self, reason: str = "A claim is expected.") -> None:
        """Place a legal hold on the case."""
        officer = self.officer
        with self.world.store.write() as session:
            place(
                session, self.world.case_id, officer.person_id or 0, officer, reason,
                now=self.world.clock.now(),
            )  # fmt: skip

    def release(self, reason: str = "It was settled.") -> None:
        """Release the hold."""
        officer = self.officer
        with self.world.store.write() as session:
            release(
                session, self.world.case_id, officer.person_id or 0, officer, reason,
                now=self.world.clock.now(),
            )  # fmt: skip

    def mark(self, mark: str = "suspected_csam") -> None:
        """Somebody marks the comment."""
        officer = self.officer
        with self.world.store.write() as session:
            session.add(
                t.Mark(
                    comment_id=self.world.comment_id, revision_id=self.world.revision_id, mark=mark,
                    marked_by=officer.person_id, marked_at=self.world.clock.now(),
                )
            )  # fmt: skip

    def destroy(self) -> None:
        """Destroy the snapshot here, as an approved disposal does: the row first, then the bag."""
        officer = self.officer.person_id
        approved(self.world.store, self.world.case_id, officer)
        with self.world.store.write() as session:
            row = session.get_one(t.Snapshot, self.world.snapshot_id)
            row.destroyed_at, row.destroyed_by = self.world.clock.now(), officer
            row.destroyed_reason = "its time is up"
        remove(self.world.evidence.shelf, self.world.row(self.world.snapshot_id), unobserved)
