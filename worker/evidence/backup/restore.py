"""Restoring a backup into an empty place, and nowhere else.

The whole backup is checked first. Then bags and keys are put in place, and the database last, by one rename
or one commit: until then nothing that works with it can start.
"""

from __future__ import annotations

import os
import shutil
import sqlite3
import stat
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path

import psycopg
from sqlalchemy import Engine
from sqlalchemy.engine import make_url
from sqlalchemy.exc import SQLAlchemyError

from worker.clock import Clock
from worker.evidence.backup import keys, postgres, sqlite
from worker.evidence.backup.folder import (
    EVIDENCE,
    INBOX,
    KEYS,
    LISTING,
    BackupFault,
    Facts,
    check,
    copy_file,
    hash_of,
)
from worker.evidence.bag import make_read_only, sync, sync_one
from worker.keyring import CURRENT
from worker.ledger import audit
from worker.ledger.audit import Actor
from worker.steps import Steps, unobserved
from worker.store.session import Store, make_engine
from worker.store.upgrade import known

_ASIDE = ".restoring-"


@dataclass(frozen=True, slots=True)
class Place:
    """Where an Upstander is restored to.

    Attributes:
        database: address that the worker signs in with.
        owner: address with the role that owns the tables, where that is another.
        bags: the evidence store.
        inbox: what was handed in and waits to be sealed.
        keys: the folder of the signing key.
    """

    database: str
    owner: str | None
    bags: Path
    inbox: Path
    keys: Path

    @property
    def dialect(self) -> str:
        """The database's kind: sqlite or postgresql."""
        return make_url(self.database).get_backend_name()

    @property
    def file(self) -> Path:
        """The database's file (SQLite)."""
        return Path(make_url(self.database).database or "")

    @property
    def application_role(self) -> str | None:
        """Who gets rights on the tables, where another role owns them."""
        if self.owner is None:
            return None
        role = make_url(self.database).username
        return role if role != make_url(self.owner).username else None


def restore(
    source: Path,
    place: Place,
    clock: Clock,
    actor: Actor,
    passphrase: str | None,
    *,
    steps: Steps = unobserved,
) -> Facts:
    """Restore a backup into an empty place, and enter in the audit that it was.

    Args:
        source: one backup's folder.
        passphrase: opens the signing key; None leaves the key where it is.
        steps: told how far it came.

    Returns:
        What the backup says of itself.

    Raises:
        BackupFault: the backup is damaged or does not fit, or something is there already.
    """
    facts = check(source)
    _refuse_other(facts, place)
    opened = {} if passphrase is None else _opened(source, facts, passphrase)
    _refuse_full(place, with_key=bool(opened))
    try:
        with ExitStack() as undo:
            _put_all(source, place, facts, opened, undo, steps)
            undo.pop_all()
    except (OSError, sqlite3.Error, psycopg.Error, SQLAlchemyError) as error:
        raise BackupFault(
            f"The backup could not be restored ({_reason(error)}).",
            safe="The backup is as it was, and the place is empty again.",
            do="See that there is room and that the database answers, then restore again.",
        ) from error
    _record(source, place, clock, actor, facts)
    return facts


def _put_all(
    source: Path, place: Place, facts: Facts, opened: dict[str, bytes], undo: ExitStack, steps: Steps
) -> None:
    """Put everything in place, the database last.

    Args:
        undo: told how to empty the place again; only what was put there here is ever removed.
    """
    for kind, folder in ((EVIDENCE, place.bags), (INBOX, place.inbox)):
        aside = folder.with_name(f"{_ASIDE}{folder.name}")
        undo.callback(_remove, aside)
        _lay(source / kind, aside)
        if kind == EVIDENCE:
            for bag in aside.glob("[0-9][0-9][0-9][0-9]/[0-9][0-9]/*"):
                make_read_only(bag)
        aside.rename(folder)  # onto nothing or an empty folder, or it fails
        undo.callback(_remove, folder)
        sync_one(folder.parent)
    steps("restore.bags")
    for name in opened:
        undo.callback((place.keys / name).unlink, missing_ok=True)
    keys.put_back(source / KEYS, place.keys, opened)
    sync(place.keys)
    steps("restore.keys")
    if place.dialect == "sqlite":
        place.file.parent.mkdir(parents=True, exist_ok=True)
        made = sqlite.load(source, place.file.parent, facts)
        sync_one(made)
        made.rename(place.file)
        sync_one(place.file.parent)
    else:
        _fill(source, place, facts)
    steps("restore.database")


