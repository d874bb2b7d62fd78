"""Taking a destroyed bag off the disk, wherever parts of it lie. Doing it twice is harmless."""

from __future__ import annotations

import os
import secrets
import shutil
from collections.abc import Iterator
from pathlib import Path

from worker.errors import EvidenceFault
from worker.evidence.bag import sync_one
from worker.evidence.bagstore import BUILDING, ORPHANS, BagStore, Identity
from worker.evidence.subject import identity_of
from worker.steps import Steps
from worker.store import tables as t


def must_be_removable(shelf: BagStore, row: t.Snapshot) -> None:
    """Refuse before anything is written if this bag could not be removed afterwards.

    Raises:
        EvidenceFault: the row names another place than its own, or the store cannot be written to.
    """
    identity = identity_of(row)
    if row.bag != identity.place:
        raise EvidenceFault(
            f"The row of snapshot {row.id} names a bag that is not its own: {row.bag!r}.",
            safe="Nothing was destroyed.",
            do=f"Run `upstander evidence verify {row.case_id}`: the row was altered.",
        )
    parent = (shelf.root / identity.place).parent
    if parent.exists() and not os.access(parent, os.W_OK | os.X_OK):
        raise EvidenceFault(
            f"The evidence store cannot be written to at {parent}.",
            safe="Nothing was destroyed.",
            do="Give the worker's user the right to write there; it is tried again.",
        )


def remove(shelf: BagStore, row: t.Snapshot, steps: Steps) -> None:
    """Remove the bag of a destroyed snapshot, what dead attempts left half built, and what was set aside.

    Args:
        row: one that says that it was destroyed.
        steps: told how far it came.

    Raises:
        EvidenceFault: it is not destroyed, or could not be removed; it is tried again.
    """
    if row.destroyed_at is None:
        raise EvidenceFault(f"Snapshot {row.id} is not destroyed.", safe="Its bag stays.")
    try:
        for folder in list(_parts(shelf.root, identity_of(row))):
            _remove(shelf.root, folder, row.id, steps)
    except OSError as error:
        raise EvidenceFault(
            f"The destroyed bag of snapshot {row.id} could not be removed: {error.strerror}.",
            safe="Its row says that it was destroyed; it counts for nothing.",
            do=f"See that {shelf.root} can be written; it is tried again.",
        ) from error


def remove_export(folder: Path, row: t.Export) -> None:
    """Remove our copy of a hand-over that holds destroyed evidence; what was handed over is not ours.

    Args:
        folder: that such files are made in.
        row: one that was made.

    Raises:
        EvidenceFault: it could not be removed, or its row names a file elsewhere; it is tried again.
    """
    name = row.file_name or ""
    if Path(name).name != name or not name:
        raise EvidenceFault(
            f"The row of export {row.id} names a file outside the folder of exports: {name!r}.",
            safe="That file was not touched.",
            do="The row was altered: restore it from a backup.",
        )
    try:
        (folder / name).unlink(missing_ok=True)
    except OSError as error:
        raise EvidenceFault(
            f"The file of export {row.id} could not be removed: {error.strerror}.",
            safe="The evidence in it is destroyed everywhere else.",
            do=f"See that {folder} can be written; it is tried again.",
        ) from error


def _parts(root: Path, identity: Identity) -> Iterator[Path]:
    number = identity.snapshot_id
    place = root / identity.place
    if os.path.lexists(place):
        yield place
    yield from (root / BUILDING).glob(f"{number}-*")
    yield from (root / BUILDING).glob(f"destroyed-{number}-*")
    yield from (root / ORPHANS).glob(f"{place.name}-*")


def _remove(root: Path, folder: Path, snapshot_id: int, steps: Steps) -> None:
    if folder.is_symlink() or not folder.is_dir():
        folder.unlink()  # something planted: only the name is ours to remove
        return
    # Aside first: nobody then takes a bag with files missing for one that was tampered with.
    aside = root / BUILDING / f"destroyed-{snapshot_id}-{secrets.token_hex(8)}"
    aside.parent.mkdir(parents=True, exist_ok=True)
    folder.chmod(0o700)  # moving a folder elsewhere writes its "..", so it must be writable
    folder.rename(aside)
    sync_one(folder.parent)
    steps("dispose.aside")
    for parent, folders, _ in os.walk(aside):
        for name in folders:
            if not Path(parent, name).is_symlink():
                Path(parent, name).chmod(0o700)
    shutil.rmtree(aside)
    sync_one(aside.parent)
    steps("dispose.removed")
