"""Rule files that are wrong say where, what, and what to write instead."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from jsonschema import Draft202012Validator
from ruamel.yaml import YAML

from rules.errors import RuleFileError
from rules.evaluate import RuleSet
from rules.examples import check_examples
from rules.load import load_rules, load_ruleset
from rules.reference import load_categories
from rules.schema import Category, CategoryInfo, Characteristic, Route, RuleState, Severity
from tests.unit.rules.conftest import CONFIG, RULE, WriteRules

GOLDEN = [
    (
        "rules:\n" + RULE.replace("title:", "titel:"),
        (
            'test.yaml:3:5: this rule has no "title"\n'
            "    Add `title: A direct threat`.\n"
            'test.yaml:4:12: this rule has an unknown key "titel"\n'
            '    Did you mean "title"?'
        ),
    ),
    (
        "rules:\n" + RULE.replace("insult", "insults"),
        'test.yaml:5:15: "insults" is not a category\n    Did you mean "insult"?',
    ),
    (
        "rules:\n" + RULE.replace("2027-11-01", "1/11/2027"),
        (
            'test.yaml:9:18: "review_date" is not a date: "1/11/2027"\n'
            "    Write year-month-day: `review_date: 2027-11-01`."
        ),
    ),
    (
        "rules:\n" + RULE.replace("    state: live", "    state: live\n    state: draft"),
        'test.yaml:11:5: "state" is written twice\n    Keep one; the other is on line 10.',
    ),
    (
        "rules:\n" + RULE.replace("keywords: [wazzock]", "keywords: wazzock"),
        (
            'test.yaml:6:23: "keywords" must be a list, not "wazzock"\n'
            "    Write it as a list:\n      keywords:\n        - wazzock"
        ),
    ),
    (
        "rules:\n" + RULE.replace("keywords: [wazzock]", "keywords: [two words]"),
        'test.yaml:6:24: a keyword is one word: "two words"\n    Move it to `phrases:`.',
    ),
    (
        "rules:\n" + RULE.replace("keywords: [wazzock]", "phrases: ['(you|your wazzock']"),
        'test.yaml:6:23: a "(" has no partner\n    Close each bracket: (one|two).',
    ),
    (
        "rules:\n" + RULE.replace("keywords: [wazzock]", "phrases: ['the {stff}']"),
        'test.yaml:6:23: there is no list "stff"\n    Lists stand under `lists:`; there are: none yet.',
    ),
    (
        "rules:\n" + RULE.replace("keywords: [wazzock]", "patterns: ['(?=you)']"),
        (
            "test.yaml:6:24: the pattern cannot be used: invalid perl operator: (?=\n"
            "    Patterns are RE2: no look-around and no back-references. Often `phrases:` is enough."
        ),
    ),
    (
        "rules:\n" + RULE + "    when: {previous_incident: {at_least: 1}}\n",
        (
            'test.yaml:12:31: "when" cannot ask about "previous_incident"\n'
            '    Did you mean "previous_incidents"?'
        ),
    ),
    (
        "rules:\n" + RULE + RULE,
        'test.yaml:13:1: the id "test.one" is used twice\n    Choose another; test.yaml:3 has it.',
    ),
    (
        "rules:\n  - id: [\n",
        (
            "test.yaml:3:1: not valid YAML: expected the node content, but found '<stream end>'\n"
            "    Check the indentation (spaces, not tabs) and put text with a colon, # or { in quotes."
        ),
    ),
    ("", "test.yaml:1:1: the file is empty\n    Write at least `rules: []`."),
    (
        "rule: []\n",
        'test.yaml:1:7: a rule file has an unknown key "rule"\n    Did you mean "rules"?',
    ),
]


@pytest.mark.parametrize(("text", "message"), GOLDEN)
def test_a_wrong_rule_file_says_where_and_what_to_write(ruleset: WriteRules, text: str, message: str) -> None:
    """A person who knows no programming can mend a rule file from the message alone."""
    with pytest.raises(RuleFileError) as refused:
        ruleset(text)
    assert str(refused.value) == message


def test_all_problems_are_told_at_once(ruleset: WriteRules) -> None:
    """Nobody mends one line, runs again and finds the next."""
    wrong = RULE.replace("insult", "x").replace("live", "alive").replace("2027-11-01", "soon")
    with pytest.raises(RuleFileError) as refused:
        ruleset("rules:\n" + wrong)
    assert len(refused.value.problems) == 3


def test_a_missing_folder_is_told(tmp_path: Path, categories: dict[Category, CategoryInfo]) -> None:
    """A wrong path never looks like a pack without rules."""
    with pytest.raises(RuleFileError, match="there is no such folder"):
        load_rules(tmp_path / "nowhere", categories)


def test_a_category_left_out_is_told(tmp_path: Path) -> None:
    """Every category has its meaning and route; a file without one is refused."""
    whole = (CONFIG / "reference" / "categories.yaml").read_text(encoding="utf-8")
    file = tmp_path / "categories.yaml"
    file.write_text(whole.replace("  stalking:", "  stalkin:"), encoding="utf-8")
    with pytest.raises(RuleFileError) as refused:
        load_categories(file)
    assert 'the category "stalking" is missing' in str(refused.value)
    assert 'unknown key "stalkin"' in str(refused.value)
    assert 'Did you mean "stalking"?' in str(refused.value)


def test_only_live_rules_find_anything(ruleset: WriteRules) -> None:
    """A draft, shadow or retired rule is checked and kept but never queues a comment."""
    for state in RuleState:
        rules = ruleset("rules:\n" + RULE.replace("live", state.value))
        assert len(rules.all_rules) == 1
        assert len(rules.rules) == (1 if state is RuleState.LIVE else 0)


def test_every_starter_example_holds(starter: RuleSet) -> None:
    """The shipped pack finds what its examples say it must, and leaves alone what it must."""
    assert [str(problem) for problem in check_examples(starter.all_rules)] == []


def test_every_starter_rule_has_examples_of_both_kinds(starter: RuleSet) -> None:
    """No rule ships untried."""
    for rule in starter.all_rules:
        assert len(rule.examples.match) >= 2, rule.id
        assert len(rule.examples.no_match) >= 2, rule.id


def test_an_example_that_does_not_hold_is_told(ruleset: WriteRules) -> None:
    """A broken example names its rule's file and line, the example, and what to do."""
    rules = ruleset("rules:\n" + RULE.replace("you wazzock", "you muppet").replace("good day", "a wazzock"))
    assert [str(problem) for problem in check_examples(rules.all_rules)] == [
        "test.yaml:3:1: test.one: its example is not found: 'you muppet'\n    Add a phrase that covers it.",
        (
            "test.yaml:3:1: test.one: it finds what it must leave alone: 'a wazzock'\n"
            "    Add an exception, or make the match narrower."
        ),
    ]


