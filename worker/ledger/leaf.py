r"""What a leaf of the ledger stands for: one audit row and a random number, as one line of text.

The *entry* is one line of JSON in ASCII, ended by a line feed. Its names are in alphabetical order, as are
those inside `detail`; nothing stands between its parts but `,` and `:`; what is not ASCII is written as
\uXXXX. That is exactly what Python's standard library writes:

    json.dumps(entry, sort_keys=True, separators=(",", ":")) + "\n"

    at           when, in UTC: 2026-11-21T10:15:30.000000Z, always with six decimals
    detail       an object of facts about it
    id           the number of the audit row
    nonce        32 random bytes in hex, drawn for this row alone
    object_id    the number of what it was done to, or null
    object_type  what it was done to
    person_id    the number of who did it, or null where it was the worker
    source       from where
    verb         what was done

The leaf is the leaf hash of RFC 6962 over these bytes: SHA-256 over one zero byte and the entry.

    (printf '\0'; cat entry.json) | sha256sum

The ledger keeps leaf and nonce. Without the nonce nobody can find out what a leaf stands for by trying.
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from worker.ledger.rows import Row
from worker.ledger.tree import leaf_hash


def _once(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    """Refuse an object that names something twice: readers would differ about which counts."""
    found = dict(pairs)
    if len(found) != len(pairs):
        message = "something is named twice"
        raise ValueError(message)
    return found


_ENCODER = json.JSONEncoder(sort_keys=True, separators=(",", ":"))
_PARSER = json.JSONDecoder(object_pairs_hook=_once)


class Unreadable(Exception):
    """An audit row holds what no audit row of ours can hold."""


@dataclass(frozen=True, slots=True)
class Entry:
    """What one leaf stands for.

    Attributes:
        line: the bytes that are hashed, line feed included.
    """

    line: bytes

    @property
    def leaf(self) -> bytes:
        """The leaf's hash."""
        return leaf_hash(self.line)


def entry_of(row: Row, nonce: str) -> Entry:
    """The entry of an audit row as the database keeps it.

    Args:
        row: read raw.
        nonce: 32 bytes in hex.

    Raises:
        Unreadable: a column holds what is no value of that column.
    """
    try:
        values = {
            "at": _moment(row.at),
            "detail": _PARSER.decode(row.detail),
            "id": row.id,
            "nonce": nonce,
            "object_id": row.object_id,
            "object_type": row.object_type,
            "person_id": row.person_id,
            "source": row.source,
            "verb": row.verb,
        }
        return Entry(_ENCODER.encode(values).encode("ascii") + b"\n")
    except (AttributeError, TypeError, ValueError, RecursionError) as error:
        raise Unreadable(f"audit row {row.id!r} cannot be read: {error}") from error


def _moment(at: datetime | str) -> str:
    moment = datetime.fromisoformat(at) if isinstance(at, str) else at
    aware = moment.replace(tzinfo=UTC) if moment.tzinfo is None else moment.astimezone(UTC)
    return aware.strftime("%Y-%m-%dT%H:%M:%S.%fZ")
