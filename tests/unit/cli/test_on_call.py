"""What people see of calls, flags and immediate danger on the command line."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from types import SimpleNamespace

import pytest
import typer
from typer.testing import CliRunner, Result

from tests.stores import sqlite_store
from tests.unit.review.scene import CLOCKS, Scene, make_scene
from worker.bootstrap.alarms import make_alarms
from worker.bootstrap.mails import Mails
from worker.cli import app as whole
from worker.cli import running
from worker.review.pages import PROMPT
from worker.settings import Settings
from worker.summary.mailer import make_mailer


@pytest.fixture
def scene(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Scene]:
    """A scene that the commands work on."""
    store = sqlite_store(tmp_path)
    scene = make_scene(store)
    settings = Settings()
    mails = Mails(make_mailer(settings.mail), scene.clock, settings.trust_name)
    parts = SimpleNamespace(
        store=store,
        clock=scene.clock,
        review=scene.review,
        alarms=make_alarms(store, scene.clock, settings, mails, CLOCKS),
    )

    @contextmanager
    def app(_context: typer.Context) -> Iterator[SimpleNamespace]:
        yield parts

    monkeypatch.setattr(running, "app", app)
    yield scene
    store.close()


def run(*words: str) -> Result:
    """Run a command as one person."""
    return CliRunner().invoke(whole.cli, [*words, "--as", "The on call manager"])


def test_a_case_of_immediate_danger_says_first_to_call_999(scene: Scene) -> None:
    """Before the words, the author, anything: what must not wait; and only where it applies."""
    danger, *_ = scene.case("1", severity="immediate_danger", priority=90)
    shown = run("queue", "show", str(danger))
    assert shown.output.startswith(f"{PROMPT}\nWhoever is on call is being called.")
    assert "no rule found anything; immediate danger (+90)" in shown.output
    assert run("queue", "next").output.startswith(PROMPT)
    calm, *_ = scene.case("2", severity="serious")
    assert PROMPT not in run("queue", "show", str(calm)).output
    assert f"Nobody was called about case {calm}." in str(run("on-call", "acknowledge", str(calm)).exception)
    taken = run("on-call", "acknowledge", str(danger))
    assert taken.output.startswith(PROMPT)
    assert f"You have taken case {danger}" in taken.output
    assert "being called" not in run("queue", "show", str(danger)).output
    assert "does not call any more" in run("on-call", "acknowledge", str(danger)).output


def test_the_rota_is_kept_in_london_time(scene: Scene) -> None:
    """What is typed and shown is the wall's clock, in summer too."""
    person = ["The on call manager", "--email", "manager@northmoor.example.test"]
    changed = CliRunner().invoke(whole.cli, ["people", "change", *person, "--as", "Rowan Ashby"])
    assert changed.exit_code == 0, changed.output
    times = ["--from", "2027-07-01 17:00", "--until", "2027-07-02 09:00"]
    added = run("on-call", "add", "The on call manager", *times)
    assert added.output == (
        "Turn 1: The on call manager is on call from 1 July 2027 at 5:00pm"
        " until 2 July 2027 at 9:00am, rank 1.\n"
    )
    listed = run("on-call", "list")
    assert "1 | The on call manager | 1 | 1 July 2027 at 5:00pm | 2 July 2027 at 9:00am | -" in listed.output
    assert '"2027-07-01T16:00:00+00:00"' in run("on-call", "list", "--json").output
    assert run("on-call", "remove", "1").exit_code == 0
    assert "Nobody is on call" in run("on-call", "list").output


def test_flagging_says_what_it_changed_and_what_to_do_next(scene: Scene) -> None:
    """The new priority in words; a risk to somebody says first to call 999."""
    case_id, *_ = scene.case("1")
    flagged = run("queue", "flag", str(case_id), "minor")
    assert flagged.output.startswith(f"Case {case_id} is flagged minor. Priority 65: ")
    assert "a child or young person (+15)." in flagged.output
    assert "Priority 50: " in run("queue", "unflag", str(case_id), "minor").output
    danger = run("queue", "flag", str(case_id), "at_risk_now")
    assert danger.output.startswith(PROMPT)
    assert "whoever is on call is being called" in danger.output
