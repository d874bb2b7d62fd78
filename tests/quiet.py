"""What a step asks of the database: how often it writes, what it sends, what it locks."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from typing import Any

from sqlalchemy import Connection, event

from worker.store.session import Store


@contextmanager
def writes(store: Store) -> Iterator[list[None]]:
    """The write transactions that are opened meanwhile; on SQLite each of them keeps all others waiting."""
    opened: list[None] = []

    def begun(connection: Connection) -> None:
        if connection.get_execution_options().get("upstander_writes", False):
            opened.append(None)

    event.listen(store.engine, "begin", begun)
    try:
        yield opened
    finally:
        event.remove(store.engine, "begin", begun)


@contextmanager
def statements(store: Store) -> Iterator[list[str]]:
    """The statements that are sent to the database meanwhile, without BEGIN, which only SQLite is told."""
    sent: list[str] = []

    def about_to(_connection: object, _cursor: object, statement: str, *_: Any) -> None:
        if "BEGIN" not in statement:
            sent.append(statement)

    event.listen(store.engine, "before_cursor_execute", about_to)
    try:
        yield sent
    finally:
        event.remove(store.engine, "before_cursor_execute", about_to)


def locked(sent: Iterable[str]) -> list[str]:
    """The tables whose rows these statements lock, in that order; none on SQLite, which has one writer."""
    return [each.partition("FROM ")[2].split()[0] for each in sent if "FOR UPDATE" in each]
