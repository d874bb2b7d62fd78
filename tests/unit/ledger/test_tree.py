"""The tree against the specification's own vectors and an implementation that knows nothing of ours."""

from __future__ import annotations

from collections.abc import Iterator
from functools import cache

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from pymerkle import InmemoryTree

from worker.ledger.tree import (
    EMPTY_ROOT,
    Frontier,
    Node,
    ProofFault,
    Subtree,
    check_consistency,
    check_inclusion,
    climb,
    consistency_path,
    grow,
    inclusion_path,
    leaf_hash,
    node_hash,
    root_of,
)

#: The entries, roots and proofs that implementations of Certificate Transparency test themselves with.
ENTRIES = ("", "00", "10", "2021", "3031", "40414243", "5051525354555657", "606162636465666768696a6b6c6d6e6f")
ROOTS = (
    "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855",
    "6e340b9cffb37a989ca544e6bb780a2c78901d3fb33738768511a30617afa01d",
    "fac54203e7cc696cf0dfcb42c92a1d9dbaf70ad9e621f4bd8d98662f00e3c125",
    "aeb6bcfe274b70a14fb067a5e5578264db0fa9b51af5e0ba159158f329e06e77",
    "d37ee418976dd95753c1c73862b9398fa2a2cf9b4ff0fdfe8b30cd95209614b7",
    "4e3bbb1f7b478dcfe71fb631631519a3bca12c9aefca1612bfce4c13a86264d4",
    "76e67dadbcdf1e10e1b74ddc608abd2f98dfb16fbce75277b5232a127f2087ef",
    "ddb89be403809e325750d3d263cd78929c2942b7942a34b77e122c9594a74c8c",
    "5dc9da79a70659a9ad559cb701ded9a2ab9d823aad2f4960cfe370eff4604328",
)
INCLUSION = {
    (0, 1): (),
    (0, 8): (
        "96a296d224f285c67bee93c30f8a309157f0daa35dc5b87e410b78630a09cfc7",
        "5f083f0a1a33ca076a95279832580db3e0ef4584bdff1f54c8a360f50de3031e",
        "6b47aaf29ee3c2af9af889bc1fb9254dabd31177f16232dd6aab035ca39bf6e4",
    ),
    (5, 8): (
        "bc1a0643b12e4d2d7c77918f44e0f4f79a838b6cf9ec5b5c283e1f4d88599e6b",
        "ca854ea128ed050b41b35ffc1b87b8eb2bde461e9e3b5596ece6b9d5975a0ae0",
        "d37ee418976dd95753c1c73862b9398fa2a2cf9b4ff0fdfe8b30cd95209614b7",
    ),
    (2, 3): ("fac54203e7cc696cf0dfcb42c92a1d9dbaf70ad9e621f4bd8d98662f00e3c125",),
    (1, 5): (
        "6e340b9cffb37a989ca544e6bb780a2c78901d3fb33738768511a30617afa01d",
        "5f083f0a1a33ca076a95279832580db3e0ef4584bdff1f54c8a360f50de3031e",
        "bc1a0643b12e4d2d7c77918f44e0f4f79a838b6cf9ec5b5c283e1f4d88599e6b",
    ),
}
CONSISTENCY = {
    (1, 1): (),
    (1, 8): INCLUSION[0, 8],
    (6, 8): (
        "0ebc5d3437fbe2db158b9f126a1d118e308181031d0a949f8dededebc558ef6a",
        "ca854ea128ed050b41b35ffc1b87b8eb2bde461e9e3b5596ece6b9d5975a0ae0",
        "d37ee418976dd95753c1c73862b9398fa2a2cf9b4ff0fdfe8b30cd95209614b7",
    ),
    (2, 5): (
        "5f083f0a1a33ca076a95279832580db3e0ef4584bdff1f54c8a360f50de3031e",
        "bc1a0643b12e4d2d7c77918f44e0f4f79a838b6cf9ec5b5c283e1f4d88599e6b",
    ),
}
LEAVES = tuple(leaf_hash(bytes.fromhex(entry)) for entry in ENTRIES)
MOST = 700


def over(leaves: tuple[bytes, ...]) -> Subtree:
    """Full subtrees straight from the definition."""

    @cache
    def subtree(height: int, number: int) -> bytes:
        if height == 0:
            return leaves[number]
        return node_hash(subtree(height - 1, 2 * number), subtree(height - 1, 2 * number + 1))

    return subtree


