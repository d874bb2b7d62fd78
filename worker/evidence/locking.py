"""Copies that nobody may open: moved out of the evidence store's places, unreadable, never destroyed by us.

A bag that is locked goes, by one rename, from its place to the same place under `locked/`, and then loses
every permission, file by file. Its row stays as it is: a sealed row is frozen. What is in it is neither read
nor hashed again; a survey says "locked, not looked at".

Against an accident, a viewer, a preview, a search index, an export and every other part of this program that
is enough. The machine's administrator can still give the permissions back, as the police may need.
"""

from __future__ import annotations

import errno
import os
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from sqlalchemy import select
from sqlalchemy.orm import Session

from worker import outbox
from worker.evidence.bag import sync_one
from worker.evidence.bagstore import BUILDING, ORPHANS, Identity, read_custody
from worker.evidence.standing import RECORD_ONLY, suspicion
from worker.evidence.subject import identity_of
from worker.ledger import audit
from worker.ledger.audit import Actor
from worker.steps import Steps
from worker.store import tables as t

LOCKED = "locked"
#: The kind of job that locks everything of one comment.
LOCK_JOB = "lock"
_ITSELF = Actor(None, "lock")
_LOCKED_VERB = "bag_locked"


@dataclass(frozen=True, slots=True)
class Vault:
    """Locks folders of an evidence store away.

    Attributes:
        root: the evidence store; what is locked lies under `locked/` in it.
        steps: told how far a locking came.
    """

    root: Path
    steps: Steps

    def lock(self, identity: Identity, *, half_built: bool = True) -> int:
        """Lock every copy of one snapshot: its bag, what dead attempts left half built, what was set aside.

        A bag that holds a record only is no copy and stays. Running it twice is harmless, and finishes
        what a process that was killed began.

        Args:
            half_built: also what lies half built; not where that may be a record in the making.

        Returns:
            How many folders were moved now.

        Raises:
            OSError: it could not be moved or closed; to be tried again.
        """
        copies = [(self.root / identity.place, identity.place)]
        asides = [(ORPHANS, _name(identity) + "-*")]
        asides += [(BUILDING, f"{identity.snapshot_id}-*")] if half_built else []
        for where, name in asides:
            copies += [(found, f"{where}/{found.name}") for found in sorted((self.root / where).glob(name))]
        moved = 0
        for folder, name in copies:
            if os.path.lexists(folder) and read_custody(folder).get("source") != RECORD_ONLY:
                self._move(folder, self.root, name)
                moved += 1
        for locked in self._locked(identity):
            _close(locked)
        self.steps("lock.closed")
        return moved

    def lock_folder(self, folder: Path, name: str) -> None:
        """Lock what is no bag: a file that was handed over, or one handed in that must not be sealed.

        One that lies on another disk than the evidence store cannot be moved there without being copied,
        so it goes to `locked/` beside itself: no rename crosses disks.

        Args:
            folder: what to lock: a folder or a file.
            name: what it is called under `locked/`.

        Raises:
            OSError: it could not be moved or closed; to be tried again.
        """
        beside = folder.parent
        if os.path.lexists(folder):
            try:
                self._move(folder, self.root, name)
            except OSError as error:
                if error.errno != errno.EXDEV:
                    raise
                self._move(folder, beside, folder.name)
        for target in (self.root / LOCKED / name, beside / LOCKED / folder.name):
            for locked in _siblings(target):
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

    def _move(self, folder: Path, root: Path, name: str) -> None:
        target = _free(root / LOCKED / name)
        target.parent.mkdir(parents=True, exist_ok=True)
        (root / LOCKED).chmod(0o700)
        if folder.is_dir() and not folder.is_symlink():
            folder.chmod(0o700)  # moving a folder elsewhere writes its "..", so it must be writable
        folder.rename(target)
        for changed in (folder.parent, *_up_to(target, root)):
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


def audit_locked(session: Session, vault: Vault, rows: Sequence[t.Snapshot], now: datetime) -> None:
    """Write one audit row for each bag that is locked and has none yet: a crash may have come in between."""
    locked = [row for row in rows if vault.holds(identity_of(row))]
    told = set(
        session.scalars(
            select(t.Audit.object_id).where(
                t.Audit.object_type == "snapshot",
                t.Audit.verb == _LOCKED_VERB,
                t.Audit.object_id.in_([row.id for row in locked]),
            )
        )
    )
    for row in locked:
        if row.id not in told:
            detail = {"case_id": row.case_id, "bag": row.bag}
            audit.record(session, _ITSELF, _LOCKED_VERB, "snapshot", row.id, now=now, detail=detail)


def hold_comment(session: Session, comment_id: int) -> None:
    """Hold a comment's row until this transaction ends, against markings and sealings of it."""
    session.execute(
        select(t.Comment.id).where(t.Comment.id == comment_id).with_for_update(key_share=True)
    ).one()


def hold_comments(session: Session, case_ids: Sequence[int]) -> None:
    """Hold the comments of some cases, always in one order, so that no two wait for each other."""
    about = select(t.Case.comment_id).where(t.Case.id.in_(case_ids)).distinct()
    for comment_id in sorted(session.scalars(about)):
        hold_comment(session, comment_id)


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
