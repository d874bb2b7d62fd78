"""Marking: a person says what a comment's pictures are, and what must follow follows, whatever crashes."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from worker import outbox
from worker.clock import Clock
from worker.errors import NotFound, UpstanderError
from worker.evidence.bagstore import BagStore
from worker.evidence.instruction import instruction
from worker.evidence.locking import Vault, hold_comment, lock_later
from worker.evidence.notice import Notice, suspicion_notice
from worker.evidence.standing import RECORD_ONLY, SUSPECTED, may_copy_media, standing, suspicion
from worker.evidence.subject import identity_of
from worker.ledger import audit
from worker.ledger.audit import Actor
from worker.log import get
from worker.review.rights import Right, permitted
from worker.settings_evidence import Safeguarding
from worker.steps import Steps
from worker.store import tables as t
from worker.store.custody import MARKS
from worker.store.session import Store

#: The kind of job that tells the named lead of one mark.
TELL_JOB = "tell_lead"
_ITSELF = Actor(None, "lock")
_TELLING = Actor(None, "tell_lead")
_LOCKED_VERB = "bag_locked"

#: Sends one mail; raises where no mail server took it.
Tell = Callable[[Notice], None]
#: Asks, in the transaction of a mark after which copying is allowed, for what waited for it: given the
#: comment's id and the time.
Waited = Callable[[Session, int, datetime], object]

log = get("evidence")


class LeadNotTold(UpstanderError):
    """The named lead could not be told; the job is tried again, and shown to people."""


@dataclass(frozen=True, slots=True)
class Marked:
    """What a mark led to.

    Attributes:
        standing: the gravest mark of the comment, which counts.
        may_copy: whether its pictures may be copied now; why: in words.
        instruction: what to do now, item by item; nothing unless abuse imagery is suspected.
        exports: numbers of exports made before that held this case: their copies are out of the house.
        lead_has_address: whether the named lead is told by e-mail.
    """

    mark_id: int
    comment_id: int
    standing: str
    may_copy: bool
    why: str
    instruction: tuple[str, ...]
    exports: tuple[int, ...]
    lead_has_address: bool


@dataclass(frozen=True)
class Marking:
    """The marking stage.

    Attributes:
        tell: sends the mail to the named lead.
        waited: asks for the captures that waited for "safe to copy".
        steps: told of every named step.
    """

    store: Store
    clock: Clock
    shelf: BagStore
    safeguarding: Safeguarding
    tell: Tell
    waited: Waited
    steps: Steps

    @property
    def vault(self) -> Vault:
        """Where locked copies go."""
        return Vault(self.shelf.root, self.steps)

    def mark(self, case_id: int, mark: str, actor: Actor, reason: str | None = None) -> Marked:
        """Say what the pictures or videos of a case's comment are. Marks are only added; the gravest counts.

        A suspicion of child sexual abuse imagery takes effect in the same transaction: nothing is copied
        any more, the copies there are will be locked, a record without any copy is asked for, and the named
        lead is told. What is locked is locked by a job, so that a crash at any point ends locked.

        Args:
            mark: safe_to_copy, intimate_image or suspected_csam.
            reason: in the person's words; it must not describe what was seen.

        Raises:
            NotAllowed: the actor may not mark.
            NotFound: there is no such case, or no such mark.
        """
        if mark not in MARKS:
            raise NotFound(f"There is no mark {mark!r}.", do=f"Choose one of: {', '.join(MARKS)}.")
        now = self.clock.now()
        with permitted(self.store, self.clock, actor, Right.MARK_MEDIA, "case", case_id) as session:
            case = session.get(t.Case, case_id)
            if case is None:
                raise NotFound(f"There is no case {case_id}.", do="`upstander queue list` shows the cases.")
            hold_comment(session, case.comment_id)
            marked = self._enter(session, case, mark, reason, actor, now)
        self.steps("mark.committed")
        if mark == SUSPECTED:
            self._lock_at_once(case.comment_id)
        return marked

    def lock(self, comment_id: int, finish: outbox.Finish) -> None:
        """Lock every copy that was made of a marked comment; the job's handler. Twice is harmless.

        Raises:
            OSError: a copy could not be moved or closed; to be tried again.
            LeaseLost: another process has this job now.
        """
        self._lock(comment_id)
        with self.store.write() as session:
            finish(session)

    def tell_lead(self, mark_id: int, finish: outbox.Finish) -> None:
        """Tell the named lead of a suspicion: ids, times and the address. The job's handler.

        Raises:
            NotFound: there is no such mark.
            LeadNotTold: no address is set, or the mail server took nothing; to be tried again.
            LeaseLost: another process has this job now.
        """
        address = self.safeguarding.lead_email
        with self.store.read() as session:
            mark = session.get(t.Mark, mark_id)
            if mark is None:
                raise NotFound(f"There is no mark {mark_id}.")
            notice = suspicion_notice(session, mark, self.safeguarding, address or "")
        if address is None:
            raise LeadNotTold(
                f"Nobody could be told of mark {mark_id} by e-mail: the named lead has no address.",
                safe="Nothing is copied, and the copies there were are locked.",
                do="Phone the lead now. Set safeguarding.lead_email; then `upstander act retry` this job.",
            )
        self.tell(notice)
        self.steps("tell.sent")
        with self.store.write() as session:
            now, detail = self.clock.now(), {"mark_id": mark_id}
            audit.record(session, _TELLING, "lead_told", "comment", mark.comment_id, now=now, detail=detail)
            finish(session)

    def _enter(
        self, session: Session, case: t.Case, mark: str, reason: str | None, actor: Actor, now: datetime
    ) -> Marked:
        before, _ = may_copy_media(session, case.comment_id, unasked=False)
        row = t.Mark(
            comment_id=case.comment_id,
            mark=mark,
            reason=(reason or "").strip() or None,
            marked_by=actor.person_id,
            marked_at=now,
        )
        session.add(row)
        session.flush()
        detail = {"case_id": case.id, "mark_id": row.id, "mark": mark}
        audit.record(session, actor, "marked", "comment", case.comment_id, now=now, detail=detail)
        may, why = may_copy_media(session, case.comment_id, unasked=False)
        if may and not before:
            self.waited(session, case.comment_id, now)
        if mark == SUSPECTED:
            self._follow_suspicion(session, case, row, now)
        return Marked(
            mark_id=row.id,
            comment_id=case.comment_id,
            standing=standing(session, case.comment_id) or mark,
            may_copy=may,
            why=why,
            instruction=instruction(self.safeguarding) if mark == SUSPECTED else (),
            exports=_exports(session, case.comment_id) if mark == SUSPECTED else (),
            lead_has_address=self.safeguarding.lead_email is not None,
        )

    def _follow_suspicion(self, session: Session, case: t.Case, mark: t.Mark, now: datetime) -> None:
        lock_later(session, case.comment_id, now)
        outbox.enqueue(session, TELL_JOB, {"mark_id": mark.id}, now=now)
        known = session.scalar(
            select(t.Snapshot.id)
            .where(
                t.Snapshot.comment_id == case.comment_id,
                t.Snapshot.revision_id == case.revision_id,
                t.Snapshot.source == RECORD_ONLY,
            )
            .limit(1)
        )
        if known is not None:
            return
        # The older evidence gives no receipt from here on: a record must, or the comment could not be hidden.
        record = t.Snapshot(
            case_id=case.id,
            comment_id=case.comment_id,
            revision_id=case.revision_id,
            kind="core",
            state="pending",
            asked_at=now,
        )
        session.add(record)
        session.flush()
        outbox.enqueue(session, "capture_urgent", {"snapshot_id": record.id}, now=now)

    def _lock_at_once(self, comment_id: int) -> None:
        """Lock what there is before the person reads on. Where that fails, the job is there to do it."""
        try:
            self._lock(comment_id)
        except OSError as error:
            log.warning("not_locked_yet", comment_id=comment_id, error=type(error).__name__)

    def _lock(self, comment_id: int) -> None:
        with self.store.read() as session:
            mark = suspicion(session, comment_id)
            if mark is None:
                raise NotFound(f"Nobody marked comment {comment_id}: nothing of it is locked.")
            rows = _copies(session, mark)
        failed: OSError | None = None
        for row in rows:
            try:
                self.vault.lock(identity_of(row))
            except OSError as error:
                # One bag that resists must not leave the others open; the job tries it again.
                failed = failed or error
        self.steps("lock.all_closed")
        with self.store.write() as session:
            self._audit_locked(session, rows)
        if failed is not None:
            raise failed

    def _audit_locked(self, session: Session, rows: Sequence[t.Snapshot]) -> None:
        """One audit row for each bag that is locked and has none yet: a crash may have come in between."""
        locked = [row for row in rows if self.vault.holds(identity_of(row))]
        told = set(
            session.scalars(
                select(t.Audit.object_id).where(
                    t.Audit.object_type == "snapshot",
                    t.Audit.verb == _LOCKED_VERB,
                    t.Audit.object_id.in_([row.id for row in locked]),
                )
            )
        )
        for row in locked:
            if row.id not in told:
                detail = {"case_id": row.case_id, "bag": row.bag}
                now = self.clock.now()
                audit.record(session, _ITSELF, _LOCKED_VERB, "snapshot", row.id, now=now, detail=detail)


def _copies(session: Session, mark: t.Mark) -> list[t.Snapshot]:
    """Every snapshot of a marked comment that can have left a copy, its evidence destroyed or not.

    One that was asked for after the mark holds a record only, and may be in the making.
    """
    later = (t.Snapshot.state == "pending") & (t.Snapshot.asked_at >= mark.marked_at)
    recorded = func.coalesce(t.Snapshot.source, "") == RECORD_ONLY
    rows = session.scalars(
        select(t.Snapshot)
        .where(t.Snapshot.comment_id == mark.comment_id, ~recorded, ~later)
        .order_by(t.Snapshot.id)
    ).all()
    session.expunge_all()
    return list(rows)


def _exports(session: Session, comment_id: int) -> tuple[int, ...]:
    made = (
        select(t.Export.id)
        .join(t.ExportCase, t.ExportCase.export_id == t.Export.id)
        .join(t.Case, t.Case.id == t.ExportCase.case_id)
        .where(t.Case.comment_id == comment_id, t.Export.state == "made")
        .distinct()
        .order_by(t.Export.id)
    )
    return tuple(session.scalars(made))
