"""Databases at older migrations, with the rows in them that releases of that time wrote."""

from __future__ import annotations

import re
from dataclasses import dataclass
from pathlib import Path

from alembic import command
from sqlalchemy import Connection, Engine, MetaData, select, text
from sqlalchemy.exc import DBAPIError

from tests.services.postgres import PostgresDatabase
from worker.store import upgrade as upgrading
from worker.store.session import make_engine
from worker.store.upgrade import upgrade

#: Rows by the migration that they were written at, each file on top of those before it.
ROWS = sorted((Path(__file__).parents[2] / "fixtures" / "migrations").glob("*.sql"))

#: The rows of each table, each as its columns and their values.
Rows = dict[str, list[tuple[tuple[str, object], ...]]]


@dataclass
class Old:
    """A database at an older migration with rows in it.

    Attributes:
        owner: signed in as the tables' owner.
        app: signed in as the application.
    """

    owner: Engine
    app: Engine
    app_role: str | None

    def upgrade(self) -> str:
        """Bring it to this version."""
        return upgrade(self.owner, application_role=self.app_role)

    def run(self, statement: str, *, owner: bool = False) -> int:
        """Run raw SQL as the application; the number of rows it touched."""
        engine = (self.owner if owner else self.app).execution_options(upstander_writes=True)
        with engine.begin() as connection:
            return int(connection.execute(text(statement)).rowcount)

    def refuses(self, statement: str) -> bool:
        """Whether raw SQL is refused to the application."""
        try:
            self.run(statement)
        except DBAPIError:
            return True
        return False

    def ask(self, statement: str) -> list[object]:
        """The first column of an answer."""
        with self.app.connect() as connection:
            return list(connection.execute(text(statement)).scalars())


def sqlite_at(migration: str, folder: Path) -> Old:
    """A SQLite database at a migration, with rows."""
    engine = make_engine(f"sqlite:///{folder / 'old.db'}")
    return _filled(Old(engine, engine, None), migration)


def postgresql_at(migration: str, database: PostgresDatabase) -> Old:
    """A PostgreSQL database at a migration, with rows."""
    made = Old(make_engine(database.owner_url), make_engine(database.app_url), database.app_role)
    return _filled(made, migration)


def _filled(made: Old, migration: str) -> Old:
    """Bring a database to its migration by way of the older ones, with the rows of each on its way."""
    with upgrading._migrating(made.owner) as connection:
        config = upgrading.migrations()
        config.attributes["connection"] = connection
        for rows in ROWS:
            if rows.stem <= migration:
                command.upgrade(config, rows.stem)
                for statement in _statements(rows, made.owner.dialect.name):
                    connection.exec_driver_sql(statement)
        if made.app_role is not None:
            upgrading._grant(connection, made.app_role)
    return made


def _statements(rows: Path, dialect: str) -> list[str]:
    """The rows of a file, as statements for one kind of database."""
    whole = rows.read_text(encoding="utf-8")
    if dialect == "postgresql":
        whole = "SET LOCAL timezone = 'UTC';\n" + re.sub(r"x'([0-9a-f]*)'", r"'\\x\1'", whole)
    return [each for each in whole.split(";\n") if each.strip()]


def everything(connection: Connection, like: Rows | None = None) -> Rows:
    """All rows of all tables, with only the columns that `like` was read with, where it is given."""
    found = MetaData()
    found.reflect(connection)
    rows: Rows = {}
    for name, table in found.tables.items():
        if name == "alembic_version" or (like is not None and name not in like):
            continue
        columns = sorted(column.name for column in table.columns)
        if like is not None:
            columns = [column for column, _ in like[name][0]]
        picked = select(*(table.columns[column] for column in columns))
        named = (tuple(zip(columns, row, strict=True)) for row in connection.execute(picked))
        rows[name] = sorted(named, key=repr)
    return rows
