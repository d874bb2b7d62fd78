"""What people see of a case's file on the command line: what is asked, noted, ticked, restricted."""

from __future__ import annotations

import json
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from types import SimpleNamespace

import pytest
import typer
from typer.testing import CliRunner, Result

from tests.judging import procedure
from tests.stores import sqlite_store
from tests.unit.review.scene import CLOCKS, Scene, make_scene
from worker.cli import app as whole
from worker.cli import running
from worker.review.case_file import CaseFile
from worker.review.guidance import load_guidance
from worker.settings import Settings


@pytest.fixture
def scene(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Scene]:
    """A scene that the commands work on, of a Trust that asks what is shipped."""
    store = sqlite_store(tmp_path)
    scene = make_scene(store)
    asking = procedure(CLOCKS, load_guidance(Settings().reference_dir))
    parts = SimpleNamespace(
        store=store,
        clock=scene.clock,
        review=replace(scene.review, procedure=asking),
        casework=SimpleNamespace(file=CaseFile(store, scene.clock, asking)),
    )

    @contextmanager
    def app(_context: typer.Context) -> Iterator[SimpleNamespace]:
        yield parts

    monkeypatch.setattr(running, "app", app)
    yield scene
    store.close()


def run(*words: str, by: str = "The reviewer") -> Result:
    """Run a command of the queue as one person."""
    return CliRunner().invoke(whole.cli, ["queue", *words, "--as", by])


def test_a_decision_is_asked_for_taken_and_shown_whole(scene: Scene) -> None:
    """What is asked is shown before; what must not wait is said right after; all of it stands in the file."""
    case_id, _, revision_id = scene.case("1")
    case = str(case_id)
    asked = run("questions", case, "--category", "threat", "--verdict", "upheld").output
    assert "--answer at_risk_now=yes|unsure|no" in asked
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
