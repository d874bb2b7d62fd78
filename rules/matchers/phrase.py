"""All phrases of all rules at once: one Aho-Corasick automaton over the line of words."""

from collections.abc import Iterable
from enum import IntEnum

from ahocorasick_rs import AhoCorasick, Implementation

from rules.text.words import Words


class Role(IntEnum):
    """What a phrase is to its rule: it matches, it cancels what it overlaps, or it cancels the rule."""

    MATCH = 0
    EXCEPTION = 1
    UNLESS = 2


#: Rule index, role, and the span of the original text.
PhraseHit = tuple[int, Role, int, int]


class PhraseMatcher:
    """Finds whole words only: every phrase is looked for with a space at both ends."""

    def __init__(self, phrases: Iterable[tuple[int, Role, str]]) -> None:
        # Tuples, not lists: a pack has tens of thousands, and the garbage collector would visit every list.
        owners: dict[str, tuple[tuple[int, Role], ...]] = {}
        for rule, role, phrase in phrases:
            spaced, owner = f" {phrase} ", (rule, role)
            known = owners.get(spaced, ())
            if phrase and owner not in known:
                owners[spaced] = (*known, owner)
        self._owners = tuple(owners.values())
        self._automaton = AhoCorasick(owners, implementation=Implementation.ContiguousNFA) if owners else None

    def find(self, words: Words) -> list[PhraseHit]:
        """Every place where a phrase stands, overlapping ones included."""
        found = (
            self._automaton.find_matches_as_indexes(words.line, overlapping=True) if self._automaton else []
        )
        if not found:
            return []
        starts = words.starts()
        return [
            (rule, role, *words.span(start, end, starts))
            for phrase, start, end in found
            for rule, role in self._owners[phrase]
        ]
