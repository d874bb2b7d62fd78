"""Copies that nobody may open: moved out of the evidence store's places, unreadable, never destroyed by us.

A bag that is locked goes, by one rename, from its place to the same place under `locked/`, and then loses
every permission, file by file. Its row stays as it is: a sealed row is frozen. What is in it is neither read
nor hashed again; a survey says "locked, not looked at".

Against an accident, a viewer, a preview, a search index, an export and every other part of this program that
is enough. The machine's administrator can still give the permissions back, as the police may need.
"""

from __future__ import annotations

import os
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from sqlalchemy import select
from sqlalchemy.orm import Session

from worker import outbox
from worker.evidence.bag import sync_one
from worker.evidence.bagstore import BUILDING, ORPHANS, Identity, read_custody
from worker.evidence.standing import RECORD_ONLY, suspicion
from worker.steps import Steps
from worker.store import tables as t

LOCKED = "locked"
#: The kind of job that locks everything of one comment.
LOCK_JOB = "lock"


@dataclass(frozen=True, slots=True)
class Vault:
    """Locks folders of an evidence store away.

    Attributes:
        root: the evidence store; what is locked lies under `locked/` in it.
        steps: told how far a locking came.
    """

    root: Path
    steps: Steps

    def lock(self, identity: Identity) -> int:
        """Lock every copy of one snapshot: its bag, what dead attempts left half built, what was set aside.

        A bag that holds a record only is no copy and stays. Running it twice is harmless, and finishes
        what a process that was killed began.

        Returns:
            How many folders were moved now.

        Raises:
            OSError: it could not be moved or closed; to be tried again.
        """
        copies = [(self.root / identity.place, identity.place)]
        for where, name in ((BUILDING, f"{identity.snapshot_id}-*"), (ORPHANS, _name(identity) + "-*")):
            copies += [(found, f"{where}/{found.name}") for found in sorted((self.root / where).glob(name))]
        moved = 0
        for folder, name in copies:
            if os.path.lexists(folder) and read_custody(folder).get("source") != RECORD_ONLY:
                self._move(folder, name)
                moved += 1
        for locked in self._locked(identity):
            _close(locked)
        self.steps("lock.closed")
        return moved

    def lock_folder(self, folder: Path, name: str) -> None:
        """Lock a folder that is no bag: a file that was handed in and must not be sealed.

        Args:
            folder: on the same disk as the evidence store.
            name: what it is called under `locked/`.
        """
        if os.path.lexists(folder):
            self._move(folder, name)
        for locked in _siblings(self.root / LOCKED / name):
            _close(locked)

    def holds(self, identity: Identity) -> bool:
        """Whether a bag of this snapshot lies locked."""
        return any(True for _ in _siblings(self.root / LOCKED / identity.place))

    def problems(self, row: t.Snapshot, identity: Identity, *, suspected: bool) -> tuple[str, ...] | None:
        """What a survey says of a sealed row, where locking has to do with it.

        Args:
            suspected: whether its comment is marked as suspected child sexual abuse imagery.

        Returns:
            None where locking has nothing to do with it: look at the bag. Else what is wrong, in words;
            nothing where the bag is locked as it should be, and was not looked at.
        """
        there, locked = os.path.lexists(self.root / identity.place), self.holds(identity)
        if not suspected or row.source == RECORD_ONLY:
            if locked and not there:
                return ("its bag was locked away although nobody marked its comment",)
            return None
        if there:
            return ("its bag must be locked and is not locked yet; nobody may open it",)
        if not locked:
            return ("its bag is missing: it was to be locked, and lies nowhere",)
        opened = any(path.lstat().st_mode & 0o777 for path in _siblings(self.root / LOCKED / identity.place))
        return ("its bag is locked away, but somebody gave permissions back to it",) if opened else ()

    def _locked(self, identity: Identity) -> Iterator[Path]:
        yield from _siblings(self.root / LOCKED / identity.place)
        yield from (self.root / LOCKED / BUILDING).glob(f"{identity.snapshot_id}-*")
        yield from (self.root / LOCKED / ORPHANS).glob(_name(identity) + "-*")

    def _move(self, folder: Path, name: str) -> None:
        target = _free(self.root / LOCKED / name)
        target.parent.mkdir(parents=True, exist_ok=True)
        (self.root / LOCKED).chmod(0o700)
        if folder.is_dir() and not folder.is_symlink():
            folder.chmod(0o700)  # moving a folder elsewhere writes its "..", so it must be writable
        folder.rename(target)
        for changed in (folder.parent, *_up_to(target, self.root)):
            sync_one(changed)
        self.steps("lock.moved")


def lock_later(session: Session, comment_id: int, now: datetime) -> None:
    """Ask, in the transaction that gives cause, for everything of a comment to be locked."""
    outbox.enqueue(session, LOCK_JOB, {"comment_id": comment_id}, now=now)


def lock_what_came_late(session: Session, row: t.Snapshot, source: str, now: datetime) -> None:
    """Ask for a bag to be locked that was still being made when its comment was marked.

    To be called in the transaction that makes the row say "sealed". It waits for a marking of the same
    comment that is under way, so that one of the two always sees the other.

    Args:
        source: what the bag was made from.
    """
    if source == RECORD_ONLY:
        return
    hold_comment(session, row.comment_id)
    if suspicion(session, row.comment_id) is not None:
        lock_later(session, row.comment_id, now)


def hold_comment(session: Session, comment_id: int) -> None:
    """Hold a comment's row until this transaction ends, against markings and sealings of it."""
    session.execute(
        select(t.Comment.id).where(t.Comment.id == comment_id).with_for_update(key_share=True)
    ).one()


def _name(identity: Identity) -> str:
    return f"{identity.case_id}-{identity.snapshot_id}"


def _siblings(target: Path) -> Iterator[Path]:
    """A locked folder, and others that had the same name."""
    if os.path.lexists(target):
        yield target
    yield from target.parent.glob(f"{target.name}+*")


def _free(target: Path) -> Path:
    number, free = 1, target
    while os.path.lexists(free):
        free, number = target.with_name(f"{target.name}+{number}"), number + 1
    return free


def _up_to(target: Path, root: Path) -> Iterator[Path]:
    """The folders above one, up to the store's own."""
    for parent in target.parents:
        yield parent
        if parent == root:
            return


def _close(folder: Path) -> None:
    """Take every permission from a folder and all in it, the innermost first."""
    for parent, _folders, names in os.walk(folder, topdown=False):
        for path in (*(Path(parent, name) for name in names), Path(parent)):
            if not path.is_symlink():  # a link has no permissions of its own; what it leads to is not ours
                path.chmod(0)
    # Without permission to list it nothing was walked; and it may be a file.
    if not folder.is_symlink():
        folder.chmod(0)
