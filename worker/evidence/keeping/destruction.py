"""Carrying approved disposals out: rows first, in one transaction; then the bags; then the job is done.

Killed at any point, either the rows say sealed and every bag counts, or they say destroyed, nothing counts
any more, and the job, which is not done, removes what is left of the bags when it runs again.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from sqlalchemy import select
from sqlalchemy.orm import Session

from worker import outbox
from worker.clock import Clock
from worker.errors import NotAllowed
from worker.evidence.agreed import disposals_not_agreed
from worker.evidence.bagstore import BagStore
from worker.evidence.keeping import disposals
from worker.evidence.keeping.allowed import TO_DISPOSE, check_allowed, may_second, takes_two
from worker.evidence.keeping.erasing import erase
from worker.evidence.keeping.obstacles import Fate
from worker.evidence.keeping.removal import must_be_removable, remove, remove_export
from worker.evidence.standing import SUSPECTED
from worker.ledger import audit
from worker.ledger.audit import Actor
from worker.settings_evidence import Retention
from worker.steps import Steps
from worker.store import tables as t
from worker.store.session import Store


@dataclass(frozen=True, slots=True)
class Destruction:
    """Destroys what is kept about one comment, after a person approved it.

    Attributes:
        shelf: the bags.
        exports: the folder of files made for hand-overs, which hold copies.
        steps: told how far it came.
    """

    store: Store
    clock: Clock
    shelf: BagStore
    exports: Path
    retention: Retention
    steps: Steps

    def run(self, comment_id: int, finish: outbox.Finish) -> None:
        """Carry out what was approved for a comment, or finish what was begun. Twice is harmless.

        What stands in its way by now sends the disposal back to a person, and the job is done.

        Raises:
            EvidenceFault: a bag could not be removed; it is tried again.
            LeaseLost: another process has this job now.
        """
        with self.store.write() as session:
            self._destroy_rows(session, comment_id)
        self.steps("dispose.committed")
        for row in self._destroyed(comment_id):
            remove(self.shelf, row, self.steps)
        for export in self._handed_over(comment_id):
            remove_export(self.exports, export)
        with self.store.write() as session:
            self._record_removed(session, comment_id)
            finish(session)
            self.steps("dispose.written")
        self.steps("dispose.done")

    def _destroy_rows(self, session: Session, comment_id: int) -> None:
        now = self.clock.now()
        first = session.scalar(select(t.Case.id).where(t.Case.comment_id == comment_id).limit(1))
        if first is None:
            return
        _, fate = disposals.look(session, first, self.retention, now)
        approved = disposals.open_disposals(session, fate.cases, states=("approved",))
        if not approved:
            return
        chosen = [row.case_id for row in approved]
        why = [
            *fate.obstacles,
            *disposals.not_chosen(session, fate, chosen),
            *_never_approved(session, approved),
            *_not_by_two(session, approved, fate),
            *_no_longer_may(session, approved, fate),
        ]
        if why:
            _send_back(session, approved, why, now)
            return
        self._mark(session, comment_id, approved, now)
        erase(session, [comment_id], now=now)
        for disposal in approved:
            disposal.state, disposal.done_at = "done", now
            detail = {"disposal_id": disposal.id, "class": disposal.retention_class}
            by = Actor(disposal.decided_by, disposals.ITSELF.source)
            audit.record(session, by, "disposal_done", "case", disposal.case_id, now=now, detail=detail)
        session.flush()
        self.steps("dispose.marked")

    def _mark(self, session: Session, comment_id: int, approved: Sequence[t.Disposal], now: datetime) -> None:
        """Make the rows say that they are destroyed: when, on whose approval and why."""
        of_case = {row.case_id: row for row in approved}
        rows = session.scalars(
            select(t.Snapshot)
            .where(t.Snapshot.comment_id == comment_id, t.Snapshot.destroyed_at.is_(None))
            .order_by(t.Snapshot.id)
            .with_for_update()
        ).all()
        for row in rows:
            must_be_removable(self.shelf, row)
        self.steps("dispose.checked")
        for row in rows:
            disposal = of_case[row.case_id]
            row.destroyed_at, row.destroyed_by = now, disposal.decided_by
            row.destroyed_reason = f"{disposal.retention_class}, disposal {disposal.id}: {disposal.reason}"
            detail = {
                "case_id": row.case_id,
                "disposal_id": disposal.id,
                "class": disposal.retention_class,
                "bag": row.bag,
                "manifest_sha256": row.manifest_sha256,
                "tagmanifest_sha256": row.tagmanifest_sha256,
            }
            by = Actor(disposal.decided_by, disposals.ITSELF.source)
            audit.record(session, by, "destroyed", "snapshot", row.id, now=now, detail=detail)
        session.flush()

    def _destroyed(self, comment_id: int) -> Sequence[t.Snapshot]:
        with self.store.read() as session:
            rows = session.scalars(
                select(t.Snapshot)
                .where(t.Snapshot.comment_id == comment_id, t.Snapshot.destroyed_at.is_not(None))
                .order_by(t.Snapshot.id)
            ).all()
            session.expunge_all()
        return rows

    def _handed_over(self, comment_id: int) -> Sequence[t.Export]:
        """The exports whose files hold copies of destroyed evidence of a comment, and of nothing locked."""
        destroyed = select(t.Snapshot.case_id).where(
            t.Snapshot.comment_id == comment_id, t.Snapshot.destroyed_at.is_not(None)
        )
        holding = select(t.ExportCase.export_id).where(t.ExportCase.case_id.in_(destroyed))
        suspected = (
            select(t.ExportCase.export_id)
            .join(t.Case, t.Case.id == t.ExportCase.case_id)
            .join(t.Mark, (t.Mark.comment_id == t.Case.comment_id) & (t.Mark.mark == SUSPECTED))
        )
        with self.store.read() as session:
            rows = session.scalars(
                select(t.Export).where(
                    t.Export.state == "made", t.Export.id.in_(holding), t.Export.id.not_in(suspected)
                )
            ).all()
            session.expunge_all()
        return rows

    def _record_removed(self, session: Session, comment_id: int) -> None:
        """Tell, once of each, that the bags and the files of hand-overs are off the disk."""
        now = self.clock.now()
        for row in self._destroyed(comment_id):
            if not _told(session, "bag_removed", "snapshot", row.id):
                detail = {"case_id": row.case_id, "bag": row.bag}
                audit.record(
                    session, disposals.ITSELF, "bag_removed", "snapshot", row.id, now=now, detail=detail
                )
        for export in self._handed_over(comment_id):
            if not _told(session, "export_file_removed", "export", export.id):
                detail = {"file": export.file_name}
                audit.record(
                    session,
                    disposals.ITSELF,
                    "export_file_removed",
                    "export",
                    export.id,
                    now=now,
                    detail=detail,
                )


def _told(session: Session, verb: str, object_type: str, object_id: int) -> bool:
    told = select(t.Audit.id).where(
        t.Audit.object_type == object_type, t.Audit.object_id == object_id, t.Audit.verb == verb
    )
    return session.scalar(told.limit(1)) is not None


def _never_approved(session: Session, approved: Sequence[t.Disposal]) -> list[str]:
    """Rows that say approved and that nobody approved as far as the audit knows, in words."""
    return [f"disposal {each}: {why}" for each, why in disposals_not_agreed(session, approved).items()]


def _not_by_two(session: Session, approved: Sequence[t.Disposal], fate: Fate) -> list[str]:
    """Approvals by one person of what is restricted by now, in words."""
    alone = any(row.first_by is None for row in approved)
    if not alone or not takes_two(session, [case.id for case in fate.cases]):
        return []
    return ["it is restricted, and only one person agreed"]


def _no_longer_may(session: Session, approved: Sequence[t.Disposal], fate: Fate) -> list[str]:
    """Approvals by somebody who may not approve it, or not look at it, any more, in words."""
    cases = [case.id for case in fate.cases]
    first = {row.first_by for row in approved if row.first_by is not None}
    lapsed: list[str] = []
    for person_id in sorted(first.union(row.decided_by for row in approved if row.decided_by is not None)):
        voice = Actor(person_id, disposals.ITSELF.source)
        if first and person_id not in first and may_second(session, voice, cases):
            continue
        try:
            check_allowed(session, voice, cases, TO_DISPOSE)
        except NotAllowed as refusal:
            lapsed.append(refusal.happened.rstrip("."))
    return lapsed


def _send_back(session: Session, approved: Sequence[t.Disposal], why: Sequence[str], now: datetime) -> None:
    """Take the approval back: once nothing stands in its way any more, a person looks at it again."""
    for row in approved:
        row.state, row.decided_by, row.decided_at, row.reason = "proposed", None, None, None
        row.first_by, row.first_at, row.first_reason = None, None, None
        detail = {"disposal_id": row.id, "why": list(why)}
        audit.record(
            session, disposals.ITSELF, "disposal_stopped", "case", row.case_id, now=now, detail=detail
        )
