"""Opening one sealed file for a person: may they, may anybody, and is it what was sealed?

Everything that is shown of evidence passes here, one file at a time. Right, restrictions, marks and locks are
asked anew at each file, with its comment held: a mark that is under way is waited for, and one that comes
later finds the file given already. A file that is not as it was sealed is not shown at all.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from sqlalchemy.orm import Session

from worker.errors import Conflict, EvidenceFault, NotAllowed, NotFound
from worker.evidence.bag import MANIFEST, PAYLOAD, sha256
from worker.evidence.beside import WITHHELD, may_show_locked
from worker.evidence.keeping.timeline import events_of
from worker.evidence.locking import hold_comment
from worker.evidence.stage import Evidence, SnapshotView
from worker.evidence.standing import RECORD_ONLY, check_may_view, right_to_view, suspicion
from worker.evidence.verify import listed_in, read_small, read_tag_file
from worker.ledger import audit
from worker.ledger.audit import Actor
from worker.review.rights import Right, permitted
from worker.store import tables as t

#: The page that every bag of ours has for people, but for a rendered one, which has a PDF.
REPORT = "report.html"
#: What our own files are by the end of their names, which were given by their bytes.
_KINDS: Mapping[str, str] = {
    **dict.fromkeys(("png", "jpg", "webp", "gif"), "picture"),
    **dict.fromkeys(("mp4", "mov", "webm"), "video"),
    "html": "page",
    "pdf": "document",
}
#: A document can only be read by saving it; of everything else a person gets a copy who may fetch evidence.
_READ_BY_SAVING = frozenset({"document"})
#: No file of ours is larger. What is planted in its place is not read into memory.
_LARGEST = 256 * 1024 * 1024


@dataclass(frozen=True, slots=True)
class Held:
    """One file that a snapshot holds.

    Attributes:
        kind: picture, video, page, document or other.
        size: in bytes.
        sha256: as the bag's manifest lists it.
        reading: whether whoever may look at it may save it, because there is no other way to read it.
    """

    name: str
    kind: str
    size: int
    sha256: str
    reading: bool


@dataclass(frozen=True, slots=True)
class Shown:
    """A snapshot of a case, and the files that it holds and that may be shown."""

    view: SnapshotView
    files: tuple[Held, ...]


@dataclass(frozen=True, slots=True)
class Opened:
    """One file, opened.

    Attributes:
        content: its bytes, which are those that were sealed.
    """

    snapshot_id: int
    case_id: int
    name: str
    kind: str
    content: bytes


@dataclass(frozen=True, slots=True)
class Opening:
    """Opens sealed files for people."""

    evidence: Evidence

    def show(self, case_id: int, actor: Actor) -> tuple[Shown, ...]:
        """The snapshots of a case and what each holds. Leaves a trace.

        Raises:
            NotAllowed, NotFound, EvidenceFault: see `Evidence.show`.
        """
        return tuple(Shown(view, _holds(view.bag)) for view in self.evidence.show(case_id, actor))

    def read(self, snapshot_id: int, name: str, actor: Actor) -> Opened:
        """One file, to be looked at here. Leaves a trace.

        Raises:
            NotAllowed: the actor may not look at it, or nobody may.
            NotFound: there is no such snapshot, or no such file in it.
            Conflict: it is not sealed yet, or was destroyed.
            EvidenceFault: it cannot be read, or is not what was sealed; it is not shown then.
        """
        with self._row(snapshot_id, actor) as (session, row):
            opened = self._open(row, name)
            self._record(session, actor, "evidence_file_viewed", opened)
        return opened

    def save(self, snapshot_id: int, name: str, actor: Actor) -> Opened:
        """One file, to be saved: by whoever may fetch evidence, or if it can be read in no other way.

        Raises:
            NotAllowed: also where the actor may look at it and not have a copy of it.
            NotFound, Conflict, EvidenceFault: as `read`.
        """
        right = None if _kind(name) in _READ_BY_SAVING else Right.FETCH_EVIDENCE
        with self._row(snapshot_id, actor, right) as (session, row):
            opened = self._open(row, name)
            self._record(session, actor, "evidence_file_saved", opened)
        return opened

    def reveal(self, snapshot_id: int, name: str, actor: Actor) -> int:
        """Note that somebody asked to see a picture without blur.

        Returns:
            The number of its case.

        Raises:
            NotAllowed, NotFound, Conflict, EvidenceFault: as `read`.
        """
        with self._row(snapshot_id, actor) as (session, row):
            opened = self._open(row, name)
            if opened.kind != "picture":
                raise NotFound("There is no such picture.", safe="Nothing was shown.")
            self._record(session, actor, "picture_revealed", opened)
        return opened.case_id

    def prove(self, case_id: int, audit_id: int, actor: Actor) -> Mapping[str, bytes]:
        """The ledger's proof of one row of a case's custody, as files by name. Leaves a trace.

        Raises:
            NotAllowed: the actor may not verify the ledger, or not look at this case's evidence.
            NotFound: the case has no such row.
            NotYet: the row is not in the ledger yet, or no checkpoint covers it yet.
            EvidenceFault: what is stored does not fit together.
        """
        store, clock = self.evidence.store, self.evidence.clock
        with permitted(store, clock, actor, Right.VERIFY_LEDGER, "case", case_id) as session:
            check_may_view(session, actor, case_id)
            if audit_id not in {event.audit_id for event in events_of(session, case_id)}:
                raise NotFound(f"Case {case_id} has no row {audit_id} in its custody.")
        proof = self.evidence.ledger.proof_of(audit_id)
        detail = {"case_id": case_id, "size": proof.checkpoint.size}
        with store.write() as session:
            audit.record(session, actor, "proved", "audit", audit_id, now=clock.now(), detail=detail)
        return proof.files()

    @contextmanager
    def _row(
        self, snapshot_id: int, actor: Actor, right: Right | None = None
    ) -> Iterator[tuple[Session, t.Snapshot]]:
        """A snapshot that may be shown to somebody at this moment; its comment is held.

        Args:
            right: what it takes beside the right to look at it.
        """
        store, clock = self.evidence.store, self.evidence.clock
        case_id = self._case_of(snapshot_id)
        wanted = right or right_to_view(store, case_id)
        with permitted(store, clock, actor, wanted, "snapshot", snapshot_id) as session:
            row = session.get_one(t.Snapshot, snapshot_id)
            hold_comment(session, row.comment_id)
            check_may_view(session, actor, case_id)
            _must_be_shown(session, row)
            yield session, row

    def _case_of(self, snapshot_id: int) -> int:
        with self.evidence.store.read() as session:
            row = session.get(t.Snapshot, snapshot_id)
            if row is None:
                raise NotFound(f"There is no snapshot {snapshot_id}.")
            return row.case_id

    def _open(self, row: t.Snapshot, name: str) -> Opened:
        """The bytes of a file, if the manifest that the row vouches for lists them.

        Only names that stand in the manifest lead to a file: nobody's path does.
        """
        shelf = self.evidence.shelf
        shelf.must_be_open()
        folder = shelf.folder(row.bag or "")
        manifest = read_tag_file(folder, MANIFEST)
        if manifest is None or sha256(manifest) != row.manifest_sha256:
            raise _altered(row, "its list of files")
        path = f"{PAYLOAD}/{name}"
        listed = listed_in(manifest)
        if path not in listed:
            raise NotFound("This snapshot holds no such file.", safe="Nothing was shown.")
        content = read_small(folder / path, _LARGEST)
        if content is None or sha256(content) != listed[path]:
            raise _altered(row, "this file")
        return Opened(row.id, row.case_id, name, _kind(name), content)

    def _record(self, session: Session, actor: Actor, verb: str, opened: Opened) -> None:
        detail = {"case_id": opened.case_id, "file": opened.name, "sha256": sha256(opened.content)}
        now = self.evidence.clock.now()
        audit.record(session, actor, verb, "snapshot", opened.snapshot_id, now=now, detail=detail)


def _must_be_shown(session: Session, row: t.Snapshot) -> None:
    """Refuse what nobody is shown, whatever their rights.

    Raises:
        NotAllowed: it is locked, or may show something that is.
        Conflict: there is nothing sealed to show.
    """
    if row.source != RECORD_ONLY and suspicion(session, row.comment_id) is not None:
        raise NotAllowed(
            "This evidence is locked: child sexual abuse imagery is suspected. Nobody opens it.",
            safe="Nothing of it was shown.",
            do="Follow the instruction on the case, and tell the named safeguarding lead.",
        )
    if may_show_locked(session, row):
        raise NotAllowed(f"This is not shown: {WITHHELD}.", safe="Nothing of it was shown.")
    if row.destroyed_at is not None:
        raise Conflict("This evidence was destroyed when its time was up.")
    if row.state != "sealed" or row.bag is None:
        raise Conflict("This evidence is not sealed yet.", do="It takes seconds; then look again.")


def _holds(bag: Path | None) -> tuple[Held, ...]:
    """What a bag holds as its manifest lists it, the page first; nothing where it may not be shown."""
    manifest = None if bag is None else read_tag_file(bag, MANIFEST)
    if bag is None or manifest is None:
        return ()
    found = []
    for path, digest in listed_in(manifest).items():
        name = path.removeprefix(f"{PAYLOAD}/")
        if name == path:
            continue
        kind = _kind(name)
        found.append(Held(name, kind, _size(bag / path), digest, kind in _READ_BY_SAVING))
    return tuple(sorted(found, key=lambda each: (each.name != REPORT, each.kind == "other", each.name)))


def _size(path: Path) -> int:
    try:
        return path.lstat().st_size
    except OSError:
        return 0


def _kind(name: str) -> str:
    return _KINDS.get(name.rpartition(".")[2], "other")


def _altered(row: t.Snapshot, what: str) -> EvidenceFault:
    return EvidenceFault(
        f"Snapshot {row.id} of case {row.case_id} is not as it was sealed: {what} is missing or was altered.",
        safe="It is not shown, and was left as it is.",
        do="Verify the case, and tell the evidence officer: a backup's copy of the bag mends it.",
    )
