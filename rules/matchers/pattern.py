"""All patterns of all rules: RE2, which no pattern and no text can make take more than linear time."""

from collections.abc import Iterable

import re2

# Upper bound in bytes for the states RE2 may keep; the memory is taken only as texts need it.
_MOST_MEMORY = 64 << 20

#: Rule index and the span of the text that was searched.
PatternHit = tuple[int, int, int]


class PatternMatcher:
    """Only patterns whose necessary words stand in a text are tried on it, so hundreds cost little."""

    def __init__(self, patterns: Iterable[tuple[int, str]]) -> None:
        kept = list(patterns)
        self._rules = [rule for rule, _ in kept]
        self._filter = re2.Filter()
        self._patterns = [self._filter.re(self._filter.Add(pattern, _options())) for _, pattern in kept]
        if kept:
            self._filter.Compile()

    def find(self, text: str) -> list[PatternHit]:
        """Every place where a pattern matches something, those of one pattern not overlapping."""
        if not self._rules:
            return []
        return [
            (self._rules[index], found.start(), found.end())
            for index in self._filter.Match(text) or ()  # None where nothing matches
            for found in self._patterns[index].finditer(text)
            if found.end() > found.start()
        ]


def pattern_fault(pattern: str) -> str | None:
    """Why a pattern cannot be used, in RE2's words, or None if it can."""
    try:
        compiled = re2.compile(pattern, _options())
    except re2.error as error:
        reason = error.args[0] if error.args else ""
        return reason.decode(errors="replace") if isinstance(reason, bytes) else str(reason)
    return "it matches the empty text" if compiled.fullmatch("") else None


def _options() -> "re2.Options":
    options = re2.Options()
    options.max_mem = _MOST_MEMORY
    options.log_errors = False
    return options
