"""Giving people a way in, on the command line: passwords are shown once, and administrators give them."""

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
from tests.unit.signin.door import PASSWORD, REVIEWER, Door, make_door
from worker.cli import app as whole
from worker.cli import running
from worker.errors import NotAllowed
from worker.signin.errors import NotSignedIn


@pytest.fixture
def door(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Door]:
    """A door that the commands work on."""
    store = sqlite_store(tmp_path)
    door = make_door(store, tmp_path / "keys")
    parts = SimpleNamespace(store=store, clock=door.clock, sign_ins=door.stage)

    @contextmanager
    def app(_context: typer.Context) -> Iterator[SimpleNamespace]:
        yield parts

    monkeypatch.setattr(running, "app", app)
    yield door
    store.close()


def run(*words: str) -> Result:
    """Run a command about people."""
    return CliRunner().invoke(whole.cli, ["people", *words])


def test_the_first_administrator_needs_nobody_and_everybody_else_does(door: Door) -> None:
    """Without --as a sign-in is made once; after that an administrator is named, and nobody else will do."""
    first = run("sign-in", "Ada Brook", "--json")
    assert first.exit_code == 0, first.output
    assert json.loads(first.stdout)["user_name"] == "ada.brook"
    refused = run("sign-in", REVIEWER)
    assert isinstance(refused.exception, NotAllowed)
    assert isinstance(run("sign-in", REVIEWER, "--as", REVIEWER).exception, NotAllowed)
    assert run("sign-in", REVIEWER, "--user-name", "Desk.One", "--as", "Ada Brook").exit_code == 0


def test_what_is_shown_opens_the_door_once(door: Door) -> None:
    """User name and password as they stand there; a reset shows another, and the audit shows neither."""
    shown = run("sign-in", REVIEWER, "--as", "ada brook").output.splitlines()
    assert shown[0] == "User name: sam.hollis"
    one_time = shown[1].removeprefix("One-time password: ")
    assert "16 November 2026" in shown[2]
    me = door.stage.change_password(door.enter("sam.hollis", one_time), one_time, PASSWORD)
    made = json.loads(run("reset-sign-in", REVIEWER, "--as", "Ada Brook", "--json").stdout)
    assert not door.still_in(me)
    with pytest.raises(NotSignedIn):
        door.enter("sam.hollis")
    assert door.enter("sam.hollis", made["password"]).first == "change_password"
    rows = door.audited("sign_in_made") + door.audited("sign_in_reset")
    assert len(rows) == 2
    assert all(row.detail.keys() == {"os_user"} for row in rows)


def test_sessions_and_ways_in_are_ended(door: Door) -> None:
    """Both commands say what they did, and the browser is out."""
    me = door.settle(REVIEWER)
    assert run("end-sessions", REVIEWER, "--as", "Ada Brook").output == f"1 session of {REVIEWER} ended.\n"
    assert not door.still_in(me)
    me = door.enter("sam.hollis")
    assert run("end-sign-in", REVIEWER, "--as", "Ada Brook").exit_code == 0
    assert not door.still_in(me)
    with pytest.raises(NotSignedIn):
        door.enter("sam.hollis")
