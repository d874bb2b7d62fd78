"""The tables that guide a decision: those that are shipped hold, and a mistake is named with its line."""

from __future__ import annotations

import json
from datetime import timedelta
from pathlib import Path

import jsonschema
import pytest
from ruamel.yaml import YAML

from rules.schema import NEVER_QUEUES, Category
from worker.errors import SettingsError
from worker.review.checklists import load_checklist
from worker.review.errors import DecisionIncomplete
from worker.review.guidance import load_guidance
from worker.review.law import load_law
from worker.review.questions import Occasion, load_questions

REFERENCE = Path(__file__).parents[3] / "config/reference"
_NONE: frozenset[str] = frozenset()


@pytest.mark.parametrize("name", ["questions", "law", "checklists"])
def test_a_shipped_table_is_what_its_schema_says(name: str) -> None:
    """An editor that knows the schema helps whoever keeps the table up."""
    schema = json.loads((REFERENCE / f"{name}.schema.json").read_text())
    jsonschema.validate(YAML(typ="safe").load(REFERENCE / f"{name}.yaml"), schema)


def test_every_category_that_may_be_an_offence_has_prompts_and_each_says_where_from() -> None:
    """The map is dated, is looked at again within a year, and hides nothing that is uncertain."""
    law = load_guidance(REFERENCE).law
    covered = {category for each in law.provisions for category in each.categories}
    left_out = {"safeguarding", "spam_scam", "repost"}
    assert covered == {each.value for each in Category} - NEVER_QUEUES - left_out
    assert all(each.sources or each.uncertain for each in law.provisions)
    assert timedelta(0) < law.check_again - law.checked_on <= timedelta(days=366)
    clocks = " ".join(clock for each in law.provisions for clock in each.clocks)
    assert all(words in clocks for words in ("six months", "48 hours", "one year"))


def test_the_shipped_questions_are_asked_when_they_matter() -> None:
    """Criticism whenever something is upheld; danger and safeguarding whatever is decided."""
    questions = load_guidance(REFERENCE).questions

    def asked(verdict: str, *categories: str, severity: str = "routine") -> list[str]:
        about = Occasion(verdict, frozenset(categories), frozenset({severity}), frozenset())
        return [each.id for each in questions.asked(about)]

    assert asked("upheld", "insult") == ["criticism_of_care"]
    assert asked("not_upheld", "insult") == []
    assert asked("not_upheld", "threat") == ["at_risk_now"]
    assert asked("needs_advice", "self_harm") == ["at_risk_now", "safeguarding"]
    assert asked("not_upheld", "patient_confidentiality") == ["patient_identifiable"]
    assert asked("not_upheld", "other", severity="immediate_danger") == ["at_risk_now"]


@pytest.mark.parametrize(
    ("written", "problem"),
    [
        ("verdicts: [maybe]", "questions.yaml:4: .*knows no maybe"),
        ("verdicts: [upheld]\n    categories: [rudeness]", "questions.yaml:5: .*knows no rudeness"),
        ("verdicts: [upheld]\n    during: summer", "questions.yaml:5: .*pre_election"),
        ("verdicts: [upheld]\n    asked: never", 'questions.yaml:5: there is no "asked"'),
    ],
)
def test_a_mistake_in_the_questions_is_named_with_its_line(
    tmp_path: Path, written: str, problem: str
) -> None:
    """Half a table would leave a question out and look right: the whole of it is refused."""
    path = tmp_path / "questions.yaml"
    answers = '    answers: {"yes": {}, "no": {}}\n'
    path.write_text(f"questions:\n  danger:\n    words: Is it?\n    {written}\n    why: Because.\n{answers}")
    with pytest.raises(SettingsError, match=problem):
        load_questions(path)


def test_a_question_needs_a_choice_and_what_it_leads_to_a_time(tmp_path: Path) -> None:
    """One answer is no choice, and a task without a time is never late."""
    path = tmp_path / "questions.yaml"
    path.write_text(
        "questions:\n  danger:\n    words: Is it?\n    why: Because.\n    verdicts: [upheld]\n"
        '    answers:\n      "yes": {leads_to: emergency}\n'
    )
    with pytest.raises(SettingsError, match=r"two or more of yes.*") as refusal:
        load_questions(path)
    assert "within_minutes" in str(refusal.value)


def test_what_is_asked_before_an_election_is_asked_only_then_and_can_refuse(tmp_path: Path) -> None:
    """A Trust can ask a question for one action, at one time, and have an answer stop the decision."""
    path = tmp_path / "questions.yaml"
    path.write_text(
        "questions:\n  neutral:\n    words: Would it be the same for any party?\n    why: Neutrality.\n"
        "    verdicts: [upheld]\n    actions: [hide]\n    during: pre_election\n"
        '    answers:\n      "yes": {}\n      "no": {leads_to: refuse, prompt: Ask the lead.}\n'
    )
    questions = load_questions(path)
    then = Occasion("upheld", _NONE, _NONE, frozenset({"hide"}), frozenset({"pre_election"}))
    assert [each.id for each in questions.asked(then)] == ["neutral"]
    assert questions.asked(Occasion("upheld", _NONE, _NONE, frozenset({"hide"}))) == ()
    assert questions.asked(Occasion("upheld", _NONE, _NONE, _NONE, frozenset({"pre_election"}))) == ()
    with pytest.raises(DecisionIncomplete, match="Ask the lead"):
        questions.check(then, {"neutral": "no"})
    assert questions.check(then, {"neutral": "yes"})["neutral"].leads_to is None


def test_a_law_map_without_a_source_or_a_date_is_refused(tmp_path: Path) -> None:
    """Nobody should have to guess where a prompt comes from, or how old it is."""
    path = tmp_path / "law.yaml"
    path.write_text(
        "law:\n  about: {version: '1', jurisdiction: England, checked_on: soon, check_again: '2027-01-01'}\n"
        "  provisions:\n    one: {provision: An Act, categories: [threat], evidence: [Words]}\n"
    )
    with pytest.raises(SettingsError, match=r'law.yaml:2: "checked_on" is a day.*law.yaml:4: .*"sources"'):
        load_law(path)


def test_a_checklist_computes_only_what_it_can(tmp_path: Path) -> None:
    """An item that ticks itself has something to look at."""
    path = tmp_path / "checklists.yaml"
    path.write_text("checklist:\n  truth:\n    words: It is true\n    computed: truth\n")
    with pytest.raises(SettingsError, match=r"checklists.yaml:4: .*core_sealed"):
        load_checklist(path)
