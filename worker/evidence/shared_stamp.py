r"""One timestamp for many bags, when the authority's quota binds: through the root of a Merkle tree.

The tree is that of RFC 6962 section 2.1, over the bags in the order they were given:

    leaf  = SHA-256(0x00 || T)     T: the 32 bytes of the SHA-256 of a bag's tagmanifest-sha256.txt
    node  = SHA-256(0x01 || left || right)

Beside each bag lie then, instead of a timestamp over its tagmanifest:

    tagmanifest-sha256.txt.root    what was stamped: three lines of text, the same for all these bags
                                       Upstander shared timestamp 1
                                       bags N
                                       root HEX
    tagmanifest-sha256.txt.tsr     the timestamp, over that file
    tagmanifest-sha256.txt.path    the way from this bag's leaf up to the root, a line for each step:
                                   `left HEX` or `right HEX`, the node that stands on that side

A bag that was stamped alone has a `.tsr` directly over its tagmanifest, and neither `.root` nor `.path`.
`COMMANDS` says how an outsider follows the path with bash, coreutils and openssl. The path shows that the bag
was among those stamped; which one it was in the row nobody needs to know, and no other bag is revealed.
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

from cryptography import x509

from worker.evidence.bag import STAMPED_PATH, STAMPED_ROOT, TIMESTAMP
from worker.evidence.timestamp import Authority, TimestampWrong, Token, check

#: Checks a bag's share in a timestamp; run by bash in the bag's folder, `ca.pem` being the authority's root.
COMMANDS = r"""set -e -u -o pipefail
digest() { sha256sum | cut -c 1-64; }
unhex() { local at; for ((at = 0; at < ${#1}; at += 2)); do printf "\\x${1:at:2}"; done; }
node=$(digest < tagmanifest-sha256.txt)
node=$(unhex "00$node" | digest)
while read -r side other; do
  [[ $other =~ ^[0-9a-f]{64}$ ]]
  case $side in
    left) node=$(unhex "01$other$node" | digest) ;;
    right) node=$(unhex "01$node$other" | digest) ;;
    *) exit 1 ;;
  esac
done < tagmanifest-sha256.txt.path
mapfile -t lines < tagmanifest-sha256.txt.root
[[ ${lines[0]} == "Upstander shared timestamp 1" && ${lines[2]} == "root $node" ]]
openssl ts -verify -data tagmanifest-sha256.txt.root -in tagmanifest-sha256.txt.tsr -CAfile ca.pem
"""

_TITLE = "Upstander shared timestamp 1"
_ROOT_TEXT = re.compile(rf"{_TITLE}\nbags ([1-9][0-9]{{0,8}})\nroot ([0-9a-f]{{64}})\n")
_STEP = re.compile(r"(left|right) ([0-9a-f]{64})")
#: A tree of more bags than could ever wait.
_LONGEST_PATH = 40
_MOST_BYTES = 8 * 1024


@dataclass(frozen=True, slots=True)
class Stamped:
    """A bag's timestamp: the files to lie beside it, and what they say.

    Attributes:
        files: by name, each whole: `.tsr`, and for a shared one `.root` and `.path`.
    """

    files: Mapping[str, bytes]
    token: Token


@dataclass(frozen=True, slots=True)
class Shared:
    """What many bags have stamped together.

    Attributes:
        root: the text to be stamped.
        paths: each bag's way to it, as text, in the order the bags were given.
    """

    root: bytes
    paths: tuple[bytes, ...]


def stamp_bags(authority: Authority, tagmanifests: Sequence[bytes], share_from: int) -> Iterator[Stamped]:
    """Have bags timestamped: each by itself, or together where many wait.

    Args:
        tagmanifests: the bytes of each bag's tagmanifest.
        share_from: with so many bags or more, one timestamp serves them all; at least 2.

    Yields:
        One for each bag, in order, as soon as it is there.

    Raises:
        TimestampFault: from the first bag on that cannot be stamped (see `Authority.stamp`).
    """
    if len(tagmanifests) < share_from:
        for tagmanifest in tagmanifests:
            token = authority.stamp(tagmanifest)
            yield Stamped({TIMESTAMP: token.der}, token)
        return
    shared = share(tagmanifests)
    token = authority.stamp(shared.root)
    for path in shared.paths:
        yield Stamped({TIMESTAMP: token.der, STAMPED_ROOT: shared.root, STAMPED_PATH: path}, token)


def check_stamp(tagmanifest: bytes, files: Mapping[str, bytes], roots: Sequence[x509.Certificate]) -> Token:
    """Check the timestamp that lies beside a bag, its own or a shared one.

    Args:
        files: those of `STAMP_FILES` that are there, by name.
        roots: the certificates that the authority is believed by.

    Raises:
        TimestampWrong: it does not hold, or a part of it is missing; says which.
    """
    if TIMESTAMP not in files:
        raise _wrong(f"{TIMESTAMP} is missing")
    if STAMPED_ROOT not in files and STAMPED_PATH not in files:
        return check(tagmanifest, files[TIMESTAMP], roots)
    for name in (STAMPED_ROOT, STAMPED_PATH):
        if name not in files:
            raise _wrong(f"it is shared by several bags, and {name} is missing")
    follow(tagmanifest, files[STAMPED_PATH], files[STAMPED_ROOT])
    return check(files[STAMPED_ROOT], files[TIMESTAMP], roots)


def share(tagmanifests: Sequence[bytes]) -> Shared:
    """Build the tree over some bags.

    Args:
        tagmanifests: the bytes of each bag's tagmanifest; at least one.
    """
    leaves = [_leaf(tagmanifest) for tagmanifest in tagmanifests]
    paths: list[list[str]] = [[] for _ in leaves]
    root = _grow(leaves, 0, paths)
    text = f"{_TITLE}\nbags {len(leaves)}\nroot {root.hex()}\n"
    return Shared(text.encode(), tuple("".join(steps).encode() for steps in paths))


def follow(tagmanifest: bytes, path: bytes, root: bytes) -> None:
    """Follow a bag's path up to the root that was stamped.

    Args:
        path: the text of its `.path` file.
        root: the text of its `.root` file.

    Raises:
        TimestampWrong: the path does not lead there, or a file is not written as it must be.
    """
    stamped = _ROOT_TEXT.fullmatch(_text(root, STAMPED_ROOT))
    if stamped is None:
        raise _wrong(f"{STAMPED_ROOT} is not written as it must be")
    lines = _text(path, STAMPED_PATH).split("\n")
    if lines.pop() or len(lines) > _LONGEST_PATH:
        raise _wrong(f"{STAMPED_PATH} is not written as it must be")
    node = _leaf(tagmanifest)
    for line in lines:
        step = _STEP.fullmatch(line)
        if step is None:
            raise _wrong(f"{STAMPED_PATH} is not written as it must be")
        other = bytes.fromhex(step[2])
        node = _node(other, node) if step[1] == "left" else _node(node, other)
    if node.hex() != stamped[2]:
        raise _wrong("this bag is not among those that share it: its path leads to another root")


def _grow(leaves: Sequence[bytes], start: int, paths: list[list[str]]) -> bytes:
    """The root over some leaves; each leaf below learns what stood beside it on the way.

    Args:
        start: the number of the first of these leaves.
    """
    if len(leaves) == 1:
        return leaves[0]
    half = 1 << ((len(leaves) - 1).bit_length() - 1)
    left, right = _grow(leaves[:half], start, paths), _grow(leaves[half:], start + half, paths)
    for number in range(start, start + len(leaves)):
        beside = f"right {right.hex()}\n" if number < start + half else f"left {left.hex()}\n"
        paths[number].append(beside)
    return _node(left, right)


def _leaf(tagmanifest: bytes) -> bytes:
    return hashlib.sha256(b"\x00" + hashlib.sha256(tagmanifest).digest()).digest()


def _node(left: bytes, right: bytes) -> bytes:
    return hashlib.sha256(b"\x01" + left + right).digest()


def _text(content: bytes, name: str) -> str:
    if len(content) > _MOST_BYTES or not content.isascii():
        raise _wrong(f"{name} is not written as it must be")
    return content.decode("ascii")


def _wrong(why: str) -> TimestampWrong:
    return TimestampWrong(
        f"The timestamp does not hold: {why}.",
        safe="It is not taken for a proof of time.",
        do="Put the bag's files back from a backup, and tell the evidence officer.",
    )
