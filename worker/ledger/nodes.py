"""Any full subtree's root, read from what the ledger stores: leaves, and the nodes over 256 of them each."""

from __future__ import annotations

from sqlalchemy import select
from sqlalchemy.orm import Session

from worker.ledger.errors import LedgerFault
from worker.ledger.tree import STORED_BITS, node_hash
from worker.store.tables import LedgerEntry, LedgerNode


class StoredSubtrees:
    """Reads the roots of full subtrees, 256 stored hashes at a time; what was read once is remembered.

    Args:
        session: the transaction to read in. One proof takes a few reads, however large the ledger is.
    """

    def __init__(self, session: Session) -> None:
        self._session = session
        self._read: dict[tuple[int, int], dict[int, bytes]] = {}

    def __call__(self, height: int, number: int) -> bytes:
        """The root of the full subtree of 2**height leaves with this number from the left.

        Raises:
            LedgerFault: what is stored is not there, or is no hash.
        """
        level, above = divmod(height, STORED_BITS)
        first = number << above
        row = self._stored(level, first >> STORED_BITS)
        hashes = [row.get(each) for each in range(first, first + (1 << above))]
        found = [each for each in hashes if each is not None]
        if len(found) != len(hashes):
            raise LedgerFault(
                f"The ledger lacks {'entries' if level == 0 else 'nodes'} from number {first} on.",
                safe="No proof was made.",
                do="`upstander ledger verify` says what else is missing.",
            )
        while len(found) > 1:
            found = [node_hash(*found[at : at + 2]) for at in range(0, len(found), 2)]
        return found[0]

    def _stored(self, level: int, block: int) -> dict[int, bytes]:
        """The stored hashes of one level in one block of 256, by their number."""
        if (level, block) not in self._read:
            start = block << STORED_BITS
            end = start + (1 << STORED_BITS)
            leaves = select(LedgerEntry.position, LedgerEntry.leaf).where(
                LedgerEntry.position >= start, LedgerEntry.position < end
            )
            nodes = select(LedgerNode.number, LedgerNode.hash).where(
                LedgerNode.level == level, LedgerNode.number >= start, LedgerNode.number < end
            )
            rows = self._session.execute(nodes if level else leaves).all()
            self._read[level, block] = {number: _hash(value) for number, value in rows if number is not None}
        return self._read[level, block]


def _hash(value: str | None) -> bytes:
    try:
        return bytes.fromhex(value or "-")
    except (TypeError, ValueError) as error:
        raise LedgerFault(
            "The ledger holds something that is no hash.",
            safe="No proof was made.",
            do="`upstander ledger verify` says where.",
        ) from error
