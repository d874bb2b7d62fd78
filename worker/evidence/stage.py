"""The evidence stage: capture and seal, verify, show, and give the receipts without which nothing is sent."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path

from sqlalchemy import select
from sqlalchemy.orm import Session

from connectors.contract import ActionKind, ActionRequest, Connector, Receipt
from worker import log, outbox
from worker.clock import Clock
from worker.errors import EvidenceFault, NotFound
from worker.evidence import contents, subject, survey
from worker.evidence.bag import PAYLOAD
from worker.evidence.bagstore import BagStore
from worker.evidence.beside import may_show_locked
from worker.evidence.hand_in_core import HandedIn, handed_in_payload
from worker.evidence.proof import enter_in_ledger, prove
from worker.evidence.receipts import ReceiptBook
from worker.evidence.record_only import Record, record_only_payload
from worker.evidence.reread import read_again
from worker.evidence.sealing import Make, Sealing
from worker.evidence.stamping import newest_comparison
from worker.evidence.standing import require_may_view, right_to_view, suspicion
from worker.ledger import audit
from worker.ledger.audit import Actor
from worker.ledger.stage import LedgerBook
from worker.review.rights import Right, require
from worker.settings_evidence import Safeguarding
from worker.store import tables as t
from worker.store.platform import HANDED_IN
from worker.store.session import Store

#: Who captures when a case opens.
_ITSELF = Actor(None, "capture")
#: A snapshot that was asked for on the spot is finished by the outbox if this process dies over it.
_TAKE_OVER_AFTER = timedelta(minutes=2)


#: What an evidence fault never stops.
_RESTORING = frozenset({ActionKind.UNHIDE, ActionKind.UNBLOCK, ActionKind.UNMUTE})


@dataclass(frozen=True, slots=True)
class SnapshotView:
    """One snapshot of a case, for a person.

    Attributes:
        state: pending, sealed, locked, or withheld, because it may show something locked under the same post.
        report: the page to open, HTML or PDF, where there is one.
        stamped_at, authority: its trusted timestamp; None while that is pending.
        problems: what is wrong with its bag now, in words.
    """

    id: int
    case_id: int
    comment_id: int
    revision_id: int
    kind: str
    state: str
    source: str | None
    asked_at: datetime
    sealed_at: datetime | None
    bag: Path | None
    report: Path | None
    manifest_sha256: str | None
    tagmanifest_sha256: str | None
    destroyed_at: datetime | None
    stamped_at: datetime | None
    authority: str | None
    problems: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Evidence:
    """Evidence of comments, as sealed bags.

    Attributes:
        connector_for: gives the connector of an account, by its row's id.
        sealing: seals snapshots into the evidence store.
        surveyor: looks at what was sealed.
        receipts: the book that the connectors' gate asks.
        safeguarding: who is named where nothing may be captured.
        ledger: where each sealing is entered before it gives a receipt.
    """

    store: Store
    clock: Clock
    connector_for: Callable[[int], Connector]
    sealing: Sealing
    surveyor: survey.Surveyor
    receipts: ReceiptBook
    safeguarding: Safeguarding
    ledger: LedgerBook

    @property
    def shelf(self) -> BagStore:
        """The bags."""
        return self.sealing.shelf

    def capture(self, snapshot_id: int, finish: outbox.Finish) -> None:
        """Seal a core snapshot: read the comment again, or else take what was polled, and put it in a bag.

        Running it twice is harmless: what is sealed stays as it is.

        Raises:
            NotFound: no such core snapshot.
            EvidenceFault: it could not be written; it is tried again.
            LeaseLost: another process has this job now.
        """
        self.sealing.run(snapshot_id, "core", self._core(_ITSELF), finish, _ITSELF)

    def capture_now(self, case_id: int, actor: Actor) -> int:
        """Seal a fresh core snapshot of a case on the spot, for an action whose older one will not do.

        Returns:
            The sealed snapshot's id.

        Raises:
            NotFound: no such case.
            EvidenceFault: nothing could be sealed.
        """
        now = self.clock.now()
        with self.store.write() as session:
            case = session.get(t.Case, case_id)
            if case is None:
                raise NotFound(f"There is no case {case_id}.", do="`upstander queue list` shows the cases.")
            row = t.Snapshot(
                case_id=case_id,
                comment_id=case.comment_id,
                revision_id=case.revision_id,
                kind="core",
                state="pending",
                asked_at=now,
            )
            session.add(row)
            session.flush()
            snapshot_id = row.id
            outbox.enqueue(
                session, "capture", {"snapshot_id": snapshot_id}, now=now, due=now + _TAKE_OVER_AFTER
            )
        self.sealing.run(snapshot_id, "core", self._core(actor), _nothing_to_finish, actor)
        return snapshot_id

    def receipt_for(self, snapshot_id: int, request: ActionRequest, actor: Actor) -> Receipt:
        """Verify a sealed core snapshot in full, now, and give a receipt for exactly this request.

        Raises:
            EvidenceFault: it is not evidence of this, is not sealed, was destroyed, or does not verify;
                the refusal is in the audit.
        """
        try:
            hashes = prove(self.store, self.surveyor, snapshot_id, request)
            self._enter_in_ledger(snapshot_id, request)
        except EvidenceFault as fault:
            self._record(actor, "receipt_refused", snapshot_id, {"why": fault.happened})
            raise
        facts = {"action": request.kind.value, "manifest_sha256": hashes.manifest}
        self._record(actor, "evidence_verified", snapshot_id, facts)
        return self.receipts.issue(request, hashes)

    def verify(
        self,
        case_id: int | None,
        actor: Actor,
        *,
        pending_minutes: float = 15,
        progress: survey.Progress = survey.nobody,
    ) -> tuple[survey.Result, ...]:
        """Compare rows and bags, byte by byte.

        Args:
            case_id: None for everything, folders that belong to no row included.
            pending_minutes: waiting longer than this to be sealed is a problem.
            progress: told how many were looked at, of how many.

        Raises:
            NotAllowed: the actor may not verify evidence, or one case was named that is kept from them.
            NotFound: no such case.
            EvidenceFault: this user of the computer may not look into the evidence store.
        """
        require(self.store, self.clock, actor, Right.VERIFY_EVIDENCE, "case", case_id)
        self._must_exist(case_id)
        if case_id is not None:
            require_may_view(self.store, self.clock, actor, case_id)
        results = self.surveyor.survey(case_id=case_id, pending_minutes=pending_minutes, progress=progress)
        facts = {"looked_at": len(results), "problems": sum(not result.ok for result in results)}
        with self.store.write() as session:
            now = self.clock.now()
            audit.record(session, actor, "evidence_surveyed", "case", case_id, now=now, detail=facts)
        return results

    def show(self, case_id: int, actor: Actor) -> tuple[SnapshotView, ...]:
        """The snapshots of a case, the oldest first, each with what is wrong with it. Leaves a trace.

        Raises:
            NotAllowed: the actor may not view evidence.
            NotFound: no such case.
            EvidenceFault: this user of the computer may not look into the evidence store.
        """
        require(self.store, self.clock, actor, right_to_view(self.store, case_id), "case", case_id)
        self._must_exist(case_id)
        require_may_view(self.store, self.clock, actor, case_id)
        self.shelf.must_be_open()  # before the audit says that somebody saw it
        with self.store.write() as session:
            rows = session.execute(
                select(t.Snapshot, t.Timestamp)
                .outerjoin(t.Timestamp, t.Timestamp.snapshot_id == t.Snapshot.id)
                .where(t.Snapshot.case_id == case_id)
                .order_by(t.Snapshot.id)
            ).all()
            beside = {row.id for row, _ in rows if may_show_locked(session, row)}
            now = self.clock.now()
            audit.record(session, actor, "evidence_viewed", "case", case_id, now=now)
        return tuple(self._view(row, stamp, withheld=row.id in beside) for row, stamp in rows)

    def _enter_in_ledger(self, snapshot_id: int, request: ActionRequest) -> None:
        """What takes a comment away waits for the ledger; what gives it back does not."""
        try:
            enter_in_ledger(self.store, self.ledger, snapshot_id)
        except EvidenceFault as fault:
            if request.kind not in _RESTORING:
                raise
            log.get("evidence").error("restored_without_ledger", snapshot_id=snapshot_id, why=fault.happened)

    def _core(self, actor: Actor) -> Make:
        """What makes the payload of a core snapshot that this actor set off."""

        def make(about: subject.Subject) -> Mapping[str, bytes]:
            started = self.clock.now()
            with self.store.read() as session:
                clock, mark = newest_comparison(session), suspicion(session, about.comment.id)
            if mark is not None:
                return record_only_payload(
                    Record(about, mark, actor, self.sealing.trust_name, self.safeguarding, started, clock)
                )
            if about.account.platform == HANDED_IN:
                given = HandedIn(about, actor, self.sealing.trust_name, self.clock.now(), clock)
                return handed_in_payload(given)
            source = read_again(about, self.connector_for, self.clock)
            self.sealing.steps("seal.read")
            return contents.payload(
                contents.Capture(
                    about, source, actor, self.sealing.trust_name, started, self.clock.now(), clock
                )
            )

        return make

    def _view(self, row: t.Snapshot, stamp: t.Timestamp | None, *, withheld: bool) -> SnapshotView:
        sealed = row.state == "sealed" and row.destroyed_at is None and row.bag is not None
        locked = self.surveyor.locked(row) if sealed else None
        problems = locked if locked is not None else self.surveyor.problems_of(row, stamp) if sealed else ()
        withheld = withheld and sealed and locked is None
        there = sealed and locked is None and not withheld
        folder = self.shelf.root / row.bag if there and row.bag is not None else None
        page = "report.pdf" if row.kind == "rendered" else "report.html"
        report = None if folder is None else folder / PAYLOAD / page
        return SnapshotView(
            id=row.id,
            case_id=row.case_id,
            comment_id=row.comment_id,
            revision_id=row.revision_id,
            kind=row.kind,
            state="locked" if locked is not None else "withheld" if withheld else row.state,
            source=row.source,
            asked_at=row.asked_at,
            sealed_at=row.sealed_at,
            bag=folder,
            report=report,
            manifest_sha256=row.manifest_sha256,
            tagmanifest_sha256=row.tagmanifest_sha256,
            destroyed_at=row.destroyed_at,
            stamped_at=None if stamp is None else stamp.stamped_at,
            authority=None if stamp is None else stamp.authority,
            problems=problems,
        )

    def _must_exist(self, case_id: int | None) -> None:
        with self.store.read() as session:
            if case_id is not None and session.get(t.Case, case_id) is None:
                raise NotFound(f"There is no case {case_id}.", do="`upstander queue list` shows the cases.")

    def _record(self, actor: Actor, verb: str, snapshot_id: int, detail: dict[str, str]) -> None:
        with self.store.write() as session:
            audit.record(session, actor, verb, "snapshot", snapshot_id, now=self.clock.now(), detail=detail)


def _nothing_to_finish(_session: Session) -> None:
    """The end of a capture that no job asked for."""
