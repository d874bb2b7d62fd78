"""Supplements: a person's own screenshot or document, kept byte for byte and sealed beside the core.

It is taken in two steps, so that a crash loses nothing that was accepted: the file is written aside and
flushed, then the snapshot's row and its job are written in one transaction. The job puts it into a bag.
"""

from __future__ import annotations

import json
import re
import shutil
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path
from typing import BinaryIO

from sqlalchemy import select
from sqlalchemy.orm import Session

from worker import outbox
from worker.clock import Clock
from worker.errors import Conflict, EvidenceFault, NotYet
from worker.evidence.bag import sha256
from worker.evidence.handed_in import harmless_name, read_limited, recognise
from worker.evidence.inbox import FACTS, ORIGINAL, put_aside
from worker.evidence.instruction import instruction
from worker.evidence.locking import Vault
from worker.evidence.record_only import Record, record_only_payload
from worker.evidence.sealing import Sealing
from worker.evidence.stamping import newest_comparison
from worker.evidence.standing import SUSPECTED, check_may_view, may_copy_media, standing, suspicion
from worker.evidence.subject import Subject
from worker.evidence.supplement_files import Receipt, supplement_payload
from worker.ledger import audit
from worker.ledger.audit import Actor
from worker.review.locked import locked
from worker.review.rights import Right, permitted
from worker.settings_evidence import Safeguarding
from worker.store import tables as t
from worker.store.session import Store

#: The kind of job that seals one supplement.
SUPPLEMENT_JOB = "supplement"
_ITSELF = Actor(None, "supplement")
_TOKEN = re.compile(r"[0-9a-f]{32}")
#: A file that was written aside and whose row was never written was never accepted: it goes after a day.
_FORGOTTEN = timedelta(days=1)
#: How long a file waits for another look whether its core is sealed.
_CORE_WAIT = 2.0


