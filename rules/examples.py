"""Running the examples that each rule carries."""

from collections.abc import Iterable
from dataclasses import replace

from rules.errors import Problem
from rules.evaluate import RuleSet
from rules.schema import RevisionText, Rule, RuleState

_NARROWER = "Add an exception, or make the match narrower."


def check_examples(rules: Iterable[Rule]) -> list[Problem]:
    """Run every example against its own rule, whatever the rule's state. Empty when all hold.

    Conditions on the author's history are left aside: examples are about text.
    """
    checked = [replace(rule, state=RuleState.LIVE, conditions=()) for rule in rules]
    ruleset = RuleSet(checked)
    problems: list[Problem] = []
    for rule in checked:
        problems.extend(
            _problem(rule, f"its example is not found: {text!r}", "Add a phrase that covers it.")
            for text in rule.examples.match
            if not _finds(ruleset, rule, text)
        )
        problems.extend(
            _problem(rule, f"it finds what it must leave alone: {text!r}", _NARROWER)
            for text in rule.examples.no_match
            if _finds(ruleset, rule, text)
        )
    return problems


def _finds(ruleset: RuleSet, rule: Rule, text: str) -> bool:
    return any(finding.rule_id == rule.id for finding in ruleset.evaluate(RevisionText(text)).findings)


def _problem(rule: Rule, message: str, hint: str) -> Problem:
    file, _, line = rule.source.rpartition(":")
    return Problem(file, int(line or 1), 1, f"{rule.id}: {message}", hint)
