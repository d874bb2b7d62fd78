"""The stage of handing over: ask, approve or break the glass, make, review, and see what went to whom."""

from __future__ import annotations

import hashlib
import os
from dataclasses import dataclass
from datetime import datetime
from io import BufferedReader
from pathlib import Path

from sqlalchemy import Select, select
from sqlalchemy.orm import Session

from worker.clock import Clock
from worker.errors import Conflict, EvidenceFault
from worker.evidence.bagstore import BagStore
from worker.evidence.handover.approval import Approvals
from worker.evidence.handover.gather import Check, locked
from worker.evidence.handover.making import Made, Making
from worker.evidence.handover.reach import find, seen
from worker.evidence.handover.request import Request
from worker.evidence.handover.trust_files import Proofs
from worker.evidence.handover.workplace import alone, clear, told
from worker.evidence.locking import hold_comments
from worker.evidence.sidecars import Trust
from worker.evidence.standing import may_view
from worker.ledger import audit
from worker.ledger.audit import Actor
from worker.review.rights import Right, permitted
from worker.steps import Steps
from worker.store import tables as t
from worker.store.session import Store


@dataclass(frozen=True, slots=True)
class ExportView:
    """One export, for a person.

    Attributes:
        request: what was asked for.
        alone_because: the typed reason, where one person went ahead alone.
        file: where its file lies; None before it is made and after it was removed.
    """

    id: int
    state: str
    request: Request
    asked_by: str
    asked_at: datetime
    decided_by: str | None
    decided_at: datetime | None
    decided_reason: str | None
    alone_because: str | None
    reviewed_by: str | None
    reviewed_at: datetime | None
    made_at: datetime | None
    file: Path | None
    file_name: str | None
    file_sha256: str | None
    file_bytes: int | None


@dataclass(frozen=True, slots=True)
class Given:
    """The file of an export, opened to be read once and then closed.

    Attributes:
        name: what it is called.
        size: in bytes.
    """

    name: str
    size: int
    content: BufferedReader


