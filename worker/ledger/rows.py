"""Audit rows and their entries as the database keeps them, read raw so that nothing odd in them is hidden."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, NamedTuple

from sqlalchemy import ColumnElement, ColumnExpressionArgument, Select, Text, cast, select, type_coerce
from sqlalchemy.exc import DBAPIError
from sqlalchemy.orm import Session

from worker.store.tables import Audit, LedgerEntry


class Row(NamedTuple):
    """An entry and its audit row, as the database hands them out: nothing here is sure to be what it should.

    Attributes:
        position, audit_id, nonce, leaf: the entry's.
        id: the audit row's, or None where that is not there; what follows is the audit row's.
        at: aware, or on SQLite the text that is stored.
        detail: JSON as text.
    """

    position: Any
    audit_id: Any
    nonce: Any
    leaf: Any
    id: Any
    at: Any
    person_id: Any
    source: Any
    verb: Any
    object_type: Any
    object_id: Any
    detail: Any


def raw_rows(dialect: str) -> Select[Any]:
    """Every entry of the ledger with its audit row, if that is there.

    Args:
        dialect: sqlite or postgresql.
    """
    at: ColumnElement[Any] = Audit.at.expression
    detail: ColumnElement[Any] = cast(Audit.detail, Text)
    if dialect == "sqlite":
        # As text, which is what it is there: a row that somebody garbled must not stop the reading.
        at, detail = type_coerce(Audit.at, Text), type_coerce(Audit.detail, Text)
    return select(
        LedgerEntry.position,
        LedgerEntry.audit_id,
        LedgerEntry.nonce,
        LedgerEntry.leaf,
        Audit.id,
        at.label("at"),
        Audit.person_id,
        Audit.source,
        Audit.verb,
        Audit.object_type,
        Audit.object_id,
        detail.label("detail"),
    ).join_from(LedgerEntry, Audit, Audit.id == LedgerEntry.audit_id, isouter=True)


def waiting(session: Session, after: int, most: int) -> list[Row]:
    """Entries that have no position yet, in the order of their audit rows.

    Args:
        after: only those of audit rows above this number.
        most: at most so many.
    """
    which = (LedgerEntry.position.is_(None), LedgerEntry.audit_id > after)
    return _read(session, which, LedgerEntry.audit_id, most)


def appended(session: Session, after: int | None, most: int) -> list[Row]:
    """The entries that have a position, in the order of their positions.

    Args:
        after: only those above this position; all where None.
        most: at most so many.
    """
    which = LedgerEntry.position.is_not(None) if after is None else LedgerEntry.position > after
    return _read(session, (which,), LedgerEntry.position, most)


def of_audit(session: Session, audit_id: int) -> Row | None:
    """The entry of one audit row, or None where there is none."""
    found = _read(session, (LedgerEntry.audit_id == audit_id,), LedgerEntry.audit_id, 1)
    return found[0] if found else None


def _read(
    session: Session, which: Sequence[ColumnElement[bool]], order: ColumnExpressionArgument[Any], most: int
) -> list[Row]:
    """Rows in one go. Where the driver refuses one (SQLite: text that is none), each alone, it blank."""
    dialect = session.get_bind().dialect.name
    everything = raw_rows(dialect)
    try:
        found = session.execute(everything.where(*which).order_by(order).limit(most))
        return [Row(*row) for row in found]
    except DBAPIError:
        if dialect != "sqlite":
            raise
    keys = select(LedgerEntry.position, LedgerEntry.audit_id).where(*which).order_by(order).limit(most)
    return [_one(session, everything, position, audit_id) for position, audit_id in session.execute(keys)]


def _one(session: Session, everything: Select[Any], position: int | None, audit_id: int) -> Row:
    try:
        return Row(*session.execute(everything.where(LedgerEntry.audit_id == audit_id)).one())
    except DBAPIError:
        return Row(position, audit_id, None, None, audit_id, *[None] * 7)
