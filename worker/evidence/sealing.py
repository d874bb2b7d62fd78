"""From a row that waits to a sealed bag: the order of things that snapshots of every kind go through."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from sqlalchemy import update
from sqlalchemy.orm import Session

from worker import outbox
from worker.clock import Clock
from worker.errors import Conflict, NotFound
from worker.evidence import contents, subject
from worker.evidence.bag import Label
from worker.evidence.bagstore import BagStore, Sealed
from worker.ledger import audit
from worker.ledger.audit import Actor
from worker.review.pictures import LEAST_QUALITY, note_pictures
from worker.steps import Steps
from worker.store import tables as t
from worker.store.session import Store

#: Makes the payload of one snapshot, by file name, custody.json among it.
Make = Callable[[subject.Subject], Mapping[str, bytes]]
#: Asks, in the transaction that seals a snapshot, for what follows from it.
Follow = Callable[[Session, subject.Subject, str], None]


@dataclass(frozen=True, slots=True)
class Sealing:
    """Seals snapshots.

    Attributes:
        shelf: where the bags lie.
        follow: told of each newly sealed snapshot and its source, to write the jobs that follow.
        steps: told how far a sealing came.
    """

    store: Store
    clock: Clock
    shelf: BagStore
    trust_name: str
    follow: Follow
    steps: Steps

    def run(self, snapshot_id: int, kind: str, make: Make, finish: outbox.Finish, actor: Actor) -> None:
        """Seal one snapshot that waits. Running it twice is harmless: what is sealed stays as it is.

        Args:
            kind: what the snapshot must be: core, rendered or supplement.
            make: makes its files; not called where an earlier attempt left a whole bag.
            actor: who or what set it off.

        Raises:
            NotFound: no such snapshot of this kind.
            EvidenceFault: it could not be written; to be tried again.
            Conflict: it was sealed with another bag meanwhile.
        """
        with self.store.read() as session:
            about = subject.load(session, snapshot_id)
        if about.snapshot.kind != kind:
            raise NotFound(f"Snapshot {snapshot_id} is not a {kind} snapshot.")
        sealed = None
        if about.snapshot.state == "pending":
            sealed = self.shelf.adopt(about.identity) or self._seal(about, make(about))
        with self.store.write() as session:
            if sealed is not None:
                self._enter(session, about, sealed, actor)
            finish(session)
            self.steps("seal.written")
        self.steps("seal.committed")

    def _seal(self, about: subject.Subject, files: Mapping[str, bytes]) -> Sealed:
        row = about.snapshot
        label = Label(
            organisation=self.trust_name,
            identifier=f"upstander:case:{row.case_id}:snapshot:{row.id}",
            agent=contents.agent(),
            bagged_at=self.clock.now(),
        )
        return self.shelf.seal(about.identity, files, label)

    def _enter(self, session: Session, about: subject.Subject, sealed: Sealed, actor: Actor) -> None:
        """Make the row say that it is sealed, unless another attempt at the same bag did so first."""
        now, row = self.clock.now(), about.snapshot
        source = str(sealed.custody.get("source"))
        values = {
            "state": "sealed",
            "sealed_at": now,
            "bag": sealed.place,
            "source": source,
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
            "kind": row.kind,
            "bag": sealed.place,
            "source": source,
            "manifest_sha256": sealed.hashes.manifest,
            "tagmanifest_sha256": sealed.hashes.tagmanifest,
        }
        audit.record(session, actor, "sealed", "snapshot", row.id, now=now, detail=facts)
        if row.kind == "rendered":
            note_pictures(session, row.case_id, row.revision_id, _looks(sealed.custody), now=now)
        self.follow(session, about, source)


def _looks(custody: Mapping[str, Any]) -> tuple[str, ...]:
    """How the pictures in a bag look, for those with enough on them to be compared."""
    media = custody.get("media") or ()
    return tuple(each["pdq"] for each in media if each.get("pdq_quality", 0) >= LEAST_QUALITY)