def test_every_category_is_covered_or_says_how_it_arises(
    starter: RuleSet, categories: dict[Category, CategoryInfo]
) -> None:
    """The pack covers every category that text can show; the others say where they come from."""
    covered = {rule.category for rule in starter.rules}
    without = {category for category, info in categories.items() if info.arises}
    assert covered | without == set(Category)
    assert not covered & without


@pytest.mark.parametrize("path", sorted((CONFIG / "rules").glob("*.yaml")), ids=lambda path: path.name)
def test_the_schema_for_editors_accepts_the_pack(path: Path) -> None:
    """An editor that uses the JSON Schema shows no error in the shipped files."""
    schema = json.loads((CONFIG / "rules" / "rules.schema.json").read_text(encoding="utf-8"))
    content = YAML(typ="safe", pure=True).load(path.read_text(encoding="utf-8"))
    shown = json.loads(json.dumps(content, default=str))
    assert [error.message for error in Draft202012Validator(schema).iter_errors(shown)] == []


def test_the_schemas_list_the_same_words_as_the_code() -> None:
    """The editor suggests exactly what the loader accepts."""
    rules = json.loads((CONFIG / "rules" / "rules.schema.json").read_text(encoding="utf-8"))
    rule = rules["$defs"]["rule"]["properties"]
    assert rule["category"]["enum"] == list(Category)
    assert rule["severity"]["enum"] == list(Severity)
    assert rule["characteristics"]["items"]["enum"] == list(Characteristic)
    assert rule["state"]["enum"] == list(RuleState)
    kinds = json.loads((CONFIG / "reference" / "categories.schema.json").read_text(encoding="utf-8"))
    entry = kinds["properties"]["categories"]
    assert entry["propertyNames"]["enum"] == list(Category)
    assert entry["additionalProperties"]["properties"]["routes"]["items"]["enum"] == list(Route)
    content = YAML(typ="safe", pure=True).load(
        (CONFIG / "reference" / "categories.yaml").read_text(encoding="utf-8")
    )
    assert list(Draft202012Validator(kinds).iter_errors(content)) == []


def test_the_pack_version_changes_with_the_rules(ruleset: WriteRules) -> None:
    """Two packs that could judge differently never share a version; the same pack always has its own."""
    first = ruleset("rules:\n" + RULE).pack_version
    assert ruleset("rules:\n" + RULE).pack_version == first
    assert ruleset("# a comment\nrules:\n" + RULE).pack_version == first
    assert ruleset("rules:\n" + RULE.replace("wazzock]}", "wazzock, muppet]}")).pack_version != first


def test_the_shipped_files_load_by_one_call() -> None:
    """`load_ruleset` gives a pack that is ready to use."""
    rules = load_ruleset(CONFIG / "rules", CONFIG / "reference" / "categories.yaml")
    assert len(rules.rules) > 30
