"""What somebody searches for: words and filters, and what of them cannot be searched for."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass, fields
from datetime import date
from difflib import get_close_matches
from string import ascii_lowercase, ascii_uppercase
from typing import Any

from rules.schema import Category
from worker.errors import UpstanderError
from worker.review.search.query import terms_of
from worker.store.casework import CASE_STATES
from worker.store.platform import PLATFORMS, SEVERITIES
from worker.store.searching import Term

_CLOSED: dict[str, Collection[str]] = {
    "category": [each.value for each in Category],
    "platform": PLATFORMS,
    "state": CASE_STATES,
    "severity": SEVERITIES,
}
#: What is typed freely. The audit keeps that it was used, never what was typed: that could name somebody.
_TYPED_FREELY = ("words", "handle", "rule_id")
#: What both databases make of capitals alike.
_SMALL = str.maketrans(ascii_uppercase, ascii_lowercase)
_NOTHING = "Nothing was searched."


class SearchRefused(UpstanderError):
    """A search that asks for nothing, or for what there is not.

    Args:
        happened, safe, do: see `UpstanderError`.
        about: the attribute of `SearchFilter` that is to be changed.
    """

    def __init__(self, happened: str, *, safe: str = "", do: str = "", about: str = "words") -> None:
        super().__init__(happened, safe=safe, do=do)
        self.about = about


@dataclass(frozen=True, slots=True)
class SearchFilter:
    """What to search for. Everything that is given must hold; None asks for nothing.

    Attributes:
        words: as `terms_of` reads them.
        handle: of the author as lists show them: the handle, else the name. With a star behind it, how it
            begins. Capitals of A to Z do not count, nor does an @ before it.
        rule_id: a rule that found something in the wording.
        category: found in the wording by a rule, or upheld by the decision on it that counts.
        account_id: the Trust's account under which it was written.
        state: of the case.
        severity: of the case, else the rules' own.
        since, until: the first and the last day, in London, on which Upstander first saw the wording.
        decided: True: a decision on the case stands; False: the case still waits for one.
    """

    words: str | None = None
    handle: str | None = None
    rule_id: str | None = None
    category: str | None = None
    platform: str | None = None
    account_id: int | None = None
    state: str | None = None
    severity: str | None = None
    since: date | None = None
    until: date | None = None
    decided: bool | None = None

    def recorded(self) -> dict[str, Any]:
        """The filters for the audit: what is of a closed list as it is, of what is typed freely only that."""
        used = {each.name: getattr(self, each.name) for each in fields(self)}
        return {
            name: True if name in _TYPED_FREELY else str(value) if isinstance(value, date) else value
            for name, value in used.items()
            if value is not None and value != ""
        }


def checked(wanted: SearchFilter) -> tuple[Term, ...]:
    """The words that are searched for.

    Raises:
        SearchRefused: nothing is asked for, a word is none of its closed list, or the days are the wrong way
            round.
    """
    for name, known in _CLOSED.items():
        given = getattr(wanted, name)
        if given is not None and given not in known:
            near = get_close_matches(str(given).lower(), known, n=1)
            raise SearchRefused(
                f"There is no {name} of that name. Known: {', '.join(known)}.",
                safe=_NOTHING,
                do=f"Did you mean {near[0]}?" if near else "",
                about=name,
            )
    if wanted.since is not None and wanted.until is not None and wanted.since > wanted.until:
        raise SearchRefused(
            "The first day is after the last.", safe=_NOTHING, do="Change one of them.", about="since"
        )
    terms = terms_of(wanted.words or "")
    if not terms and (wanted.words or "").strip():
        raise SearchRefused(
            "There is no word in that.",
            safe=_NOTHING,
            do="Type at least one word, number or emoji; signs alone are not searched for.",
        )
    if wanted.handle is not None and not written(wanted.handle)[0]:
        raise SearchRefused(
            "There is no handle in that.",
            safe=_NOTHING,
            do="Type a handle, or how it begins such as some*.",
            about="handle",
        )
    if not terms and wanted.recorded().keys() <= {"words"}:
        raise SearchRefused(
            "Nothing was said to search for.",
            safe=_NOTHING,
            do="Type words, the beginning of one such as nurs*, a phrase in quotes, or choose a filter.",
        )
    return terms


def written(handle: str) -> tuple[str, bool]:
    """A handle as it is compared, and whether only its beginning was typed."""
    plain = kept(handle).strip()
    return plain.rstrip("*").removeprefix("@").translate(_SMALL), plain.endswith("*")


def kept(typed: str) -> str:
    """What was typed, without what no database takes: it stands in nothing that is stored."""
    return typed.replace("\0", "").encode("utf-8", "ignore").decode("utf-8")