@dataclass(frozen=True, slots=True)
class Supplements:
    """The stage of what people hand in.

    Attributes:
        inbox: folder for files between hand-in and sealing; best on the same disk as the evidence store.
        most_bytes: a larger file is refused (the setting evidence.media_bytes).
        unasked: the setting evidence.copy_media_unasked.
    """

    store: Store
    clock: Clock
    sealing: Sealing
    inbox: Path
    safeguarding: Safeguarding
    most_bytes: int
    unasked: bool

    def add(self, case_id: int, name: str, file: BinaryIO, actor: Actor, note: str | None = None) -> int:
        """Take a file in, as evidence of a case that Upstander itself did not capture.

        Args:
            name: what the file was called where it comes from; shown, and never used as a path.
            note: what the person says about it.

        Returns:
            The id of the snapshot that is being sealed.

        Raises:
            NotAllowed: the actor may not add evidence, or the case is restricted to others.
            NotFound: there is no such case.
            Conflict: its pictures may not be copied, or its core is not sealed yet.
            NotAccepted: the file is of no kind that is taken, or too large.
        """
        self._tidy()
        with permitted(self.store, self.clock, actor, Right.ADD_SUPPLEMENT, "case", case_id) as session:
            self._core(session, actor, case_id)
        token, receipt = self.receive(name, file, actor, note)
        try:
            with permitted(self.store, self.clock, actor, Right.ADD_SUPPLEMENT, "case", case_id) as session:
                core = self._core(session, actor, case_id)
                return self.enter(session, core, token, receipt, actor)
        except BaseException:
            self.drop(token)
            raise

    def receive(
        self, name: str, file: BinaryIO, actor: Actor, note: str | None = None
    ) -> tuple[str, Receipt]:
        """Check a file and write it aside, flushed. It counts as accepted once `enter` is committed.

        Args:
            name: what the file was called where it comes from; shown, and never used as a path.
            note: what the person says about it.

        Returns:
            The name of its folder in the inbox, and what is known of it.

        Raises:
            NotAccepted: it is of no kind that is taken, or too large.
            EvidenceFault: the disk would not take it.
        """
        content = read_limited(file, self.most_bytes)
        receipt = Receipt(
            kind=recognise(content),
            sha256=sha256(content),
            size=len(content),
            name=harmless_name(name),
            note=(note or "").strip() or None,
            person_id=actor.person_id,
            source=actor.source,
            received_at=self.clock.now(),
        )
        token = put_aside(self.inbox, receipt, content)
        self.sealing.steps("supplement.aside")
        return token, receipt

    def drop(self, token: str) -> None:
        """Remove a file that was written aside and not accepted."""
        shutil.rmtree(self._aside(token), ignore_errors=True)

    def seal(self, snapshot_id: int, token: str, digest: str, finish: outbox.Finish) -> None:
        """Seal what was handed in; the job's handler. Running it twice is harmless.

        Where abuse imagery is suspected by now, only a record is sealed, and the file is locked away.

        Args:
            token: the name of its folder in the inbox.
            digest: SHA-256 of the file when it was accepted.

        Raises:
            NotFound: there is no such snapshot.
            EvidenceFault: the file is gone or altered, or nothing could be written; to be tried again.
            LeaseLost: another process has this job now.
        """
        aside = self._aside(token)

        def make(about: Subject) -> Mapping[str, bytes]:
            with self.store.read() as session:
                mark = suspicion(session, about.comment.id)
                core = session.get_one(t.Snapshot, about.snapshot.core_id)
                clock = newest_comparison(session)
            now, trust_name = self.clock.now(), self.sealing.trust_name
            if mark is not None:
                return record_only_payload(
                    Record(about, mark, _ITSELF, trust_name, self.safeguarding, now, clock)
                )
            if core.state != "sealed":
                raise NotYet(f"Core snapshot {core.id} is not sealed yet.", seconds=_CORE_WAIT)
            receipt, content = self._take(aside, digest)
            return supplement_payload(about, core, receipt, content, trust_name, now, clock)

        # Before the job can be done, so that nothing is left open if this process dies: and again after it,
        # for a suspicion that came meanwhile.
        self._lock_if_suspected(snapshot_id, token)
        self.sealing.run(snapshot_id, "supplement", make, finish, _ITSELF)
        if not self._lock_if_suspected(snapshot_id, token):
            shutil.rmtree(aside, ignore_errors=True)

    def _lock_if_suspected(self, snapshot_id: int, token: str) -> bool:
        """Lock a file away that must not be copied any more. Returns whether that is so."""
        with self.store.read() as session:
            comment_id = session.get_one(t.Snapshot, snapshot_id).comment_id
            if suspicion(session, comment_id) is None:
                return False
        vault = Vault(self.sealing.shelf.root, self.sealing.steps)
        vault.lock_folder(self._aside(token), f"handed-in/{token}")
        return True

    def _core(self, session: Session, actor: Actor, case_id: int) -> t.Snapshot:
        """The sealed core that a supplement belongs to, if this person may add one to this case now."""
        _, case = locked(session, case_id)
        check_may_view(session, actor, case_id)
        if standing(session, case.comment_id) == SUSPECTED:
            raise Conflict(
                "Child sexual abuse imagery is suspected here: nothing of it may be copied or handed in.",
                safe="Nothing was kept.",
                do=" ".join(instruction(self.safeguarding)),
            )
        media = session.get_one(t.Revision, case.revision_id).media
        may, why = may_copy_media(session, case.comment_id, unasked=self.unasked)
        if not may and (media or standing(session, case.comment_id) is not None):
            raise Conflict(
                f"The pictures of case {case_id} may not be copied, and a screenshot would show them: {why}.",
                safe="Nothing was kept.",
                do=f"Say first what they are: `upstander evidence mark {case_id} safe-to-copy`, and which "
                "revision you saw.",
            )
        core = session.scalars(
            select(t.Snapshot)
            .where(
                t.Snapshot.case_id == case_id,
                t.Snapshot.kind == "core",
                t.Snapshot.state == "sealed",
                t.Snapshot.destroyed_at.is_(None),
            )
            .order_by(t.Snapshot.id.desc())
            .limit(1)
        ).one_or_none()
        if core is None:
            raise Conflict(
                f"Case {case_id} has no sealed evidence yet that this could belong to.",
                safe="Nothing was kept.",
                do="It is sealed within seconds of its opening: try again, or see `upstander status`.",
            )
        return core

    def enter(self, session: Session, core: t.Snapshot, token: str, receipt: Receipt, actor: Actor) -> int:
        """Accept a file that was written aside, in the caller's transaction: its row, job and audit.

        Args:
            core: the core snapshot that it belongs to; the file is sealed after it.
        """
        now = self.clock.now()
        row = t.Snapshot(
            case_id=core.case_id,
            comment_id=core.comment_id,
            revision_id=core.revision_id,
            kind="supplement",
            state="pending",
            core_id=core.id,
            asked_at=now,
        )
        session.add(row)
        session.flush()
        job = {"snapshot_id": row.id, "token": token, "sha256": receipt.sha256}
        outbox.enqueue(session, SUPPLEMENT_JOB, job, now=now)
        facts = {"case_id": core.case_id, "sha256": receipt.sha256, "bytes": receipt.size}
        audit.record(session, actor, "supplement_added", "snapshot", row.id, now=now, detail=facts)
        return row.id

    def _aside(self, token: str) -> Path:
        if _TOKEN.fullmatch(token) is None:
            raise EvidenceFault("The job names a file that is not in the inbox.", safe="Nothing was read.")
        return self.inbox / token

    def _take(self, aside: Path, digest: str) -> tuple[Receipt, bytes]:
        try:
            content = (aside / ORIGINAL).read_bytes()
            receipt = Receipt.from_json(json.loads((aside / FACTS).read_bytes()))
        except (OSError, ValueError, LookupError, TypeError) as error:
            raise EvidenceFault(
                f"What was handed in cannot be read ({type(error).__name__}).",
                safe="Nothing was sealed.",
                do=f"Look at {aside}; ask for the file to be handed in again.",
            ) from error
        if sha256(content) != digest or receipt.sha256 != digest:
            raise EvidenceFault(
                "What was handed in is not what lies here now: its SHA-256 differs.",
                safe="Nothing was sealed, and the file was left as it is.",
                do="Tell the evidence officer; ask for the file to be handed in again.",
            )
        return receipt, content

    def _tidy(self) -> None:
        """Remove what was written aside by processes that died before anything was accepted."""
        if not self.inbox.is_dir():
            return
        with self.store.read() as session:
            jobs = session.execute(select(t.Job.payload, t.Job.state).where(t.Job.kind == SUPPLEMENT_JOB))
            snapshots, wanted = {}, set()
            for payload, state in jobs:
                snapshots[payload["token"]] = payload["snapshot_id"]
                if state != "done":
                    wanted.add(payload["token"])
        for folder in self.inbox.iterdir():
            if folder.name in snapshots and self._lock_if_suspected(snapshots[folder.name], folder.name):
                continue  # never destroyed by us
            if folder.name not in wanted and self._age(folder) > _FORGOTTEN:
                shutil.rmtree(folder, ignore_errors=True)

    def _age(self, folder: Path) -> timedelta:
        try:
            facts = json.loads((folder / FACTS).read_bytes())
            return self.clock.now() - datetime.fromisoformat(facts["received_at"])
        except (OSError, ValueError, LookupError, TypeError):
            return timedelta()