MANY = tuple(leaf_hash(b"%d" % number) for number in range(MOST))
SUBTREES = over(MANY)


@cache
def independent() -> InmemoryTree:
    """The same tree by another hand."""
    tree = InmemoryTree("sha256")
    for number in range(MOST):
        tree.append_entry(b"%d" % number)
    return tree


def flipped(value: bytes, bit: int) -> bytes:
    """A hash with one bit turned."""
    changed = bytearray(value)
    changed[bit // 8] ^= 1 << bit % 8
    return bytes(changed)


def test_roots_are_those_of_the_specification() -> None:
    """Every root of the known vectors, by appending and from subtrees."""
    frontier = Frontier()
    assert frontier.root().hex() == ROOTS[0] == EMPTY_ROOT.hex() == root_of(over(()), 0).hex()
    for size, (leaf, root) in enumerate(zip(LEAVES, ROOTS[1:], strict=True), start=1):
        list(frontier.add(leaf))
        assert frontier.root().hex() == root == root_of(over(LEAVES), size).hex()


@pytest.mark.parametrize("asked", INCLUSION)
def test_inclusion_proofs_are_those_of_the_specification(asked: tuple[int, int]) -> None:
    """The known vectors, made and checked."""
    position, size = asked
    path = inclusion_path(over(LEAVES), position, size)
    assert tuple(each.hex() for each in path) == INCLUSION[asked]
    check_inclusion(LEAVES[position], position, size, path, bytes.fromhex(ROOTS[size]))


@pytest.mark.parametrize("asked", CONSISTENCY)
def test_consistency_proofs_are_those_of_the_specification(asked: tuple[int, int]) -> None:
    """The known vectors, made and checked."""
    old, new = asked
    path = consistency_path(over(LEAVES), old, new)
    assert tuple(each.hex() for each in path) == CONSISTENCY[asked]
    check_consistency(old, new, bytes.fromhex(ROOTS[old]), bytes.fromhex(ROOTS[new]), path)


@settings(max_examples=60, deadline=None)
@given(st.data())
def test_roots_and_proofs_agree_with_an_independent_implementation(data: st.DataObject) -> None:
    """For any sizes: the same roots, the same inclusion path, and a consistency proof between its roots."""
    size = data.draw(st.integers(1, MOST))
    position = data.draw(st.integers(0, size - 1))
    old = data.draw(st.integers(1, size))
    other = independent()
    assert root_of(SUBTREES, size) == other.get_root(size)
    theirs = other.prove_inclusion(position + 1, size).serialize()
    assert [MANY[position].hex(), *(each.hex() for each in inclusion_path(SUBTREES, position, size))] == (
        theirs["path"]
    )
    # Its consistency proofs have a shape of their own, so ours is held against its roots.
    path = consistency_path(SUBTREES, old, size)
    check_consistency(old, size, other.get_root(old), other.get_root(size), path)


@settings(max_examples=60, deadline=None)
@given(st.data())
def test_a_proof_of_anything_else_is_refused(data: st.DataObject) -> None:
    """Another leaf, place, size, root, a turned bit, a hash too many or too few: none passes."""
    size = data.draw(st.integers(2, MOST))
    position = data.draw(st.integers(0, size - 1))
    path, root = inclusion_path(SUBTREES, position, size), root_of(SUBTREES, size)
    check_inclusion(MANY[position], position, size, path, root)
    bit, at = data.draw(st.integers(0, 255)), data.draw(st.integers(0, len(path) - 1))
    turned = (*path[:at], flipped(path[at], bit), *path[at + 1 :])
    elsewhere = data.draw(st.integers(0, size - 1).filter(lambda each: each != position))
    for leaf, place, given_path, given_root in (
        (flipped(MANY[position], bit), position, path, root),
        (MANY[position], elsewhere, path, root),
        (MANY[position], position, turned, root),
        (MANY[position], position, path[:-1], root),
        (MANY[position], position, (*path, root), root),
        (MANY[position], position, path, flipped(root, bit)),
    ):
        with pytest.raises(ProofFault):
            check_inclusion(leaf, place, size, given_path, given_root)


@settings(max_examples=60, deadline=None)
@given(st.data())
def test_a_ledger_that_was_rewritten_is_not_consistent(data: st.DataObject) -> None:
    """Roots of other trees, turned bits, hashes too many or too few: no proof joins them."""
    new = data.draw(st.integers(2, MOST))
    old = data.draw(st.integers(1, new - 1))
    path = consistency_path(SUBTREES, old, new)
    roots = root_of(SUBTREES, old), root_of(SUBTREES, new)
    check_consistency(old, new, *roots, path)
    bit, at = data.draw(st.integers(0, 255)), data.draw(st.integers(0, len(path) - 1))
    turned = (*path[:at], flipped(path[at], bit), *path[at + 1 :])
    for older, newer, given_path in (
        (flipped(roots[0], bit), roots[1], path),
        (roots[0], flipped(roots[1], bit), path),
        (*roots, turned),
        (*roots, path[:-1]),
        (*roots, (*path, roots[1])),
    ):
        with pytest.raises(ProofFault):
            check_consistency(old, new, older, newer, given_path)


@settings(max_examples=200, deadline=None)
@given(
    st.integers(-(2**70), 2**70),
    st.integers(-(2**70), 2**70),
    st.lists(st.one_of(st.binary(min_size=32, max_size=32), st.binary(max_size=40)), max_size=80),
)
def test_hostile_proofs_raise_nothing_but_their_own_error(one: int, two: int, path: list[bytes]) -> None:
    """Any numbers and any bytes are refused as proofs, and take no longer than real ones."""
    with pytest.raises(ProofFault):
        check_inclusion(MANY[0], one, two, path, EMPTY_ROOT)
    with pytest.raises(ProofFault):
        check_consistency(one, two, MANY[0], EMPTY_ROOT, path)


def test_a_proof_for_another_size_is_refused() -> None:
    """A proof that leads to a true root of a smaller or larger ledger than it says is none."""
    for said, real in ((8, 4), (4, 8)):
        path = inclusion_path(SUBTREES, 0, real)
        check_inclusion(MANY[0], 0, real, path, root_of(SUBTREES, real))
        with pytest.raises(ProofFault):
            check_inclusion(MANY[0], 0, said, path, root_of(SUBTREES, real))
        path = consistency_path(SUBTREES, 3, real)
        check_consistency(3, real, root_of(SUBTREES, 3), root_of(SUBTREES, real), path)
        with pytest.raises(ProofFault):
            check_consistency(3, said, root_of(SUBTREES, 3), root_of(SUBTREES, real), path)


def test_a_giant_proof_is_not_read_to_its_end() -> None:
    """However long a proof is, no more than a tree's height is hashed."""
    read = 0

    class Endless(list[bytes]):
        def __iter__(self) -> Iterator[bytes]:
            nonlocal read
            while True:
                read += 1
                yield MANY[0]

    for position, size in ((1, 2**62), (2**62, 2**63 - 1)):
        with pytest.raises(ProofFault, match="above the root"):
            list(climb(position, size, Endless()))
    assert read <= 2 * 65


@pytest.mark.parametrize(("old", "new"), [(0, 5), (6, 5), (-1, 5)])
def test_there_is_no_proof_between_sizes_that_never_were(old: int, new: int) -> None:
    """None from nothing, none backwards."""
    with pytest.raises(ProofFault):
        consistency_path(SUBTREES, old, new)
    with pytest.raises(ProofFault):
        list(grow(old, new, EMPTY_ROOT, [EMPTY_ROOT]))


def test_full_subtrees_are_handed_out_as_they_fill_up() -> None:
    """After 700 leaves: two nodes over 256, each the root of its leaves. After 65,536 the next level."""
    frontier, nodes = Frontier(), list[Node]()
    for leaf in MANY:
        nodes += frontier.add(leaf)
    assert nodes == [Node(1, number, SUBTREES(8, number)) for number in range(2)]
    almost = Frontier(65535, [leaf_hash(b"%d" % height) for height in range(15, -1, -1)])
    found = list(almost.add(MANY[0]))
    assert [(node.level, node.number) for node in found] == [(1, 255), (2, 0)]
    assert found[1].hash == almost.root()


@pytest.mark.parametrize(
    ("size", "peaks"), [(-1, []), (1, []), (3, [b"x" * 32]), (1, [b"short"]), (0, [b"x" * 32])]
)
def test_a_frontier_that_cannot_be_is_refused(size: int, peaks: list[bytes]) -> None:
    """Nothing is built on a head whose size and peaks do not belong together."""
    with pytest.raises(ValueError, match="does not have these"):
        Frontier(size, peaks)
