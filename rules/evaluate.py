"""From rules, a revision and the author's history to a verdict. Pure: no files, no clock, no network."""

import hashlib
import json
import re
from collections import defaultdict
from collections.abc import Iterable
from dataclasses import fields, replace
from datetime import date
from typing import Any

from rules.matchers.context import holds
from rules.matchers.pattern import PatternMatcher
from rules.matchers.phrase import PhraseMatcher, Role
from rules.schema import NEVER_QUEUES, Context, Finding, RevisionText, Rule, RuleState, Severity, Verdict
from rules.text.fold import fold
from rules.text.lexicon import Lexicon
from rules.text.words import Words, normal_form, words

#: Changes whenever the same rules could give another verdict on the same text.
ENGINE_VERSION = 1
#: A hostile text of 64 KB must not become thousands of findings: of each rule the first few places are kept.
MOST_PLACES_PER_RULE = 10
#: Priority before anything is added. What is added is at most 19, so no severity overtakes the next.
PRIORITY_BASE = {
    Severity.ROUTINE: 10,
    Severity.CONCERNING: 30,
    Severity.SERIOUS: 55,
    Severity.IMMEDIATE_DANGER: 80,
}

_PLAIN_WORD = re.compile(r"[a-z]{2,}")
_STRANGER = Context()
_Span = tuple[int, int]


class RuleSet:
    """Live rules made ready to evaluate. Building takes a moment; evaluating does not change it."""

    def __init__(self, rules: Iterable[Rule]) -> None:
        self.all_rules = tuple(sorted(rules, key=lambda rule: rule.id))
        self.rules = tuple(rule for rule in self.all_rules if rule.state is RuleState.LIVE)
        self.pack_version = _pack_version(self.rules)
        self.lexicon = _lexicon(self.rules)
        self._phrases = PhraseMatcher(self._all_phrases())
        each = list(enumerate(self.rules))
        self._patterns = PatternMatcher((i, text) for i, rule in each for text in rule.match.patterns)
        self._word_patterns = PatternMatcher(
            (i, text) for i, rule in each for text in rule.match.word_patterns
        )

    def evaluate(self, revision: RevisionText, context: Context = _STRANGER) -> Verdict:
        """Judge one revision. The same text and context always give the same verdict."""
        read = words(fold(revision.text), self.lexicon)
        findings = [
            _finding(rule, revision.text, start, end)
            for index, spans in self._places(read).items()
            if holds((rule := self.rules[index]).conditions, context)
            for start, end in _separate(spans)
        ]
        findings.sort(key=lambda finding: (finding.start, finding.end, finding.rule_id))
        return _verdict(tuple(findings), context)

    def _places(self, read: Words) -> dict[int, list[_Span]]:
        """Where each rule matches, after its exceptions."""
        places: defaultdict[int, list[_Span]] = defaultdict(list)
        exceptions: defaultdict[int, list[_Span]] = defaultdict(list)
        cancelled: set[int] = set()
        for rule, role, start, end in self._phrases.find(read):
            if role is Role.UNLESS:
                cancelled.add(rule)
            else:
                (places if role is Role.MATCH else exceptions)[rule].append((start, end))
        for rule, start, end in self._patterns.find(read.folded.text):
            places[rule].append(read.folded.span(start, end))
        in_words = self._word_patterns.find(read.line) if read.tokens else []
        starts = read.starts() if in_words else []
        for rule, start, end in in_words:
            places[rule].append(read.span(start, end, starts))
        return {
            rule: _without(spans, exceptions[rule]) for rule, spans in places.items() if rule not in cancelled
        }

    def _all_phrases(self) -> Iterable[tuple[int, Role, str]]:
        for index, rule in enumerate(self.rules):
            wanted = (*rule.match.phrases, *_keyword_forms(rule.match.keywords))
            for role, phrases in (
                (Role.MATCH, wanted),
                (Role.EXCEPTION, rule.exceptions),
                (Role.UNLESS, rule.unless),
            ):
                for phrase in phrases:
                    yield index, role, normal_form(phrase, self.lexicon)


