"""What changed between two wordings of a comment, word by word, so that a person can see it at a glance."""

from __future__ import annotations

import difflib
import re
from dataclasses import dataclass

_WORDS = re.compile(r"\s+|[^\s]+")


@dataclass(frozen=True, slots=True)
class Change:
    """A stretch of text that was kept, removed or added.

    Attributes:
        kind: same, removed or added.
    """

    kind: str
    text: str


def difference(old: str | None, new: str | None) -> tuple[Change, ...]:
    """The changes, in order, that turn the old wording into the new one. Nothing is left out."""
    before, after = _WORDS.findall(old or ""), _WORDS.findall(new or "")
    changes: list[Change] = []
    for kind, start, end, new_start, new_end in difflib.SequenceMatcher(None, before, after).get_opcodes():
        if kind == "equal":
            changes.append(Change("same", "".join(before[start:end])))
            continue
        if start < end:
            changes.append(Change("removed", "".join(before[start:end])))
        if new_start < new_end:
            changes.append(Change("added", "".join(after[new_start:new_end])))
    return tuple(changes)


def in_one_line(changes: tuple[Change, ...]) -> str:
    """The changes as plain text: [-removed-] and {+added+}."""
    marks = {"same": ("", ""), "removed": ("[-", "-]"), "added": ("{+", "+}")}
    return "".join(marks[each.kind][0] + each.text + marks[each.kind][1] for each in changes)
