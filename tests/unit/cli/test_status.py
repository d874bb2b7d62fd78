"""What `upstander status` and `upstander evidence verify` write about evidence."""

from __future__ import annotations

import json
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta
from pathlib import Path
from types import SimpleNamespace

import pytest
import typer
from sqlalchemy import text
from typer.testing import CliRunner, Result

from tests.clocks import StoppedClock
from tests.stores import sqlite_store
from tests.unit.evidence.marked import Office
from tests.unit.evidence.world import World, actor, make_world
from worker.bootstrap import build
from worker.cli import evidence, running
from worker.cli.status import status
from worker.evidence.survey import nobody
from worker.secrets_folder import Secrets
from worker.settings import Settings


@pytest.fixture
def world(tmp_path: Path) -> Iterator[World]:
    """A case whose core is sealed, on SQLite, and somebody who may verify it."""
    store = sqlite_store(tmp_path)
    world = make_world(store, tmp_path / "bags")
    world.capture()
    actor(store)
    yield world
    store.close()


def verify(world: World, patch: pytest.MonkeyPatch, *words: str) -> Result:
    """Run the command over the world's real stages."""
    parts = SimpleNamespace(
        store=world.store, clock=world.clock, evidence=world.evidence, ledger=world.evidence.ledger
    )

    @contextmanager
    def app(_context: typer.Context) -> Iterator[SimpleNamespace]:
        yield parts

    patch.setattr(running, "app", app)
    return CliRunner().invoke(evidence.cli, ["verify", *words, "--as", "Bo Larch"])


def spoil(world: World, table: str, statement: str) -> None:
    """Change the database as somebody could who owns it: past its guards."""
    with world.store.write() as session:
        guards = text("SELECT name FROM sqlite_master WHERE type = 'trigger' AND tbl_name = :table")
        for name in session.scalars(guards, {"table": table}).all():
            session.execute(text(f"DROP TRIGGER {name}"))
        session.execute(text(statement))


def test_verifying_everything_verifies_the_ledger_too(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    """One command says both, leaves with 0, and both are in the audit; one case alone says nothing of it."""
    world.evidence.ledger.append_now()
    ran = verify(world, monkeypatch, "--all")
    assert ran.exit_code == 0, ran.output
    assert ran.output.startswith("1 looked at, 0 with problems.\nLedger: ")
    assert "all is whole" in ran.output
    assert world.audits("evidence_surveyed") == [{"looked_at": 1, "problems": 0}]
    assert world.audits("verified") == [{"ok": True, "names": []}]
    assert "Ledger" not in verify(world, monkeypatch, str(world.case_id)).output


def test_a_ledger_that_is_not_whole_makes_the_verification_fail(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Evidence that is whole does not hide that its ledger is not: exit code 1, in words and in JSON."""
    world.evidence.show(world.case_id, actor(world.store))
    world.evidence.ledger.append_now()
    spoil(world, "ledger", f"UPDATE ledger SET leaf = '{'0' * 64}' WHERE position = 1")
    ran = verify(world, monkeypatch, "--all")
    assert (ran.exit_code, "entry_altered" in ran.output) == (1, True)
    assert "NOT WHOLE" in ran.output
    assert world.audits("verified")[0]["ok"] is False
    ran = verify(world, monkeypatch, "--all", "--json")
    found = json.loads(ran.output)
    assert (ran.exit_code, found["problems"], found["ledger"]["ok"]) == (1, 0, False)
    assert "entry_altered" in {each["name"] for each in found["ledger"]["findings"]}


def test_what_is_locked_away_is_counted_and_what_was_removed_is_named(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Locked evidence is no problem and is not passed off as looked into; a removed row is a problem."""
    marking = Office(world).marking()
    marking.mark(world.case_id, "suspected_csam", actor(world.store))
    ran = verify(world, monkeypatch, "--all")
    assert ran.exit_code == 0, ran.output
    assert "1 not sealed yet. 1 locked away: seen to be closed, and not looked into." in ran.output
    spoil(world, "snapshots", "DELETE FROM snapshots WHERE state = 'sealed'")
    ran = verify(world, monkeypatch, "--all")
    assert ran.exit_code == 1
    assert f"of case {world.case_id} (removed): its row was removed" in ran.output
    assert "1 whose rows were removed." in ran.output


def test_status_shows_what_evidence_waits_for(
    world: World, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """In words and in JSON, also where there is no folder of keys."""
    chosen = Settings(data_dir=tmp_path, keys_dir=tmp_path.parent / "no-keys")
    monkeypatch.setattr(running, "settings", lambda _context: SimpleNamespace(settings=chosen))
    cli = typer.Typer()
    cli.command()(status)
    ran = CliRunner().invoke(cli, [])
    assert ran.exit_code == 1
    for said in (
        "Nothing can be sealed, and so nothing hidden",
        "Evidence not sealed yet: 0; live pages not captured yet: 0; files handed in and not sealed yet: 0.",
        "Timestamps pending: 1 since ",
        "Not in the ledger yet: 1.",
        "Verified last: all evidence -, the ledger -.",
    ):
        assert said in ran.output, ran.output
    found = json.loads(CliRunner().invoke(cli, ["--json"]).output)["evidence"]
    assert (found["unstamped"]["count"], found["authority"]) == (1, False)
    assert "upstander keys init" in found["signing"]["trouble"]


def test_what_never_reached_the_ledger_is_found_by_the_survey(world: World, tmp_path: Path) -> None:
    """An installation gives the sequencer its minute and one more; then what it left out is a problem."""
    chosen = Settings(data_dir=tmp_path, keys_dir=tmp_path.parent / "no-keys")
    for seconds, found in ((110, False), (130, True)):
        later = StoppedClock(world.clock.now() + timedelta(seconds=seconds))
        app = build(chosen, Secrets(None, {}), clock=later)
        results = app.evidence.surveyor.survey(case_id=None, pending_minutes=15, progress=nobody)
        app.close()
        said = [problem for result in results for problem in result.problems]
        assert any("is not in the ledger" in problem for problem in said) is found
