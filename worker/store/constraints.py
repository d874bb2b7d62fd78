"""Changing the constraints of a table that has rows, guards and others pointing to it.

SQLite has no statement for it, and a table that is made anew loses its guards. There its definition is
rewritten in place, the way SQLite's documentation gives for changes that touch no row ("Making Other Kinds Of
Table Schema Changes").
"""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence

import sqlalchemy as sa
from sqlalchemy import Connection


def change_check(connection: Connection, table: str, name: str, condition: str) -> None:
    """Give a CHECK of a table another condition, in the running migration.

    Args:
        name: the constraint's whole name, such as ck_person_roles_role.
        condition: its SQL, without the brackets around it.

    Raises:
        LookupError: there is no such CHECK.
        ValueError: a row does not satisfy the new condition.
    """
    broken = connection.scalar(sa.text(f"SELECT count(*) FROM {table} WHERE NOT ({condition})"))  # noqa: S608 -- our own names
    if broken:
        raise ValueError(f"{broken} rows of {table} do not satisfy {name}")
    if connection.dialect.name == "postgresql":
        connection.execute(sa.text(f"ALTER TABLE {table} DROP CONSTRAINT {name}"))
        connection.execute(sa.text(f"ALTER TABLE {table} ADD CONSTRAINT {name} CHECK ({condition})"))
        return
    _rewrite(connection, table, lambda written: _with_condition(written, name, condition))


def add_foreign_key(
    connection: Connection, table: str, name: str, columns: Sequence[str], other: str, others: Sequence[str]
) -> None:
    """Add a foreign key that restricts deletion to a table, in the running migration.

    On SQLite the rows that are there are held against it when the migration ends.

    Args:
        columns, others: which columns of the table point to which of the other one.
    """
    words = (
        f"CONSTRAINT {name} FOREIGN KEY({', '.join(columns)})"
        f" REFERENCES {other} ({', '.join(others)}) ON DELETE RESTRICT"
    )
    if connection.dialect.name == "postgresql":
        connection.execute(sa.text(f"ALTER TABLE {table} ADD {words}"))
        return
    _rewrite(connection, table, lambda written: f"{written.rstrip().removesuffix(')').rstrip()}, {words})")


def _rewrite(connection: Connection, table: str, change: Callable[[str], str]) -> None:
    """Rewrite a table's definition on SQLite; every connection reads it again, this one too."""
    named = {"name": table}
    written = connection.scalar(
        sa.text("SELECT sql FROM sqlite_schema WHERE type = 'table' AND name = :name"), named
    )
    changed = change(str(written))
    version = connection.scalar(sa.text("PRAGMA schema_version"))
    connection.execute(sa.text("PRAGMA writable_schema = ON"))
    connection.execute(
        sa.text("UPDATE sqlite_schema SET sql = :sql WHERE type = 'table' AND name = :name"),
        named | {"sql": changed},
    )
    connection.execute(sa.text(f"PRAGMA schema_version = {int(str(version)) + 1}"))
    connection.execute(sa.text("PRAGMA writable_schema = OFF"))


def _with_condition(definition: str, name: str, condition: str) -> str:
    """A table's definition with another condition in one of its CHECKs."""
    found = re.search(rf'CONSTRAINT "?{re.escape(name)}"? CHECK \(', definition)
    if found is None:
        raise LookupError(f"there is no CHECK {name}")
    return definition[: found.end()] + condition + definition[_closing(definition, found.end()) :]


def _closing(definition: str, start: int) -> int:
    """Where the bracket closes that was opened just before `start`; brackets in quoted words do not count."""
    depth, quoted = 1, False
    for place in range(start, len(definition)):
        character = definition[place]
        if character == "'":
            quoted = not quoted
        elif not quoted:
            depth += (character == "(") - (character == ")")
            if depth == 0:
                return place
    raise LookupError("a bracket does not close")
