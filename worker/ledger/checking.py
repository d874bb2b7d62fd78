"""Checking the whole ledger against itself, its checkpoints, and the copies of them that left the house.

One pass over the entries in the order of their positions, a page at a time. The tree is built anew from the
stored leaves; each leaf is computed anew from its audit row and nonce. What was changed shows by what
disagrees: a row with its leaf, a leaf with the nodes and the head, all of these with a checkpoint, and all of
the database with a copy that lies elsewhere.
"""

from __future__ import annotations

import heapq
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path

from cryptography import x509
from sqlalchemy import func, select
from sqlalchemy.orm import Session

from worker import cms
from worker.ledger import rows
from worker.ledger.checkpoints import every_checkpoint, read_text
from worker.ledger.errors import LedgerFault, PublishFault
from worker.ledger.findings import Finding, Findings
from worker.ledger.leaf import Unreadable, entry_of
from worker.ledger.published import copies
from worker.ledger.sequencer import read_head
from worker.ledger.tree import STORED_BITS, Frontier, Node
from worker.store.tables import Audit, LedgerEntry, LedgerHead, LedgerNode, Publication

_PAGE = 2000

#: Told how many entries were checked, of how many.
Progress = Callable[[int, int], object]


@dataclass(frozen=True, slots=True)
class Verification:
    """What checking found.

    Attributes:
        waiting: audit rows that have no position yet; these are not covered by anything.
        published: copies that were compared.
    """

    entries: int
    waiting: int
    checkpoints: int
    published: int
    findings: tuple[Finding, ...]

    @property
    def ok(self) -> bool:
        """Whether nothing is wrong."""
        return not self.findings


@dataclass(frozen=True, slots=True)
class _Claim:
    """Something that states a root at a size: the head, a checkpoint, or a published copy of one."""

    size: int
    kind: str
    name: str
    root: str
    text: str = ""


