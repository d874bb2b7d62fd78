"""Copying what has no copy yet: begun in a row, sent, read back, and only then entered as a copy."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import select, update
from sqlalchemy.orm import Session

from worker.clock import Clock
from worker.errors import EvidenceFault
from worker.evidence.bag import Hashes
from worker.evidence.offsite import wanted
from worker.evidence.offsite.bucket import Bucket, BucketRefused, BucketUnreachable
from worker.evidence.offsite.parcel import bag_files, stamp_files
from worker.evidence.offsite.sending import CopyDiffers, Lock, send
from worker.evidence.subject import identity_of
from worker.evidence.survey import Surveyor
from worker.ledger import audit
from worker.ledger.audit import Actor
from worker.log import get
from worker.settings_evidence import Offsite
from worker.steps import Steps
from worker.store import tables as t
from worker.store.session import Store

#: Who copies.
ITSELF = Actor(None, "offsite")
#: Some seconds' work each; a job is to end well within its lease.
_AT_ONCE = 16

log = get("evidence")


@dataclass(frozen=True, slots=True)
class Copier:
    """Copies sealed core evidence into a bucket.

    Attributes:
        surveyor: looks at a bag before it is sent.
        place: where the copies go, as rows name it.
        locks: whether the bucket locks what it holds.
        steps: told of every named step.
    """

    store: Store
    clock: Clock
    surveyor: Surveyor
    settings: Offsite
    bucket: Bucket
    place: str
    locks: bool
    steps: Steps

    def run(self) -> tuple[list[EvidenceFault], bool]:
        """Send some of what waits: what went wrong on the way, and whether there is more.

        Raises:
            BucketUnreachable: the storage gave no answer; what was entered until then stays entered.
        """
        faults: list[EvidenceFault] = []
        sent = last = 0
        while sent < _AT_ONCE and not faults:
            with self.store.read() as session:
                waiting = wanted.missing(session, self.place, _AT_ONCE, after=last)
            if not waiting:
                return faults, False
            # What cannot be sent is passed by: it must not keep what came after it from its copy.
            sent += sum(self._sent(each, faults) for each in waiting)
            last = waiting[-1].snapshot.id
        return faults, True

    def _sent(self, what: wanted.Missing, faults: list[EvidenceFault]) -> bool:
        """Copy one; whether that went well. What the storage did wrong is added to the faults."""
        try:
            self._copy(what)
        except BucketUnreachable:
            raise
        except BucketRefused as fault:
            faults.append(fault)
        except CopyDiffers as fault:
            faults.append(fault)
            self._shout(what, fault)
        except EvidenceFault as fault:
            # `evidence verify` names it; a copy of something else would only lend it weight.
            log.warning("not_copied_because_altered", snapshot_id=what.snapshot.id, why=fault.happened)
        else:
            return True
        return False

    def _copy(self, what: wanted.Missing) -> None:
        row = what.snapshot
        problems = self.surveyor.problems_of(row, what.stamp)
        if problems:
            raise EvidenceFault(f"Snapshot {row.id} is not whole: {'; '.join(problems)}.")
        folder = self.surveyor.bags.folder(identity_of(row).place)
        if what.part == "bag":
            files = bag_files(folder, Hashes(row.manifest_sha256 or "", row.tagmanifest_sha256 or ""))
        else:
            files = stamp_files(folder, "" if what.stamp is None else what.stamp.token_sha256)
        lock = self._begin(what)
        if lock is None:
            return
        self.steps("offsite.begun")
        objects = send(self.bucket, wanted.prefix_of(self.settings, row), files, lock)
        self.steps("offsite.sent")
        self._enter(what, objects, lock)
        self.steps("offsite.entered")

    def _begin(self, what: wanted.Missing) -> Lock | None:
        """Write that something is about to be sent, and how it is to be locked; None where it must not be."""
        now = self.clock.now()
        until = whole_second(now + timedelta(days=self.settings.retain_days))
        with self.store.write() as session:
            if not wanted.still_due(session, what.snapshot.id):
                return None
            row = self._row(session, what)
            if row is None:
                row = t.OffsiteCopy(
                    snapshot_id=what.snapshot.id,
                    part=what.part,
                    place=self.place,
                    begun_at=now,
                    mode=self.settings.mode if self.locks else "none",
                    retain_until=until if self.locks else None,
                )
                session.add(row)
            elif row.retain_until is not None:
                row.retain_until = max(until, row.retain_until)
            return Lock(row.mode, row.retain_until)

    def _enter(self, what: wanted.Missing, objects: list[dict[str, Any]], lock: Lock) -> None:
        """Make the row say that it was read back, unless another attempt did so first."""
        now, row = self.clock.now(), what.snapshot
        mine = (
            update(t.OffsiteCopy)
            .where(
                t.OffsiteCopy.snapshot_id == row.id,
                t.OffsiteCopy.part == what.part,
                t.OffsiteCopy.place == self.place,
                t.OffsiteCopy.read_back_at.is_(None),
            )
            .values(read_back_at=now, objects=objects)
            .returning(t.OffsiteCopy.id)
        )
        with self.store.write() as session:
            if session.execute(mine).one_or_none() is None:
                return
            facts = {
                "case_id": row.case_id,
                "part": what.part,
                "place": self.place,
                "objects": len(objects),
                "mode": lock.mode,
                "retain_until": None if lock.until is None else lock.until.isoformat(),
            }
            audit.record(session, ITSELF, "offsite_copied", "snapshot", row.id, now=now, detail=facts)

    def _shout(self, what: wanted.Missing, fault: CopyDiffers) -> None:
        log.error("copy_differs", snapshot_id=what.snapshot.id, why=fault.happened)
        facts = {"case_id": what.snapshot.case_id, "place": self.place, "why": fault.happened}
        with self.store.write() as session:
            audit.record(
                session,
                ITSELF,
                "offsite_differs",
                "snapshot",
                what.snapshot.id,
                now=self.clock.now(),
                detail=facts,
            )

    def _row(self, session: Session, what: wanted.Missing) -> t.OffsiteCopy | None:
        return session.scalars(
            select(t.OffsiteCopy).where(
                t.OffsiteCopy.snapshot_id == what.snapshot.id,
                t.OffsiteCopy.part == what.part,
                t.OffsiteCopy.place == self.place,
            )
        ).one_or_none()


def whole_second(moment: datetime) -> datetime:
    """The whole second that is not before a moment: storage keeps no smaller ones."""
    whole = moment.replace(microsecond=0)
    return whole if whole == moment else whole + timedelta(seconds=1)
