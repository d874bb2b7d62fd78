"""What people see of a case's file on the command line: what is asked, noted, ticked, restricted."""

from __future__ import annotations

import json
import re

import pytest
from sqlalchemy import select

from tests.unit.cli.pasted import piped
from tests.unit.cli.queueing import run, scene
from tests.unit.review.scene import Scene
from worker.review.errors import DecisionIncomplete
from worker.store import tables as t

__all__ = ["scene"]


def test_a_decision_is_asked_for_taken_and_shown_whole(scene: Scene) -> None:
    """What is asked is shown before; what must not wait is said right after; all of it stands in the file."""
    case_id, _, revision_id = scene.case("1")
    case = str(case_id)
    asked = run("questions", case, "--category", "threat", "--verdict", "upheld").output
    assert '--answer "at_risk_now=yes|unsure|no"' in asked
    assert "not legal advice" in asked
    assert "Online Safety Act 2023 s181" in asked
    decide = ("decide", case, "--revision", str(revision_id), "--verdict", "upheld", "--category", "threat")
    rest = ("--severity", "serious", "--reason", "A threat.", "--target", "named_staff")
    more = ("--breaks-house-rules", "--may-be-offence", "unsure", "--effect", "She is \x1b[2Jafraid.")
    refused = run(*decide, *rest, *more, "--characteristic", "sex")
    assert refused.exit_code != 0
    answers = ("--answer", "at_risk_now=yes", "--answer", "criticism_of_care=no")
    done = run(*decide, *rest, *more, "--characteristic", "sex", *answers)
    assert done.exit_code == 0, done.output
    assert "call 999" in done.output
    assert "What evidence to look for. These are prompts" in done.output
    shown = run("show", case).output
    for line in ("Aimed at: named_staff", "About: sex", "Answers: at_risk_now: yes, criticism_of_care: no"):
        assert line in shown
    assert "\x1b" not in shown
    (decision,) = json.loads(run("show", case, "--json").output)["decisions"]
    assert decision["answers"] == {"at_risk_now": "yes", "criticism_of_care": "no"}


def test_an_answer_is_written_as_question_and_answer(scene: Scene) -> None:
    """Once for each question."""
    case_id, _, revision_id = scene.case("1")
    words = ("decide", str(case_id), "--revision", str(revision_id), "--verdict", "not_upheld")
    for answers in (("--answer", "yes"), ("--answer", "at_risk_now=no", "--answer", "at_risk_now=yes")):
        result = run(*words, "--reason", "No.", "--why-not", "criticism", *answers)
        assert "QUESTION=ANSWER" in str(result.exception)


def test_notes_and_ticks_are_shown_and_a_restricted_case_is_told_as_such(scene: Scene) -> None:
    """Whoever restricts a case reads who sees it now; they themselves may not."""
    case_id, *_ = scene.case("1")
    case = str(case_id)
    assert run("note", case, "Rang the ward.").exit_code == 0
    shown = run("show", case).output
    assert "Rang the ward." in shown
    assert "[ ] The comment with its context is sealed as evidence" in shown
    restricted = run("restrict", case, "manager", "--reason", "It accuses a manager.").output
    assert "freedom to speak up guardian, hr, senior reviewer" in restricted
    refused = run("show", case)
    assert refused.exit_code != 0
    assert "Rang" not in refused.output
    assert run("conflict", case, "The hr", "--reason", "Her sister.", by="The senior reviewer").exit_code == 0
    assert run("show", case, by="The hr").exit_code != 0
    assert "closed to   The hr" in run("show", case, by="The senior reviewer").output
    back = ("conflict", case, "The hr", "--withdraw", "--reason", "It is somebody else.")
    assert run(*back, by="The senior reviewer").exit_code == 0
    assert "restricted" in run("show", case, by="The hr").output
    assert run("unrestrict", case, "--reason", "No manager.", by="The hr").exit_code == 0
    assert run("show", case).exit_code == 0


