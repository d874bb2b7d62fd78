"""What somebody typed to search for: words that must all be there, beginnings of words, phrases."""

from __future__ import annotations

from rules.text.fold import fold
from worker.store.searching import Term
from worker.store.wording import pieces

_QUOTE, _ANY_END = '"', "*"


def terms_of(typed: str) -> tuple[Term, ...]:
    """Read a search. Every text is one; of many nothing is left to search for.

    Words are joined by AND, quotes (straight or curly) hold a phrase, a star behind a word means any end.
    Nothing else means anything: what is written together, such as car-park, is a phrase of its words.
    A quote that nothing closes is no quote.
    """
    parts = fold(typed).text.split(_QUOTE)
    if len(parts) % 2 == 0:
        parts[-2:] = [f"{parts[-2]} {parts[-1]}"]
    terms: dict[Term, None] = {}
    for place, part in enumerate(parts):
        quoted = place % 2 == 1
        for chunk in [part] if quoted else part.split():
            found = _term(chunk, star=not quoted)
            if found is not None:
                terms[found] = None
    return tuple(terms)


def _term(chunk: str, *, star: bool) -> Term | None:
    """The words of a chunk, which follow each other; None where it has none."""
    found = tuple(pieces(fold(chunk)))
    if not found:
        return None
    before = chunk.rstrip(_ANY_END)
    prefix = star and before != chunk and found[-1].end == len(before)
    return Term(tuple(piece.word for piece in found), prefix)