def _reason(error: Exception) -> str:
    """What to tell of an error, without any value that a database may quote in it."""
    if isinstance(error, OSError):
        return error.strerror or type(error).__name__
    return type(error).__name__


def _refuse_other(facts: Facts, place: Place) -> None:
    if facts.dialect != place.dialect:
        raise BackupFault(
            f"The backup was made of {facts.dialect}, and database_url names {place.dialect}.",
            safe="Nothing was changed.",
            do="Restore it into the kind of database that it was made of.",
        )
    if not known(facts.migration):
        raise BackupFault(
            f"The backup is at migration {facts.migration}, which this version does not know.",
            safe="Nothing was changed.",
            do=f"Restore it with the version that made it ({facts.software}) or a later one.",
        )


def _opened(source: Path, facts: Facts, passphrase: str) -> dict[str, bytes]:
    if not facts.signing_key:
        raise BackupFault(
            "The signing key is not in this backup.",
            safe="Nothing was changed.",
            do="Restore without --with-keys, and put the key back from where it was backed up apart.",
        )
    return dict(keys.open_key(source / KEYS, passphrase))


def _refuse_full(place: Place, *, with_key: bool) -> None:
    """Never over something: whatever is here may be all that is left of something."""
    full = [path for path in (place.bags, place.inbox) if path.exists() and any(path.iterdir())]
    # Keys that were kept apart may be put back beforehand; only a key is never put over another.
    if with_key and (place.keys / CURRENT).exists():
        full.append(place.keys / CURRENT)
    if place.dialect == "sqlite":
        files = (place.file.with_name(place.file.name + end) for end in ("", "-wal", "-shm"))
        full += [path for path in files if os.path.lexists(path)]
    if full:
        raise _full(str(full[0]))
    if place.dialect != "sqlite":
        engine = make_engine(place.owner or place.database)
        try:
            if not postgres.is_empty(engine):
                raise _full(f"the database {make_url(place.database).database}")
        finally:
            engine.dispose()


def _full(what: str) -> BackupFault:
    return BackupFault(
        f"There is something already: {what}.",
        safe="Nothing was changed: a backup is only ever restored into an empty place.",
        do="Let the settings name an empty data_dir and an empty database, or move away what is there.",
    )


def _lay(source: Path, aside: Path) -> None:
    """Copy a folder of the backup beside where it belongs, flushed."""
    _remove(aside)
    aside.mkdir(mode=0o700, parents=True)
    for parent, folders, names in os.walk(source):
        into = aside / Path(parent).relative_to(source)
        for name in folders:
            (into / name).mkdir(mode=0o700)
        for name in names:
            copy_file(Path(parent, name), into / name)
    sync(aside)


def _remove(folder: Path) -> None:
    """Remove what a restore put somewhere, if it is there; its bags may be read-only by now."""
    if not folder.exists():
        return
    for path in (folder, *folder.rglob("*")):
        if stat.S_ISDIR(path.lstat().st_mode):
            path.chmod(0o700)
    shutil.rmtree(folder)


def _fill(source: Path, place: Place, facts: Facts) -> None:
    engine: Engine = make_engine(place.owner or place.database)
    try:
        postgres.load(engine, source, facts, place.application_role)
    finally:
        engine.dispose()


def _record(source: Path, place: Place, clock: Clock, actor: Actor, facts: Facts) -> None:
    """Say in the audit where the history was cut: checkpoints published since then name a longer ledger."""
    store = Store(place.database)
    try:
        with store.write() as session:
            detail = {
                "name": source.name,
                "listing_sha256": hash_of(source / LISTING),
                "made_at": facts.made_at,
                "ledger_size": facts.ledger_size,
                "ledger_root": facts.ledger_root,
            }
            audit.record(session, actor, "restored", "backup", None, now=clock.now(), detail=detail)
    finally:
        store.close()
