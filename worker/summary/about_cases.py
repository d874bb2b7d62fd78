"""What is said of a case where nobody knows who reads it.

The status has no reader: whoever may start the command sees it, and may not see every case. So of a case
that somebody is kept from, by a restriction or a conflict of interest, it is said only that there is one, and
with which command those find it who may.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from sqlalchemy import or_, select
from sqlalchemy.orm import Session

from worker.review.access import standing_conflicts
from worker.store import tables as t

_NUMBERED = re.compile(r"\bcase (\d+)", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class OfCase:
    """Something about one case that a person has to see to.

    Attributes:
        said: in words with what to do; only for a case that nobody is kept from.
        found_with: the command that shows it to those who may see the case.
        instead: what is said of a case that somebody is kept from, where more than that there is one must
            be. It names neither the case nor what it is about.
    """

    case_id: int
    said: str
    found_with: str
    instead: str = ""


def for_everybody(session: Session, found: Iterable[str | OfCase]) -> Iterator[str]:
    """What may be said to anybody; at the end how many cases there are besides that somebody is kept from."""
    all_of_it = tuple(found)
    kept = kept_from_some(session, {each.case_id for each in all_of_it if isinstance(each, OfCase)})
    unnamed: dict[str, set[int]] = {}
    for each in all_of_it:
        if isinstance(each, str):
            yield each
        elif each.case_id not in kept:
            yield each.said
        elif each.instead:
            yield each.instead
        else:
            unnamed.setdefault(each.found_with, set()).add(each.case_id)
    for command, cases in unnamed.items():
        if len(cases) == 1:
            yield f"A restricted case needs a person. Whoever may see it finds it with `{command}`."
        else:
            yield (
                f"{len(cases)} restricted cases need a person. Whoever may see them finds them with"
                f" `{command}`."
            )


def kept_from_some(session: Session, case_ids: Iterable[int]) -> frozenset[int]:
    """Those of these cases that are restricted, or that somebody has a conflict of interest in."""
    closed = or_(t.Case.restriction.is_not(None), t.Case.id.in_(standing_conflicts()))
    return frozenset(session.scalars(select(t.Case.id).where(t.Case.id.in_(list(case_ids)), closed)))


def without_numbers(session: Session, text: str) -> str:
    """A text that a stage wrote for whoever works there, such as an error, for everybody to read."""
    # As text: a number that no database could hold is no case's.
    numbers = {found.group(1) for found in _NUMBERED.finditer(text) if len(found.group(1)) < 19}
    kept = {str(case_id) for case_id in kept_from_some(session, map(int, numbers))}
    return _NUMBERED.sub(lambda found: "a restricted case" if found.group(1) in kept else found.group(), text)
