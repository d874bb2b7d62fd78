"""Marking: a person says what a comment's pictures are, and what must follow follows, whatever crashes."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from functools import partial
from pathlib import Path

from sqlalchemy import select
from sqlalchemy.orm import Session

from worker import outbox
from worker.clock import Clock
from worker.errors import NotFound, UpstanderError
from worker.evidence.bagstore import BagStore
from worker.evidence.beside import cases_beside
from worker.evidence.copies import copies_of, export_files, exports_of, may_be_record
from worker.evidence.instruction import instruction
from worker.evidence.locking import Vault, audit_locked, lock_later
from worker.evidence.notice import Notice, suspicion_notice
from worker.evidence.standing import (
    RECORD_ONLY,
    SUSPECTED,
    may_copy_media,
    standing,
    suspicion,
    wording_meant,
)
from worker.evidence.subject import identity_of
from worker.ledger import audit
from worker.ledger.audit import Actor
from worker.log import get
from worker.review.access import held_case, kinds_on, may_see, seen_under
from worker.review.restricting import BY_MARK, restrict_by_mark
from worker.review.rights import Right, permitted
from worker.settings_evidence import Safeguarding
from worker.steps import Steps
from worker.store import tables as t
from worker.store.custody import MARKS
from worker.store.session import Store

#: The kind of job that tells the named lead of one mark.
TELL_JOB = "tell_lead"
_TELLING = Actor(None, "tell_lead")

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
        beside: cases under the same post whose pictures may show it, so that they are not shown any more.
        lead_has_address: whether the named lead is told by e-mail.
        still_sees: whether whoever marked it still sees the case; seen_by: the roles that do alone.
    """

    mark_id: int
    comment_id: int
    standing: str
    may_copy: bool
    why: str
    instruction: tuple[str, ...]
    exports: tuple[int, ...]
    beside: tuple[int, ...]
    lead_has_address: bool
    still_sees: bool
    seen_by: tuple[str, ...]


@dataclass(frozen=True)
class Marking:
    """The marking stage.

    Attributes:
        exports: the folder of files that were handed over, best on the same disk as the evidence store.
        tell: sends the mail to the named lead.
        waited: asks for the captures that waited for "safe to copy".
        steps: told of every named step.
    """

    store: Store
    clock: Clock
    shelf: BagStore
    safeguarding: Safeguarding
    exports: Path
    tell: Tell
    waited: Waited
    steps: Steps

    @property
    def vault(self) -> Vault:
        """Where locked copies go."""
        return Vault(self.shelf.root, self.steps)

    def mark(
        self,
        case_id: int,
        mark: str,
        actor: Actor,
        reason: str | None = None,
        *,
        revision_id: int | None = None,
    ) -> Marked:
        """Say what the pictures or videos of a case's comment are. Marks are only added; the gravest counts.

        A suspicion of child sexual abuse imagery takes effect in the same transaction: nothing is copied
        any more, the copies there are will be locked, a record without any copy is asked for, and the named
        lead is told. What is locked is locked by a job, so that a crash at any point ends locked.

        Args:
            mark: safe_to_copy, intimate_image or suspected_csam.
            reason: in the person's words; it must not describe what was seen.
            revision_id: the revision that the person saw. Safe to copy needs it; see `wording_meant`.

        Raises:
            NotAllowed: the actor may not mark.
            NotFound: there is no such case, no such mark, or no such revision of its comment.
            MarkIncomplete: safe to copy, and no revision is named.
            RevisionChanged: safe to copy, and the comment has a newer revision.
        """
        if mark not in MARKS:
            raise NotFound(f"There is no mark {mark!r}.", do=f"Choose one of: {', '.join(MARKS)}.")
        now = self.clock.now()
        with permitted(self.store, self.clock, actor, Right.MARK_MEDIA, "case", case_id) as session:
            # Holds its comment too: a sealing of it under way and this mark see each other.
            case = held_case(session, actor, case_id)
            row = t.Mark(
                comment_id=case.comment_id,
                revision_id=wording_meant(session, case, mark, revision_id),
                mark=mark,
                reason=(reason or "").strip() or None,
                marked_by=actor.person_id,
                marked_at=now,
            )
            marked = self._enter(session, case, row, actor, now)
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

    def _enter(self, session: Session, case: t.Case, row: t.Mark, actor: Actor, now: datetime) -> Marked:
        before, _ = may_copy_media(session, case.comment_id, unasked=False)
        session.add(row)
        session.flush()
        mark = row.mark
        detail = {"case_id": case.id, "mark_id": row.id, "mark": mark, "revision_id": row.revision_id}
        audit.record(session, actor, "marked", "comment", case.comment_id, now=now, detail=detail)
        if mark in BY_MARK:
            restrict_by_mark(session, actor, case.comment_id, mark, now=now)
        may, why = may_copy_media(session, case.comment_id, unasked=False)
        exported = exports_of(session, case.comment_id) if mark == SUSPECTED else ()
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
            exports=tuple(row.id for row in exported),
            beside=cases_beside(session, case.comment_id) if mark == SUSPECTED else (),
            lead_has_address=self.safeguarding.lead_email is not None,
            still_sees=may_see(session, row.marked_by, case.id),
            seen_by=tuple(sorted(seen_under(kinds_on(session, case.id)))),
        )

    def _follow_suspicion(self, session: Session, case: t.Case, mark: t.Mark, now: datetime) -> None:
        lock_later(session, case.comment_id, now)
        outbox.enqueue(session, TELL_JOB, {"mark_id": mark.id}, now=now)
        # The older evidence gives no receipt from here on: a record must, or the comment could not be hidden,
        # whichever of its cases the hide was asked for in.
        recorded = set(
            session.scalars(
                select(t.Snapshot.revision_id).where(
                    t.Snapshot.comment_id == case.comment_id, t.Snapshot.source == RECORD_ONLY
                )
            )
        )
        cases = session.scalars(
            select(t.Case).where(t.Case.comment_id == case.comment_id).order_by(t.Case.id.desc())
        ).all()
        for each in cases:
            if each.revision_id not in recorded:
                recorded.add(each.revision_id)
                self._ask_for_record(session, each, now)

    def _ask_for_record(self, session: Session, case: t.Case, now: datetime) -> None:
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
            rows = copies_of(session, mark)
            files = export_files(session, comment_id, self.exports)
        vault = self.vault
        closing: list[Callable[[], object]] = [
            partial(vault.lock, identity_of(row), half_built=not may_be_record(row, mark)) for row in rows
        ]
        # What was handed over has left the house; our own file of it has not.
        closing += [partial(vault.lock_folder, path, f"exports/{path.name}") for path in files]
        failed: OSError | None = None
        for close in closing:
            try:
                close()
            except OSError as error:
                # One copy that resists must not leave the others open; the job tries it again.
                failed = failed or error
        self.steps("lock.all_closed")
        with self.store.write() as session:
            audit_locked(session, vault, rows, self.clock.now())
        if failed is not None:
            raise failed
