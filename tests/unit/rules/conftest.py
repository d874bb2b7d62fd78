"""What the tests of the rules room share: the shipped pack, and packs written for one test."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from rules.evaluate import RuleSet
from rules.load import load_rules
from rules.reference import load_categories
from rules.schema import Category, CategoryInfo

CONFIG = Path(__file__).resolve().parents[3] / "config"
RULE = """
  - id: test.one
    title: A test rule
    category: insult
    match: {keywords: [wazzock]}
    reason: Says wazzock.
    owner: tests
    review_date: 2027-11-01
    state: live
    examples: {match: [you wazzock], no_match: [good day]}
"""

WriteRules = Callable[[str], RuleSet]


@pytest.fixture(scope="session")
def categories() -> dict[Category, CategoryInfo]:
    """The shipped categories."""
    return load_categories(CONFIG / "reference" / "categories.yaml")


@pytest.fixture(scope="session")
def starter(categories: dict[Category, CategoryInfo]) -> RuleSet:
    """The shipped pack."""
    return RuleSet(load_rules(CONFIG / "rules", categories))


@pytest.fixture
def ruleset(tmp_path: Path, categories: dict[Category, CategoryInfo]) -> WriteRules:
    """Make a rule set from the text of one rule file."""

    def write(text: str) -> RuleSet:
        (tmp_path / "test.yaml").write_text(text, encoding="utf-8")
        return RuleSet(load_rules(tmp_path, categories))

    return write
