"""Counting that costs no more in a long queue than in a short one: exact to a thousand, then "1,000+"."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from sqlalchemy import Integer, ScalarSelect, Select, func, literal_column, select

#: So far is counted. Nobody plans a day by the difference between 1,000 and 100,000 cases that wait.
EXACT = 1_000


@dataclass(frozen=True, slots=True)
class Count:
    """How many there are, counted no further than to a bound.

    Attributes:
        number: how many; where there are more than the bound, the bound.
        more: whether there are more than that.
    """

    number: int
    more: bool = False

    def __bool__(self) -> bool:
        """Whether there are any."""
        return self.number > 0

    def __str__(self) -> str:
        """In words for people: 17, or 1,000+."""
        return f"{self.number:,}{'+' if self.more else ''}"


NONE = Count(0)


def told(number: int) -> Count:
    """A number that was counted to beyond the bound at most, as people are told it."""
    return Count(min(number, EXACT), number > EXACT)


def bounded(found: Select[Any]) -> ScalarSelect[int]:
    """The SQL that counts rows and stops after one more than the bound; `told` makes a count of it.

    The bound stands in the statement itself: for one that comes as a parameter a database plans to read all.
    """
    few = found.limit(literal_column(str(EXACT + 1), Integer)).subquery()
    return select(func.count()).select_from(few).scalar_subquery()
