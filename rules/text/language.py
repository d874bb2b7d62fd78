"""Which language a text is written in, as far as its letters tell. Nothing leaves this machine."""

from __future__ import annotations

import unicodedata

import py3langid

#: Of fewer letters any guess is as good as another.
_FEWEST_LETTERS = 12


def language_of(text: str | None) -> str | None:
    """The language that a text is most likely written in.

    A hint for a person. Names, dialects and mixed languages mislead it, and nothing is decided by it.

    Args:
        text: as it was written; None where there are no words.

    Returns:
        Its ISO 639-1 code, such as en or cy; None where there is too little to tell.
    """
    words = [word for word in (text or "").split() if not word.startswith(("http", "@", "#"))]
    letters = sum(1 for character in "".join(words) if unicodedata.category(character).startswith("L"))
    if letters < _FEWEST_LETTERS:
        return None
    code, _score = py3langid.classify(" ".join(words))
    return str(code)
