"""Keeping copies in step with what happens here: holds, decisions, destruction. A lock only ever grows."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from itertools import groupby
from typing import Any

from sqlalchemy.orm import Session

from worker.clock import Clock
from worker.errors import EvidenceFault
from worker.evidence.keeping.periods import period_of
from worker.evidence.offsite import wanted
from worker.evidence.offsite.bucket import Bucket, BucketUnreachable
from worker.evidence.offsite.copier import ITSELF, whole_second
from worker.evidence.offsite.sending import CopyDiffers, Lock, lengthen
from worker.ledger import audit
from worker.log import get
from worker.review.history import latest_decision
from worker.settings_evidence import Offsite, Retention
from worker.steps import Steps
from worker.store import tables as t
from worker.store.session import Store

#: Of each kind in one job; the scheduler soon looks again.
_AT_ONCE = 50

log = get("evidence")


class CopyLeft(EvidenceFault):
    """A copy of destroyed evidence is still there although its lock should be over."""


@dataclass(frozen=True, slots=True)
class Upkeep:
    """Sees to the copies in one place.

    Attributes:
        place: where they are, as rows name it.
        steps: told of every named step.
    """

    store: Store
    clock: Clock
    settings: Offsite
    retention: Retention
    bucket: Bucket
    place: str
    steps: Steps

    def run(self) -> list[EvidenceFault]:
        """Bring every copy in step: what went wrong on the way.

        Raises:
            BucketUnreachable: the storage gave no answer; what was done until then stays done.
        """
        faults: list[EvidenceFault] = []
        with self.store.read() as session:
            otherwise = wanted.held_otherwise(session, self.place, _AT_ONCE)
            short = wanted.too_short(session, self.place, self.retention, _AT_ONCE)
        for copy in otherwise:
            self._try(faults, copy, self._hold)
        for copy in short:
            self._try(faults, copy, self._lengthen)
        with self.store.read() as session:
            over = wanted.to_remove(session, self.place, self.clock.now(), _AT_ONCE)
        for _, copies in groupby(
            sorted(over, key=lambda copy: copy.snapshot_id), lambda copy: copy.snapshot_id
        ):
            self._try(faults, next(copies), self._remove)
        self._tell_left()
        return faults

    def _try(
        self, faults: list[EvidenceFault], copy: t.OffsiteCopy, step: Callable[[t.OffsiteCopy], None]
    ) -> None:
        """Do one step for one copy: where it fails, the others go on."""
        try:
            step(copy)
        except BucketUnreachable:
            raise
        except EvidenceFault as fault:
            log.warning("copy_not_in_step", snapshot_id=copy.snapshot_id, why=fault.happened)
            faults.append(fault)

    def _hold(self, copy: t.OffsiteCopy) -> None:
        """Have the storage hold what is held here, and let go of what is not held any more."""
        on = not copy.held
        for thing in copy.objects:
            self.bucket.hold(thing["name"], thing["version"], on=on)
            if self.bucket.get(thing["name"], thing["version"], 0).held != on:
                raise CopyDiffers(
                    thing["name"], "it did not take the legal hold" if on else "it is still held"
                )
        self.steps("offsite.held")
        with self.store.write() as session:
            row = session.get_one(t.OffsiteCopy, copy.id)
            row.held = on
            self._record(session, "offsite_held" if on else "offsite_released", copy.snapshot_id, {})

    def _lengthen(self, copy: t.OffsiteCopy) -> None:
        """Lock the copy of an upheld case's evidence until the case's time is up."""
        with self.store.read() as session:
            snapshot = session.get_one(t.Snapshot, copy.snapshot_id)
            decision = latest_decision(session, snapshot.case_id)
            period = None if decision is None else period_of(decision, self.retention)
        if period is None:
            return
        until = whole_second(period.due_at)
        for thing in copy.objects:
            lengthen(self.bucket, thing, Lock(copy.mode, until))
        self.steps("offsite.lengthened")
        with self.store.write() as session:
            row = session.get_one(t.OffsiteCopy, copy.id)
            if row.retain_until is None or row.retain_until < until:
                row.retain_until = until
                facts = {"part": copy.part, "retain_until": until.isoformat()}
                self._record(session, "offsite_extended", copy.snapshot_id, facts)

    def _remove(self, copy: t.OffsiteCopy) -> None:
        """Remove every version of what was sent of this very bag, and see that none is left."""
        with self.store.read() as session:
            snapshot = session.get_one(t.Snapshot, copy.snapshot_id)
            session.expunge(snapshot)
        prefix = wanted.prefix_of(self.settings, snapshot)
        removed = 0
        for version in list(self.bucket.versions(prefix)):
            self.bucket.remove(version.name, version.version)
            removed += 1
        self.steps("offsite.removed")
        if any(True for _ in self.bucket.versions(prefix)):
            raise CopyLeft(
                f"Copies of snapshot {copy.snapshot_id} are still in the storage after their removal.",
                safe="No row says that they are gone.",
                do="Ask whoever runs the storage.",
            )
        with self.store.write() as session:
            now = self.clock.now()
            for row in wanted.rows_of(session, copy.snapshot_id, self.place):
                row.removed_at = row.removed_at or now
            self._record(session, "offsite_removed", copy.snapshot_id, {"versions": removed})

    def _tell_left(self) -> None:
        """Say once, of destroyed evidence, that a copy is still there and until when it is locked."""
        with self.store.read() as session:
            if not wanted.left_untold(session, self.place):
                return
        with self.store.write() as session:
            left = wanted.left_untold(session, self.place)
            for snapshot_id, copies in groupby(
                sorted(left, key=lambda copy: copy.snapshot_id), lambda copy: copy.snapshot_id
            ):
                self._record(session, wanted.LEFT, snapshot_id, {"retain_until": _last(list(copies))})

    def _record(self, session: Session, verb: str, snapshot_id: int, facts: dict[str, Any]) -> None:
        detail = {"place": self.place, **facts}
        audit.record(session, ITSELF, verb, "snapshot", snapshot_id, now=self.clock.now(), detail=detail)


def _last(copies: Sequence[t.OffsiteCopy]) -> str | None:
    """When the last lock of some copies ends."""
    ends = [copy.retain_until for copy in copies if copy.retain_until is not None]
    return max(ends).isoformat() if ends else None
