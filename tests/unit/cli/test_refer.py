"""The commands around handing a case over: what they print, for whom, and that hostile words stay words."""

from __future__ import annotations

import json
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from types import SimpleNamespace

import pytest
import typer
from sqlalchemy import select
from typer.testing import CliRunner, Result

from tests.stores import sqlite_store
from tests.unit.review.desk import WORDS, Desk, make_desk
from tests.unit.review.scene import make_scene
from worker.bootstrap import build
from worker.cli import datix, refer, running, support, tasks
from worker.jobs.run import drain
from worker.review.case_file import CaseFile
from worker.secrets_folder import Secrets
from worker.settings import Settings
from worker.store import tables as t

HOSTILE = "=HYPERLINK(1)\x1b[2J"


@pytest.fixture
def desk(tmp_path: Path) -> Iterator[Desk]:
    """A case on SQLite."""
    store = sqlite_store(tmp_path)
    yield make_desk(make_scene(store))
    store.close()


@pytest.fixture
def run(desk: Desk, monkeypatch: pytest.MonkeyPatch) -> Run:
    """Runs commands over the real stages."""
    return Run(desk, monkeypatch)


class Run:
    """Runs one command after another.

    Args:
        desk: over whose stages.
    """

    def __init__(self, desk: Desk, patch: pytest.MonkeyPatch) -> None:
        file = CaseFile(desk.scene.store, desk.scene.clock, desk.scene.review.procedure)
        parts = SimpleNamespace(
            store=desk.scene.store, clock=desk.scene.clock, casework=SimpleNamespace(desk=desk.of, file=file)
        )

        @contextmanager
        def app(_context: typer.Context) -> Iterator[SimpleNamespace]:
            yield parts

        patch.setattr(running, "app", app)
        self._cli = typer.Typer()
        for name, each in (("refer", refer), ("tasks", tasks), ("support", support), ("datix", datix)):
            self._cli.add_typer(each.cli, name=name)

    def __call__(self, words: str, *more: str, by: str = "The reviewer") -> Result:
        """Run a command as somebody."""
        ran = CliRunner().invoke(self._cli, [*words.split(), *more, "--as", by])
        assert ran.exit_code == 0, ran.output
        return ran


def test_a_referral_is_made_read_and_closed_from_the_command_line(desk: Desk, run: Run) -> None:
    """Whoever refers reads what to do now; the recipient finds the task, reads, acknowledges, closes."""
    made = run(f"refer make {desk.case} --to hr", "--reason", "A colleague is named.").output
    assert "Referral 1: case 1 went to Human resources." in made
    assert "They may see: words, evidence." in made
    assert "To be acknowledged by 11 November 2026 at 9:00am" in made
    assert "Read referral 1" in run("tasks list", by="The hr").output
    shown = run("refer show 1", by="The hr").output
    assert WORDS in shown
    assert "someone" not in shown
    run("refer acknowledge 1 --note", "We have it.", by="The hr")
    run("refer close 1 --outcome", "Dealt with.", "--reference", "HR-9", by="The hr")
    (row,) = json.loads(run("refer list --json").output)
    assert (row["state"], row["reference"]) == ("closed", "HR-9")
    assert "No task waits for you." in run("tasks list", by="The hr").output
    named = run(f"refer make {desk.case} --to legal --recipient Northmoor --reason", "A claim.").output
    assert "went to Legal advice (Northmoor)." in named


def test_who_calls_999_reads_not_to_wait(desk: Desk, run: Run) -> None:
    """The fixed words are printed, and the incident number is kept."""
    said = run(
        f"refer make {desk.case} --to police_999 --reference INC1 --reason",
        "A threat with a place.",
        "--acknowledged",
        "Call taken.",
    ).output
    assert "call 999. Do not wait for anyone" in said
    run("refer chase 1 --note", "Rang again.")
    run("refer withdraw 1 --reason", "Wrong case.")
    run(f"refer considered {desk.case} --reason", "A quotation.")
    assert "withdrawn" in run("refer list --case 1").output


def test_support_and_tasks_are_worked_from_the_command_line(desk: Desk, run: Run) -> None:
    """Offers with their answers; a task with its outcome."""
    desk.decided("insult", target="staff", severity="routine")
    run(f"support offer {desk.case} --kind union --to", "staff nurse")
    run("support answer 1 accepted")
    assert "union | staff nurse | accepted" in run(f"support list {desk.case}").output
    (task,) = desk.tasks("record_in_datix")
    run(f"tasks reassign {task.id} --to", "Sam Okafor")
    run(f"tasks done {task.id} --outcome", "Filed.", by="Sam Okafor")
    assert "Filed." in run(f"tasks show {task.id}", by="Sam Okafor").output


def test_datix_text_and_csv_are_harmless(desk: Desk, run: Run) -> None:
    """No words unless asked for; then no formula, no command to the terminal, and a mark for spreadsheets."""
    case, _, revision = desk.scene.case("900_7", HOSTILE)
    desk.case, desk.revision = case, revision
    desk.decided("threat")
    plain = run(f"datix show {case}").output
    assert "Threat made on social media" in plain
    assert "HYPERLINK" not in plain
    for words in (f"datix csv {case} --with-words", f"datix show {case} --with-words"):
        said = run(words).output
        assert "HYPERLINK" in said
        assert "\x1b" not in said
    table = run(f"datix csv {case} --with-words").output
    assert table.startswith("\ufeffType,Category")
    assert ",'=HYPERLINK" in table
    run(f"datix note {case} WEB5")
    assert "WEB5" in run(f"datix show {case} --json").output


def test_a_worker_follows_decisions(desk: Desk, tmp_path: Path) -> None:
    """In the application as it is put together, the job of a decision leaves its tasks behind."""
    desk.scene.upheld(desk.case, desk.revision)
    with desk.scene.store.write() as session:
        for job in session.scalars(select(t.Job).where(t.Job.kind != "follow_up")):
            job.state, job.finished_at = "done", desk.scene.clock.now()
    app = build(
        Settings(data_dir=tmp_path, keys_dir=tmp_path.parent / "no-keys"),
        Secrets(None, {}),
        clock=desk.scene.clock,
    )
    assert drain(app) == 1
    app.close()
    assert "record_in_datix" in desk.waiting()
