"""A Merkle tree as RFC 6962 and its successor RFC 9162 define it: hashes, roots, proofs and their checking.

Nothing here reads or stores anything. A leaf's hash is SHA-256 over a zero byte and the entry, a node's is
SHA-256 over a one byte and its two children, so that neither can pass for the other. A tree that is not full
is a row of full subtrees, the *peaks*, largest first; its root folds them from the right.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass

from worker.errors import EvidenceFault

#: Subtrees of 256, 65,536, ... leaves are handed out as they fill up: a proof need not read every leaf.
STORED_BITS = 8
#: The root of a tree without leaves.
EMPTY_ROOT = hashlib.sha256(b"").digest()

_HASH_BYTES = 32
#: No tree is larger: the database counts no further.
_LARGEST = 2**63 - 1

#: The root of a full subtree of 2**height leaves, by height and number from the left.
Subtree = Callable[[int, int], bytes]


class ProofFault(EvidenceFault):
    """A proof does not show what it should."""


@dataclass(frozen=True, slots=True)
class Node:
    """A subtree that is full.

    Attributes:
        level: it has 256**level leaves.
        number: from the left, from 0.
    """

    level: int
    number: int
    hash: bytes


def leaf_hash(entry: bytes) -> bytes:
    """The hash of a leaf."""
    return hashlib.sha256(b"\0" + entry).digest()


def node_hash(left: bytes, right: bytes) -> bytes:
    """The hash of a node."""
    return hashlib.sha256(b"\1" + left + right).digest()


class Frontier:
    """The right edge of a tree: all that is needed to append to it and to know its root.

    Args:
        size: how many leaves the tree has.
        peaks: the roots of its full subtrees from left to right, one for each bit of the size.

    Raises:
        ValueError: size and peaks do not belong together.
    """

    def __init__(self, size: int = 0, peaks: Sequence[bytes] = ()) -> None:
        if size < 0 or len(peaks) != size.bit_count() or any(len(peak) != _HASH_BYTES for peak in peaks):
            message = f"a tree of {size} leaves does not have these {len(peaks)} peaks"
            raise ValueError(message)
        self.size = size
        self.peaks = list(peaks)

    def add(self, leaf: bytes) -> Iterator[Node]:
        """Append one leaf, given as its hash.

        Returns:
            The subtrees of stored size that became full by it. The leaf is appended once these are taken.
        """
        height, root, left = 0, leaf, self.size
        while left & 1:
            root = node_hash(self.peaks.pop(), root)
            left >>= 1
            height += 1
            if height % STORED_BITS == 0:
                yield Node(height // STORED_BITS, left, root)
        self.peaks.append(root)
        self.size += 1

    def root(self) -> bytes:
        """The root of the whole tree."""
        if not self.peaks:
            return EMPTY_ROOT
        root = self.peaks[-1]
        for peak in reversed(self.peaks[:-1]):
            root = node_hash(peak, root)
        return root


def root_of(subtree: Subtree, size: int) -> bytes:
    """The root that the tree had when it had so many leaves."""
    return _range(subtree, 0, size) if size else EMPTY_ROOT


def inclusion_path(subtree: Subtree, position: int, size: int) -> tuple[bytes, ...]:
    """The proof that a leaf is in the tree of that size (RFC 9162, 2.1.3.1), from the leaf upwards.

    Raises:
        ProofFault: there is no such leaf.
    """
    if not 0 <= position < size:
        raise ProofFault(f"A ledger of {size} entries has none at position {position}.")
    found: list[bytes] = []
    start, end = 0, size
    while end - start > 1:
        middle = start + _left_of(end - start)
        if position < middle:
            found.append(_range(subtree, middle, end))
            end = middle
        else:
            found.append(_range(subtree, start, middle))
            start = middle
    return tuple(reversed(found))


def consistency_path(subtree: Subtree, old: int, new: int) -> tuple[bytes, ...]:
    """The proof that the tree of the old size begins the tree of the new size (RFC 9162, 2.1.4.1).

    Raises:
        ProofFault: the old size is none, or larger than the new one.
    """
    if not 0 < old <= new:
        raise ProofFault(f"There is nothing to prove between {old} and {new} entries.")
    found: list[bytes] = []
    start, end = 0, new
    while end > old:
        middle = start + _left_of(end - start)
        if old <= middle:
            found.append(_range(subtree, middle, end))
            end = middle
        else:
            found.append(_range(subtree, start, middle))
            start = middle
    if start:
        found.append(_range(subtree, start, end))
    return tuple(reversed(found))


def climb(position: int, size: int, path: Sequence[bytes]) -> Iterator[tuple[str, bytes]]:
    """Each step from a leaf to the root: on which side the sibling stands, and the sibling.

    Raises:
        ProofFault: the path is not as long as in a tree of that size, or holds something that is no hash.
    """
    if not 0 <= position < size <= _LARGEST:
        raise ProofFault(f"A ledger of {size} entries has none at position {position}.")
    here, last = position, size - 1
    for sibling in _hashes(path):
        if last == 0:
            raise ProofFault("The proof goes on above the root.")
        if here & 1 or here == last:
            yield "left", sibling
            while not here & 1 and here:
                here, last = here >> 1, last >> 1
        else:
            yield "right", sibling
        here, last = here >> 1, last >> 1
    if last:
        raise ProofFault("The proof ends below the root.")


def check_inclusion(leaf: bytes, position: int, size: int, path: Sequence[bytes], root: bytes) -> None:
    """Check that a leaf is at a position of the tree with this size and root (RFC 9162, 2.1.3.2).

    Args:
        path: may come from anywhere; it is at most 63 hashes long or refused.

    Raises:
        ProofFault: it is not shown.
    """
    climbed = leaf
    for side, sibling in climb(position, size, path):
        climbed = node_hash(sibling, climbed) if side == "left" else node_hash(climbed, sibling)
    if climbed != root:
        raise ProofFault("The proof does not lead from this entry to this root.")


def grow(old: int, new: int, old_root: bytes, path: Sequence[bytes]) -> Iterator[tuple[str, bytes]]:
    """Each step of a consistency proof: where it starts, and what joins both trees or the newer alone.

    `start` is the largest full subtree at the old tree's right edge, `both` is put to the left of what was
    reached in both trees, `new` to the right of what was reached in the newer.

    Raises:
        ProofFault: the path is not as long as it is between these sizes, or holds something that is no hash.
    """
    if not 0 < old <= new <= _LARGEST:
        raise ProofFault(f"There is nothing to prove between {old} and {new} entries.")
    hashes = list(_hashes(path))
    if old & (old - 1) == 0:
        hashes.insert(0, old_root)
    if not hashes:
        raise ProofFault("The proof is empty.")
    yield "start", hashes[0]
    here, last = old - 1, new - 1
    while here & 1:
        here, last = here >> 1, last >> 1
    for each in hashes[1:]:
        if last == 0:
            raise ProofFault("The proof goes on above the root.")
        if here & 1 or here == last:
            yield "both", each
            while not here & 1 and here:
                here, last = here >> 1, last >> 1
        else:
            yield "new", each
        here, last = here >> 1, last >> 1
    if last:
        raise ProofFault("The proof ends below the root.")


def check_consistency(old: int, new: int, old_root: bytes, new_root: bytes, path: Sequence[bytes]) -> None:
    """Check that the tree of the old size and root begins the tree of the new ones (RFC 9162, 2.1.4.2).

    Args:
        path: may come from anywhere; it is at most 64 hashes long or refused.

    Raises:
        ProofFault: it is not shown.
    """
    if old == new:
        if path or old_root != new_root:
            raise ProofFault("Two ledgers of the same size have different roots.")
        return
    older = newer = b""
    for step, each in grow(old, new, old_root, path):
        if step == "start":
            older = newer = each
        elif step == "both":
            older, newer = node_hash(each, older), node_hash(each, newer)
        else:
            newer = node_hash(newer, each)
    if older != old_root:
        raise ProofFault("The proof does not lead to the older root.")
    if newer != new_root:
        raise ProofFault("The proof does not lead from the older root to the newer one.")


def _left_of(width: int) -> int:
    """How many leaves stand left of the middle: the largest power of two below the width (2 or more)."""
    return 1 << ((width - 1).bit_length() - 1)


def _range(subtree: Subtree, start: int, end: int) -> bytes:
    """The root over some leaves; the start is where a subtree of that width may start."""
    width = end - start
    height = width.bit_length() - 1
    left = subtree(height, start >> height)
    full = start + (1 << height)
    return left if full == end else node_hash(left, _range(subtree, full, end))


def _hashes(path: Sequence[bytes]) -> Iterator[bytes]:
    for each in path:
        if len(each) != _HASH_BYTES:
            raise ProofFault("The proof holds something that is no SHA-256 hash.")
        yield each
