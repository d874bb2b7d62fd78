"""Row numbers taken beforehand, so that rows can name each other and need not be read back."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from sqlalchemy import func, insert, select, text
from sqlalchemy.orm import Session

from worker.store.types import Base


def take_numbers(session: Session, table: type[Base], count: int) -> Sequence[int]:
    """Take the next numbers of a table, inside a write transaction.

    On PostgreSQL they come from the table's own sequence. On SQLite a writer is alone from its first
    statement on, so the numbers after the highest are its own.

    Args:
        count: how many.

    Returns:
        The numbers, ascending.
    """
    if count == 0:
        return ()
    name = table.__tablename__
    if session.get_bind().dialect.name == "sqlite":
        highest = session.scalar(select(func.max(text("id"))).select_from(table)) or 0
        return range(highest + 1, highest + 1 + count)
    taken = session.scalars(
        text("SELECT nextval(pg_get_serial_sequence(:name, 'id')) FROM generate_series(1, :count)"),
        {"name": name, "count": count},
    )
    return sorted(taken)


def add_rows(session: Session, table: type[Base], rows: Sequence[Mapping[str, Any]]) -> None:
    """Write rows in one go, without reading anything back."""
    if rows:
        session.execute(insert(table.__table__), rows)  # type: ignore[arg-type]  # every mapped table is a Table
