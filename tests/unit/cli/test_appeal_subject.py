"""`upstander appeal` and `upstander subject` at the command line, over the real stages."""

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
from tests.unit.evidence.subjects.test_subjects import subjects_of
from tests.unit.review.scene import Scene, make_scene
from tests.unit.review.test_appeals import appeals_of
from worker.cli import appeal, running, subject
from worker.errors import Conflict

REVIEWER, SENIOR, OFFICER = "The reviewer", "The senior reviewer", "The evidence officer"
#: What an angry author could send: a command to the terminal that clears the screen.
HOSTILE = "That is not fair \x1b[2J you clowns"


@pytest.fixture
def scene(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Scene]:
    """A case that was upheld, over stages that every command is given."""
    made = make_scene(sqlite_store(tmp_path))
    case_id, _, revision_id = made.case("1", "you killed my mum")
    made.upheld(case_id, revision_id)

    @contextmanager
    def app(_context: typer.Context) -> Iterator[SimpleNamespace]:
        casework = SimpleNamespace(appeals=appeals_of(made), subjects=subjects_of(made))
        yield SimpleNamespace(store=made.store, clock=made.clock, casework=casework)

    monkeypatch.setattr(running, "app", app)
    yield made
    made.store.close()


def run(group: typer.Typer, *arguments: str, typed: str = "") -> str:
    """What a command says; what it raises is raised."""
    result = CliRunner().invoke(group, arguments, input=typed, catch_exceptions=False)
    return f"{result.exit_code} {result.output}"


def test_an_appeal_from_the_mail_to_its_reply(scene: Scene) -> None:
    """Logged with words piped in, shown harmlessly with what was judged, overturned by somebody else."""
    log = ("log", "1", "--by", "author", "--channel", "email", "--as", REVIEWER)
    assert "Appeal 1 is logged" in run(appeal.cli, *log, typed=HOSTILE)
    assert "| waits |" in run(appeal.cli, "list", "--as", SENIOR)
    shown = run(appeal.cli, "show", "1", "--as", SENIOR)
    assert "you killed my mum" in shown
    assert "not fair \\x1b[2J you" in shown
    assert "\x1b" not in shown
    said = run(
        appeal.cli,
        *("decide", "1", "upheld", "--verdict", "not_upheld", "--why-not", "criticism", "--revision", "1"),
        *("--reason", "A bereaved relative criticises care.", "--as", SENIOR),
    )
    assert "Decision 2 supersedes" in said
    assert "upstander replies show appeal_changed" in said
    assert "No appeal waits" in run(appeal.cli, "list", "--as", SENIOR)
    told = json.loads(run(appeal.cli, "list", "--all", "--json", "--as", SENIOR)[2:])
    assert [(each["state"], each["outcome"]) for each in told] == [("decided", "upheld")]


def test_a_request_from_its_log_to_its_copy(scene: Scene, tmp_path: Path) -> None:
    """Searched, logged with its month, copied into a private folder, and closed with what was said."""
    by = ("--as", OFFICER)
    assert "1 decided" in run(subject.cli, "search", "someone", *by)
    assert "Nothing is held" in run(subject.cli, "search", "nobody", *by)
    logged = run(subject.cli, "log", "access", "@someone", "--received", "2026-11-06", *by)
    assert "answer it by 7 December 2026 at 5:00pm" in logged  # the sixth is a Sunday
    assert "It is about @someone on every platform" in logged
    assert f'upstander subject export 1 --into FOLDER --as "{OFFICER}"' in logged
    assert "6 November 2026 at 12:00am" in run(subject.cli, "list", *by)
    said = run(subject.cli, "export", "1", "--into", str(tmp_path), *by)
    assert "Read it before you hand it over" in said
    (folder,) = tmp_path.glob("subject-access-1-*")
    assert "you killed my mum" in (folder / "what-we-hold.txt").read_text("utf-8")
    with pytest.raises(Conflict, match="needs one reason"):
        run(subject.cli, "close", "1", "refused", "--words", "No.", *by)
    assert "is closed: met" in run(subject.cli, "close", "1", "met", "--words", "Sent.", *by)
    assert "No request waits" in run(subject.cli, "list", *by)


def test_an_erasure_says_at_once_what_stands_in_its_way(scene: Scene) -> None:
    """The officer knows while they log it that a case keeps some of the words."""
    scene.comment("2", "Parking is dear")
    by = ("--as", OFFICER)
    logged = run(subject.cli, "log", "erasure", "someone", *by)
    assert "Not all of it can be erased now" in logged
    assert "1 comments were erased" in run(subject.cli, "erase", "1", *by)
