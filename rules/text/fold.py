"""Folded characters: the text as a reader sees it, each character knowing where it came from.

Works character by character, so it is linear in the length of the text and its map is exact for any Unicode.
"""

import re
from dataclasses import dataclass

from rules.text.characters import fold_character, is_invisible

_CONTROLS = re.compile(r"[\x00-\x08\x0e-\x1f\x7f]")


@dataclass(frozen=True, slots=True)
class Folded:
    """`text` is the folded text; `origins[i]` the index in `original` that folded character i came from.

    `origins` is None when every character stands where it stood.
    """

    original: str
    text: str
    origins: tuple[int, ...] | None

    def span(self, start: int, end: int) -> tuple[int, int]:
        """Turn the non-empty folded span [start, end) into the span of the original that it came from.

        Marks and invisible characters that hang on the last character are included, so that a reader's
        screen never shows half a character.
        """
        if self.origins is None:
            return start, end
        first, last = self.origins[start], self.origins[end - 1] + 1
        while last < len(self.original) and is_invisible(self.original[last]):
            last += 1
        return first, last


def fold(text: str) -> Folded:
    """Fold compatibility forms, case, lookalike letters, marks and invisible characters away."""
    if text.isascii() and not _CONTROLS.search(text):
        return Folded(text, text.lower(), None)
    folded: list[str] = []
    origins: list[int] = []
    for index, character in enumerate(text):
        plain = fold_character(character)
        if len(plain) == 1:
            folded.append(plain)
            origins.append(index)
        elif plain:
            folded.append(plain)
            origins.extend([index] * len(plain))
    return Folded(text, "".join(folded), tuple(origins))