def _keyword_forms(keywords: Iterable[str]) -> Iterable[str]:
    """A keyword and its plain plurals."""
    for keyword in keywords:
        yield from (keyword, f"{keyword}s", f"{keyword}es") if keyword.isalpha() else (keyword,)


def _lexicon(rules: Iterable[Rule]) -> Lexicon:
    known: set[str] = set()
    keywords: set[str] = set()
    nothing = Lexicon.of(())
    # Without a lexicon no word hangs on the one beside it, so each is read once instead of phrase by phrase.
    written: set[str] = set()
    for rule in rules:
        for phrase in (*rule.match.phrases, *rule.exceptions, *rule.unless):
            written.update(phrase.split(" "))
        keywords.update(normal_form(keyword, nothing) for keyword in _keyword_forms(rule.match.keywords))
        for pattern in rule.match.word_patterns:
            known.update(_PLAIN_WORD.findall(pattern))
    known.update(word for each in written for word in normal_form(each, nothing).split() if word.isalpha())
    return Lexicon.of(known, keywords)


def _pack_version(rules: Iterable[Rule]) -> str:
    """A short hash over everything in the rules that can change a verdict, and the engine's version."""
    facts = [ENGINE_VERSION, [replace(rule, source="") for rule in rules]]
    written = json.dumps(facts, sort_keys=True, ensure_ascii=True, default=_plain)
    return hashlib.sha256(written.encode()).hexdigest()[:16]


def _plain(part: Any) -> str | dict[str, object]:
    """What JSON has no word for in a rule: a day, or a part with fields."""
    if isinstance(part, date):
        return part.isoformat()
    return {field.name: getattr(part, field.name) for field in fields(part)}


def _finding(rule: Rule, text: str, start: int, end: int) -> Finding:
    return Finding(
        rule_id=rule.id,
        rule_version=rule.version,
        category=rule.category,
        severity=rule.severity,
        start=start,
        end=end,
        matched=text[start:end],
        reason=rule.reason,
        characteristics=rule.characteristics,
    )


def _without(spans: list[_Span], exceptions: list[_Span]) -> list[_Span]:
    """Spans that no exception overlaps. Both are sorted once and walked side by side."""
    if not exceptions:
        return spans
    exceptions = sorted(exceptions)
    kept: list[_Span] = []
    reach, following = 0, 0
    for start, end in sorted(spans):
        while following < len(exceptions) and exceptions[following][0] < end:
            reach = max(reach, exceptions[following][1])
            following += 1
        if reach <= start:
            kept.append((start, end))
    return kept


def _separate(spans: list[_Span]) -> list[_Span]:
    """The longest of spans that overlap, leftmost first, and not more than a reader can use."""
    kept: list[_Span] = []
    for start, end in sorted(spans, key=lambda span: (span[0], -span[1])):
        if kept and start < kept[-1][1]:
            continue
        if len(kept) == MOST_PLACES_PER_RULE:
            break
        kept.append((start, end))
    return kept


def _verdict(findings: tuple[Finding, ...], context: Context) -> Verdict:
    if not findings:
        return Verdict(findings=(), severity=None, priority=0, queue=False, categories=())
    queueing = [finding for finding in findings if finding.category not in NEVER_QUEUES]
    severity = max(finding.severity for finding in queueing or findings)
    categories = tuple(sorted({finding.category for finding in findings}))
    return Verdict(
        findings=findings,
        severity=severity,
        priority=_priority(queueing, severity, context) if queueing else 0,
        queue=bool(queueing),
        categories=categories,
    )


def _priority(queueing: list[Finding], severity: Severity, context: Context) -> int:
    """How soon a person should look, 0-100.

    A base for the severity, then 5 for each further category (at most 10), 2 for each incident that a person
    upheld against this author before (at most 6) and 1 for each comment queued before (at most 3).
    """
    further = len({finding.category for finding in queueing}) - 1
    added = min(10, 5 * further) + min(6, 2 * context.previous_incidents) + min(3, context.previous_queued)
    return min(100, PRIORITY_BASE[severity] + added)
