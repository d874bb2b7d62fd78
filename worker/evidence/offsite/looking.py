"""Do the copies still hold? Each is read back by its version and held against manifests, row and lock."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import timedelta

from sqlalchemy import ColumnElement, select, true
from sqlalchemy.orm import Session

from worker.clock import Clock, for_people
from worker.evidence.bag import MANIFEST, TAGMANIFEST, sha256
from worker.evidence.offsite import wanted
from worker.evidence.offsite.bucket import Bucket, BucketRefused
from worker.evidence.offsite.parcel import listed
from worker.evidence.offsite.sending import CopyDiffers, Lock, read_back
from worker.evidence.survey import Progress, Result
from worker.settings_evidence import Offsite
from worker.store import tables as t
from worker.store.session import Store

#: A bag's copy lies so many folders below the prefix: year, month, case and snapshot.
_FOLDERS = 3


@dataclass(frozen=True, slots=True)
class Looking:
    """Looks at every copy in one place.

    Attributes:
        place: where they are, as rows name it.
    """

    store: Store
    clock: Clock
    settings: Offsite
    bucket: Bucket
    place: str

    def survey(self, case_id: int | None, progress: Progress) -> tuple[Result, ...]:
        """Look at the copies of one case's evidence, or of all, in the order of the snapshots.

        Returns:
            A result for each core snapshot: copied, pending, left (destroyed here, still there), removed, or
            locked (not looked into). Of all, also one for each folder there that no row knows: unknown.

        Raises:
            BucketUnreachable: the storage gave no answer.
        """
        chosen = true() if case_id is None else t.Snapshot.case_id == case_id
        with self.store.read() as session:
            rows = _core(session, chosen)
            due = {row.id for row in rows if wanted.still_due(session, row.id)}
            copies = {row.id: wanted.rows_of(session, row.id, self.place) for row in rows}
            session.expunge_all()
        results: list[Result] = []
        for row in rows:
            results.append(self._one(row, copies[row.id], due=row.id in due))
            progress(len(results), len(rows))
        if case_id is None:
            results += self._unknown()
        return tuple(results)

    def _unknown(self) -> Iterator[Result]:
        """What lies under the prefix and is no snapshot's: after a restore, the copies of what was lost."""
        top = f"{self.settings.prefix}/"
        depth = top.count("/") + _FOLDERS
        found = {
            "/".join(version.name.split("/")[:depth]) + "/"
            for version in self.bucket.versions(top)
            if not version.marker
        }
        # Asked after the bucket: a row is written before anything is sent, so what is sent meanwhile has one.
        with self.store.read() as session:
            known = {wanted.prefix_of(self.settings, row) for row in wanted.known(session, self.place)}
        for folder in sorted(found - known):
            yield Result(None, None, "unknown", folder, (f"no row knows what lies under {folder} there",))

    def _one(self, row: t.Snapshot, copies: Sequence[t.OffsiteCopy], *, due: bool) -> Result:
        there = [copy for copy in copies if copy.removed_at is None]
        if row.destroyed_at is not None:
            state = "left" if there else "removed"
            problems = tuple(self._still_there(row)) if copies and not there else ()
            return Result(row.id, row.case_id, state, row.bag, problems)
        if not due:
            return Result(row.id, row.case_id, "locked", row.bag, ())
        whole = [copy for copy in there if copy.read_back_at is not None]
        if not any(copy.part == "bag" for copy in whole):
            return Result(row.id, row.case_id, "pending", row.bag, tuple(self._late(row)))
        return Result(row.id, row.case_id, "copied", row.bag, tuple(self._wrong(row, whole)))

    def _late(self, row: t.Snapshot) -> Iterator[str]:
        limit = self.clock.now() - timedelta(minutes=self.settings.pending_minutes)
        if row.sealed_at is not None and row.sealed_at < limit:
            yield f"it has waited for its copy since {for_people(row.sealed_at)}"

    def _still_there(self, row: t.Snapshot) -> Iterator[str]:
        if any(True for _ in self.bucket.versions(wanted.prefix_of(self.settings, row))):
            yield "a copy is still there although the row says that it was removed"

    def _wrong(self, row: t.Snapshot, copies: Sequence[t.OffsiteCopy]) -> Iterator[str]:
        """What is wrong with the copies of a snapshot, in words."""
        prefix = wanted.prefix_of(self.settings, row)
        found: dict[str, bytes] = {}
        for copy in copies:
            for thing in copy.objects:
                try:
                    stored = read_back(self.bucket, thing, Lock(copy.mode, copy.retain_until))
                except (CopyDiffers, BucketRefused) as fault:
                    yield fault.happened.rstrip(".")
                    continue
                if stored.held != copy.held:
                    yield f"{thing['name']} is {'not ' if copy.held else ''}under a legal hold there"
                found[thing["name"].removeprefix(prefix)] = stored.content
        yield from _unlike(row, found)


def _unlike(row: t.Snapshot, found: dict[str, bytes]) -> Iterator[str]:
    """Where what came back is not what the snapshot's own row and manifests say."""
    hashes = {name: sha256(content) for name, content in found.items()}
    for name, expected in ((MANIFEST, row.manifest_sha256), (TAGMANIFEST, row.tagmanifest_sha256)):
        if hashes.get(name) != expected:
            yield f"the copy's {name} is not the one whose hash the database holds"
            return
    for manifest in (MANIFEST, TAGMANIFEST):
        for name, expected in listed(found[manifest]).items():
            if hashes.get(name) != expected:
                yield f"the copy's {name} is not as {manifest} says"


def _core(session: Session, chosen: ColumnElement[bool]) -> Sequence[t.Snapshot]:
    return session.scalars(
        select(t.Snapshot)
        .where(chosen, t.Snapshot.kind == "core", t.Snapshot.state == "sealed")
        .order_by(t.Snapshot.id)
    ).all()
