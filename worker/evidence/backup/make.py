"""Making a backup while everything runs: the database first, then the bags that it names, then the keys.

In this order every row that says "sealed" has its bag in the backup. The other way round a bag that was
sealed meanwhile would be missing. It is built aside, flushed, and counts from one rename on.
"""

from __future__ import annotations

import fcntl
import os
import secrets
import shutil
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from datetime import datetime
from pathlib import Path

import psycopg
from sqlalchemy import select
from sqlalchemy.orm import Session

from worker.clock import Clock
from worker.evidence.backup import bags, keys, postgres, sqlite
from worker.evidence.backup.bags import Named, Progress, Taken
from worker.evidence.backup.folder import (
    DATABASE,
    EVIDENCE,
    FACTS,
    FORMAT,
    INBOX,
    KEYS,
    LISTING,
    BackupFault,
    Facts,
    finish,
    hash_of,
)
from worker.evidence.bag import sync, sync_one
from worker.evidence.contents import agent
from worker.ledger import audit
from worker.ledger.audit import Actor
from worker.review.rights import Right, require
from worker.steps import Steps, unobserved
from worker.store import tables as t
from worker.store.session import Store

_PREFIX = "upstander-"
_ASIDE = ".making-"
_LOCK = ".lock"


@dataclass(frozen=True, slots=True)
class Made:
    """A finished backup.

    Attributes:
        listing_sha256: SHA-256 of its list of files; also in the audit, and so in the ledger.
    """

    folder: Path
    facts: Facts
    listing_sha256: str


@dataclass(frozen=True, slots=True)
class _Look:
    """What is read from exactly what was dumped."""

    named: list[Named]
    ledger_size: int
    ledger_root: str


@dataclass(frozen=True, slots=True)
class _Filled:
    """What was copied, before the last look at what may not be.

    Attributes:
        facts: what does not hang on that look.
        listed: SHA-256 by path, of database and keys.
    """

    facts: Facts
    listed: Mapping[str, str]
    taken: Taken


