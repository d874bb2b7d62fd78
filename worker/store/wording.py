"""The words by which a text is found: the same on both databases, because they are taken apart here.

Neither database's own idea of a word is asked. What is indexed, and what is typed, goes through `pieces`.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterator
from dataclasses import dataclass

from rules.text.fold import Folded, fold

#: Of a word so many letters are kept; two that begin with these are taken for one.
_LONGEST = 64
#: So much of a folded text is indexed. A character can fold to eighteen, and PostgreSQL's index takes 1 MB.
_MOST = 250_000
#: Scripts that put no space between words: each character is found by itself, several in a row as a phrase.
_UNSPACED = "\u3040-\u30ff\u3400-\u4dbf\u4e00-\u9fff\uf900-\ufaff\U00020000-\U0003ffff"
_PIECE = re.compile(rf"[{_UNSPACED}]|[^\W_{_UNSPACED}]+(?:'[^\W_{_UNSPACED}]+)*|[^\w\s\x00-\x7f]")


@dataclass(frozen=True, slots=True)
class Piece:
    """One word, or one character that stands for itself, with the span of the folded text it came from."""

    word: str
    start: int
    end: int


def pieces(folded: Folded) -> Iterator[Piece]:
    """The words of a folded text, in their order. Linear in its length.

    Letters and digits make words; an apostrophe inside one is left out ("don't" is "dont"), anything else
    parts them ("car-park" is two, "@a_b" is two). A pictograph is a word of its own.
    """
    for found in _PIECE.finditer(folded.text[:_MOST]):
        written = found.group()
        if written[0].isalnum():
            yield Piece(written.replace("'", "")[:_LONGEST], found.start(), found.end())
        elif unicodedata.category(written) == "So":
            yield Piece(written, found.start(), found.end())


def words_of(text: str) -> str:
    """The words of a text as they are indexed: one space between them, none around."""
    return " ".join(piece.word for piece in pieces(fold(text)))
