"""How soon a person should look at a case, 0-100, as a sum that is explained in words.

What the rules gave is the start. The rest is what rules cannot see: how many read it, whether it is one of a
pile-on, whom it is aimed at, what became of the author's comments before, and what reviewers said of it.
It orders cases of one severity; it never decides anything.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass
from typing import Any

HIGHEST = 100
#: What a flag adds, and how it is said.
FLAGGED: Mapping[str, tuple[int, str]] = {
    "at_risk_now": (30, "a reviewer says that somebody is at risk now"),
    "minor": (15, "a reviewer says that it is aimed at a child or young person"),
    "named_staff": (10, "a reviewer says that it is aimed at a named member of staff"),
    "patient": (10, "a reviewer says that it is about an identifiable patient"),
    "escalating": (10, "a reviewer says that it is getting worse"),
    "high_profile": (5, "a reviewer says that many will notice it"),
    "reviewer_is_target": (5, "a reviewer says that it is aimed at whoever moderates"),
}
#: What a finding says about whom it harms.
_HARMED: Mapping[str, tuple[int, str]] = {
    "doxxing": (10, "somebody's personal details may be in it"),
    "patient_confidentiality": (10, "a patient may be identifiable in it"),
    "safeguarding": (10, "a child or an adult at risk may need protection"),
    "intimate_image": (10, "an intimate picture may be in it"),
    "self_harm": (10, "whoever wrote it may be at risk"),
}
#: So many comments under one post, and what they add: many read it.
_READ = ((100, 5), (20, 2))
#: Comments under one post are counted up to here.
MOST_COUNTED = 100
_EACH_UPHELD, _MOST_UPHELD = 5, 15
_PILE_ON, _GREAT_PILE_ON = 10, 15
#: A pile-on of so many times the least is a great one.
_GREAT = 4
_TIMES = {1: "once", 2: "twice"}


@dataclass(frozen=True, slots=True)
class Facts:
    """What a priority is reckoned from.

    Attributes:
        base: what the case was opened with: the rules' own priority.
        categories: what rules found in the words that the case stands at.
        comments: under the same post, counted up to MOST_COUNTED.
        burst: cases under the same post that opened within the window of a pile-on, this one too.
        pile_on: so many are one; `within_minutes` says how close together.
        upheld: earlier cases of the same author that a person upheld.
        flags: those that stand.
    """

    base: int
    severity: str
    categories: tuple[str, ...]
    comments: int
    burst: int
    pile_on: int
    within_minutes: int
    upheld: int
    flags: frozenset[str]


@dataclass(frozen=True, slots=True)
class Part:
    """A part of a priority, as it is kept and shown."""

    points: int
    words: str

    def as_json(self) -> dict[str, int | str]:
        """As plain values."""
        return asdict(self)


def parts_of(facts: Facts) -> tuple[Part, ...]:
    """The parts of a priority, what it began with first."""
    found = ", ".join(name.replace("_", " ") for name in facts.categories) or "no rule found anything"
    return (Part(facts.base, f"{found}; {facts.severity.replace('_', ' ')}"), *_added(facts))


def total(parts: tuple[Part, ...]) -> int:
    """The priority that these parts make."""
    return min(HIGHEST, sum(part.points for part in parts))


def explained(priority: int, parts: Sequence[Mapping[str, Any]] | None) -> str:
    """A priority in one line: "Priority 72: threat; serious (+60); part of a pile-on: ... (+10)"."""
    if not parts:
        return f"Priority {priority}"
    said = "; ".join(f"{part['words']} (+{part['points']})" for part in parts)
    return f"Priority {priority}: {said}"


def _added(facts: Facts) -> Iterator[Part]:
    for category, (points, words) in _HARMED.items():
        if category in facts.categories:
            yield Part(points, words)
    for flag, (points, words) in FLAGGED.items():
        if flag in facts.flags:
            yield Part(points, words)
    if facts.burst >= facts.pile_on:
        great = facts.burst >= _GREAT * facts.pile_on
        within = f"within {facts.within_minutes} minutes"
        words = f"part of a pile-on: {facts.burst} cases under one post {within}"
        yield Part(_GREAT_PILE_ON if great else _PILE_ON, words)
    if facts.upheld:
        times = _TIMES.get(facts.upheld, f"{facts.upheld} times")
        points = min(_MOST_UPHELD, _EACH_UPHELD * facts.upheld)
        yield Part(points, f"the author was upheld {times} before")
    for least, points in _READ:
        if facts.comments >= least:
            yield Part(points, f"much read: {least} comments or more under the same post")
            return