@dataclass(frozen=True, slots=True)
class Backups:
    """Makes backups of one Upstander.

    Attributes:
        bags: the evidence store.
        inbox: what was handed in and waits to be sealed.
        keys: the folder of the signing key.
        forbidden: folders that no backup may lie in, because they are what is backed up, or secret.
        steps: told how far it came.
    """

    store: Store
    clock: Clock
    bags: Path
    inbox: Path
    keys: Path
    forbidden: tuple[Path, ...]
    steps: Steps = unobserved

    def make(self, into: Path, actor: Actor, passphrase: str | None, progress: Progress) -> Made:
        """Make one backup, in a folder of its own.

        Args:
            into: the folder that backups lie in, best on another machine. What its newest backup holds
                already, byte by byte, is linked instead of written again.
            passphrase: what the signing key is sealed with; None leaves it out.
            progress: told how many bags were looked at, of how many.

        Raises:
            NotAllowed: a person set it off who may not; a scheduled one is the computer's to allow.
            BackupFault: it cannot be made; nothing half made is left, older ones are as they were.
        """
        if actor.person_id is not None:
            require(self.store, self.clock, actor, Right.BACK_UP, "backup")
        self._refuse_place(into)
        if passphrase is not None:
            keys.check_passphrase(passphrase)
        try:
            # Not its parents: where a disk is not mounted, a backup must not land on this one.
            into.mkdir(mode=0o700, exist_ok=True)
            with _alone(into):
                made = self._make(into, passphrase, progress)
        except (OSError, psycopg.Error) as error:
            reason = error.strerror if isinstance(error, OSError) else error.diag.message_primary
            raise BackupFault(
                f"The backup could not be made: {reason or type(error).__name__}.",
                safe="Nothing half made counts; older backups are as they were.",
                do=f"See that {into} can be written and has room, and that the database answers.",
            ) from error
        self._record(made, actor)
        return made

    def _make(self, into: Path, passphrase: str | None, progress: Progress) -> Made:
        for left in into.glob(f"{_ASIDE}*"):
            shutil.rmtree(left)
        previous = newest(into)
        aside = into / f"{_ASIDE}{secrets.token_hex(8)}"
        aside.mkdir(mode=0o700)
        try:
            filled = self._fill(aside, passphrase, previous, progress)
            folder = into / f"{_PREFIX}{datetime.fromisoformat(filled.facts.made_at):%Y%m%dT%H%M%SZ}"
            if os.path.lexists(folder):
                folder = folder.with_name(f"{folder.name}-{secrets.token_hex(3)}")
            facts = self._put_in_place(aside, folder, filled)
        finally:
            shutil.rmtree(aside, ignore_errors=True)
        return Made(folder, facts, hash_of(folder / LISTING))

    def _put_in_place(self, aside: Path, folder: Path, filled: _Filled) -> Facts:
        """Finish a backup and let it count: without what was marked as suspected before it counted."""
        while True:
            facts = self._finish(aside, filled)
            sync(aside)
            self.steps("backup.synced")
            aside.rename(folder)
            sync_one(folder.parent)
            if not self._since()[1] & {each.snapshot_id for each in filled.taken.copied.values()}:
                return facts
            # Marked after the last look and before the rename, perhaps: it counts no more until that is out.
            folder.rename(aside)

    def _fill(
        self, aside: Path, passphrase: str | None, previous: Path | None, progress: Progress
    ) -> _Filled:
        (aside / DATABASE).mkdir(mode=0o700)
        (aside / KEYS).mkdir(mode=0o700)
        made_at = self.clock.now()
        dump = sqlite.dump if self.store.dialect == "sqlite" else postgres.dump
        migration, tables, look = dump(self.store.engine, aside / DATABASE, _look)
        self.steps("backup.dumped")
        listed = {f"{DATABASE}/{path.name}": hash_of(path) for path in (aside / DATABASE).iterdir()}
        roots = {EVIDENCE: self.bags, INBOX: self.inbox}
        taken = bags.copy_bags(roots, look.named, aside, previous, progress)
        self.steps("backup.copied")
        # After the bags: whoever sealed one of them has put the certificate there before.
        certificates = keys.copy_certificates(self.keys, aside / KEYS)
        listed |= {f"{KEYS}/{name}": digest for name, digest in certificates.items()}
        if passphrase is not None:
            listed[f"{KEYS}/{keys.SEALED}"] = keys.seal_key(self.keys, aside / KEYS, passphrase)
        facts = Facts(
            format=FORMAT,
            made_at=made_at.isoformat(),
            software=agent(),
            dialect=self.store.dialect,
            migration=migration,
            tables=tables,
            ledger_size=look.ledger_size,
            ledger_root=look.ledger_root,
            bags=0,
            missing=(),
            destroyed=(),
            withheld=(),
            left_out=tuple(taken.left_out),
            signing_key=passphrase is not None,
        )
        return _Filled(facts, listed, taken)

    def _finish(self, aside: Path, filled: _Filled) -> Facts:
        """Take out what nobody may copy as of now, and write what is in the backup."""
        taken = filled.taken
        destroyed, suspected = self._since()
        bags.take_out(taken, suspected, aside)
        missing = [each for each in taken.missing if each.snapshot_id not in destroyed | suspected]
        facts = replace(
            filled.facts,
            bags=sum(each.kind == EVIDENCE for each in taken.copied.values()),
            missing=_places(missing),
            destroyed=_places([each for each in taken.missing if each.snapshot_id in destroyed]),
            withheld=_places(
                [*taken.withheld, *(each for each in taken.missing if each.snapshot_id in suspected)]
            ),
        )
        for written in (LISTING, FACTS):
            (aside / written).unlink(missing_ok=True)
        finish(aside, facts, {**filled.listed, **taken.listed})
        return facts

    def _since(self) -> tuple[set[int], set[int]]:
        """The snapshots that retention has destroyed, and those that nobody may copy, as of now."""
        with self.store.read() as session:
            gone = select(t.Snapshot.id).where(t.Snapshot.destroyed_at.is_not(None))
            suspected = {each.snapshot_id for each in bags.named(session) if each.suspect}
            return set(session.scalars(gone)), suspected

    def _refuse_place(self, into: Path) -> None:
        for folder in self.forbidden:
            if into.resolve().is_relative_to(folder.resolve()):
                raise BackupFault(
                    f"A backup cannot lie in {folder}: it would lie in what it is a backup of.",
                    safe="Nothing was written.",
                    do="Name a folder on another disk, best on another machine.",
                )

    def _record(self, made: Made, actor: Actor) -> None:
        """That there is one, with the hash of its list: the ledger then tells whether it was altered."""
        facts = {
            "name": made.folder.name,
            "listing_sha256": made.listing_sha256,
            "bags": made.facts.bags,
            "missing": len(made.facts.missing),
            "signing_key": made.facts.signing_key,
        }
        with self.store.write() as session:
            audit.record(session, actor, "backed_up", "backup", None, now=self.clock.now(), detail=facts)


def newest(into: Path) -> Path | None:
    """The newest finished backup in a folder, or None where there is none."""
    found = sorted(path.parent for path in into.glob(f"{_PREFIX}*/{LISTING}"))
    return found[-1] if found else None


def _places(named: Sequence[Named]) -> tuple[str, ...]:
    return tuple(each.place for each in named)


def _look(session: Session) -> _Look:
    head = session.scalars(select(t.LedgerHead)).one_or_none()
    size, root = (0, "") if head is None else (head.size, head.root)
    return _Look(list(bags.named(session)), size, root)


@contextmanager
def _alone(into: Path) -> Iterator[None]:
    """Keep a second backup into the same folder waiting outside: the first would take it for a dead one's."""
    descriptor = os.open(into / _LOCK, os.O_RDWR | os.O_CREAT | os.O_NOFOLLOW, 0o600)
    try:
        try:
            fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError as error:
            raise BackupFault(
                f"Another backup into {into} is running.",
                safe="It was left alone.",
                do="Wait until it is done.",
            ) from error
        yield
    finally:
        os.close(descriptor)
