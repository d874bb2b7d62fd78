"""Does a snapshot's row say what was recorded of it? Row against audit, and audit against ledger.

A row can be edited by whoever owns the tables. What was written into the audit when it was sealed, stamped or
destroyed is a second witness, and the ledger's leaf over that audit row a third. Whether the ledger as a
whole is what it was is asked of the ledger itself (see `worker.ledger.checking`).
"""

from __future__ import annotations

import json
from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from types import MappingProxyType
from typing import Any

from sqlalchemy import select
from sqlalchemy.exc import DBAPIError
from sqlalchemy.orm import Session

from worker.ledger import rows
from worker.ledger.leaf import Unreadable, entry_of
from worker.store import tables as t

SEALED, STAMPED, DESTROYED = "sealed", "timestamped", "destroyed"
_VERBS = (SEALED, STAMPED, DESTROYED)
#: What the audit of a sealing states of the row.
_SEALED_FACTS = ("case_id", "kind", "bag", "source", "manifest_sha256", "tagmanifest_sha256")
_STAMPED_FACTS = ("authority", "token_sha256", "shared")


@dataclass(frozen=True, slots=True)
class Record:
    """One audit row about a snapshot, or about something else that a row speaks of.

    Attributes:
        verb: of a snapshot sealed, timestamped or destroyed; empty where the row cannot be read.
        person_id: who did it, as it was recorded; None for the worker, and where that cannot be read.
        at: when it was written (aware), or None where that cannot be read.
        waits: whether it has no place in the ledger yet.
        altered: whether it is not what its leaf in the ledger was made of.
    """

    audit_id: int
    verb: str
    person_id: int | None
    at: datetime | None
    facts: Mapping[str, Any]
    waits: bool
    altered: bool


def records_of(
    session: Session, numbers: Collection[int], *, about: str = "snapshot", verbs: Collection[str] = _VERBS
) -> dict[int, list[Record]]:
    """What the audit says of some snapshots, or of other things, by number, the oldest record first."""
    dialect = session.get_bind().dialect.name
    statement = rows.raw_rows(dialect).where(
        t.Audit.object_type == about, t.Audit.object_id.in_(numbers), t.Audit.verb.in_(verbs)
    )
    found: dict[int, list[Record]] = {number: [] for number in numbers}
    try:
        for each in session.execute(statement.order_by(t.Audit.id)):
            row = rows.Row(*each)
            found[row.object_id].append(_record(row))
    except DBAPIError:
        # SQLite hands a page with one garbled text out to nobody: find out whose it is.
        if len(found) > 1:
            return {
                number: records_of(session, [number], about=about, verbs=verbs)[number] for number in numbers
            }
        return {number: [Record(0, "", None, None, {}, waits=False, altered=True)] for number in numbers}
    return found


def removed(session: Session) -> list[int]:
    """The numbers of snapshots that were sealed, as the audit says, and have no row."""
    statement = (
        select(t.Audit.object_id)
        .join_from(t.Audit, t.Snapshot, t.Snapshot.id == t.Audit.object_id, isouter=True)
        .where(t.Audit.object_type == "snapshot", t.Audit.verb == SEALED, t.Snapshot.id.is_(None))
    )
    return [number for number in session.scalars(statement.order_by(t.Audit.object_id)) if number is not None]


def differences(row: t.Snapshot, stamp: t.Timestamp | None, said: Sequence[Record]) -> Iterator[str]:
    """Where a snapshot's row, its timestamp's row and the audit do not agree, in words."""
    for record in said:
        if record.altered:
            yield f"an audit row about it ({record.audit_id}) is not the one that entered the ledger"
    by_verb = {verb: [record for record in said if record.verb == verb] for verb in _VERBS}
    yield from _sealing(row, by_verb[SEALED])
    yield from _stamping(stamp, by_verb[STAMPED])
    if (row.destroyed_at is None) != (not by_verb[DESTROYED]):
        which = ("the audit", "its row") if row.destroyed_at is None else ("its row", "the audit")
        yield f"{which[0]} says that it was destroyed, and {which[1]} does not"


def late(said: Sequence[Record], before: datetime) -> Iterator[str]:
    """Which records should have a place in the ledger by now and have none, in words.

    Args:
        before: a record that was written earlier than this should be in the ledger.
    """
    for record in said:
        if record.waits and record.at is not None and record.at < before:
            yield (
                f"that it was {record.verb} is not in the ledger, though it was recorded at "
                f"{record.at.isoformat()}"
            )


def _sealing(row: t.Snapshot, said: Sequence[Record]) -> Iterator[str]:
    if row.state != "sealed":
        if said:
            yield "its row says that it waits to be sealed, and the audit says that it was sealed"
        return
    if len(said) != 1:
        yield (
            "its row says that it was sealed, and nothing in the audit does"
            if not said
            else "the audit says more than once that it was sealed"
        )
        return
    (record,) = said
    wrong = [name for name in _SEALED_FACTS if record.facts.get(name) != getattr(row, name)]
    if record.at != row.sealed_at:
        wrong.append("sealed_at")
    if wrong:
        yield f"its row was edited: {', '.join(wrong)} is not what was recorded when it was sealed"


def _stamping(stamp: t.Timestamp | None, said: Sequence[Record]) -> Iterator[str]:
    if stamp is None:
        if said:
            yield "the row of its timestamp was removed: the audit says that it was stamped"
        return
    if len(said) != 1:
        yield (
            "its timestamp has a row, and nothing in the audit says that it was stamped"
            if not said
            else "the audit says more than once that it was stamped"
        )
        return
    (record,) = said
    wrong = [name for name in _STAMPED_FACTS if record.facts.get(name) != getattr(stamp, name)]
    if _moment(record.facts.get("stamped_at")) != stamp.stamped_at:
        wrong.append("stamped_at")
    if wrong:
        yield f"its timestamp's row was edited: {', '.join(wrong)} is not what was recorded at stamping"


def _record(row: rows.Row) -> Record:
    waits = row.position is None
    try:
        entry = entry_of(row, row.nonce)
        read = json.loads(entry.line)
        facts = read["detail"] if isinstance(read["detail"], dict) else {}
        altered = not waits and entry.leaf.hex() != row.leaf
        at, who = _moment(read["at"]), read["person_id"]
        return Record(row.id, row.verb, who, at, MappingProxyType(facts), waits, altered)
    except (Unreadable, ValueError):
        return Record(row.id, str(row.verb), None, None, {}, waits, altered=True)


def _moment(text: object) -> datetime | None:
    try:
        return datetime.fromisoformat(text) if isinstance(text, str) else None
    except ValueError:
        return None
