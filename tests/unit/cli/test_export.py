"""`upstander evidence export` at the command line, over a real hand-over stage."""

from __future__ import annotations

import json
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from types import SimpleNamespace

import pytest
import typer
from typer.testing import CliRunner

from tests.stores import sqlite_store
from tests.unit.evidence.handover.scene import ASKER, SECOND, Scene, make_scene
from worker.cli import export, running
from worker.cli.os_user import os_user
from worker.errors import Conflict, NotAllowed

ASK = ("--for", "police", "--to", "PC 4521", "--basis", "DPA 2018", "--reason", "crime", "--as", ASKER)


@pytest.fixture
def scene(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Scene]:
    """A sealed case whose hand-over stage every command is given."""
    made = make_scene(sqlite_store(tmp_path), tmp_path)

    @contextmanager
    def app(_context: typer.Context) -> Iterator[SimpleNamespace]:
        yield SimpleNamespace(store=made.store, hand_over=made.stage)

    monkeypatch.setattr(running, "app", app)
    yield made
    made.store.close()


def run(*arguments: str, typed: str = "") -> str:
    """What a command says; what it raises is raised."""
    result = CliRunner().invoke(export.cli, arguments, input=typed, catch_exceptions=False)
    return f"{result.exit_code} {result.output}"


def become(monkeypatch: pytest.MonkeyPatch, name: str) -> None:
    """Somebody else sits down at the computer."""
    monkeypatch.setattr(export, "os_user", lambda: name)


def test_two_people_hand_over_from_two_users_of_the_computer(
    scene: Scene, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Asked by one, refused to the same user under another name, approved by another user, made and shown."""
    become(monkeypatch, "blarch")
    assert "Export 1 is asked for" in run(str(scene.cases[0]), *ASK)
    with pytest.raises(NotAllowed, match="same user of this computer"):
        run("approve", "1", "--as", SECOND)
    become(monkeypatch, "selder")
    assert run("approve", "1", "--as", SECOND).startswith("0 Export 1 is approved")
    said = run("make", "1", "--as", ASKER)
    (file,) = scene.folder.glob("exports/*.zip")
    assert str(file) in said.replace("\n", "")
    assert scene.exports()[0].file_sha256 or "-" in said
    assert json.loads(run("show", "1", "--as", SECOND, "--json")[2:])["state"] == "made"
    assert "PC 4521" in run("list", "--as", SECOND)
    assert run("remove-file", "1", "--as", SECOND).startswith("0 ")


def test_breaking_the_glass_makes_the_file_at_once(scene: Scene, monkeypatch: pytest.MonkeyPatch) -> None:
    """With a typed reason one person gets the file in one command, and it waits for a review."""
    become(monkeypatch, "blarch")
    run(str(scene.cases[0]), *ASK, "--break-glass", "A threat for tonight")
    assert scene.exports()[0].state == "made"
    assert run("list", "--as", SECOND).strip().endswith("yes")
    become(monkeypatch, "selder")
    assert run("review", "1", "--as", SECOND).startswith("0 ")


def test_a_password_comes_from_a_private_file_or_a_prompt(
    scene: Scene, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    """It is never an argument; a file that others may read is refused; it is told how to hand it on."""
    become(monkeypatch, "blarch")
    file = tmp_path / "password"
    file.write_text("correct horse battery\n")
    file.chmod(0o644)
    ask = (str(scene.cases[0]), *ASK, "--break-glass", "urgent")
    assert "others may read this file" in run(*ask, "--password-file", str(file))
    assert scene.exports() == []
    file.chmod(0o600)
    said = run(*ask, "--password-file", str(file))
    assert "Give the password another way" in said
    assert "correct horse" not in said
    said = run(*ask, "--password-prompt", typed="correct horse battery\ncorrect horse battery\n")
    assert "correct horse" not in said
    assert [detail["encrypted"] for detail in scene.world.audits("export_made")] == [True, True]
    assert "not both" in run(*ask, "--password-prompt", "--password-file", str(file))
    assert "when the file is made" in run(str(scene.cases[0]), *ASK, "--password-prompt")


def test_hr_and_subjects_get_redacted_copies_unless_a_reason_says_otherwise(
    scene: Scene, monkeypatch: pytest.MonkeyPatch
) -> None:
    """HR's whole copy needs a reason; a subject's is always redacted; the others' is whole unless asked."""
    become(monkeypatch, "blarch")
    rest = ("--to", "x", "--basis", "y", "--reason", "z", "--as", ASKER)
    case = str(scene.cases[0])
    run(case, "--for", "hr", *rest)
    run(case, "--for", "hr", "--unredacted", "A disciplinary hearing needs the names", *rest)
    run(case, "--for", "subject-access", "--keep", "rude_person", *rest)
    run(case, "--for", "solicitor", "--redact", *rest)
    assert [row.redacted for row in scene.exports()] == [True, False, True, True]
    with pytest.raises(Conflict, match="always redacted"):
        run(case, "--for", "subject-access", "--unredacted", "they insist", *rest)


def test_the_user_of_the_computer_is_what_the_system_says(monkeypatch: pytest.MonkeyPatch) -> None:
    """The environment, which anybody can set, does not decide who sits there."""
    before = os_user()
    for name in ("LOGNAME", "USER", "LNAME", "USERNAME"):
        monkeypatch.setenv(name, "somebody-else")
    assert os_user() == before != "somebody-else"