@dataclass(slots=True)
class Checker:
    """One check of the whole ledger, in one read transaction.

    Args:
        certificates: those that are ours, by fingerprint; None where they cannot be read.
        published: a folder of copies, or None.
    """

    session: Session
    certificates: Mapping[str, x509.Certificate] | None
    published: Path | None
    progress: Progress
    findings: Findings = field(default_factory=Findings)
    _tree: Frontier = field(default_factory=Frontier)
    _broken: bool = False
    _nodes: list[Node] = field(default_factory=list)
    _end: int = 0
    _kept: _Claim | None = None
    _checkpoints: int = 0
    _copies: set[int] = field(default_factory=set)

    def run(self) -> Verification:
        """Check everything."""
        if self.certificates is None:
            self.findings.add("keys_unreadable", "signatures")
        self._look_for_rows_without_entries()
        entries = self.session.scalar(select(func.count(LedgerEntry.position))) or 0
        waiting = select(func.count()).select_from(LedgerEntry).where(LedgerEntry.position.is_(None))
        beyond = self._head_size()
        claims = heapq.merge(
            self._head(), self._own(), self._outside(), key=lambda each: (each.size, each.kind)
        )
        claim = self._judge(claims, next(claims, None))
        for row in self._entries():
            if not self._broken and row.position >= beyond:
                self.findings.add("entry_beyond_head", f"entry {row.position}")
            self._entry(row)
            claim = self._judge(claims, claim)
            if row.position % _PAGE == 0:
                self.progress(row.position, entries)
        self.progress(entries, entries)
        self._left_over(claims, claim)
        self._compare_nodes(last=True)
        self._look_for_missing_copies()
        return Verification(
            entries,
            self.session.scalar(waiting) or 0,
            self._checkpoints,
            len(self._copies),
            self.findings.all(),
        )

    def _look_for_rows_without_entries(self) -> None:
        statement = (
            select(Audit.id)
            .join_from(Audit, LedgerEntry, LedgerEntry.audit_id == Audit.id, isouter=True)
            .where(LedgerEntry.audit_id.is_(None))
        )
        for number in self.session.scalars(statement.order_by(Audit.id)).yield_per(_PAGE):
            self.findings.add("audit_without_entry", f"audit row {number}")

    def _entries(self) -> Iterator[rows.Row]:
        """The entries in order. A gap is told; from there on no root can be computed."""
        after: int | None = None
        expected = 0
        while page := rows.appended(self.session, after, _PAGE):
            for row in page:
                if not isinstance(row.position, int) or row.position < expected:
                    self.findings.add("position_missing", f"the entry of audit row {row.audit_id}")
                    self._broken = True
                    if not isinstance(row.position, int):
                        return
                    continue
                if row.position > expected:
                    self.findings.add("position_missing", f"positions {expected} to {row.position - 1}")
                    self._broken = True
                yield row
                self._end = expected = row.position + 1
            after = page[-1].position

    def _entry(self, row: rows.Row) -> None:
        if row.id is None:
            self.findings.add("entry_without_audit", f"entry {row.position}, audit row {row.audit_id}")
        else:
            self._compare(row)
        if self._broken:
            return
        try:
            leaf = bytes.fromhex(row.leaf)
        except (TypeError, ValueError):
            leaf = b""
        self._nodes += self._tree.add(leaf)
        if len(self._nodes) >= _PAGE:
            self._compare_nodes()

    def _compare(self, row: rows.Row) -> None:
        where = f"entry {row.position}, audit row {row.audit_id}"
        try:
            if entry_of(row, row.nonce).leaf.hex() != row.leaf:
                self.findings.add("entry_altered", where)
        except Unreadable:
            self.findings.add("entry_unreadable", where)

    def _head_size(self) -> int:
        return self.session.scalar(select(LedgerHead.size)) or 0

    def _head(self) -> Iterator[_Claim]:
        try:
            row = self.session.scalars(select(LedgerHead)).one_or_none()
            if row is None:
                if self.session.scalar(select(func.count(LedgerEntry.position))):
                    self.findings.add("head_wrong", "the head")
                return
            read_head(row)
        except (LedgerFault, ValueError):
            self.findings.add("head_wrong", "the head")
            return
        yield _Claim(row.size, "head", "the head", row.root)

    def _own(self) -> Iterator[_Claim]:
        for each in every_checkpoint(self.session):
            self._checkpoints += 1
            name = f"checkpoint {each.size}"
            said = read_text(each.text)
            if said is None or (said.size, said.root.hex(), said.time) != (
                each.size,
                each.root,
                each.made_at,
            ):
                self.findings.add("checkpoint_text", name)
            self._check_signature("checkpoint", name, each.text, each.signature)
            root = said.root.hex() if said else each.root
            yield _Claim(each.size, "checkpoint", name, root, each.text)

    def _outside(self) -> Iterator[_Claim]:
        try:
            found = copies(self.published) if self.published is not None else iter(())
        except PublishFault:
            self.findings.add("published_nowhere", str(self.published))
            return
        for each in found:
            self._copies.add(each.size)
            if each.said is None:
                self.findings.add("published_unreadable", each.name)
                continue
            self._check_signature("published", each.name, each.text, each.signature)
            yield _Claim(each.size, "published", each.name, each.said.root.hex(), each.text)

    def _judge(self, claims: Iterator[_Claim], claim: _Claim | None) -> _Claim | None:
        """Hold what is stated of the tree as it is now against it; the first of what is left is returned."""
        while claim is not None and not self._broken and claim.size <= self._tree.size:
            if claim.size != self._tree.size or claim.root != self._tree.root().hex():
                self.findings.add("head_wrong" if claim.kind == "head" else f"{claim.kind}_root", claim.name)
            self._compare_copy(claim)
            claim = next(claims, None)
        return claim

    def _left_over(self, claims: Iterator[_Claim], claim: _Claim | None) -> None:
        """What is stated of more entries than there are, or of roots that cannot be computed."""
        while claim is not None:
            self.findings.add("cut_off" if claim.size > self._end else "root_unknown", claim.name)
            self._compare_copy(claim)
            claim = next(claims, None)

    def _compare_copy(self, claim: _Claim) -> None:
        if claim.kind == "checkpoint":
            self._kept = claim
        elif claim.kind == "published":
            if self._kept is None or self._kept.size != claim.size:
                self.findings.add("published_unknown", claim.name)
            elif self._kept.text != claim.text:
                self.findings.add("published_differs", claim.name)

    def _check_signature(self, kind: str, name: str, text: str, signature: bytes | None) -> None:
        if self.certificates is None:
            return
        try:
            cms.verify(text.encode(), signature or b"", self.certificates)
        except cms.SignedByAnother:
            self.findings.add(f"{kind}_other_key", name)
        except cms.SignatureFault:
            self.findings.add(f"{kind}_signature", name)

    def _compare_nodes(self, *, last: bool = False) -> None:
        """Hold stored nodes against those computed; at the end, look for any that should not be there."""
        for level in sorted({each.level for each in self._nodes}):
            computed = {each.number: each.hash.hex() for each in self._nodes if each.level == level}
            statement = select(LedgerNode.number, LedgerNode.hash).where(
                LedgerNode.level == level, LedgerNode.number.between(min(computed), max(computed))
            )
            stored = dict(self.session.execute(statement).all())
            for number, value in computed.items():
                if stored.get(number) != value:
                    self.findings.add("node_wrong", f"node {number} of level {level}")
        self._nodes.clear()
        if last and not self._broken:
            counted = select(LedgerNode.level, func.count()).group_by(LedgerNode.level)
            for level, count in self.session.execute(counted.order_by(LedgerNode.level)):
                if level < 1 or count > self._tree.size >> STORED_BITS * level:
                    self.findings.add("node_wrong", f"level {level}")

    def _look_for_missing_copies(self) -> None:
        there = select(Publication.size).where(Publication.place == str(self.published))
        for size in self.session.scalars(there.order_by(Publication.size)):
            if size not in self._copies:
                self.findings.add("published_missing", f"checkpoint {size}")
