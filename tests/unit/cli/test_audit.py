"""`upstander audit` and `upstander rules effect`, over a whole installation."""

from __future__ import annotations

import csv
import json
from io import StringIO
from pathlib import Path

import pytest
from sqlalchemy import select
from typer.testing import CliRunner, Result

from tests.stores import migrated_sqlite
from worker.bootstrap import App, build
from worker.cli.app import cli
from worker.clock import SystemClock
from worker.ledger import audit
from worker.ledger.audit import Actor
from worker.settings_load import load
from worker.store import tables as t

PEOPLE = {"Rowan Ashby": "administrator", "Noor Hadley": "reviewer"}


class Installation:
    """A settings file with everything behind it."""

    def __init__(self, folder: Path) -> None:
        self.config = folder / "upstander.yaml"
        self.config.write_text(f"data_dir: {folder / 'data'}\n", encoding="utf-8")
        migrated_sqlite(folder / "data/upstander.db")
        now = SystemClock().now()
        with self.app().store.write() as session:
            for name, role in PEOPLE.items():
                session.add(t.Person(name=name, active=True, created_at=now, roles=[t.PersonRole(role=role)]))
            session.flush()
            who = session.scalars(select(t.Person.id).where(t.Person.name == "Noor Hadley")).one()
            for number in range(3):
                facts = {"number": number, "said": "\x1b[2J\u202e"}
                audit.record(session, Actor(who, "cli"), "viewed", "queue", None, now=now, detail=facts)

    def app(self) -> App:
        """Its stages."""
        loaded = load(self.config, {})
        return build(loaded.settings, loaded.secrets)

    def run(self, *words: str, by: str = "Rowan Ashby") -> Result:
        """Run one command as somebody."""
        return CliRunner().invoke(cli, ["--config", str(self.config), *words, "--as", by])


@pytest.fixture
def installation(tmp_path: Path) -> Installation:
    """A fresh one."""
    return Installation(tmp_path)


def test_the_list_tells_who_did_what_and_where_it_goes_on(installation: Installation) -> None:
    """Filtered by person and word, a page at a time, and nothing in it steers the terminal."""
    first = installation.run("audit", "list", "--by", "noor hadley", "--what", "viewed", "--limit", "2")
    assert first.exit_code == 0
    assert first.output.count("| Noor Hadley | cli | viewed | queue | ") == 2
    assert not {"\x1b", "\u202e"} & set(first.output)
    row = first.output.rpartition("--before ")[2].strip(".\n")
    rest = installation.run("audit", "list", "--what", "viewed", "--before", row, "--json")
    assert [each["detail"]["number"] for each in json.loads(rest.output)["rows"]] == [0]
    assert installation.run("audit", "list", by="Noor Hadley").exit_code == 1


def test_an_export_is_a_new_file_of_ones_own(installation: Installation, tmp_path: Path) -> None:
    """It holds what the list shows, and never takes the place of a file that is there."""
    file = tmp_path / "audit.csv"
    assert installation.run("audit", "export", str(file), "--what", "viewed").exit_code == 0
    rows = list(csv.DictReader(StringIO(file.read_text(encoding="utf-8-sig"), newline="")))
    assert [row["person"] for row in rows] == ["Noor Hadley"] * 3
    again = installation.run("audit", "export", str(file))
    assert again.exit_code == 1
    assert "is there already" in str(again.exception)
    assert installation.run("audit", "export", str(tmp_path / "x.csv"), by="Noor Hadley").exit_code == 1
    assert not (tmp_path / "x.csv").exists()


def test_the_effect_of_every_rule_is_listed(installation: Installation) -> None:
    """Each rule of the files has its line, also where it found nothing."""
    shown = installation.run("rules", "effect", by="Noor Hadley")
    assert shown.exit_code == 0
    ids = {rule.id for rule in installation.app().rules().all_rules}
    lines = {line.split(" | ")[0]: line for line in shown.output.splitlines()[1:]}
    assert lines.keys() == ids
    assert all(line.endswith(" | 0 | 0 | 0 | 0 | 0") for line in lines.values())
