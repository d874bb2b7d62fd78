"""Verdicts: exact places, whole words, history, priority."""

from __future__ import annotations

import itertools
from concurrent.futures import ThreadPoolExecutor

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from rules.evaluate import MOST_PLACES_PER_RULE, PRIORITY_BASE, RuleSet
from rules.schema import Category, Context, RevisionText, Severity
from tests.unit.rules.conftest import RULE, WriteRules

PIECES = [
    "stupid",
    "cunt",
    "🔪",
    "you",
    "p\u200baki",
    "k1ll",
    "f**k you",
    "é",
    "s h i t",
    "\U0001f468\u200d⚕️",
    "ﬁ",
    "I will",
]
TRAPS = [
    "Scunthorpe and Penistone therapist clinic",
    "Who're you seeing at the class assessment?",
    "My ABO blood group is rare",
    "The cockpit, the arsenal, the shitake mushrooms, an analysis of Essex titmice",
    "Grandma's cumberland sausage from Clitheroe and Lightwater",
    "Dick Whittington at Cockermouth, then Twatt in Orkney by saltash ferry",
    "I had a stroke and a discharge, then a jab in the bum, and the wait was killing me",
    "Waited 9 hours, absolutely fucking disgraceful, sort it out",
    "I hope you are all well and have a lovely Christmas",
    "We're dying for the new unit to open",
    "She deserves it, what a star",
]


@pytest.mark.parametrize("text", TRAPS)
def test_words_inside_words_and_ordinary_talk_are_not_queued(starter: RuleSet, text: str) -> None:
    """No place, name, clinical word or strong complaint is queued because of letters it happens to hold."""
    assert not starter.evaluate(RevisionText(text)).queue


@given(
    st.lists(st.one_of(st.sampled_from(PIECES), st.text(max_size=8)), max_size=12),
    st.sampled_from(["", " ", "\n", "."]),
)
@settings(max_examples=300, deadline=None)
def test_every_finding_slices_the_original_exactly(starter: RuleSet, pieces: list[str], between: str) -> None:
    """For any Unicode the span shown to a reviewer is what the author wrote."""
    text = between.join(pieces)
    for finding in starter.evaluate(RevisionText(text)).findings:
        assert 0 <= finding.start < finding.end <= len(text)
        assert finding.matched == text[finding.start : finding.end]


@pytest.mark.parametrize(
    ("text", "matched"),
    [
        ("Oh, W4ZZ0CK!", "W4ZZ0CK"),
        ("éé wａz\u200bzock.", "wａz\u200bzock"),
        ("«w.a.z.z.o.c.k»", "w.a.z.z.o.c.k"),
        ("a w a z z o c k then", "w a z z o c k"),
        ("you w*zzock?", "w*zzock"),
        ("wazzocks", "wazzocks"),
        ("e\u0301 wazzock\u0301\u0302 x", "wazzock\u0301\u0302"),
    ],
)
def test_a_disguised_word_is_marked_as_written(ruleset: WriteRules, text: str, matched: str) -> None:
    """The reviewer sees the disguise itself marked, no more and no less."""
    verdict = ruleset("rules:\n" + RULE).evaluate(RevisionText(text))
    assert [finding.matched for finding in verdict.findings] == [matched]


def test_a_verdict_repeats(starter: RuleSet) -> None:
    """The same text and history give the same verdict, in any order and on any thread."""
    texts = [RevisionText(text) for rule in starter.rules for text in rule.examples.match]
    once = [starter.evaluate(text) for text in texts]
    with ThreadPoolExecutor(4) as pool:
        again = list(pool.map(starter.evaluate, reversed(texts)))
    assert again[::-1] == once
    assert RuleSet(reversed(starter.all_rules)).pack_version == starter.pack_version


def test_an_exception_cancels_only_what_it_overlaps(ruleset: WriteRules) -> None:
    """An exception excuses its own place; the same word elsewhere is still found."""
    rules = ruleset("rules:\n" + RULE + "    exceptions: [wazzock cheese]\n")
    verdict = rules.evaluate(RevisionText("wazzock cheese, you wazzock"))
    assert [(finding.start, finding.matched) for finding in verdict.findings] == [(20, "wazzock")]


