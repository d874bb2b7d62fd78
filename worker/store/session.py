"""Transactions: one way to read, one way to write, on both databases."""

from __future__ import annotations

import sqlite3
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from sqlalchemy import Connection, Engine, create_engine, event
from sqlalchemy.engine import make_url
from sqlalchemy.orm import Session

from worker.errors import StoreNotReady

#: Jobs written in a transaction, as (kind, id): told to the broker once it has committed.
Nudges = list[tuple[str, int]]

_SQLITE_BUSY_MS = 60_000


def nobody(nudges: Nudges) -> None:
    """The null adapter for nudges: the sweep will find the rows."""


class Store:
    """The database of one process.

    Args:
        url: an SQLAlchemy address, SQLite or PostgreSQL.
        on_commit: told which jobs a committed transaction wrote. It must not raise: the rows are
            the truth, the nudge is a courtesy.
        pool_size: connections kept open; at least as many as there are threads.
    """

    def __init__(
        self, url: str, *, on_commit: Callable[[Nudges], None] = nobody, pool_size: int = 12
    ) -> None:
        self.engine = make_engine(url, pool_size=pool_size)
        self.on_commit = on_commit
        self._writer = self.engine.execution_options(upstander_writes=True)

    @property
    def dialect(self) -> str:
        """The database's kind: sqlite or postgresql."""
        return self.engine.dialect.name

    @contextmanager
    def read(self) -> Iterator[Session]:
        """One consistent look. Nothing that is changed here is kept."""
        # Closing rolls back and lets the loaded rows go as they are: they stay readable.
        with Session(self.engine, expire_on_commit=False) as session:
            yield session

    @contextmanager
    def write(self) -> Iterator[Session]:
        """One transaction: all of it or none of it. Nudges go out after the commit."""
        told = {"told": self.on_commit is not nobody}
        with Session(self._writer, expire_on_commit=False, info=told) as session:
            with session.begin():
                yield session
            nudges: Nudges = session.info.get("nudges", [])
        if nudges:
            self.on_commit(nudges)

    def close(self) -> None:
        """Give all connections back."""
        self.engine.dispose()


def make_engine(url: str, *, pool_size: int = 12) -> Engine:
    """An engine with this project's rules for each database. Its errors never quote what was stored.

    Raises:
        StoreNotReady: the folder of an SQLite file cannot be made.
    """
    address = make_url(url)
    if address.get_backend_name() != "sqlite":
        return create_engine(
            address,
            pool_size=pool_size,
            max_overflow=4,
            pool_pre_ping=True,
            hide_parameters=True,
            connect_args={"connect_timeout": 5, "application_name": "upstander"},
        )
    if address.database and address.database != ":memory:":
        try:
            Path(address.database).parent.mkdir(parents=True, exist_ok=True)
        except OSError as error:
            raise StoreNotReady(
                f"The folder of the database {address.database} cannot be made: {error.strerror}.",
                safe="Nothing was stored.",
                do="Set data_dir to a folder that this user may write.",
            ) from error
    engine = create_engine(address, pool_size=pool_size, max_overflow=4, hide_parameters=True)
    event.listen(engine, "connect", _prepare_sqlite)
    event.listen(engine, "begin", _begin_sqlite)
    return engine


def _prepare_sqlite(connection: sqlite3.Connection, _record: Any) -> None:
    # The driver's own transaction handling begins too late and takes the lock too late: with it,
    # eight threads lose most of each other's updates. It is off; `_begin_sqlite` begins instead.
    connection.isolation_level = None
    cursor = connection.cursor()
    cursor.execute(f"PRAGMA busy_timeout={_SQLITE_BUSY_MS}")
    cursor.execute("PRAGMA journal_mode=WAL")
    cursor.execute("PRAGMA synchronous=FULL")
    cursor.execute("PRAGMA foreign_keys=ON")
    # Without it OR REPLACE removes the row in its way without asking the triggers on removal.
    cursor.execute("PRAGMA recursive_triggers=ON")
    cursor.close()


def _begin_sqlite(connection: Connection) -> None:
    writes = connection.get_execution_options().get("upstander_writes", False)
    connection.exec_driver_sql("BEGIN IMMEDIATE" if writes else "BEGIN")
