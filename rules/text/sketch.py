"""How alike two texts are: a hash of the words with disguise undone, and a sketch of what they are made of.

The sketch is a MinHash of the kind that keeps the smallest hashes of one function: of two short texts it
gives the exact Jaccard likeness of their four-letter pieces, of long ones an estimate.
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Collection, Iterable
from dataclasses import dataclass
from zlib import crc32

from rules.text.fold import fold

#: Texts of fewer words are too short to be told from others by likeness.
FEWEST_WORDS = 4
_PIECE = 4
_MOST = 128
_BANDS = 8
_TEXT_MOST = 20_000
_DIGITS = str.maketrans("013457@$", "oieastas")
_STRETCHED = re.compile(r"(.)\1{2,}")
_SPACED_LETTERS = re.compile(r"(?<!\S)\S(?: \S){2,}(?!\S)")
#: Words that nearly every comment is made of, thanks and good wishes among them.
_COMMON = frozenset(
    """
    a about after again all also always am amazing an and any are as at back bad be because been being
    best better big bless but by came can care come could day days did do doctor doctors does doing done
    dont each even ever every everyone family feel few first for from full get getting go going good got
    great had happy hard has have he heart help her here him his hope hospital how i id if ill im in
    into is it its ive job just keep kind kindness know last like lot lots love loved lovely made make
    many may me mine more most much must my need never new nhs nice night no not nothing now of off oh
    ok on one only or other our out over people please put really right said same say see she should so
    some soon sorry staff still such sure take team thank thankful thanks that the their them then there
    these they thing things this those time times to today together too up us very ward was way we week
    well went were what when where which while who why will wish with wonderful work working would year
    years yes yet you your yours
    """.split()  # noqa: SIM905 -- a list of words is read more easily than its Python
)


@dataclass(frozen=True, slots=True)
class Sketch:
    """What a text is made of.

    Attributes:
        exact: hex SHA-256 of the letters and digits alone; empty where there are none.
        words: how many words it has.
        telling: how many of them are not words that nearly every comment is made of.
        smallest: the smallest hashes of its pieces, ascending.
    """

    exact: str
    words: int
    telling: int
    smallest: tuple[int, ...]

    def packed(self) -> bytes:
        """The hashes as bytes, to be stored."""
        return b"".join(each.to_bytes(4, "big") for each in self.smallest)

    def bands(self) -> tuple[int, ...]:
        """Numbers of which texts that are much alike nearly always share one, and others hardly ever."""
        return bands_of(self.smallest)


def sketch(text: str) -> Sketch:
    """Sketch a text as a reader sees it: spaces, marks, emoji, case and lookalike letters do not count."""
    plain = fold(text[:_TEXT_MOST]).text
    found = _words(_SPACED_LETTERS.sub(lambda run: run.group().replace(" ", ""), plain))
    letters = _STRETCHED.sub(r"\1", "".join(filter(str.isalnum, plain.translate(_DIGITS))))
    pieces = {letters[at : at + _PIECE] for at in range(max(len(letters) - _PIECE + 1, 0))}
    return Sketch(
        exact=hashlib.sha256(letters.encode("utf-8", "surrogatepass")).hexdigest() if letters else "",
        words=len(found),
        telling=sum(word not in _COMMON for word in found),
        smallest=tuple(sorted(map(_mixed, pieces))[:_MOST]),
    )


def unpacked(stored: bytes) -> tuple[int, ...]:
    """The hashes of a stored sketch."""
    return tuple(int.from_bytes(stored[at : at + 4], "big") for at in range(0, len(stored), 4))


def likeness(one: Collection[int], other: Collection[int]) -> float:
    """How alike two texts are, from 0 to 1, by the smallest hashes of their pieces."""
    mine, theirs = set(one), set(other)
    cut = _MOST in (len(mine), len(theirs))
    union = sorted(mine | theirs)[: _MOST if cut else None]
    return sum(each in mine and each in theirs for each in union) / len(union) if union else 0.0


def bands_of(smallest: Iterable[int]) -> tuple[int, ...]:
    """See `Sketch.bands`: each is made of the two smallest hashes of one class."""
    classes: dict[int, list[int]] = {}
    for each in smallest:
        members = classes.setdefault(each % _BANDS, [])
        if len(members) < 2:
            members.append(each)
    return tuple(sorted({((a << 31) ^ b) & 0x7FFF_FFFF_FFFF_FFFF for a, b in _pairs(classes.values())}))


def _pairs(classes: Iterable[list[int]]) -> Iterable[tuple[int, int]]:
    return ((each[0], each[1]) for each in classes if len(each) == 2)


def _words(plain: str) -> list[str]:
    kept = ("".join(filter(str.isalnum, chunk.replace("'", ""))) for chunk in plain.split())
    return [word for word in kept if word]


def _mixed(piece: str) -> int:
    # CRC alone puts pieces that begin alike side by side; multiplying spreads them.
    return (crc32(piece.encode("utf-8", "surrogatepass")) * 0x9E37_79B1) & 0xFFFF_FFFF
