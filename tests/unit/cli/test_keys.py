"""`upstander keys`: a key made, changed and shown, and the private one never seen."""

from __future__ import annotations

import json
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
from typer.testing import CliRunner

from worker.cli.keys import cli
from worker.errors import Conflict
from worker.keyring import CURRENT, Keyring, KeyringFault


@dataclass(frozen=True)
class Desk:
    """An installation with its keys folder."""

    folder: Path

    @property
    def ring(self) -> Keyring:
        """Its ring."""
        return Keyring(self.folder / "keys")

    def run(self, *arguments: str) -> str:
        """What a command writes, its errors raised."""
        return CliRunner().invoke(cli, arguments, catch_exceptions=False).stdout

    def json(self, *arguments: str) -> Any:
        """What a command writes with --json."""
        return json.loads(self.run(*arguments, "--json"))


@pytest.fixture
def desk(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Desk:
    """An installation without a key yet."""
    settings = f"trust_name: Example NHS Trust\nkeys_dir: {tmp_path / 'keys'}\ndata_dir: {tmp_path / 'var'}\n"
    (tmp_path / "upstander.yaml").write_text(settings)
    monkeypatch.setenv("UPSTANDER_CONFIG", str(tmp_path / "upstander.yaml"))
    return Desk(tmp_path)


@contextmanager
def hidden(desk: Desk) -> Iterator[list[str]]:
    """Collects what commands write; at the end none of it may hold a line of the private key."""
    written: list[str] = []
    yield written
    lines = (desk.folder / "keys" / CURRENT).read_text().partition("-----END PRIVATE")[0].splitlines()
    assert len(lines) > 3
    assert not [line for line in lines[1:] if line in "".join(written)]


def test_a_key_is_made_and_shown(desk: Desk) -> None:
    """Init tells the fingerprint to write down; show lists it with its validity and where it lies."""
    with hidden(desk) as written:
        written.append(desk.run("init"))
        name = desk.ring.current().fingerprint
        assert name in written[0]
        written.append(desk.run("show"))
    for part in (name, "Example NHS Trust evidence signing", "signs now    yes", str(desk.folder / "keys")):
        assert part in written[1]


def test_a_change_of_keys_keeps_the_old_certificate_in_the_list(desk: Desk) -> None:
    """Rotate says what became of the old key; show then lists both, and which one signs."""
    with hidden(desk) as written:
        written.append(desk.run("init"))
        old = desk.ring.current().fingerprint
        written.append(desk.run("rotate"))
        written.append(desk.run("show", "--json"))
    new = desk.ring.current().fingerprint
    assert "destroyed" in written[1]
    assert new in written[1]
    shown = json.loads(written[2])
    assert shown["folder"] == str(desk.folder / "keys")
    assert {each["fingerprint"]: each["signs_now"] for each in shown["certificates"]} == {
        old: False,
        new: True,
    }


def test_json_tells_the_same(desk: Desk) -> None:
    """Init and rotate write the new certificate's facts as JSON."""
    made = desk.json("init")
    assert made["fingerprint"] == desk.ring.current().fingerprint
    assert made["holds_from"] < made["holds_until"]
    assert desk.json("rotate")["fingerprint"] == desk.ring.current().fingerprint != made["fingerprint"]


def test_a_second_beginning_is_refused(desk: Desk) -> None:
    """Init never replaces a key that signs."""
    desk.run("init")
    with pytest.raises(Conflict):
        desk.run("init")


def test_without_the_private_key_the_certificates_are_still_shown(desk: Desk) -> None:
    """A folder restored without its private key shows what it can verify, and then fails with the reason."""
    name = desk.json("init")["fingerprint"]
    (desk.folder / "keys" / CURRENT).unlink()
    ran = CliRunner().invoke(cli, ["show"])
    assert name in ran.stdout
    assert isinstance(ran.exception, KeyringFault)
    assert "signs now    no" in ran.stdout