def test_unless_cancels_the_rule(ruleset: WriteRules) -> None:
    """Somebody who reports abuse they suffered is not queued for quoting it."""
    rules = ruleset("rules:\n" + RULE + "    unless: [called me a]\n")
    assert not rules.evaluate(RevisionText("A patient called me a cheese. Wazzock!")).findings


def test_a_condition_on_the_history_is_kept(ruleset: WriteRules) -> None:
    """A rule about repeat authors finds nothing on somebody without history."""
    rules = ruleset("rules:\n" + RULE + "    when: {previous_incidents: {at_least: 2, at_most: 3}}\n")
    found = [
        bool(rules.evaluate(RevisionText("wazzock"), Context(previous_incidents=count)).findings)
        for count in range(5)
    ]
    assert found == [False, False, True, True, False]


def test_many_choices_mean_the_same_as_few(ruleset: WriteRules) -> None:
    """A phrase that stands for thousands finds the same whole words as one that is spelt out."""
    many = "|".join(f"w{chr(97 + a)}{chr(97 + b)}x" for a in range(26) for b in range(20))
    rules = ruleset(
        "rules:\n"
        + RULE.replace("keywords: [wazzock]", f"phrases: ['(the |){{them}} ({many}|) (rapist|wabx)']")
        + "lists: {them: [you, all of you]}\n"
    )
    assert rules.rules[0].match.word_patterns
    for text, found in [
        ("you rapist", True),
        ("YOU wacx rapist", True),
        ("all of u wabx wabx!", True),
        ("you therapist", False),
        ("youwabx wabxy", False),
        ("overyou rapist", False),
    ]:
        assert bool(rules.evaluate(RevisionText(text)).findings) is found, text


def test_complaints_never_queue_by_themselves(starter: RuleSet) -> None:
    """Criticism and grief are found, routed and left alone, however angry."""
    for text in (
        "You killed my mum. Their blood is on your hands.",
        "Waited nine hours, disgusting care on ward 7",
    ):
        verdict = starter.evaluate(RevisionText(text))
        assert verdict.categories == (Category.COMPLAINT,)
        assert not verdict.queue
        assert verdict.priority == 0


def test_a_complaint_with_a_threat_queues(starter: RuleSet) -> None:
    """A complaint shields nobody who also threatens."""
    verdict = starter.evaluate(RevisionText("You killed my mum and I will stab that nurse tonight"))
    assert verdict.queue
    assert verdict.severity is Severity.IMMEDIATE_DANGER
    assert set(verdict.categories) == {Category.COMPLAINT, Category.THREAT}


def test_priority_never_lets_a_lower_severity_overtake(starter: RuleSet) -> None:
    """What is added for history and further categories stays below the next severity's start."""
    bases = sorted(PRIORITY_BASE.values())
    worst = Context(author_known=True, previous_comments=999, previous_queued=999, previous_incidents=999)
    assert all(upper - lower > 19 for lower, upper in itertools.pairwise(bases))
    for rule in starter.rules:
        for text in rule.examples.match:
            plain, known = starter.evaluate(RevisionText(text)), starter.evaluate(RevisionText(text), worst)
            assert 0 <= plain.priority <= 100
            assert 0 <= known.priority <= 100
            if plain.queue and plain.severity:
                base = PRIORITY_BASE[plain.severity]
                assert base <= plain.priority <= base + 19


def test_severities_compare_by_urgency() -> None:
    """Immediate danger is the highest, routine the lowest, whatever the spelling says."""
    order = [Severity.ROUTINE, Severity.CONCERNING, Severity.SERIOUS, Severity.IMMEDIATE_DANGER]
    assert sorted(order) == order
    assert max(order) is Severity.IMMEDIATE_DANGER


def test_a_hostile_text_gives_few_findings(starter: RuleSet) -> None:
    """64 KB of abuse does not become thousands of rows: each rule keeps its first places."""
    verdict = starter.evaluate(RevisionText("you cunt f**k you 🔪 " * 3500))
    assert verdict.queue
    assert len(verdict.findings) <= MOST_PLACES_PER_RULE * len(starter.rules)