@dataclass(frozen=True, slots=True)
class HandOver:
    """Handing evidence over.

    Attributes:
        bags: the evidence store, which also signs.
        check: looks at every byte of a sealed snapshot's bag, its signature and its timestamp.
        trust: whose signatures and timestamps are believed.
        proofs: gives the ledger's proof of an audit row as files; raises NotYet while there is none.
        out: the folder that files are made in.
        one_os_user_will_do: whether one user of the operating system may be both people; for a demo.
        steps: told how far a making came.
    """

    store: Store
    clock: Clock
    bags: BagStore
    check: Check
    trust: Trust
    proofs: Proofs
    trust_name: str
    out: Path
    steps: Steps
    one_os_user_will_do: bool = False

    def ask(self, actor: Actor, request: Request, *, os_user: str | None) -> int:
        """Ask for an export; its number. See `Approvals.ask`."""
        return self._approvals.ask(actor, request, os_user)

    def approve(self, actor: Actor, export_id: int, *, os_user: str | None) -> None:
        """Approve what somebody else asked for. See `Approvals.approve`."""
        self._approvals.approve(actor, export_id, os_user)

    def refuse(self, actor: Actor, export_id: int, reason: str, *, os_user: str | None) -> None:
        """Refuse an export or withdraw one's own; what dead attempts left of it goes. See `Approvals.refuse`.

        A second person, who has a user of the computer to whom the files are closed, can refuse all the same:
        a file is not counted after it, and what was left of one stays closed.

        Raises:
            Conflict: also while somebody makes a file.
            EvidenceFault: it is refused, and what was left of it could not be removed.
        """
        if not os.access(self.out, os.R_OK | os.W_OK | os.X_OK, effective_ids=True):
            self._approvals.refuse(actor, export_id, reason, os_user)
            return
        with alone(self.out):
            self._approvals.refuse(actor, export_id, reason, os_user)
            with self.store.write() as session, told():
                cases = Request.of(find(session, export_id)).cases
                hold_comments(session, cases)
                if not locked(session, cases):  # else it is locked with all the rest, by who marked it
                    clear(self.out, export_id)

    def break_glass(self, actor: Actor, export_id: int, reason: str, *, os_user: str | None) -> None:
        """Go ahead alone, for a typed reason. See `Approvals.break_glass`."""
        self._approvals.break_glass(actor, export_id, reason, os_user)

    def review(self, actor: Actor, export_id: int, *, os_user: str | None) -> None:
        """Say that one has looked at an export that one person made alone. See `Approvals.review`."""
        self._approvals.review(actor, export_id, os_user)

    def make(self, actor: Actor, export_id: int, *, password: str | None = None) -> Made:
        """Make the file of an approved export. See `Making.make`."""
        making = Making(
            self.store,
            self.clock,
            self.bags,
            self.check,
            self.trust,
            self.proofs,
            self._approvals,
            self.trust_name,
            self.out,
            self.steps,
        )
        return making.make(actor, export_id, password)

    def show(self, actor: Actor, export_id: int) -> ExportView:
        """One export. Leaves a trace.

        Raises:
            NotAllowed: the actor may not see exports, or not the evidence in this one.
            NotFound: there is no such export.
        """
        with permitted(self.store, self.clock, actor, Right.ASK_EXPORT, "export", export_id) as session:
            view = self._view(session, seen(session, actor, export_id))
            now = self.clock.now()
            audit.record(session, actor, "export_viewed", "export", export_id, now=now)
        return view

    def list(self, actor: Actor, *, limit: int = 100) -> tuple[ExportView, ...]:
        """Exports, the newest first, of cases whose evidence the actor may look at. Leaves a trace.

        Raises:
            NotAllowed: the actor may not see exports.
        """
        wanted = select(t.Export).order_by(t.Export.id.desc()).limit(limit)
        return self._listed(actor, Right.ASK_EXPORT, wanted)

    def waiting(self, actor: Actor) -> tuple[ExportView, ...]:
        """Exports that need a second person: asked for and not decided, or made alone and not reviewed.

        Of cases whose evidence the actor may look at, the longest waiting first. Leaves a trace.

        Raises:
            NotAllowed: the actor may not decide on exports.
        """
        undecided = t.Export.state == "asked"
        unreviewed = t.Export.break_glass_reason.is_not(None) & t.Export.reviewed_by.is_(None)
        wanted = select(t.Export).where(undecided | unreviewed).order_by(t.Export.id)
        return self._listed(actor, Right.APPROVE_EXPORT, wanted)

    def download(self, actor: Actor, export_id: int) -> Given:
        """The file of an export, opened, for whoever hands it over. Leaves a trace.

        Raises:
            NotAllowed: the actor may not ask for exports, or not look at the evidence in this one.
            NotFound: there is no such export.
            Conflict: it was not made, its file is gone, or it holds something that is locked by now.
            EvidenceFault: the file cannot be read, or is not the one that was made.
        """
        with permitted(self.store, self.clock, actor, Right.ASK_EXPORT, "export", export_id) as session:
            row = seen(session, actor, export_id)
            path = self._file(row)
            if path is None:
                raise Conflict(f"There is no file of export {export_id}.", safe="Nothing was handed over.")
            if locked(session, Request.of(row).cases):
                raise Conflict(
                    f"Export {export_id} holds a record that is locked: nobody may open its file.",
                    safe="Nothing was handed over.",
                    do="Ask the named safeguarding lead.",
                )
            given = _opened(path)
            if hashlib.file_digest(given.content, "sha256").hexdigest() != row.file_sha256:
                given.content.close()
                raise EvidenceFault(
                    f"The file of export {export_id} is not the one that was made.",
                    safe="It was not handed over.",
                    do="Tell the evidence officer; ask for the export anew.",
                )
            given.content.seek(0)
            now, detail = self.clock.now(), {"file_sha256": row.file_sha256}
            audit.record(session, actor, "export_downloaded", "export", export_id, now=now, detail=detail)
        return given

    def remove_file(self, actor: Actor, export_id: int) -> None:
        """Remove our own copy of a file that was handed over. Its row, its hash and the evidence stay.

        Raises:
            NotAllowed: the actor may not ask for exports, or not look at the evidence in this one.
            NotFound: there is no such export.
            Conflict: it was not made, its file is gone already, or it holds something that is locked.
            EvidenceFault: the file could not be removed.
        """
        with permitted(self.store, self.clock, actor, Right.ASK_EXPORT, "export", export_id) as session:
            row = seen(session, actor, export_id)
            path = self._file(row)
            if path is None:
                raise Conflict(f"There is no file of export {export_id}.", safe="Nothing was removed.")
            cases = Request.of(row).cases
            # A marking that is under way is waited for; one that comes later finds no file.
            hold_comments(session, cases)
            if locked(session, cases):
                raise Conflict(
                    f"Export {export_id} holds a record that is locked: its file is never destroyed by us.",
                    safe="Nothing was removed; the file is being locked, and nobody may open it.",
                    do="Ask the named safeguarding lead: the police say what becomes of it.",
                )
            now, detail = self.clock.now(), {"file_sha256": row.file_sha256}
            audit.record(session, actor, "export_file_removed", "export", export_id, now=now, detail=detail)
            session.flush()
            try:
                path.unlink()
            except OSError as error:
                raise EvidenceFault(f"The file could not be removed: {error.strerror}.") from error

    @property
    def _approvals(self) -> Approvals:
        return Approvals(self.store, self.clock, self.one_os_user_will_do)

    def _listed(self, actor: Actor, right: Right, wanted: Select[t.Export]) -> tuple[ExportView, ...]:
        with permitted(self.store, self.clock, actor, right, "export") as session:
            audit.record(session, actor, "exports_listed", "export", None, now=self.clock.now())
            return tuple(
                self._view(session, row)
                for row in session.scalars(wanted).all()
                if may_view(session, actor, *Request.of(row).cases)
            )

    def _file(self, row: t.Export) -> Path | None:
        path = None if row.file_name is None else self.out / Path(row.file_name).name
        return path if path is not None and path.is_file() else None

    def _view(self, session: Session, row: t.Export) -> ExportView:
        def name(person_id: int | None) -> str | None:
            return None if person_id is None else session.get_one(t.Person, person_id).name

        return ExportView(
            id=row.id,
            state=row.state,
            request=Request.of(row),
            asked_by=name(row.asked_by) or "",
            asked_at=row.asked_at,
            decided_by=name(row.decided_by),
            decided_at=row.decided_at,
            decided_reason=row.decided_reason,
            alone_because=row.break_glass_reason,
            reviewed_by=name(row.reviewed_by),
            reviewed_at=row.reviewed_at,
            made_at=row.made_at,
            file=self._file(row),
            file_name=row.file_name,
            file_sha256=row.file_sha256,
            file_bytes=row.file_bytes,
        )


def _opened(path: Path) -> Given:
    try:
        return Given(path.name, path.stat().st_size, path.open("rb"))
    except OSError as error:
        raise EvidenceFault(f"The file cannot be read: {error.strerror}.") from error