def test_each_of_several_restrictions_is_shown_and_lifted_by_its_name(scene: Scene) -> None:
    """Nobody opens a case by lifting one of them: what still stands is told, and which could be lifted."""
    case, senior = str(scene.case("1")[0]), "The senior reviewer"
    run("restrict", case, "manager", "--reason", "It accuses a manager.", by=senior)
    both = run("restrict", case, "imagery", "--reason", "Suspected.", by=senior).output
    assert "These roles see it: senior reviewer." in both
    assert "imagery, manager: for named roles only" in run("show", case, by=senior).output
    asked = run("unrestrict", case, "--reason", "Over.", by=senior)
    assert "Name one that is yours to lift: imagery, manager." in str(asked.exception)
    lifted = run("unrestrict", case, "imagery", "--reason", "A drawing.", by=senior).output
    assert "It stays restricted: manager." in lifted
    last = run("unrestrict", case, "manager", "--reason", "No manager.", by=senior).output
    assert "open to everybody who works the queue" in last


_UPHELD = (
    *("--verdict", "upheld", "--reason", "A threat.", "--category", "threat", "--severity", "serious"),
    *("--target", "named_staff", "--breaks-house-rules", "--may-be-offence", "no"),
)


def test_everything_that_a_decision_lacks_is_named_at_once_with_what_to_type(scene: Scene) -> None:
    """Nobody finds out one by one; the word that was nearly right is named."""
    case_id, _, revision_id = scene.case("1")
    on = ("decide", str(case_id), "--revision", str(revision_id))
    bare = run(*on, "--verdict", "upheld", "--reason", "A threat.").exception
    assert isinstance(bare, DecisionIncomplete)
    assert bare.safe == "Nothing was decided."
    assert bare.do == (
        'Add --category NAME --severity "routine|concerning|serious|immediate_danger"'
        ' --target "named_staff|staff|patient|minor|trust|other" "--breaks-house-rules|--within-house-rules"'
        ' --may-be-offence "yes|no|unsure"'
    )
    for wrong, meant in (
        (("--category", "Threats"), "threat"),
        (("--action", "hyde"), "hide"),
        (("--answer", "at_risk=yes"), "at_risk_now"),
        (("--answer", "at_risk_now=yess"), "yes"),
    ):
        refused = run(*on, *_UPHELD, *wrong).exception
        assert isinstance(refused, DecisionIncomplete)
        assert refused.do == f"Did you mean {meant}?"
    assert scene.count(t.Decision) == 0


@pytest.mark.parametrize("verdict", ["upheld", "not_upheld", "needs_advice"])
def test_no_shell_takes_what_is_told_to_type_for_pipes(scene: Scene, verdict: str) -> None:
    """Pasted with a bare bar, a decision would be taken at once, and with the first of the choices."""
    case_id, _, revision_id = scene.case("1")
    on = ("decide", str(case_id), "--revision", str(revision_id))
    refused = [run(*on, "--verdict", verdict, "--reason", "Made up."), run(*on, *_UPHELD)]
    told = [str(getattr(each.exception, "do", "")) for each in refused]
    assert all(each.startswith("Add --") for each in told)
    for words in (("show", str(case_id)), ("questions", str(case_id), "--verdict", verdict)):
        lines = re.sub(r" \\\n +", " ", run(*words).output).splitlines()
        told += [line for line in lines if line.strip(' "').startswith(("--", "upstander "))]
    assert any(f"--verdict {verdict}" in each for each in told)
    assert [each for each in told if piped(each)] == []
    assert scene.count(t.Decision) == 0


def test_answers_are_understood_as_people_type_them(scene: Scene) -> None:
    """Capitals and first letters are as good as the word; what is kept is the word."""
    case_id, _, revision_id = scene.case("1")
    answers = ("--answer", "at_risk_now=Yes", "--answer", "criticism_of_care=n")
    done = run("decide", str(case_id), "--revision", str(revision_id), *_UPHELD, *answers)
    assert done.exit_code == 0, done.exception
    with scene.store.read() as session:
        kept = session.execute(select(t.DecisionAnswer.question, t.DecisionAnswer.answer)).all()
    assert sorted(kept) == [("at_risk_now", "yes"), ("criticism_of_care", "no")]


def test_who_gives_back_a_case_that_they_do_not_have_is_told_so(scene: Scene) -> None:
    """A colleague's case is not said to be free."""
    case_id, *_ = scene.case("1")
    run("claim", str(case_id))
    assert "You did not have case" in run("release", str(case_id), by="Sam Okafor").output
    assert "is free" in run("release", str(case_id)).output
