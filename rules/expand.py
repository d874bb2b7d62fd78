"""Short ways of writing many phrases: `(kill|stab) {you}`.

`(a|b|)` offers choices, perhaps none, and may hold others; `{name}` stands for a named list of words.
A phrase that stands for a few is spelt out in full; one that stands for many becomes a pattern over words.
"""

import re
from collections.abc import Mapping
from itertools import product
from math import prod

from rules.text.lexicon import Lexicon
from rules.text.words import normal_form

#: Above this many results a phrase is not spelt out but made a pattern.
MOST_SPELT_OUT = 400
#: Exceptions are always spelt out; one may stand for this many at most.
MOST_EXCEPTIONS = 4000

Lists = Mapping[str, tuple[str, ...]]
_PIECE = re.compile(r"\{[a-z][a-z_]*\}|[(){}|]|[^(){}|]+")
# One space, or none where an empty choice already stands beside a space: never the inside of a word.
_GAP = r"(?: |\b)"
_NO_WORDS = Lexicon.of(())
_LIST = re.compile(r"\{([a-z][a-z_]*)\}")


class ExpansionError(ValueError):
    """A phrase cannot be spelt out. `hint` says what to write instead."""

    def __init__(self, message: str, hint: str) -> None:
        self.hint = hint
        super().__init__(message)


def expand_phrase(phrase: str, lists: Lists, most: int = MOST_SPELT_OUT) -> tuple[str, ...] | None:
    """Spell out every choice of a phrase, or return None if it stands for more than `most`.

    Raises ExpansionError for a bracket without its partner or an unknown list.
    """
    parts = _parts(phrase, lists)
    if prod(map(len, parts)) > most:
        return None
    return tuple(dict.fromkeys(" ".join("".join(chosen).split()) for chosen in product(*parts)))


def phrase_pattern(phrase: str, lists: Lists) -> str:
    """The same phrase as an RE2 pattern over a line of words; raises as `expand_phrase` does."""
    pattern = ""
    for part in _parts(phrase, lists):
        choices = sorted({_folded(choice) for choice in part}, key=lambda choice: (-len(choice), choice))
        written = [re.escape(choice).replace(r"\ ", _GAP) for choice in choices]
        pattern += written[0] if len(written) == 1 else f"(?:{'|'.join(written)})"
    return f" {pattern} "


def expand_word_pattern(pattern: str, lists: Lists) -> str:
    """Put the words of each `{name}` into a pattern. Raises ExpansionError for an unknown list."""
    return _LIST.sub(lambda found: f"(?:{'|'.join(map(re.escape, _members(found[1], lists)))})", pattern)


def _folded(choice: str) -> str:
    """A choice as it stands in a line of words, the spaces at its ends kept."""
    bare = choice.strip()
    form = normal_form(bare, _NO_WORDS)
    if bare and not form:
        raise ExpansionError(f'"{bare[:40]}" has no word in it', "Write words, or use `patterns:`.")
    before = " " if choice[:1] == " " else ""
    after = " " if choice[-1:] == " " and bare else ""
    return before + form + after


def _parts(phrase: str, lists: Lists) -> list[tuple[str, ...]]:
    pieces = _PIECE.findall(phrase)
    parts = _sequence(pieces, lists)
    if pieces:
        hint = "Choices are written (one|two) and lists {name}; put nothing else in brackets."
        raise ExpansionError(f'"{pieces[0]}" has no partner in "{phrase[:60]}"', hint)
    return parts


def _sequence(pieces: list[str], lists: Lists) -> list[tuple[str, ...]]:
    """Take pieces off the front up to a "|" or ")" that belongs to the bracket around them."""
    parts: list[tuple[str, ...]] = []
    while pieces and pieces[0] not in ("|", ")", "{", "}"):
        piece = pieces.pop(0)
        if piece == "(":
            parts.append(_choices(pieces, lists))
        elif piece.startswith("{"):
            parts.append(_members(piece[1:-1], lists))
        else:
            parts.append((piece,))
    return parts


def _choices(pieces: list[str], lists: Lists) -> tuple[str, ...]:
    """Take the rest of a bracket off the front: its choices, those inside them spelt out."""
    spelt: list[str] = []
    while True:
        parts = _sequence(pieces, lists)
        if prod(map(len, parts)) > MOST_EXCEPTIONS:
            hint = "Split the phrase into several."
            raise ExpansionError(f"one choice stands for more than {MOST_EXCEPTIONS:,}", hint)
        spelt.extend("".join(chosen) for chosen in product(*parts))
        end = pieces.pop(0) if pieces else ""
        if end == ")":
            return tuple(dict.fromkeys(spelt))
        if end != "|":
            raise ExpansionError('a "(" has no partner', "Close each bracket: (one|two).")


def _members(name: str, lists: Lists) -> tuple[str, ...]:
    if name in lists:
        return lists[name]
    known = ", ".join(sorted(lists)) or "none yet"
    raise ExpansionError(f'there is no list "{name}"', f"Lists stand under `lists:`; there are: {known}.")
