"""`upstander backup` and `upstander restore`: what they say, and with which exit code they leave."""

from __future__ import annotations

import json
import shutil
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest
import typer
from typer.testing import CliRunner, Result

from tests.stores import migrated_sqlite
from tests.unit.evidence.world import World, actor, make_world
from worker.cli import backup
from worker.errors import UpstanderError
from worker.store.session import Store

PASSPHRASE = "seven wards by the sea"


@dataclass
class Desk:
    """A terminal in front of one installation.

    Attributes:
        folder: the settings point to `here` in it.
    """

    folder: Path
    monkeypatch: pytest.MonkeyPatch
    world: World

    def sit(self, name: str) -> None:
        """Have the settings point to an installation of this name."""
        for setting, folder in (("DATA_DIR", "var"), ("KEYS_DIR", "keys")):
            self.monkeypatch.setenv(f"UPSTANDER_{setting}", str(self.folder / name / folder))

    def type(self, *arguments: str, given: str = "") -> Result:
        """Run one command to its end."""
        root = typer.Typer()
        root.command("backup")(backup.backup)
        root.command("restore")(backup.restore)
        result = CliRunner().invoke(root, list(arguments), input=given)
        if result.exception is not None and not isinstance(result.exception, SystemExit | UpstanderError):
            raise result.exception
        return result


@pytest.fixture
def desk(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Desk]:
    """An installation with one sealed case."""
    data = tmp_path / "here" / "var"
    migrated_sqlite(data / "upstander.db")
    store = Store(f"sqlite:///{data / 'upstander.db'}")
    world = make_world(store, data / "evidence")
    (data / "evidence-keys").rename(tmp_path / "here" / "keys")
    (data / "evidence-keys").symlink_to(tmp_path / "here" / "keys")  # where the world signs with it
    world.capture()
    actor(store)
    made = Desk(tmp_path, monkeypatch, world)
    made.sit("here")
    yield made
    store.close()


def test_there_and_back(desk: Desk) -> None:
    """A backup with its key, restored where the settings point; the verification's result is said."""
    (desk.folder / "passphrase").write_text(PASSPHRASE + "\n")
    secret = ("--with-keys", "--passphrase-file", str(desk.folder / "passphrase"))
    made = desk.type("backup", "--to", str(desk.folder / "backups"), *secret, "--as", "Bo Larch")
    assert made.exit_code == 0, made.output
    assert "Bags in it: 1" in made.output
    assert "secrets folder" in made.output
    assert "signing key is not in it" not in made.output
    (folder,) = (desk.folder / "backups").glob("upstander-*")
    desk.sit("there")
    back = desk.type("restore", "--from", str(folder), *secret)
    assert back.exit_code == 0, back.output
    assert "Looked at: snapshots 1, ledger entries" in back.output
    assert "0 with problems" in back.output
    assert (desk.folder / "there" / "keys" / "current.pem").exists()


def test_what_does_not_verify_is_said(desk: Desk) -> None:
    """Evidence that was lost before the backup is told by both commands, and both leave with 1."""
    bag = desk.world.bag()
    for path in (bag, *bag.rglob("*")):
        path.chmod(0o755)
    shutil.rmtree(bag)
    made = desk.type("backup", "--to", str(desk.folder / "backups"), "--json")
    assert made.exit_code == 1
    told = json.loads(made.output)
    assert told["facts"]["missing"] == [desk.world.row(desk.world.snapshot_id).bag]
    desk.sit("there")
    back = desk.type("restore", "--from", told["folder"], "--json")
    assert back.exit_code == 1
    assert len(json.loads(back.output)["problems"]) == 1


def test_a_passphrase_is_asked_for_twice(desk: Desk) -> None:
    """Typed once and mistyped, the key would be lost; without the key that is said in words."""
    without = desk.type("backup", "--to", str(desk.folder / "backups"))
    assert without.exit_code == 0
    assert "The signing key is not in it" in without.output
    mistyped = f"{PASSPHRASE}\n{PASSPHRASE}x\n"
    assert desk.type("backup", "--to", str(desk.folder / "b"), "--with-keys", given=mistyped).exit_code == 1
    assert not list(desk.folder.glob("b/upstander-*"))
    nowhere = str(desk.folder / "none")
    missing = desk.type("backup", "--to", "b", "--with-keys", "--passphrase-file", nowhere)
    assert isinstance(missing.exception, UpstanderError)
    assert PASSPHRASE not in without.output + missing.output
