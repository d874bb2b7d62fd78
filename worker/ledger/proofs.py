"""Proofs as files that an outsider checks with coreutils and OpenSSL alone (see `how-to-check.txt`)."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from importlib.resources import files

from cryptography import x509
from cryptography.hazmat.primitives import serialization
from sqlalchemy import select
from sqlalchemy.orm import Session

from worker import cms
from worker.errors import NotFound, NotYet
from worker.ledger import rows
from worker.ledger.checkpoints import Signed, first_over
from worker.ledger.errors import LedgerFault
from worker.ledger.leaf import Entry, Unreadable, entry_of
from worker.ledger.nodes import StoredSubtrees
from worker.ledger.tree import (
    ProofFault,
    check_consistency,
    check_inclusion,
    climb,
    consistency_path,
    grow,
    inclusion_path,
    root_of,
)
from worker.store.tables import LedgerHead

#: How long somebody who asks too early should wait.
_SOON_SECONDS = 60.0
_ROOM = "worker.ledger"


@dataclass(frozen=True, slots=True)
class Inclusion:
    """That one audit row is in the ledger, up to a signed checkpoint.

    Attributes:
        position: of its leaf, from 0.
        path: the siblings from the leaf upwards (RFC 9162, 2.1.3).
        checkpoint: the earliest that covers it.
        certificate: the signer's.
    """

    audit_id: int
    entry: Entry
    position: int
    path: tuple[bytes, ...]
    checkpoint: Signed
    certificate: x509.Certificate

    def files(self) -> Mapping[str, bytes]:
        """The proof as files by name, how to check it included."""
        steps = climb(self.position, self.checkpoint.size, self.path)
        lines = [
            f"position: {self.position}",
            f"size: {self.checkpoint.size}",
            f"leaf: {self.entry.leaf.hex()}",
            *(f"{side} {sibling.hex()}" for side, sibling in steps),
            f"root: {self.checkpoint.root}",
        ]
        machine = {
            "leaf_index": self.position,
            "tree_size": self.checkpoint.size,
            "leaf_hash": self.entry.leaf.hex(),
            "inclusion_path": [each.hex() for each in self.path],
            "root_hash": self.checkpoint.root,
        }
        return {
            "entry.json": self.entry.line,
            "inclusion.txt": _text(lines),
            "inclusion.json": _json(machine),
            "checkpoint.txt": self.checkpoint.text.encode(),
            "checkpoint.txt.p7s": self.checkpoint.signature,
            "certificate.pem": self.certificate.public_bytes(serialization.Encoding.PEM),
            "how-to-check.txt": (files(_ROOM) / "how-to-check.txt").read_bytes(),
        }


@dataclass(frozen=True, slots=True)
class Consistency:
    """That the ledger of one size is the beginning of the ledger of a later one.

    Attributes:
        path: RFC 9162, 2.1.4.
    """

    old_size: int
    new_size: int
    old_root: bytes
    new_root: bytes
    path: tuple[bytes, ...]

    def files(self) -> Mapping[str, bytes]:
        """The proof as files by name."""
        lines = [
            f"old_size: {self.old_size}",
            f"old_root: {self.old_root.hex()}",
            f"new_size: {self.new_size}",
            *(f"{step} {each.hex()}" for step, each in self._steps()),
            f"new_root: {self.new_root.hex()}",
        ]
        machine = {
            "old_size": self.old_size,
            "old_root": self.old_root.hex(),
            "new_size": self.new_size,
            "new_root": self.new_root.hex(),
            "consistency_path": [each.hex() for each in self.path],
        }
        return {
            "consistency.txt": _text(lines),
            "consistency.json": _json(machine),
            "how-to-check.txt": (files(_ROOM) / "how-to-check.txt").read_bytes(),
        }

    def _steps(self) -> Sequence[tuple[str, bytes]]:
        if self.old_size == self.new_size:
            return [("start", self.old_root)]
        return list(grow(self.old_size, self.new_size, self.old_root, self.path))


def prove_inclusion(
    session: Session, audit_id: int, certificates: Mapping[str, x509.Certificate]
) -> Inclusion:
    """The proof of one audit row, checked before it is handed out.

    Args:
        certificates: those that are ours, by fingerprint.

    Raises:
        NotFound: there is no such audit row.
        NotYet: it is not in the ledger yet, or no checkpoint covers it yet.
        EvidenceFault: what is stored does not fit together; the kind and the words say what.
    """
    row = _row(session, audit_id)
    position: int = row.position
    checkpoint = first_over(session, position)
    if checkpoint is None:
        raise NotYet(f"No checkpoint covers audit row {audit_id} yet.", seconds=_SOON_SECONDS)
    try:
        entry = entry_of(row, row.nonce)
        root = bytes.fromhex(checkpoint.root)
    except (Unreadable, ValueError) as error:
        raise _altered(audit_id) from error
    path = inclusion_path(StoredSubtrees(session), position, checkpoint.size)
    try:
        check_inclusion(entry.leaf, position, checkpoint.size, path, root)
    except ProofFault as error:
        raise _altered(audit_id) from error
    signer = cms.verify(checkpoint.text.encode(), checkpoint.signature, certificates).fingerprint
    return Inclusion(audit_id, entry, position, path, checkpoint, certificates[signer])


def prove_consistency(session: Session, old_size: int, new_size: int) -> Consistency:
    """The proof that the ledger only grew between two sizes, checked before it is handed out.

    Raises:
        ProofFault: there are no such sizes.
        LedgerFault: what is stored does not fit together.
    """
    size = session.scalar(select(LedgerHead.size)) or 0
    if new_size > size:
        raise ProofFault(f"The ledger has {size} entries, not {new_size}.")
    stored = StoredSubtrees(session)
    path = consistency_path(stored, old_size, new_size)
    made = Consistency(old_size, new_size, root_of(stored, old_size), root_of(stored, new_size), path)
    check_consistency(old_size, new_size, made.old_root, made.new_root, path)
    return made


def _row(session: Session, audit_id: int) -> rows.Row:
    row = rows.of_audit(session, audit_id)
    if row is None:
        raise NotFound(f"There is no audit row {audit_id}.")
    if row.position is None:
        raise NotYet(f"Audit row {audit_id} waits for its place in the ledger.", seconds=_SOON_SECONDS)
    return row


def _altered(audit_id: int) -> LedgerFault:
    return LedgerFault(
        f"Audit row {audit_id}, its entry or the ledger was altered: they do not fit together.",
        safe="No proof was made.",
        do="`upstander ledger verify` says what was changed.",
    )


def _text(lines: Sequence[str]) -> bytes:
    return ("\n".join(lines) + "\n").encode("ascii")


def _json(value: Mapping[str, object]) -> bytes:
    return (json.dumps(value, indent=2) + "\n").encode("ascii")
