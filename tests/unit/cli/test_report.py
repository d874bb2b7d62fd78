"""The commands of platform reports and replies: what they print for people, and what they record."""

from __future__ import annotations

import json
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from types import SimpleNamespace

import pytest
import typer
from typer.testing import CliRunner, Result

from tests.stores import sqlite_store
from tests.unit.action.errands import make_errands
from tests.unit.action.platform import Thing
from tests.unit.action.reporting import Desk
from tests.unit.evidence.test_supplements import picture
from worker.cli import act, replies, report, running
from worker.errors import NotAllowed
from worker.store import tables as t

HOSTILE = "\x1b[2Jgo back\u202e where you\nCase 9 is closed."


@pytest.fixture
def desk(tmp_path: Path) -> Iterator[Desk]:
    """A case whose words try to steer the terminal, its evidence sealed, on SQLite."""
    store = sqlite_store(tmp_path)
    errands = make_errands(store, tmp_path / "bags")
    errands.town.things["2"] = Thing(HOSTILE)
    errands.case_id, errands.comment_id, errands.revision_id = errands.scene.case("2", HOSTILE)
    with store.write() as session:
        session.get_one(t.Author, errands.scene.author_id).handle = "rude\x1b[31m"
    errands.seal()
    yield Desk(errands)
    store.close()


def run(desk: Desk, monkeypatch: pytest.MonkeyPatch, *words: str, person: str = "Sam Okafor") -> Result:
    """Run one command over the real stages, as the second reviewer or somebody else."""
    scene = desk.errands.scene
    parts = SimpleNamespace(store=scene.store, clock=scene.clock, reporting=desk.stages)

    @contextmanager
    def app(_context: typer.Context) -> Iterator[SimpleNamespace]:
        yield parts

    monkeypatch.setattr(running, "app", app)
    cli = typer.Typer()
    cli.add_typer(act.cli, name="act")
    cli.add_typer(report.cli, name="report")
    cli.add_typer(replies.cli, name="replies")
    return CliRunner().invoke(cli, [*words, "--as", person])


def test_a_packet_is_printed_to_be_copied_and_steers_no_terminal(
    desk: Desk, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Words and handle are hostile input; a line of theirs cannot pass for one of ours."""
    number = desk.prepared()
    ran = run(desk, monkeypatch, "report", "show", str(number))
    assert ran.exit_code == 0, ran.output
    assert "\x1b" not in ran.output
    assert "\u202e" not in ran.output
    assert "  Case 9 is closed." in ran.output
    assert "\nCase 9 is closed." not in ran.output
    for said in ("Bullying or harassment", "manifest SHA-256", "preserve it", f"report file {number}"):
        assert said in ran.output
    raw = run(desk, monkeypatch, "report", "show", str(number), "--json")
    assert "\x1b" not in raw.output
    assert json.loads(raw.output)["words"] == HOSTILE


def test_who_may_not_read_a_packet_is_led_to_what_they_may(
    desk: Desk, monkeypatch: pytest.MonkeyPatch
) -> None:
    """An evidence officer follows what was reported without filing it: the refusal names the list."""
    number = desk.prepared()
    refused = run(desk, monkeypatch, "report", "show", str(number), person="The evidence officer").exception
    assert isinstance(refused, NotAllowed)
    assert "`upstander report list` shows what was reported" in refused.do
    listed = run(desk, monkeypatch, "report", "list", person="The evidence officer")
    assert listed.output.splitlines()[1].startswith(f"{number} | ")


def test_a_report_is_followed_from_asking_to_its_end(
    desk: Desk, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    """The whole way by commands: ask, list, file with a screenshot, correct, outcome, close."""
    desk.errands.scene.upheld(desk.errands.case_id, desk.errands.revision_id)
    asked = run(desk, monkeypatch, "report", "ask", str(desk.errands.case_id))
    assert "the worker prepares a report" in asked.output
    desk.prepare(desk.errands.newest())
    (shown,) = json.loads(run(desk, monkeypatch, "report", "list", "--json").output)
    assert (shown["state"], shown["reason"]) == ("prepared", "Bullying or harassment")
    assert "| packet prepared; a person files it |" in run(desk, monkeypatch, "act", "list").output
    screenshot = tmp_path / "confirmation.png"
    screenshot.write_bytes(picture())
    typed = desk.now.strftime("%Y-%m-%dT%H:%M")
    filed = run(desk, monkeypatch, "report", "file", "1", "--at", typed, "--screenshot", str(screenshot))
    assert "seals your screenshot as snapshot" in filed.output
    assert desk.newest().filed_at == desk.now.replace(second=0, microsecond=0)
    assert "| filed by a person |" in run(desk, monkeypatch, "act", "list").output
    run(desk, monkeypatch, "report", "correct", "1", "--reason", "It came by mail.", "--reference", "F-7")
    assert "reminded again" in run(desk, monkeypatch, "report", "outcome", "1", "no_answer").output
    told = run(desk, monkeypatch, "report", "show", "1").output
    assert "F-7" in told
    assert "corrected once" in told
    run(desk, monkeypatch, "report", "close", "1", "--reason", "No answer.")
    assert "No report is like that." in run(desk, monkeypatch, "report", "list", "--state", "filed").output
    assert desk.newest().state == "closed"


def test_a_packet_that_is_not_wanted_says_so_before_anything_else(
    desk: Desk, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Whoever opens it reads first that it must not be filed, and no command to file it."""
    number = desk.prepared()
    desk.overturn()
    told = run(desk, monkeypatch, "report", "show", str(number)).output
    assert told.startswith("NO LONGER WANTED. Do not file this report.")
    assert "report file" not in told


def test_a_packet_of_suspected_imagery_prints_the_instruction(
    desk: Desk, monkeypatch: pytest.MonkeyPatch
) -> None:
    """No words, no handle, no hash on the screen."""
    number = desk.prepared()
    with desk.errands.scene.store.write() as session:
        session.add(
            t.Mark(
                comment_id=desk.errands.comment_id,
                revision_id=desk.errands.revision_id,
                mark="suspected_csam",
                marked_by=desk.reviewer.person_id,
                marked_at=desk.now,
            )
        )
    told = run(desk, monkeypatch, "report", "show", str(number)).output
    assert "Stop. Do not look at it again" in told
    for kept_back in ("go back", "rude", "SHA-256", "What to do, signed in"):
        assert kept_back not in told


def test_a_reply_is_shown_and_its_posting_noted(desk: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    """The words stand alone on standard output, to be copied."""
    case = str(desk.errands.case_id)
    assert "self_harm_support" in run(desk, monkeypatch, "replies", "list", "--reason", "welfare").output
    shown = run(desk, monkeypatch, "replies", "show", "self_harm_support", "--case", case)
    assert shown.stdout.startswith("We are worried about you")
    assert len(shown.stdout.splitlines()) == 1
    assert "Noted" in run(desk, monkeypatch, "replies", "posted", case, "self_harm_support").output
    assert desk.errands.scene.count(t.PostedReply) == 1
