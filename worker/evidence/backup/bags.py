"""The bags that a dumped database names, copied file by file; what an earlier backup holds is linked."""

from __future__ import annotations

import os
import shutil
import stat
from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from sqlalchemy import select
from sqlalchemy.orm import Session

from worker.evidence.backup.folder import (
    EVIDENCE,
    INBOX,
    Unreadable,
    copy_file,
    hash_of,
    plain,
    read_listing,
)
from worker.evidence.standing import RECORD_ONLY
from worker.evidence.subject import identity_of
from worker.evidence.supplements import SUPPLEMENT_JOB
from worker.store import tables as t

#: Told how many bags were looked at, of how many.
Progress = Callable[[int, int], None]


@dataclass(frozen=True, slots=True)
class Named:
    """One folder that a row of the dumped database names: a bag, or a file that was handed in.

    Attributes:
        kind: evidence or inbox, as its folder in the backup is called.
        place: relative to the evidence store, or to the inbox.
        sealed: whether the row says that it is there; a pending one's may be, and is taken over then.
        suspect: whether it is never copied, because of what it is suspected to hold.
    """

    snapshot_id: int
    kind: str
    place: str
    sealed: bool
    suspect: bool

    @property
    def name(self) -> str:
        """Its folder, relative to the backup."""
        return f"{self.kind}/{self.place}"


@dataclass(slots=True)
class Taken:
    """What became of all bags.

    Attributes:
        listed: SHA-256 by path below the backup.
        copied: what is in it, by name.
    """

    listed: dict[str, str] = field(default_factory=dict)
    copied: dict[str, Named] = field(default_factory=dict)
    missing: list[Named] = field(default_factory=list)
    withheld: list[Named] = field(default_factory=list)
    left_out: list[str] = field(default_factory=list)


def named(session: Session) -> Sequence[Named]:
    """What is, or may be, in inbox and evidence store, as the rows of a database say.

    The inbox comes first: what is sealed from it meanwhile is then found in the evidence store.
    """
    suspects = set(session.scalars(select(t.Mark.comment_id).where(t.Mark.mark == "suspected_csam")))
    waiting = select(t.Job.payload).where(t.Job.kind == SUPPLEMENT_JOB, t.Job.state != "done")
    jobs = {int(job["snapshot_id"]): str(job["token"]) for job in session.scalars(waiting)}
    rows = session.scalars(
        select(t.Snapshot).where(t.Snapshot.destroyed_at.is_(None)).order_by(t.Snapshot.id)
    ).yield_per(500)
    inbox: list[Named] = []
    evidence: list[Named] = []
    for row in rows:
        suspect = row.comment_id in suspects and row.source != RECORD_ONLY
        place = row.bag or identity_of(row).place
        evidence.append(Named(row.id, EVIDENCE, place, row.state == "sealed", suspect))
        if row.id in jobs:
            inbox.append(Named(row.id, INBOX, jobs[row.id], sealed=False, suspect=suspect))
    return [*inbox, *evidence]


def copy_bags(
    roots: Mapping[str, Path], wanted: Sequence[Named], into: Path, previous: Path | None, progress: Progress
) -> Taken:
    """Copy bags, and what was handed in, into a backup.

    Args:
        roots: the evidence store and the inbox, by kind.
        into: the backup's folder.
        previous: an earlier backup; a file of it that is the same, byte by byte, is linked.

    Raises:
        OSError: the backup cannot be written.
    """
    taken = Taken()
    earlier = _Earlier(previous, {} if previous is None else read_listing(previous))
    for number, each in enumerate(wanted, start=1):
        _one(roots[each.kind], each, into, earlier, taken)
        progress(number, len(wanted))
    return taken


@dataclass(frozen=True, slots=True)
class _Earlier:
    folder: Path | None
    listed: Mapping[str, str]

    def link(self, name: str, source: Path, target: Path) -> str | None:
        """Link the earlier backup's file in the new one's place if it is the same; else None."""
        expected = self.listed.get(name)
        if self.folder is None or expected is None:
            return None
        old = self.folder / name
        try:
            same_time = old.lstat().st_mtime_ns == source.lstat().st_mtime_ns
            # Both are read: a file that rotted in the earlier backup is not carried on into this one.
            if not same_time or hash_of(source) != expected or hash_of(old) != expected:
                return None
            target.hardlink_to(old)
        except OSError:
            return None
        return expected


def _one(root: Path, each: Named, into: Path, earlier: _Earlier, taken: Taken) -> None:
    if each.suspect:
        taken.withheld.append(each)
        return
    folder = root / each.place
    if not plain(each.name) or not os.path.lexists(folder):
        if each.sealed:
            taken.missing.append(each)
        return
    listed, left_out = _copy(folder, each.name, into, earlier)
    if not os.path.lexists(folder):  # it went while it was copied: a half of it is no evidence
        shutil.rmtree(into / each.name)
        if each.sealed:
            taken.missing.append(each)
        return
    taken.copied[each.name] = each
    taken.listed |= listed
    taken.left_out += left_out


def take_out(taken: Taken, gone: Collection[int], into: Path) -> None:
    """Take copies out of a backup again, because of what was said about them while they were copied.

    Args:
        gone: numbers of snapshots; those that were not copied are passed over.
    """
    for each in [each for each in taken.copied.values() if each.snapshot_id in gone]:
        shutil.rmtree(into / each.name)
        for inner in [inner for inner in taken.listed if inner.startswith(f"{each.name}/")]:
            del taken.listed[inner]
        del taken.copied[each.name]
        taken.withheld.append(each)


def _copy(folder: Path, name: str, into: Path, earlier: _Earlier) -> tuple[dict[str, str], list[str]]:
    listed: dict[str, str] = {}
    left_out: list[str] = []
    for folder_above in reversed((into / name).relative_to(into).parents):
        (into / folder_above).mkdir(mode=0o700, exist_ok=True)
    (into / name).mkdir(mode=0o700)
    for path, is_folder in _walk(folder):
        inner = f"{name}/{path.relative_to(folder).as_posix()}"
        if is_folder:
            (into / inner).mkdir(mode=0o700)
            continue
        if not inner.isprintable() or not _ordinary(path):  # a list has one name a line
            left_out.append(repr(inner))
            continue
        linked = earlier.link(inner, path, into / inner)
        try:
            listed[inner] = linked or copy_file(path, into / inner)
        except Unreadable:
            left_out.append(inner)
    return listed, left_out


def _walk(folder: Path) -> Iterator[tuple[Path, bool]]:
    """Everything below a folder, folders before what is in them; links are not followed."""
    for parent, folders, names in os.walk(folder):
        links = {name for name in folders if Path(parent, name).is_symlink()}
        yield from ((Path(parent, name), True) for name in sorted(set(folders) - links))
        yield from ((Path(parent, name), False) for name in sorted({*names, *links}))


def _ordinary(path: Path) -> bool:
    """Whether it is a file, and not a link, a device, or gone by now."""
    try:
        return stat.S_ISREG(path.lstat().st_mode)
    except FileNotFoundError:
        return False
