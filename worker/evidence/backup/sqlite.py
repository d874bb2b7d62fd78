"""An SQLite database in a backup: one file, written by the database itself from one consistent look."""

from __future__ import annotations

import os
import sqlite3
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import TypeVar

from sqlalchemy import Engine, create_engine
from sqlalchemy.orm import Session

from worker.evidence.backup.folder import BackupFault, Facts, Table, damaged
from worker.store.session import make_engine
from worker.store.upgrade import upgrade

FILE = "upstander.db"
_VERSION = "alembic_version"

Found = TypeVar("Found")


def dump(
    engine: Engine, into: Path, look: Callable[[Session], Found]
) -> tuple[str, Mapping[str, Table], Found]:
    """Write the database as it is at one moment; whoever writes to it meanwhile does not wait.

    The database writes the copy anew (VACUUM INTO) instead of copying its pages: a page that is free now may
    still hold words that retention erased, and they do not belong in a backup.

    Args:
        into: an empty folder.
        look: reads more from exactly what was dumped.

    Returns:
        The migration it is at, its tables, and what `look` found.

    Raises:
        BackupFault: the database is damaged, so that no sound copy can be made of it.
    """
    path = into / FILE
    os.close(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600))
    raw = engine.raw_connection()
    try:
        raw.cursor().execute("VACUUM INTO ?", (str(path),))
    except sqlite3.DatabaseError as error:
        raise BackupFault(
            f"The database cannot be copied: {error}.",
            safe="No backup was made; older ones are as they were.",
            do="Look for room on the disk. If it is damaged, restore the newest backup into an empty folder.",
        ) from error
    finally:
        raw.close()
    with _reading(path) as connection:
        wrong = _wrong(connection)
        if wrong:
            raise BackupFault(
                f"The database is damaged: {wrong}.",
                safe="No backup was made; older ones are as they were.",
                do="Restore the newest backup into an empty folder, and ask for help with this one.",
            )
        (at,) = connection.execute(f"SELECT version_num FROM {_VERSION}").fetchone()  # noqa: S608 -- our own name
        tables = _tables(connection)
    readable = create_engine("sqlite://", creator=lambda: _open(path))
    try:
        with Session(readable) as session:
            return str(at), tables, look(session)
    finally:
        readable.dispose()


def load(source: Path, folder: Path, facts: Facts) -> Path:
    """Make a database out of a backup's, at this version's tables, beside its place.

    Args:
        source: the backup.
        folder: where to put it, under a name of its own.

    Returns:
        The whole database file; it is on the disk, and counts once it is renamed.

    Raises:
        BackupFault: it does not hold what the backup says.
        OSError: it cannot be written.
    """
    path = folder / f".restoring-{FILE}"
    for left in folder.glob(f"{path.name}*"):
        left.unlink()
    path.write_bytes(b"")
    path.chmod(0o600)
    with _reading(source / "database" / FILE) as old, sqlite3.connect(path) as new:
        old.backup(new)
        if _tables(new) != facts.tables or _wrong(new):
            raise damaged(source, ["its database does not hold what it should"])
    new.close()
    engine = make_engine(f"sqlite:///{path}")
    try:
        upgrade(engine)
        with engine.connect() as connection:
            connection.exec_driver_sql("PRAGMA wal_checkpoint(TRUNCATE)")
    finally:
        engine.dispose()
    return path


@contextmanager
def _reading(path: Path) -> Iterator[sqlite3.Connection]:
    connection = _open(path)
    try:
        yield connection
    finally:
        connection.close()


def _open(path: Path) -> sqlite3.Connection:
    """Open a file that nobody writes to, leaving it exactly as it is."""
    return sqlite3.connect(f"{path.absolute().as_uri()}?mode=ro&immutable=1", uri=True)


def _wrong(connection: sqlite3.Connection) -> str:
    (answer,) = connection.execute("PRAGMA integrity_check(1)").fetchone()
    if answer != "ok":
        return str(answer)
    dangling = len(connection.execute("PRAGMA foreign_key_check").fetchall())
    return f"{dangling} rows point to rows that are not there" if dangling else ""


def _tables(connection: sqlite3.Connection) -> dict[str, Table]:
    names = connection.execute(
        "SELECT name FROM sqlite_master WHERE type = 'table' AND name NOT LIKE 'sqlite_%' AND name <> ?"
        " ORDER BY name",
        (_VERSION,),
    ).fetchall()
    found: dict[str, Table] = {}
    for (name,) in names:
        quoted = '"' + str(name).replace('"', '""') + '"'
        (rows,) = connection.execute(f"SELECT count(*) FROM {quoted}").fetchone()  # noqa: S608 -- its own names
        columns = tuple(str(column[1]) for column in connection.execute(f"PRAGMA table_info({quoted})"))
        found[str(name)] = Table(int(rows), columns)
    return found
