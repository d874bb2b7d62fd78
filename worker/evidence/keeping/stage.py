"""The stage: custody, holds, retention and disposal."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path

from sqlalchemy import Engine
from sqlalchemy.orm import Session

from worker import outbox
from worker.clock import Clock
from worker.evidence.bagstore import BagStore
from worker.evidence.keeping import deleted_on_x, disposals, erasing, holds, steady
from worker.evidence.keeping.allowed import TO_DISPOSE, TO_HOLD, TO_VIEW, right_over
from worker.evidence.keeping.destruction import Destruction
from worker.evidence.keeping.disposals import ITSELF, Approved, DisposalView
from worker.evidence.keeping.due import due_comments
from worker.evidence.keeping.holds import HoldView
from worker.evidence.keeping.scrubbing import scrub
from worker.evidence.keeping.timeline import Event, events_of
from worker.evidence.standing import check_may_view, right_to_view
from worker.ledger import audit
from worker.ledger.audit import Actor
from worker.review.rights import Right, check, permitted, require
from worker.settings_evidence import Retention
from worker.steps import Steps, unobserved
from worker.store import tables as t
from worker.store.session import Store

#: The kind of job that looks for what has come to the end of its time.
RETENTION = "retention"
#: Often enough that what was deleted on X is gone well within a day.
_EVERY = timedelta(hours=1)
_AT_ONCE = 200
#: Each of these is looked at from many sides; no writer should wait for many of them.
_PROPOSED_AT_ONCE = 25
#: So that a first run over years of comments ends within its job's lease; the next goes on.
_MOST_BATCHES = 100


@dataclass(frozen=True, slots=True)
class Keeping:
    """What becomes of evidence after it is sealed.

    Attributes:
        shelf: the bags.
        exports: the folder of files made for hand-overs, which hold copies.
        retention: how long things are kept.
        steps: told how far a destruction came.
        one_os_user_will_do: whether one user of the operating system may be both people; for a demo.
    """

    store: Store
    clock: Clock
    shelf: BagStore
    exports: Path
    retention: Retention
    steps: Steps = unobserved
    one_os_user_will_do: bool = False

    def timeline(self, case_id: int, actor: Actor) -> tuple[Event, ...]:
        """Everything that happened to the evidence of a case, the oldest first. Looking leaves a trace.

        Raises:
            NotAllowed: the actor may not view evidence, or not that of this case.
            NotFound: there is no such case.
        """
        right = right_to_view(self.store, case_id)
        with permitted(self.store, self.clock, actor, right, "case", case_id) as session:
            events = events_of(session, case_id)
            check_may_view(session, actor, case_id)
            audit.record(session, actor, "custody_viewed", "case", case_id, now=self.clock.now())
        return events

    def hold(self, case_id: int, actor: Actor, reason: str) -> int:
        """Place a legal hold on a case: nothing of it is destroyed until it is released.

        Returns:
            The hold's id.

        Raises:
            NotAllowed: the actor may not.
            ReasonNeeded: there is no reason.
            NotFound: there is no such case.
            Conflict: one stands already, or its evidence was destroyed.
        """
        right = right_over(self.store, case_id, TO_HOLD)
        with permitted(self.store, self.clock, actor, right, "case", case_id) as session:
            person = check(session, actor, right)
            return holds.place(session, case_id, person.id, actor, reason, now=self.clock.now())

    def release(self, case_id: int, actor: Actor, reason: str) -> None:
        """Release the hold on a case.

        Raises:
            NotAllowed: the actor may not.
            ReasonNeeded: there is no reason.
            NotFound: there is no such case.
            Conflict: none stands.
        """
        right = right_over(self.store, case_id, TO_HOLD)
        with permitted(self.store, self.clock, actor, right, "case", case_id) as session:
            person = check(session, actor, right)
            holds.release(session, case_id, person.id, actor, reason, now=self.clock.now())

    def holds(self, actor: Actor) -> tuple[HoldView, ...]:
        """The holds that stand on cases whose evidence the actor may look at, the oldest first.

        Raises:
            NotAllowed: the actor may not view any evidence.
        """
        require(self.store, self.clock, actor, TO_VIEW.restricted, "hold")
        with self.store.read() as session:
            return tuple(holds.standing(session, actor))

    def waiting(self, actor: Actor) -> tuple[DisposalView, ...]:
        """The disposals that wait and that the actor could decide on, the longest due first.

        Raises:
            NotAllowed: the actor may not dispose of any evidence.
        """
        require(self.store, self.clock, actor, TO_DISPOSE.restricted, "disposal")
        with self.store.read() as session:
            return disposals.waiting(session, actor, self.retention, now=self.clock.now())

    def approve(self, case_id: int, actor: Actor, reason: str) -> Approved:
        """Approve that what is kept of a case, whose time is up, is destroyed; a job then does it.

        Of what is restricted two people have to: the first one's word is noted.

        Raises:
            NotAllowed: the actor may not, or sits there as the same user of the computer as the first.
            ReasonNeeded: there is no reason.
            NotFound: there is no such case.
            Conflict: nothing is proposed for it, or something stands in the way.
        """
        right = right_over(self.store, case_id, TO_DISPOSE)
        with permitted(self.store, self.clock, actor, right, "case", case_id) as session:
            person = check(session, actor, right)
            return disposals.approve(
                session,
                case_id,
                person.id,
                actor,
                reason,
                self.retention,
                now=self.clock.now(),
                one_os_user_will_do=self.one_os_user_will_do,
            )

    def keep(self, case_id: int, actor: Actor, reason: str) -> tuple[int, ...]:
        """Keep what was proposed to be destroyed; it is proposed again after a while.

        Returns:
            The cases that stay: this one, and every other about the same comment that was proposed.

        Raises:
            NotAllowed: the actor may not.
            ReasonNeeded: there is no reason.
            NotFound: there is no such case.
            Conflict: nothing is proposed or approved for it.
        """
        right = right_over(self.store, case_id, TO_DISPOSE)
        with permitted(self.store, self.clock, actor, right, "case", case_id) as session:
            person = check(session, actor, right)
            return disposals.keep(
                session, case_id, person.id, actor, reason, self.retention, now=self.clock.now()
            )

    def schedule(self) -> bool:
        """Write the job that looks for what has come to the end of its time, once an hour.

        Returns:
            Whether one was written.
        """
        now = self.clock.now()
        with self.store.read() as session:
            last = session.get(t.Schedule, RETENTION)
        # A time that lies ahead was written by a clock that was ahead and has been put right.
        if last is not None and last.last_due_at <= now < last.last_due_at + _EVERY:
            return False
        with self.store.write() as session:
            session.merge(t.Schedule(name=RETENTION, last_due_at=now))
            return outbox.enqueue(session, RETENTION, {}, now=now, key=RETENTION) is not None

    def run(self, finish: outbox.Finish) -> None:
        """Look for what has come to the end of its time: propose, erase, follow deletions. The hourly job.

        After a leap of the clock nothing is measured by it for a day; deletions need no clock.
        """
        with self.store.write() as session:
            measured = steady.goes_on(session, self.clock.now())
        self.follow_x_deletions()
        if measured:
            self.erase_never_queued()
            self.propose()
        with self.store.write() as session:
            finish(session)

    def go_on(self, actor: Actor) -> None:
        """Go on after a leap of the clock: a person says that it is right.

        Raises:
            NotAllowed: the actor may not dispose of evidence.
            Conflict: nothing waits for that.
        """
        with permitted(self.store, self.clock, actor, Right.DISPOSE, "retention") as session:
            steady.confirm(session, actor, self.clock.now())
            outbox.enqueue(session, RETENTION, {}, now=self.clock.now(), key=RETENTION)

    def propose(self) -> int:
        """Propose to destroy the evidence of cases whose time is up. Proposing twice does nothing.

        Returns:
            How many disposals were written.
        """
        written, last = 0, 0
        while True:
            now = self.clock.now()
            with self.store.write() as session:
                due = due_comments(session, self.retention, now=now, after=last, most=_PROPOSED_AT_ONCE)
                written += sum(disposals.propose_for(session, each, self.retention, now=now) for each in due)
            if not due:
                return written
            last = due[-1]

    def carry_out(self, comment_id: int, finish: outbox.Finish) -> None:
        """Destroy what was approved for a comment. See `Destruction.run`."""
        Destruction(self.store, self.clock, self.shelf, self.exports, self.retention, self.steps).run(
            comment_id, finish
        )

    def erase_never_queued(self) -> int:
        """Erase comments that never became a case and whose time is up, as many as one job has time for.

        Returns:
            How many.
        """
        total = 0
        for _ in range(_MOST_BATCHES):
            with self.store.write() as session:
                done = self._erase_some(session)
            if not done:
                break
            total += done
        return total

    def follow_x_deletions(self) -> int:
        """Erase, or keep and say why, what its author deleted on X.

        Returns:
            How many were erased.
        """
        erased, last = 0, 0
        while True:
            with self.store.write() as session:
                followed = deleted_on_x.follow(
                    session, self.retention, now=self.clock.now(), after=last, most=_AT_ONCE
                )
            erased += len(followed.erased)
            if not followed.last:
                return erased
            last = followed.last

    def scrub(self, finish: outbox.Finish) -> None:
        """Make what was erased unreadable in an SQLite file too. The nightly job after an erasure.

        Raises:
            NotYet: somebody is reading; it is tried again.
        """
        scrub(self.store.engine)
        with self.store.write() as session:
            finish(session)

    def scrub_now(self, actor: Actor, engine: Engine) -> None:
        """Make what was erased unreadable in the database's files, at once.

        Args:
            engine: on PostgreSQL signed in as the tables' owner.

        Raises:
            NotAllowed: the actor may not dispose of evidence.
            NotYet: somebody is reading.
            StoreNotReady: the engine's role does not own the tables.
        """
        require(self.store, self.clock, actor, Right.DISPOSE, "database")
        scrub(engine)
        with self.store.write() as session:
            audit.record(session, actor, "scrubbed", "database", None, now=self.clock.now())

    def _erase_some(self, session: Session) -> int:
        now = self.clock.now()
        chosen = erasing.never_queued(session, self.retention, now=now, most=_AT_ONCE)
        if chosen:
            erasing.erase(session, chosen, now=now)
            detail = {"why": "never queued", "comments": sorted(chosen)}
            audit.record(session, ITSELF, "erased", "comment", None, now=now, detail=detail)
        return len(chosen)
