"""A PostgreSQL database in a backup: every table in PostgreSQL's own text format, all from one moment.

Needs no tool beside the database itself, and is read by any later version of it.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any, TypeVar

from psycopg import Cursor, sql
from sqlalchemy import Connection, Engine, MetaData, text
from sqlalchemy.orm import Session

from worker.evidence.backup.folder import DATABASE, BackupFault, Facts, Table, chunks, damaged
from worker.store.upgrade import made_at

_VERSION = "alembic_version"
#: How values are written, whatever the server's own settings are.
_PLAINLY = "SET LOCAL timezone = 'UTC'; SET LOCAL datestyle = 'ISO'; SET LOCAL extra_float_digits = 1"

Found = TypeVar("Found")


def dump(
    engine: Engine, into: Path, look: Callable[[Session], Found]
) -> tuple[str, Mapping[str, Table], Found]:
    """Write every table as it is at one moment; whoever writes to them meanwhile does not wait.

    Args:
        engine: signed in as anybody who may read all tables.
        into: an empty folder.
        look: reads more from exactly what was dumped.

    Returns:
        The migration it is at, its tables, and what `look` found.

    Raises:
        OSError: a file cannot be written.
    """
    one_look = engine.execution_options(isolation_level="REPEATABLE READ", postgresql_readonly=True)
    with one_look.connect() as connection:
        connection.exec_driver_sql(_PLAINLY)
        at = connection.execute(text(f"SELECT version_num FROM {_VERSION}")).scalar_one()  # noqa: S608 -- our own name
        tables: dict[str, Table] = {}
        for name, columns in _columns(connection).items():
            tables[name] = Table(_write(_cursor(connection), name, columns, into), columns)
        with Session(connection) as session:
            return str(at), tables, look(session)


def load(engine: Engine, source: Path, facts: Facts, application_role: str | None) -> None:
    """Fill an empty database from a backup and bring it to this version's tables, in one transaction.

    The tables' own triggers are off while their rows come in, which were guarded when they were first
    written; foreign keys and checks are not. The triggers are on again, and that is looked at, before
    anybody else can see the tables.

    Args:
        engine: signed in as the tables' owner.
        source: the backup, checked.
        application_role: whose rights are given, or None.

    Raises:
        BackupFault: the database is not empty, or the backup does not fit its own migration.
    """
    with made_at(engine, facts.migration, application_role=application_role) as connection:
        known = MetaData()
        known.reflect(connection)
        order = [table.name for table in known.sorted_tables if table.name != _VERSION]
        if {name: set(each.columns) for name, each in facts.tables.items()} != {
            name: set(known.tables[name].columns.keys()) for name in order
        }:
            raise damaged(source, ["its tables are not those of its migration"])
        connection.exec_driver_sql(_PLAINLY)
        for name in order:
            _read(connection, name, facts.tables[name], source)
        for name in order:
            _count_on(connection, name)
        _guards_are_on(connection)


def is_empty(engine: Engine) -> bool:
    """Whether a database holds no table."""
    with engine.connect() as connection:
        return not connection.execute(
            text("SELECT EXISTS (SELECT 1 FROM pg_tables WHERE schemaname = current_schema())")
        ).scalar_one()


def _columns(connection: Connection) -> dict[str, tuple[str, ...]]:
    """The columns of every table, in their order.

    From the catalogue: information_schema leaves out what this role may not see, and a backup would too.
    """
    rows = connection.execute(
        text(
            "SELECT relname, attname FROM pg_class JOIN pg_attribute ON attrelid = pg_class.oid"
            " WHERE relnamespace = current_schema()::regnamespace AND relkind = 'r' AND attnum > 0"
            " AND NOT attisdropped AND relname <> :version ORDER BY relname, attnum"
        ),
        {"version": _VERSION},
    )
    found: dict[str, tuple[str, ...]] = {}
    for table, column in rows:
        found[table] = (*found.get(table, ()), column)
    return found


def _cursor(connection: Connection) -> Cursor[Any]:
    """The driver's own cursor, in the connection's transaction."""
    driver: Any = connection.connection.driver_connection
    cursor: Cursor[Any] = driver.cursor()
    return cursor


def _write(cursor: Cursor[Any], name: str, columns: tuple[str, ...], into: Path) -> int:
    """Write one table's file; the number of its rows."""
    statement = sql.SQL("COPY {} ({}) TO STDOUT (ENCODING 'UTF8')").format(
        sql.Identifier(name), sql.SQL(", ").join(map(sql.Identifier, columns))
    )
    rows = 0
    descriptor = os.open(into / f"{name}.copy", os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    with os.fdopen(descriptor, "wb") as file, cursor, cursor.copy(statement) as copy:
        for part in copy:
            file.write(part)
            rows += bytes(part).count(b"\n")  # a line's end inside a value is written as \\n
    return rows


def _read(connection: Connection, name: str, table: Table, source: Path) -> None:
    """Fill one table."""
    quoted = sql.Identifier(name)
    statement = sql.SQL("COPY {} ({}) FROM STDIN (ENCODING 'UTF8')").format(
        quoted, sql.SQL(", ").join(map(sql.Identifier, table.columns))
    )
    with _cursor(connection) as cursor:
        cursor.execute(sql.SQL("ALTER TABLE {} DISABLE TRIGGER USER").format(quoted))
        with cursor.copy(statement) as copy:
            for part in chunks(source / DATABASE / f"{name}.copy"):
                copy.write(part)
        rows = cursor.rowcount
        cursor.execute(sql.SQL("ALTER TABLE {} ENABLE TRIGGER USER").format(quoted))
    if rows != table.rows:
        raise damaged(source, [f"{name} holds {rows} rows instead of {table.rows}"])


def _count_on(connection: Connection, name: str) -> None:
    """Have a table's numbers go on after the highest that it holds."""
    for column in connection.execute(
        text(
            "SELECT column_name FROM information_schema.columns WHERE table_schema = current_schema()"
            " AND table_name = :name AND pg_get_serial_sequence(quote_ident(table_name), column_name)"
            " IS NOT NULL"
        ),
        {"name": name},
    ).scalars():
        statement = sql.SQL(
            "SELECT setval(pg_get_serial_sequence({}, {}), coalesce(max({}), 0) + 1, false) FROM {}"
        ).format(sql.Literal(f'"{name}"'), sql.Literal(column), sql.Identifier(column), sql.Identifier(name))
        with _cursor(connection) as cursor:
            cursor.execute(statement)


def _guards_are_on(connection: Connection) -> None:
    off = connection.execute(
        text(
            "SELECT tgname FROM pg_trigger JOIN pg_class ON pg_class.oid = tgrelid"
            " WHERE relnamespace = current_schema()::regnamespace AND tgenabled <> 'O'"
        )
    ).scalars()
    names = sorted(off)
    if names:
        raise BackupFault(
            f"The guards {', '.join(names)} did not come on again.",
            safe="Everything was rolled back; the database is empty as before.",
            do="Report this.",
        )
