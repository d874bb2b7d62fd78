"""Making erased words unreadable in the database's own files, not only in its tables."""

from __future__ import annotations

from sqlalchemy import Engine, text

from worker.errors import NotYet, StoreNotReady
from worker.store.searching import FORGET_ERASED

#: Where erased words were.
_TABLES = ("authors", "comments", "findings", "posts", "revision_words", "revisions")
_LATER_SECONDS = 600


def scrub(engine: Engine) -> None:
    """Write the tables anew without what was erased. What older backups hold stays in them.

    SQLite: the file is rebuilt and its write-ahead log cut off; writers wait that long. PostgreSQL: the
    tables are locked and rebuilt (VACUUM FULL); its own log keeps what it holds until it is recycled.

    Args:
        engine: on PostgreSQL signed in as the tables' owner.

    Raises:
        NotYet: somebody is reading; nothing is wrong, try again later.
        StoreNotReady: this role does not own the tables.
    """
    if engine.dialect.name == "sqlite":
        _scrub_sqlite(engine)
    else:
        _scrub_postgresql(engine)


def _scrub_sqlite(engine: Engine) -> None:
    connection = engine.raw_connection()
    try:
        cursor = connection.cursor()
        cursor.execute(FORGET_ERASED)
        cursor.execute("VACUUM")
        cursor.execute("PRAGMA wal_checkpoint(TRUNCATE)")
        (busy, *_) = cursor.fetchone() or (1,)
        cursor.close()
    finally:
        connection.close()
    if busy:
        raise NotYet("Somebody reads the database, so its log cannot be cut off yet.", seconds=_LATER_SECONDS)


def _scrub_postgresql(engine: Engine) -> None:
    with engine.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
        # To a role that may not, VACUUM only gives a warning, and does nothing.
        owns = connection.scalar(
            text(
                "SELECT bool_and(pg_has_role(current_user, tableowner, 'USAGE')) FROM pg_tables"
                " WHERE schemaname = current_schema() AND tablename = ANY(:names)"
            ),
            {"names": list(_TABLES)},
        )
        if not owns:
            raise StoreNotReady(
                "Only the owner of the tables can rebuild them.",
                safe="Nothing was changed.",
                do="Set database_owner_url, as for `upstander db upgrade`.",
            )
        connection.execute(text(f"VACUUM (FULL) {', '.join(_TABLES)}"))
