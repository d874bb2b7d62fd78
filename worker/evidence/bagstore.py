"""The folder that all bags are kept in: one place for each snapshot, and a whole bag there or none.

A bag is built aside under `.building/`, flushed, read back, and takes its place by one rename. The place
follows from the snapshot's row alone, `<yyyy>/<mm>/<case>-<snapshot>`, and a rename onto a bag fails: so
there can never be two that count. A process that died between rename and commit leaves a bag whose row
is still pending; the next attempt *adopts* it if it verifies in full and is about this very snapshot,
and otherwise sets it aside under `orphans/`, where it counts for nothing but is not lost, and seals afresh.
"""

from __future__ import annotations

import errno
import fcntl
import json
import os
import secrets
import shutil
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import asdict, dataclass
from datetime import datetime
from pathlib import Path, PurePosixPath
from typing import Any

from worker.errors import EvidenceFault
from worker.evidence.bag import (
    PAYLOAD,
    STAMP_FILES,
    Hashes,
    Label,
    Sign,
    make_read_only,
    sync,
    sync_one,
    write_bag,
)
from worker.evidence.verify import Report, read_small, verify_bag
from worker.steps import Steps

BUILDING = ".building"
ORPHANS = "orphans"
CUSTODY = "custody.json"
#: More than any custody.json of ours takes: a planted giant is not read into memory.
_MOST_CUSTODY = 16 * 1024 * 1024


@dataclass(frozen=True, slots=True)
class Identity:
    """Which snapshot a bag is; written into its custody.json and compared with the row."""

    snapshot_id: int
    case_id: int
    comment_id: int
    revision_id: int
    asked_at: datetime

    @property
    def place(self) -> str:
        """The bag's folder, relative to the store."""
        return f"{self.asked_at:%Y}/{self.asked_at:%m}/{self.case_id}-{self.snapshot_id}"

    def as_json(self) -> dict[str, Any]:
        """As custody.json holds it."""
        return asdict(self) | {"asked_at": self.asked_at.isoformat()}


