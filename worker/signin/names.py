"""User names: folded, so that nobody has to remember how theirs was written."""

from __future__ import annotations

import re
import unicodedata

from worker.errors import Conflict

_SHAPE = re.compile(r"[\w.@+-]{2,100}")


def folded(typed: str) -> str:
    """A user name as it is kept and looked for."""
    return unicodedata.normalize("NFKC", typed).casefold().strip()


def usable(typed: str) -> str:
    """A user name that somebody is given, as it is kept.

    Raises:
        Conflict: it cannot be one.
    """
    name = folded(typed)
    if not _SHAPE.fullmatch(name):
        raise Conflict(
            "A user name has 2 to 100 letters, digits or any of . @ + - _, and no blanks.",
            safe="No sign-in was made.",
            do="Such as sam.hollis.",
        )
    return name


def from_person(name: str) -> str:
    """The user name that goes without saying: "Sam O'Hollis" becomes sam.ohollis."""
    plain = folded(name).replace("'", "").replace("\u2019", "")
    return ".".join(re.findall(r"[\w-]+", plain))[:100]
