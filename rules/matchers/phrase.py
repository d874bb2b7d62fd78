"""All phrases of all rules at once: one Aho-Corasick automaton over the line of words."""

from collections import defaultdict
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
        owners: defaultdict[str, list[tuple[int, Role]]] = defaultdict(list)
        for rule, role, phrase in phrases:
            if phrase and (rule, role) not in owners[f" {phrase} "]:
                owners[f" {phrase} "].append((rule, role))
        self._owners = tuple(map(tuple, owners.values()))
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
