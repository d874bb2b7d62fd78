"""The evidence stage: capture and seal, verify, show, and give the receipts without which nothing is sent."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path

from sqlalchemy import select, update
from sqlalchemy.orm import Session

from connectors.contract import ActionRequest, Connector, Receipt
from worker import outbox
from worker.clock import Clock
from worker.errors import Conflict, EvidenceFault, NotFound
from worker.evidence import contents, subject, survey
from worker.evidence.bag import PAYLOAD, Label
from worker.evidence.bagstore import BagStore, Sealed
from worker.evidence.proof import prove
from worker.evidence.receipts import ReceiptBook
from worker.evidence.reread import read_again
from worker.ledger import audit
from worker.ledger.audit import Actor
from worker.review.rights import Right, require
from worker.steps import Steps
from worker.store import tables as t
from worker.store.session import Store

#: Who captures when a case opens.
_ITSELF = Actor(None, "capture")
#: A snapshot that was asked for on the spot is finished by the outbox if this process dies over it.
_TAKE_OVER_AFTER = timedelta(minutes=2)


@dataclass(frozen=True, slots=True)
class SnapshotView:
    """One snapshot of a case, for a person.

    Attributes:
        report: the page to open, where there is one.
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
    problems: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Evidence:
    """Evidence of comments, as sealed bags.

    Attributes:
        connector_for: gives the connector of an account, by its row's id.
        bags: the folder of the evidence store.
        receipts: the book that the connectors' gate asks.
        steps: told how far a sealing came.
    """

    store: Store
    clock: Clock
    connector_for: Callable[[int], Connector]
    bags: Path
    receipts: ReceiptBook
    trust_name: str
    steps: Steps

    @property
    def shelf(self) -> BagStore:
        """The bags."""
        return BagStore(self.bags, self.steps)

    def capture(self, snapshot_id: int, finish: outbox.Finish) -> None:
        """Seal a core snapshot: read the comment again, or else take what was polled, and put it in a bag.

        Running it twice is harmless: what is sealed stays as it is.

        Raises:
            NotFound: no such core snapshot.
            EvidenceFault: it could not be written; it is tried again.
            LeaseLost: another process has this job now.
        """
        self._capture(snapshot_id, finish, _ITSELF)

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
        self._capture(snapshot_id, _nothing_to_finish, actor)
        return snapshot_id

    def receipt_for(self, snapshot_id: int, request: ActionRequest, actor: Actor) -> Receipt:
        """Verify a sealed core snapshot in full, now, and give a receipt for exactly this request.

        Raises:
            EvidenceFault: it is not evidence of this, is not sealed, was destroyed, or does not verify;
                the refusal is in the audit.
        """
        try:
            hashes = prove(self.store, self.shelf, snapshot_id, request)
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
            NotAllowed: the actor may not verify evidence.
            NotFound: no such case.
        """
        require(self.store, self.clock, actor, Right.VERIFY_EVIDENCE, "case", case_id)
        self._must_exist(case_id)
        results = survey.survey(
            self.store,
            self.shelf,
            self.clock,
            case_id=case_id,
            pending_minutes=pending_minutes,
            progress=progress,
        )
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
        """
        require(self.store, self.clock, actor, Right.VIEW_EVIDENCE, "case", case_id)
        self._must_exist(case_id)
        with self.store.write() as session:
            rows = session.scalars(
                select(t.Snapshot).where(t.Snapshot.case_id == case_id).order_by(t.Snapshot.id)
            ).all()
            now = self.clock.now()
            audit.record(session, actor, "evidence_viewed", "case", case_id, now=now)
        return tuple(self._view(row) for row in rows)

    def _capture(self, snapshot_id: int, finish: outbox.Finish, actor: Actor) -> None:
        with self.store.read() as session:
            about = subject.load(session, snapshot_id)
        if about.snapshot.kind != "core":
            raise NotFound(f"Snapshot {snapshot_id} is not a core snapshot.")
        sealed = None
        if about.snapshot.state == "pending":
            sealed = self.shelf.adopt(about.identity) or self._seal(about, actor)
        with self.store.write() as session:
            if sealed is not None:
                self._enter(session, about, sealed, actor)
            finish(session)
            self.steps("seal.written")
        self.steps("seal.committed")

    def _seal(self, about: subject.Subject, actor: Actor) -> Sealed:
        started = self.clock.now()
        source = read_again(about, self.connector_for, self.clock)
        self.steps("seal.read")
        built = self.clock.now()
        files = contents.payload(contents.Capture(about, source, actor, self.trust_name, started, built))
        row = about.snapshot
        label = Label(
            organisation=self.trust_name,
            identifier=f"upstander:case:{row.case_id}:snapshot:{row.id}",
            agent=contents.agent(),
            bagged_at=built,
        )
        return self.shelf.seal(about.identity, files, label)

    def _enter(self, session: Session, about: subject.Subject, sealed: Sealed, actor: Actor) -> None:
        """Make the row say that it is sealed, unless another attempt at the same bag did so first."""
        now, row = self.clock.now(), about.snapshot
        values = {
            "state": "sealed",
            "sealed_at": now,
            "bag": sealed.place,
            "source": str(sealed.custody.get("source")),
            "manifest_sha256": sealed.hashes.manifest,
            "tagmanifest_sha256": sealed.hashes.tagmanifest,
        }
        mine = update(t.Snapshot).where(t.Snapshot.id == row.id, t.Snapshot.state == "pending")
        if session.execute(mine.values(**values).returning(t.Snapshot.id)).one_or_none() is None:
            other = session.get_one(t.Snapshot, row.id, populate_existing=True)
            if other.manifest_sha256 != sealed.hashes.manifest:
                raise Conflict(f"Snapshot {row.id} was sealed with another bag meanwhile; that one stays.")
            return
        facts = {
            "case_id": row.case_id,
            "bag": sealed.place,
            "source": values["source"],
            "manifest_sha256": sealed.hashes.manifest,
            "tagmanifest_sha256": sealed.hashes.tagmanifest,
        }
        audit.record(session, actor, "sealed", "snapshot", row.id, now=now, detail=facts)

    def _view(self, row: t.Snapshot) -> SnapshotView:
        shown = row.state == "sealed" and row.destroyed_at is None and row.bag is not None
        problems = survey.problems_of(row, self.shelf) if shown else ()
        folder = self.bags / row.bag if shown and row.bag is not None else None
        report = None if folder is None else folder / PAYLOAD / "report.html"
        return SnapshotView(
            id=row.id,
            case_id=row.case_id,
            comment_id=row.comment_id,
            revision_id=row.revision_id,
            kind=row.kind,
            state=row.state,
            source=row.source,
            asked_at=row.asked_at,
            sealed_at=row.sealed_at,
            bag=folder,
            report=report,
            manifest_sha256=row.manifest_sha256,
            tagmanifest_sha256=row.tagmanifest_sha256,
            destroyed_at=row.destroyed_at,
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
