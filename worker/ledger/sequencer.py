"""The sequencer: gives waiting audit rows their places in the ledger. Any process may call it, one works.

Whoever appends holds the head's row: on PostgreSQL locked, on SQLite because there is one writer anyhow. A
batch is one transaction, so a process that dies leaves nothing half. Numbers of audit rows are not in the
order of their commits on PostgreSQL: a smaller one that arrives late simply gets a later position.
"""

from __future__ import annotations

import secrets
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import bindparam, func, insert, select, text, update
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.orm import Session

from worker.clock import Clock
from worker.ledger import rows
from worker.ledger.errors import LedgerFault
from worker.ledger.leaf import Unreadable, entry_of
from worker.ledger.tree import EMPTY_ROOT, Frontier, Node
from worker.log import get
from worker.steps import Steps, unobserved
from worker.store.session import Store
from worker.store.tables import LedgerEntry, LedgerHead, LedgerNode

#: So many rows are one transaction: on SQLite nobody else writes meanwhile.
BATCH = 1000
_NONCE_BYTES = 32

#: PostgreSQL takes a whole batch as four arrays; one statement a row would take several times as long.
_FILL_POSTGRES = text(
    "UPDATE ledger SET nonce = given.nonce, leaf = given.leaf, position = given.position"
    " FROM unnest(CAST(:ids AS bigint[]), CAST(:nonces AS text[]), CAST(:leaves AS text[]),"
    " CAST(:positions AS bigint[])) AS given (audit_id, nonce, leaf, position)"
    " WHERE ledger.audit_id = given.audit_id"
)


@dataclass(frozen=True, slots=True)
class Head:
    """How far the ledger goes, and the right edge of its tree."""

    size: int
    root: bytes
    frontier: Frontier


def append(store: Store, clock: Clock, steps: Steps = unobserved, *, batch: int = BATCH) -> int:
    """Give every waiting audit row its place, in the order of their numbers.

    A row that cannot be read (garbled by another hand) is left waiting and logged; it holds up no other.

    Args:
        batch: rows in one transaction.

    Returns:
        How many were appended.

    Raises:
        LedgerFault: the head does not fit the entries; nothing is built on it.
    """
    appended, after = 0, 0
    while True:
        with store.read() as session:
            if not rows.waiting(session, after, 1):
                return appended
        with store.write() as session:
            frontier = held_head(session, clock.now()).frontier
            found = rows.waiting(session, after, batch)
            filled = _append(session, frontier, found, clock.now())
            steps("ledger.filled")
        steps("ledger.appended")
        appended += filled
        if len(found) < batch:
            return appended
        after = found[-1].audit_id


def held_head(session: Session, now: datetime) -> Head:
    """Take the head's row, so that the ledger stays as it is until this write transaction ends.

    Raises:
        LedgerFault: size, peaks, root and entries do not fit together.
    """
    statement = select(LedgerHead).with_for_update()
    row = session.scalars(statement).one_or_none()
    if row is None:
        dialect = sqlite if session.get_bind().dialect.name == "sqlite" else postgresql
        first = {"id": 1, "size": 0, "root": EMPTY_ROOT.hex(), "peaks": [], "appended_at": now}
        session.execute(dialect.insert(LedgerHead).values(first).on_conflict_do_nothing())
        row = session.scalars(statement).one()
    highest = session.scalar(select(func.max(LedgerEntry.position)))
    head = read_head(row)
    if (-1 if highest is None else highest) != head.size - 1:
        raise _misfit(f"it says {head.size} entries and the highest position is {highest}")
    return head


def read_head(row: LedgerHead) -> Head:
    """The head as its row has it.

    Raises:
        LedgerFault: size, peaks and root do not fit together.
    """
    try:
        frontier = Frontier(row.size, [bytes.fromhex(peak) for peak in row.peaks])
    except (TypeError, ValueError) as error:
        raise _misfit("its size and peaks do not belong together") from error
    if frontier.root().hex() != row.root:
        raise _misfit("its root is not the root of its peaks")
    return Head(row.size, frontier.root(), frontier)


def _misfit(why: str) -> LedgerFault:
    return LedgerFault(
        f"The ledger's head does not fit: {why}. Somebody changed the database, and not through Upstander.",
        safe="Nothing was appended or signed; new audit rows are kept and wait.",
        do="`upstander ledger verify` says what was changed; then restore the newest backup.",
    )


def _append(session: Session, frontier: Frontier, found: Sequence[rows.Row], now: datetime) -> int:
    filled: list[Mapping[str, Any]] = []
    nodes: list[Node] = []
    for row in found:
        nonce = secrets.token_hex(_NONCE_BYTES)
        try:
            leaf = entry_of(row, nonce).leaf
        except Unreadable:
            get("ledger").error("unreadable", audit_id=row.audit_id)
            continue
        position = frontier.size
        nodes += frontier.add(leaf)
        filled.append({"row": row.audit_id, "nonce": nonce, "leaf": leaf.hex(), "position": position})
    if filled:
        _fill(session, filled)
        _write_nodes(session, nodes)
        root, peaks = frontier.root().hex(), [peak.hex() for peak in frontier.peaks]
        session.execute(
            update(LedgerHead).values(size=frontier.size, root=root, peaks=peaks, appended_at=now)
        )
    return len(filled)


def _fill(session: Session, filled: Sequence[Mapping[str, Any]]) -> None:
    connection = session.connection()
    if connection.dialect.name == "postgresql":
        columns = {"ids": "row", "nonces": "nonce", "leaves": "leaf", "positions": "position"}
        connection.execute(
            _FILL_POSTGRES, {name: [each[key] for each in filled] for name, key in columns.items()}
        )
        return
    table = LedgerEntry.__table__
    statement = (
        update(table)  # type: ignore[arg-type]  # every mapped table is a Table
        .where(table.c.audit_id == bindparam("row"))
        .values(nonce=bindparam("nonce"), leaf=bindparam("leaf"), position=bindparam("position"))
    )
    connection.execute(statement, filled)


def _write_nodes(session: Session, nodes: Sequence[Node]) -> None:
    if nodes:
        values = [{"level": each.level, "number": each.number, "hash": each.hash.hex()} for each in nodes]
        session.execute(insert(LedgerNode), values)