@dataclass(frozen=True, slots=True)
class Sealed:
    """A bag in its place.

    Attributes:
        place: relative to the store.
        custody: what its custody.json says.
    """

    place: str
    hashes: Hashes
    custody: Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class BagStore:
    """All bags of one Trust.

    Attributes:
        root: the folder; made when the first bag is sealed.
        sign: makes the Trust's signature over a bag's tagmanifest.
        steps: told how far a sealing came.
    """

    root: Path
    sign: Sign
    steps: Steps

    def seal(self, identity: Identity, files: Mapping[str, bytes], label: Label) -> Sealed:
        """Build a bag aside, sign it, flush it, read it back, and give it its place.

        Args:
            files: the payload by file name, custody.json among them.

        Returns:
            The bag that holds the place now: this one, or the whole one that another attempt put there first.

        Raises:
            EvidenceFault: it could not be written, or did not read back as written. No bag counts then.
        """
        try:
            return self._seal(identity, files, label)
        except OSError as error:
            raise EvidenceFault(
                f"The evidence of case {identity.case_id} could not be written: {error.strerror}.",
                safe="No half bag counts, and nothing was changed on the platform.",
                do=f"See that {self.root} can be written and has room; it is tried again.",
            ) from error

    def adopt(self, identity: Identity) -> Sealed | None:
        """Take over a bag that an earlier attempt put in its place but did not live to enter in the row.

        Returns:
            The bag if it is whole and this snapshot's own; None where there is none. One that is neither
            is set aside first.
        """
        folder = self.root / identity.place
        if not os.path.lexists(folder):
            return None
        report = verify_bag(folder)
        custody = read_custody(folder)
        if not report.ok or report.hashes is None or custody.get("snapshot") != identity.as_json():
            self._set_aside(identity)
            return None
        make_read_only(folder)
        self._sync_way_to(folder)
        return Sealed(identity.place, report.hashes, custody)

    def clean(self, snapshot_id: int) -> None:
        """Remove what dead attempts at this snapshot left half built.

        Renamed before it is removed: an attempt that is alive after all then fails to take its place,
        rather than taking it with files missing.
        """
        for half in (self.root / BUILDING).glob(f"{snapshot_id}-*"):
            rubbish = half.with_name(f"removed-{secrets.token_hex(8)}")
            with suppress(FileNotFoundError):
                half.rename(rubbish)
                shutil.rmtree(rubbish)

    @contextmanager
    def alone(self, place: str) -> Iterator[None]:
        """Keep every other process from putting anything beside a bag meanwhile.

        Raises:
            EvidenceFault: there is no such bag.
        """
        try:
            descriptor = os.open(self.folder(place), os.O_RDONLY | os.O_DIRECTORY | os.O_NOFOLLOW)
        except OSError as error:
            raise EvidenceFault(f"The bag {place} cannot be opened: {error.strerror}.") from error
        try:
            fcntl.flock(descriptor, fcntl.LOCK_EX)
            yield
        finally:
            os.close(descriptor)

    def put_beside(self, place: str, files: Mapping[str, bytes]) -> None:
        """Put a timestamp's files beside a sealed bag's manifests, each whole or not at all.

        What an earlier attempt left there goes first: half of one stamp and half of another hold for nothing.

        Raises:
            EvidenceFault: the place lies outside the store, or the disk would not take them.
        """
        folder = self.folder(place)
        aside = self.root / BUILDING / f"beside-{secrets.token_hex(8)}"
        try:
            aside.parent.mkdir(parents=True, exist_ok=True)
            folder.chmod(0o755)
            for name in STAMP_FILES:
                (folder / name).unlink(missing_ok=True)
            for name, content in files.items():
                aside.write_bytes(content)
                aside.chmod(0o444)
                sync_one(aside)
                aside.rename(folder / name)
                sync_one(folder)
            folder.chmod(0o555)
        except OSError as error:
            raise EvidenceFault(
                f"A timestamp could not be put beside the bag {place}: {error.strerror}.",
                safe="The bag itself is as it was.",
                do=f"See that {self.root} can be written and has room; it is tried again.",
            ) from error
        finally:
            aside.unlink(missing_ok=True)

    def folder(self, place: str) -> Path:
        """Where a bag lies.

        Raises:
            EvidenceFault: the row names a place outside the store.
        """
        parts = PurePosixPath(place)
        if parts.is_absolute() or ".." in parts.parts or not parts.parts:
            raise EvidenceFault(
                f"The database names a bag outside the evidence store: {place!r}.",
                safe="Nothing was read there.",
                do="The row was altered: restore it from a backup.",
            )
        return self.root / parts

    def must_be_open(self) -> None:
        """Refuse a user of the computer who may not look in here: to them, all evidence would seem missing.

        Raises:
            EvidenceFault: so it is.
        """
        try:
            os.scandir(self.root).close()
        except PermissionError as error:
            raise EvidenceFault(
                f"This user of the computer may not look into the evidence store {self.root}.",
                safe="Nothing of it was read or shown, and this says nothing against the evidence.",
                do="Run this as Upstander's own user.",
            ) from error
        except OSError:
            return  # not made yet, or harmed: whoever looks at a bag says which

    def verify(self, place: str) -> Report:
        """Look at every byte of a bag."""
        return verify_bag(self.folder(place))

    def places(self) -> Iterator[str]:
        """Everything that lies where a bag would, in order."""
        for folder in sorted(self.root.glob("[0-9][0-9][0-9][0-9]/[0-9][0-9]/*")):
            yield folder.relative_to(self.root).as_posix()

    def _seal(self, identity: Identity, files: Mapping[str, bytes], label: Label) -> Sealed:
        self.clean(identity.snapshot_id)
        aside = self.root / BUILDING / f"{identity.snapshot_id}-{secrets.token_hex(8)}"
        aside.mkdir(parents=True)
        try:
            hashes = write_bag(aside, files, label, self.sign)
            self.steps("seal.built")
            sync(aside)
            self.steps("seal.synced")
            self._read_back(aside, hashes)
            return self._put_in_place(aside, identity, hashes)
        finally:
            shutil.rmtree(aside, ignore_errors=True)

    def _read_back(self, aside: Path, written: Hashes) -> None:
        report = verify_bag(aside)
        if not report.ok or report.hashes != written:
            raise OSError(errno.EIO, f"it did not read back as written ({'; '.join(report.problems)})")

    def _put_in_place(self, aside: Path, identity: Identity, hashes: Hashes) -> Sealed:
        folder = self.root / identity.place
        folder.parent.mkdir(parents=True, exist_ok=True)
        try:
            aside.rename(folder)
        except OSError as error:
            if error.errno not in {errno.ENOTEMPTY, errno.EEXIST}:
                raise
            other = self.adopt(identity)
            if other is not None:
                return other
            aside.rename(folder)
        self._sync_way_to(folder)
        self.steps("seal.renamed")
        make_read_only(folder)
        custody = read_custody(folder)
        if custody.get("snapshot") != identity.as_json():
            raise OSError(errno.EIO, "it was taken away again")
        return Sealed(identity.place, hashes, custody)

    def _sync_way_to(self, folder: Path) -> None:
        """Put the names that lead to a bag on the disk: its month, its year, the store."""
        for parent in folder.parents:
            sync_one(parent)
            if parent == self.root:
                return

    def _set_aside(self, identity: Identity) -> None:
        folder = self.root / identity.place
        orphan = self.root / ORPHANS / f"{folder.name}-{secrets.token_hex(8)}"
        orphan.parent.mkdir(parents=True, exist_ok=True)
        if folder.is_dir() and not folder.is_symlink():
            folder.chmod(0o755)  # moving a folder elsewhere writes its "..", so it must be writable
        folder.rename(orphan)
        sync_one(folder.parent)
        sync_one(orphan.parent)


def read_custody(folder: Path) -> dict[str, Any]:
    """What a bag's custody.json says; empty where it cannot be read. Verify the bag before believing it."""
    try:
        custody = json.loads(read_small(folder / PAYLOAD / CUSTODY, _MOST_CUSTODY) or b"")
    except (ValueError, RecursionError):
        return {}
    return custody if isinstance(custody, dict) else {}
