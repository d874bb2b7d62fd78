"""What people see of actions that need two people, of blocks and of switches on the command line."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from types import SimpleNamespace

import pytest
import typer
from typer.testing import CliRunner, Result

from tests.stores import sqlite_store
from tests.unit.action.errands import AUTHOR, Errands, make_errands
from worker.bootstrap.acting import make_acting
from worker.cli import app as whole
from worker.cli import os_user, running
from worker.review.case_file import CaseFile
from worker.settings import Settings
from worker.store import tables as t
from worker.working_days import WorkingDays

ASKER, SECOND = "The reviewer", "The senior reviewer"


@pytest.fixture
def errands(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Errands]:
    """A decided case with sealed evidence, that the commands work on."""
    store = sqlite_store(tmp_path)
    made = make_errands(store, tmp_path / "bags")
    made.seal()
    scene, settings = made.scene, Settings()
    parts = SimpleNamespace(
        store=store,
        clock=scene.clock,
        settings=settings,
        review=scene.review,
        casework=SimpleNamespace(
            acting=make_acting(store, scene.clock, settings, WorkingDays),
            file=CaseFile(store, scene.clock, scene.review.procedure),
        ),
    )

    @contextmanager
    def app(_context: typer.Context) -> Iterator[SimpleNamespace]:
        yield parts

    monkeypatch.setattr(running, "app", app)
    scene.upheld(made.case_id, made.revision_id)
    yield made
    store.close()


def sits(monkeypatch: pytest.MonkeyPatch, name: str) -> None:
    """Somebody signs in to the computer."""
    monkeypatch.setattr(os_user, "os_user", lambda: name)


def run(who: str, *words: str) -> Result:
    """Run a command as one person."""
    return CliRunner().invoke(whole.cli, [*words, "--as", who])


def test_a_deletion_is_asked_for_and_approved_by_another_at_their_own_computer(
    errands: Errands, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The asker hears that it is for good and what comes next; the same user of the computer is refused."""
    sits(monkeypatch, "okafor")
    asked = run(ASKER, "act", "delete", str(errands.case_id), "--reason", "A patient's letter.")
    assert "waits for a second person" in asked.output
    assert "cannot be undone" in asked.output
    number = str(errands.newest())
    refused = run(SECOND, "act", "approve", number)
    assert "same user of this computer, okafor" in str(refused.exception)
    sits(monkeypatch, "ashby")
    assert "is approved" in run(SECOND, "act", "approve", number).output
    errands.carry(int(number))
    shown = run(ASKER, "act", "list").output
    assert f"{ASKER} | " in shown
    assert f"| {SECOND} | Deleted, and read back" in shown
    assert f"second person: {SECOND}" in run(ASKER, "queue", "show", str(errands.case_id)).output
    undone = run(ASKER, "act", "undo", str(errands.case_id), "--reason", "A mistake.")
    assert "nobody can bring it back" in str(undone.exception)


def test_a_block_with_its_terms_stands_in_the_list_with_how_to_appeal(
    errands: Errands, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Who, since when, by whom, after which warning, and when it is looked at again; undo asks to unblock."""
    sits(monkeypatch, "okafor")
    warned = ("--warned-on", "2026-11-02", "--warning", "Told under their post.", "--review-on", "2027-05-01")
    run(ASKER, "act", "block", str(errands.case_id), "--reason", "Third threat.", *warned)
    number = str(errands.newest())
    alone = run(ASKER, "act", "break-glass", number, "--reason", "Nobody else is there.")
    assert "somebody else must review it" in alone.output
    errands.carry(int(number))
    assert AUTHOR in errands.town.blocked
    listed = run(ASKER, "act", "blocks").output
    for words in ("someone", "nobody: alone", "2 November 2026", "Told under their post.", "1 May 2027"):
        assert words in listed
    assert "looked at again: through PALS" in listed
    sits(monkeypatch, "ashby")
    assert "is reviewed" in run(SECOND, "act", "review", number, "--finding", "It was right.").output
    run(ASKER, "act", "undo", str(errands.case_id), "--reason", "A year has passed.")
    assert errands.asked(errands.newest()).kind == "unblock"


def test_switches_say_what_they_do_and_what_is_still_on(errands: Errands) -> None:
    """Nobody takes a dry run for the real thing, nor one stop for another."""
    account = str(errands.scene.account_id)
    why = ("--reason", "Wrong.")
    assert "take something away on all accounts are stopped" in run(SECOND, "act", "stop", *why).output
    run(SECOND, "act", "stop", "--everything", "--account", account, *why)
    left = run(SECOND, "act", "go", *why).output
    assert "stop | everything | facebook Northmoor" in left
    run(SECOND, "act", "go", "--account", account, *why)
    assert "Nothing is really hidden!" in run(SECOND, "act", "dry-run", "on", *why).output
    assert "dry run | everything | all" in run(ASKER, "act", "switches").output
    assert "ask for it again" in run(SECOND, "act", "dry-run", "off", *why).output
    assert "No switch is on" in run(ASKER, "act", "switches").output


def test_a_decision_asks_for_several_actions(errands: Errands) -> None:
    """From the queue: hidden now, deleted when a second person agrees; then taken back."""
    latest = str(errands.scene.review.show(errands.scene.reviewer, errands.case_id).decisions[-1].id)
    case, revision = str(errands.case_id), str(errands.revision_id)
    words = ("--verdict", "upheld", "--reason", "Worse than thought.", "--category", "insult", "--severity")
    actions = ("serious", "--action", "hide", "--action", "delete", "--supersedes", latest)
    rest = ("--target", "staff", "--breaks-house-rules", "--may-be-offence", "no")
    decided = run(ASKER, "queue", "decide", case, "--revision", revision, *words, *actions, *rest)
    assert decided.exit_code == 0, decided.output + str(decided.exception)
    assert "The worker will hide the comment" in decided.output
    assert "A second person has to approve it: to delete the comment" in decided.output
    taken = run(ASKER, "act", "withdraw", str(errands.newest()), "--reason", "Hiding will do.")
    assert "is withdrawn" in taken.output
    with errands.scene.store.read() as session:
        states = [each.state for each in session.query(t.RequestedAction).order_by(t.RequestedAction.id)]
    assert states == ["requested", "withdrawn"]
