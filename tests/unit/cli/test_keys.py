"""`upstander keys`: a key made, changed and shown, and the private one never seen."""

from __future__ import annotations

import json
import os
import pwd
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import select
from typer.testing import CliRunner

from tests.stores import sqlite_store
from worker.cli.keys import cli
from worker.clock import SystemClock
from worker.errors import Conflict
from worker.keyring import CURRENT, Keyring, KeyringFault
from worker.ledger.audit import Actor
from worker.ledger.signing_key import note
from worker.store import tables as t
from worker.store.session import Store


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


def test_the_fingerprint_is_shown_as_openssl_writes_it(desk: Desk) -> None:
    """A person compares it by eye with what openssl says of the kept certificate."""
    told = desk.run("init")
    kept = desk.ring.certificate_file(desk.ring.current().fingerprint)
    line = ["openssl", "x509", "-in", str(kept), "-noout", "-fingerprint", "-sha256"]
    said = subprocess.run(line, capture_output=True, text=True, check=True).stdout.strip().partition("=")[2]
    assert len(said) == 95
    assert said in told
    assert said in desk.run("show")


def noted(desk: Desk) -> list[tuple[str, dict[str, str]]]:
    """Who or what wrote down which key signs from when on, in order."""
    store = Store(f"sqlite:///{desk.folder / 'var' / 'upstander.db'}")
    try:
        with store.read() as session:
            chosen = select(t.Audit).where(t.Audit.object_type == "signing_key").order_by(t.Audit.id)
            return [(row.source, row.detail) for row in session.scalars(chosen)]
    finally:
        store.close()


def test_every_new_key_is_in_the_audit(desk: Desk) -> None:
    """Init and rotate leave a row each: the certificate's fingerprint, and the computer's user who did it."""
    sqlite_store(desk.folder / "var").close()
    names = [desk.json("init")["fingerprint"], desk.json("rotate")["fingerprint"]]
    user = pwd.getpwuid(os.getuid()).pw_name
    assert noted(desk) == [("cli", {"fingerprint": name, "computer_user": user}) for name in names]


def test_a_key_that_is_made_before_the_database_is_noted_later(desk: Desk) -> None:
    """The first key comes before the tables: the command says so, and a checkpoint notes it later, once."""
    ran = CliRunner().invoke(cli, ["init"], catch_exceptions=False)
    assert "the worker writes this into the audit" in ran.stderr
    assert not (desk.folder / "var").exists()
    store = sqlite_store(desk.folder / "var")
    key, worker = desk.ring.current(), Actor(None, "checkpoint")
    assert note(store, SystemClock(), key, worker)
    assert not note(store, SystemClock(), key, worker)
    store.close()
    assert noted(desk) == [("checkpoint", {"fingerprint": key.fingerprint})]


def test_an_older_key_that_comes_back_is_noted_again(desk: Desk) -> None:
    """Put back from a backup, past every command: it signs from now on, and that is in the audit."""
    sqlite_store(desk.folder / "var").close()
    desk.run("init")
    old, current = desk.ring.current(), (desk.folder / "keys" / CURRENT)
    content = current.read_bytes()
    desk.run("rotate")
    current.write_bytes(content)
    store = Store(f"sqlite:///{desk.folder / 'var' / 'upstander.db'}")
    assert note(store, SystemClock(), desk.ring.current(), Actor(None, "checkpoint"))
    store.close()
    assert [detail["fingerprint"] for _, detail in noted(desk)][::2] == [old.fingerprint] * 2


def test_a_key_in_nobodys_name_is_warned_of(desk: Desk) -> None:
    """The Trust's name stands in the certificate for ten years; once set, the next key bears it."""
    file = desk.folder / "upstander.yaml"
    written = file.read_text()
    file.write_text(written.replace("trust_name: Example NHS Trust\n", ""))
    ran = CliRunner().invoke(cli, ["init", "--json"], catch_exceptions=False)
    assert "trust_name is not set" in ran.stderr
    assert "Our NHS Trust" in json.loads(ran.stdout)["whose"]
    file.write_text(written)
    ran = CliRunner().invoke(cli, ["rotate", "--json"], catch_exceptions=False)
    assert "trust_name" not in ran.stderr
    assert "O=Example NHS Trust" in json.loads(ran.stdout)["whose"]


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
