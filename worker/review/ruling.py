"""A ruling: what a person decided, before it is written; whole, or refused."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from rules.schema import Category, Severity
from worker.review.errors import DecisionIncomplete, unknown
from worker.review.kinds import check_together
from worker.review.particulars import NOTHING_SAID, Lacking, Particulars, refuse_lacking
from worker.review.pasting import pasteable
from worker.review.requests import KINDS
from worker.review.terms import Terms
from worker.store.casework import DECISIONS

_REASON_LONGEST = 10_000


@dataclass(frozen=True, slots=True)
class Ruling:
    """What a person decided, before it is written.

    Attributes:
        verdict: upheld, not_upheld or needs_advice.
        categories: at least one where upheld.
        severity: needed where upheld.
        actions: what to ask the platform for: see `requests.KINDS`.
        supersedes: the decision that this one corrects, where the case is decided already.
        terms: of a block, where one is asked for.
        particulars: what the verdict needs beside it.
        together: number of the group decision that it is part of.
    """

    verdict: str
    categories: Sequence[str]
    severity: str | None
    reason: str
    actions: Sequence[str]
    supersedes: int | None
    terms: Terms | None = None
    particulars: Particulars = NOTHING_SAID
    together: int | None = None

    def check(self) -> None:
        """Refuse a decision that is not whole.

        Raises:
            DecisionIncomplete: with what is missing or not allowed.
        """
        _among("verdict", [self.verdict], DECISIONS)
        _among("category", self.categories, tuple(Category))
        _among("severity", [self.severity] if self.severity else [], tuple(Severity))
        if not self.reason.strip() or len(self.reason) > _REASON_LONGEST:
            raise _incomplete(f"A decision needs a reason, of at most {_REASON_LONGEST} characters.")
        if self.verdict == "not_upheld" and self.categories:
            raise _incomplete("A decision that does not uphold names no category.")
        self._check_actions()
        self.particulars.check_fits(self.verdict)
        refuse_lacking([*self.lacking(), *self.particulars.lacking(self.verdict)])

    def lacking(self) -> list[Lacking]:
        """What is missing for its verdict, but for its particulars."""
        if self.verdict != "upheld":
            return []
        lacking = []
        if not self.categories:
            lacking.append(Lacking("An upheld decision needs at least one category.", "--category NAME"))
        if self.severity is None:
            option = pasteable(f"--severity {'|'.join(Severity)}")
            lacking.append(Lacking("An upheld decision needs a severity.", option))
        return lacking

    def _check_actions(self) -> None:
        check_together(self.actions, KINDS, upheld=self.verdict == "upheld")
        if (self.terms is not None) != ("block" in self.actions):
            raise DecisionIncomplete(
                "A block needs a warning or why none was given, and nothing else does.",
                safe="Nothing was decided.",
                do="With --action block say --warned-on DATE --warning WORDS, or --no-warning-because WHY.",
            )


def needed(verdict: str) -> tuple[Lacking, ...]:
    """What a decision of this verdict says beside its reason and its answers."""
    bare = Ruling(verdict, (), None, "", (), None)
    return (*bare.lacking(), *bare.particulars.lacking(verdict))


def _among(what: str, given: Sequence[str], known: Sequence[str]) -> None:
    for name in given:
        if name not in known:
            raise unknown(what, name, known)


def _incomplete(happened: str) -> DecisionIncomplete:
    return DecisionIncomplete(happened, safe="Nothing was decided.")
