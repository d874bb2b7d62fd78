"""What of a wording a result shows: a stretch around the first match, as plain text, the matches marked."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass

from rules.text.fold import fold
from worker.store.searching import Term
from worker.store.wording import Piece, pieces

#: Characters before the first match, and in all.
_BEFORE, _LONGEST = 60, 240
#: Of a search that is a whole text so many words are marked.
_MARKED = 200
_CUT = "…"
_LINE_ENDS = re.compile("[\n-\r\x1c-\x1e\x85\u2028\u2029]+")


@dataclass(frozen=True, slots=True)
class Segment:
    """A piece of what a comment says: hostile text, never HTML, in one line.

    Attributes:
        matched: whether it is what was searched for.
    """

    text: str
    matched: bool


def snippet(text: str | None, terms: Sequence[Term]) -> tuple[Segment, ...]:
    """The stretch of a text around its first match; how it begins, where nothing of it matches."""
    whole = text or ""
    spans = _spans(whole, terms[:_MARKED]) if terms else []
    start = _word_start(whole, max(spans[0][0] - _BEFORE, 0)) if spans else 0
    end = min(start + _LONGEST, len(whole))
    segments = [Segment(_CUT, matched=False)] if start else []
    at = start
    for first, last in spans:
        if first >= end:
            break
        segments.append(Segment(_one_line(whole[at:first]), matched=False))
        segments.append(Segment(_one_line(whole[first : min(last, end)]), matched=True))
        at = min(last, end)
    segments.append(Segment(_one_line(whole[at:end]), matched=False))
    if end < len(whole):
        segments.append(Segment(_CUT, matched=False))
    return tuple(segment for segment in segments if segment.text)


def _spans(text: str, terms: Sequence[Term]) -> list[tuple[int, int]]:
    """Where in the text matches stand, from the first on as far as a stretch goes, in their order."""
    folded = fold(text)
    found = list(pieces(folded))
    spans: list[tuple[int, int]] = []
    for at, piece in enumerate(found):
        size = max((len(term.words) for term in terms if _stands_at(found, at, term)), default=0)
        if not size:
            continue
        start, end = folded.span(piece.start, found[at + size - 1].end)
        if spans and start > spans[0][0] + _LONGEST:
            break
        if spans and start < spans[-1][1]:
            spans[-1] = (spans[-1][0], max(end, spans[-1][1]))
        else:
            spans.append((start, end))
    return spans


def _stands_at(found: Sequence[Piece], at: int, term: Term) -> bool:
    *before, last = term.words
    if at + len(term.words) > len(found):
        return False
    if any(found[at + place].word != word for place, word in enumerate(before)):
        return False
    said = found[at + len(before)].word
    return said.startswith(last) if term.prefix else said == last


def _word_start(text: str, at: int) -> int:
    """Where the next word begins, so that none is cut in its middle; there, where that is far."""
    blank = text.find(" ", at, at + _BEFORE // 2) if at else -1
    return at if blank == -1 else blank + 1


def _one_line(text: str) -> str:
    """A stretch with line ends as blanks; nothing else is changed."""
    return _LINE_ENDS.sub(" ", text)
