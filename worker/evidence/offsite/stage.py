"""The stage: copies of sealed core evidence elsewhere, kept in step with holds, decisions and destruction.

One job looks at what the database says is still to be done and does it, in any order and as often as need be:
the rows are the only memory. A row is written before anything is sent, so that whatever lies in the bucket
because of us is known here, and a row says that it was read back only after it was.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from sqlalchemy.orm import Session

from worker import outbox
from worker.clock import Clock
from worker.errors import NotFound, NotYet, UpstanderError
from worker.evidence.following import ask_for_copies
from worker.evidence.offsite import wanted
from worker.evidence.offsite.bucket import Bucket, BucketRefused, BucketUnreachable, require_lock
from worker.evidence.offsite.copier import Copier
from worker.evidence.offsite.fetching import Fetched, fetch, must_be_new
from worker.evidence.offsite.looking import Looking
from worker.evidence.offsite.telling import told
from worker.evidence.offsite.upkeep import Upkeep
from worker.evidence.standing import require_may_view
from worker.evidence.survey import Progress, Result, Surveyor, nobody
from worker.ledger import audit
from worker.ledger.audit import Actor
from worker.log import get
from worker.review.rights import Right, require
from worker.settings_evidence import Offsite, Retention
from worker.steps import Steps
from worker.store import tables as t
from worker.store.session import Store

_TRY_AGAIN_SECONDS = 60.0

log = get("evidence")


class NoBucket(UpstanderError):
    """The settings name no bucket for copies."""


@dataclass(frozen=True, slots=True)
class Copies:
    """The copies in the one place that the settings name.

    Attributes:
        surveyor: looks at a bag before it is sent.
        bucket: gives the bucket, or None where the settings name none.
        steps: told of every named step.
    """

    store: Store
    clock: Clock
    surveyor: Surveyor
    settings: Offsite
    retention: Retention
    bucket: Callable[[], Bucket | None]
    steps: Steps

    @property
    def place(self) -> str:
        """Where copies go, as rows name it."""
        return wanted.place_of(self.settings)

    def check(self) -> None:
        """Refuse a bucket that does not lock what it holds, unless the settings allow it. Asked at the start.

        A storage that cannot be reached, or would not say, stops nothing: the job asks again before it sends
        anything, and whatever is wrong then is shown to people.

        Raises:
            BucketWithoutLock: it does not.
        """
        bucket = self.bucket()
        if bucket is None:
            return
        try:
            if not require_lock(bucket, self.settings):
                log.warning("copies_are_not_locked", bucket=self.settings.bucket)
        except (BucketUnreachable, BucketRefused) as fault:
            log.warning("bucket_not_asked", why=fault.happened)

    def run(self, finish: outbox.Finish) -> None:
        """Send what has no copy yet, and see to the copies there are. Running it twice is harmless.

        Raises:
            NotYet: the storage gave no answer; what waits says `pending` and is tried again.
            EvidenceFault: the storage refused, or gave back something else; a person must look if it lasts.
            BucketWithoutLock: the bucket does not lock what it holds.
        """
        bucket = self.bucket()
        more = False
        if bucket is not None:
            try:
                locks = require_lock(bucket, self.settings)
                faults, more = self._copier(bucket, locks=locks).run()
                faults += self._upkeep(bucket).run()
            except BucketUnreachable as fault:
                raise NotYet(fault.happened, seconds=_TRY_AGAIN_SECONDS) from fault
            if faults:
                raise faults[0]
        with self.store.write() as session:
            finish(session)
            if more:
                session.flush()
                ask_for_copies(session, self.clock.now())

    def schedule(self) -> None:
        """Write the job where something is to be done.

        A hold, a decision, a timestamp, a destruction asks for nothing by itself: this finds it.
        """
        if self.settings.bucket is None:
            return
        with self.store.read() as session:
            anything = self._anything(session)
        if anything:
            with self.store.write() as session:
                ask_for_copies(session, self.clock.now())

    def verify(self, case_id: int | None, actor: Actor, *, progress: Progress = nobody) -> tuple[Result, ...]:
        """Read every copy back and compare it with its manifests, its row and its lock. Leaves a trace.

        Args:
            case_id: None for all.

        Raises:
            NotAllowed: the actor may not verify evidence, or one case was named that is kept from them.
            NotFound: there is no such case.
            NoBucket: the settings name none.
            BucketUnreachable: the storage gave no answer.
        """
        require(self.store, self.clock, actor, Right.VERIFY_EVIDENCE, "case", case_id)
        if case_id is not None:
            self._must_exist(case_id)
            require_may_view(self.store, self.clock, actor, case_id)
        looking = Looking(self.store, self.clock, self.settings, self._the_bucket(), self.place)
        results = looking.survey(case_id, progress)
        facts = {"looked_at": len(results), "problems": sum(not result.ok for result in results)}
        self._record(actor, "offsite_surveyed", case_id, facts)
        return results

    def fetch(self, case_id: int, into: Path, actor: Actor) -> tuple[Fetched, ...]:
        """Bring the bags of a case back from their copies, each verified like any bag. Leaves a trace.

        What is locked away here is not fetched.

        Args:
            into: a new or empty folder.

        Raises:
            NotAllowed: the actor may not, or not this: looking at evidence gives no right to a copy of it.
            NotFound: there is no such case, or no copy of it.
            NoBucket: the settings name none.
            Conflict: the folder holds something.
            EvidenceFault: the storage gave no answer, refused, or gave back something else.
        """
        require(self.store, self.clock, actor, Right.FETCH_EVIDENCE, "case", case_id)
        self._must_exist(case_id)
        require_may_view(self.store, self.clock, actor, case_id)
        bucket = self._the_bucket()
        must_be_new(into)
        with self.store.read() as session:
            found = wanted.fetchable(session, case_id, self.place)
            session.expunge_all()
        if not found:
            raise NotFound(f"No copy of case {case_id} is recorded that may be fetched.")
        into.mkdir(parents=True, exist_ok=True)
        self._record(actor, "offsite_fetched", case_id, {"snapshots": [row.id for row, _ in found]})
        return tuple(
            fetch(bucket, self.settings, row, copies, into, self.surveyor.trust) for row, copies in found
        )

    def told(self, case_id: int) -> dict[int, str]:
        """How the copies of a case's snapshots stand, in words, by the snapshot's id."""
        with self.store.read() as session:
            return told(session, case_id, None if self.settings.bucket is None else self.place)

    def _the_bucket(self) -> Bucket:
        bucket = self.bucket()
        if bucket is None:
            raise NoBucket(
                "No bucket is set, so there are no copies elsewhere to look at.",
                do="Set evidence.offsite.bucket, or leave this out.",
            )
        return bucket

    def _must_exist(self, case_id: int) -> None:
        with self.store.read() as session:
            if session.get(t.Case, case_id) is None:
                raise NotFound(f"There is no case {case_id}.", do="`upstander queue list` shows the cases.")

    def _record(self, actor: Actor, verb: str, case_id: int | None, facts: dict[str, Any]) -> None:
        detail = {"place": self.place, **facts}
        with self.store.write() as session:
            audit.record(session, actor, verb, "case", case_id, now=self.clock.now(), detail=detail)

    def _anything(self, session: Session) -> bool:
        return bool(
            wanted.missing(session, self.place, 1)
            or wanted.held_otherwise(session, self.place, 1)
            or wanted.too_short(session, self.place, self.retention, 1)
            or wanted.to_remove(session, self.place, self.clock.now(), 1)
            or wanted.left_untold(session, self.place)
        )

    def _copier(self, bucket: Bucket, *, locks: bool) -> Copier:
        return Copier(
            self.store, self.clock, self.surveyor, self.settings, bucket, self.place, locks, self.steps
        )

    def _upkeep(self, bucket: Bucket) -> Upkeep:
        return Upkeep(self.store, self.clock, self.settings, self.retention, bucket, self.place, self.steps)
