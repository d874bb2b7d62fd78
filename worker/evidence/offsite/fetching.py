"""Bringing a bag back from its copy: written aside, verified like any bag, and only then given its name."""

from __future__ import annotations

import secrets
import shutil
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path, PurePosixPath
from typing import Any

from worker.errors import Conflict, EvidenceFault
from worker.evidence.bag import Hashes, make_read_only, sync
from worker.evidence.offsite import wanted
from worker.evidence.offsite.bucket import Bucket
from worker.evidence.offsite.sending import Lock, read_back
from worker.evidence.sidecars import Trust, check_sidecars
from worker.evidence.subject import identity_of
from worker.evidence.verify import verify_bag
from worker.settings_evidence import Offsite
from worker.store import tables as t

#: What a copy's own lock says does not matter to somebody who needs its bytes.
_ANY_LOCK = Lock("none", None)


@dataclass(frozen=True, slots=True)
class Fetched:
    """One bag that was brought back.

    Attributes:
        folder: where it lies now.
        problems: what is wrong with it, in words; nothing where it is whole.
    """

    snapshot_id: int
    folder: Path
    problems: tuple[str, ...]


def must_be_new(into: Path) -> None:
    """Refuse a folder that holds anything.

    Raises:
        Conflict: it does, or is no folder.
    """
    if into.is_symlink() or (into.exists() and (not into.is_dir() or any(into.iterdir()))):
        raise Conflict(
            f"{into} is there already and is not an empty folder.",
            safe="Nothing was written.",
            do="Name a new folder.",
        )


def fetch(
    bucket: Bucket,
    settings: Offsite,
    row: t.Snapshot,
    copies: Sequence[t.OffsiteCopy],
    into: Path,
    trust: Trust,
) -> Fetched:
    """Bring one bag back, with its timestamp where that was copied too.

    Args:
        row: the snapshot.
        copies: its rows that were read back and are still there.
        into: the folder that the bag's folder is made in.

    Raises:
        CopyDiffers: the storage gave back something else; no bag is there then.
        BucketUnreachable, BucketRefused: it could not be read.
        EvidenceFault: it could not be written.
    """
    place = into / PurePosixPath(identity_of(row).place).name
    aside = into / f".{place.name}-{secrets.token_hex(8)}"
    try:
        for name, content in _files(bucket, wanted.prefix_of(settings, row), copies):
            path = aside / name
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_bytes(content)
        sync(aside)
        report = verify_bag(aside)
        problems = [*report.problems, *(each.found for each in check_sidecars(aside, trust) if not each.ok)]
        if report.hashes != Hashes(row.manifest_sha256 or "", row.tagmanifest_sha256 or ""):
            problems.append("the copy's manifests are not those whose hashes the database holds")
        aside.rename(place)
        make_read_only(place)
    except OSError as error:
        raise EvidenceFault(
            f"The copy of snapshot {row.id} could not be written to {into}: {error.strerror}.",
            safe="The copy itself is as it was.",
            do="Name a folder that can be written and has room.",
        ) from error
    finally:
        shutil.rmtree(aside, ignore_errors=True)
    return Fetched(row.id, place, tuple(problems))


def _files(bucket: Bucket, prefix: str, copies: Sequence[t.OffsiteCopy]) -> Iterator[tuple[str, bytes]]:
    for copy in copies:
        for thing in copy.objects:
            yield _name(thing, prefix), read_back(bucket, thing, _ANY_LOCK).content


def _name(thing: dict[str, Any], prefix: str) -> str:
    """An object's name within its bag; never one that leads out of it."""
    name = str(thing["name"])
    inside = PurePosixPath(name.removeprefix(prefix))
    if not name.startswith(prefix) or inside.is_absolute() or ".." in inside.parts or not inside.parts:
        raise EvidenceFault(
            f"The database names a copy that is not of this snapshot: {name!r}.",
            safe="Nothing was written there.",
            do="The row was altered: restore it from a backup.",
        )
    return inside.as_posix()
