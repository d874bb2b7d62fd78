"""The commands of hand-ins and major incidents, over a whole installation: what they say, and keep quiet."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from sqlalchemy import select
from typer.testing import CliRunner, Result

from tests.stores import migrated_sqlite
from worker.bootstrap import App, build
from worker.cli.app import cli
from worker.clock import SystemClock
from worker.errors import Conflict
from worker.jobs.run import drain
from worker.keyring import Keyring
from worker.settings_load import load
from worker.store import tables as t

PEOPLE = {
    "Rowan Ashby": ["administrator"],
    "Noor Hadley": ["reviewer"],
    "Idris Vale": ["on_call_manager"],
    "Juno Marsh": ["freedom_to_speak_up_guardian"],
    "Tam Oakes": ["referral_reader"],
}
BASICS = ("--what", "message", "--service", "Maternity")


class Installation:
    """A settings file with everything behind it."""

    def __init__(self, folder: Path) -> None:
        self.config = folder / "upstander.yaml"
        self.config.write_text(
            f"data_dir: {folder / 'data'}\nkeys_dir: {folder / 'keys'}\n", encoding="utf-8"
        )
        migrated_sqlite(folder / "data/upstander.db")
        Keyring(folder / "keys").init("Northmoor NHS Trust", SystemClock().now())
        with self.app().store.write() as session:
            for name, roles in PEOPLE.items():
                rows = [t.PersonRole(role=role) for role in roles]
                session.add(t.Person(name=name, active=True, created_at=SystemClock().now(), roles=rows))

    def app(self) -> App:
        """Its stages."""
        loaded = load(self.config, {})
        return build(loaded.settings, loaded.secrets)

    def run(self, *words: str, by: str, typed: str | None = None) -> Result:
        """Run one command as somebody."""
        return CliRunner().invoke(cli, ["--config", str(self.config), *words, "--as", by], input=typed)


@pytest.fixture
def installation(tmp_path: Path) -> Installation:
    """A fresh one."""
    return Installation(tmp_path)


def test_what_is_handed_in_is_shown_without_steering_the_terminal(
    installation: Installation, tmp_path: Path
) -> None:
    """Words, names of files and links are hostile: they are written out, and never act."""
    file = tmp_path / "x\x1b]0;owned\x07.pdf"
    file.write_bytes(b"%PDF-1.7\n%%EOF\n")
    evil = "look\x1b[2J here \u202e"
    added = installation.run(
        "handin", "add", *BASICS, "--from", "Tam Oakes, porter", "--text", evil, "--file", str(file),
        "--link", "https://a.example.test/\x1b[31m", by="Tam Oakes",
    )  # fmt: skip
    assert "Hand-in 1 was taken in as case 1, with 1 file." in added.output
    shown = installation.run("handin", "show", "1", by="Noor Hadley")
    assert shown.exit_code == 0
    assert "who wrote it is not known" in shown.output
    for each in (added, shown, installation.run("queue", "show", "1", by="Noor Hadley")):
        assert not {"\x1b", "\x07", "\u202e"} & set(each.output)


def test_a_protected_name_is_typed_apart_and_shown_to_nobody_but_the_guardian(
    installation: Installation,
) -> None:
    """It is read from standard input, not from the command, and no list or look shows it."""
    wrong = installation.run(
        "handin", "add", *BASICS, "--protected", "--from", "X, Y", "--text", "a", by="Tam Oakes"
    )
    assert "write either --from or --protected" in wrong.output
    added = installation.run(
        "handin", "add", *BASICS, "--protected", "--text", "my password: 1234", by="Tam Oakes",
        typed="Wren Hollis, midwife\n",
    )  # fmt: skip
    assert added.exit_code == 0
    assert "history" in added.output
    assert "hold a password" in added.output
    listed = installation.run("handin", "list", by="Juno Marsh")
    assert "protected" in listed.output
    assert "Wren" not in added.output + listed.output
    refused = installation.run("handin", "reveal", "1", "--reason", "curious", by="Noor Hadley")
    assert refused.exit_code == 1
    revealed = installation.run("handin", "reveal", "1", "--reason", "to call back", by="Juno Marsh")
    assert revealed.output.strip() == "Wren Hollis, midwife"


def test_whoever_hands_in_learns_of_danger_and_of_who_is_kept_from_it(installation: Installation) -> None:
    """Also where HR alone reads it; and a manager's name with a slip in it is refused, not passed over."""
    danger = "I know your shift and I will stab you in the car park tonight."
    for_hr = installation.run(
        "handin", "add", *BASICS, "--from", "Tam Oakes, porter", "--text", danger, "--staff-on-staff",
        by="Tam Oakes",
    )  # fmt: skip
    assert "call 999" in for_hr.output
    about = ("handin", "add", *BASICS, "--from", "Tam Oakes, porter", "--text", "a call", "--about-manager")
    slip = installation.run(*about, "Nor Hadley", by="Tam Oakes")
    assert slip.exit_code == 1
    assert "--not-a-user" in str(slip.exception)
    assert "is kept from this case" in installation.run(*about, "noor hadley", by="Tam Oakes").output
    nobody = installation.run(*about, "Nor Hadley", "--not-a-user", by="Tam Oakes")
    assert "does not work in Upstander" in nobody.output


def test_the_guardian_closes_what_went_to_hr_and_others_do_not(installation: Installation) -> None:
    """It says when the time of keeping begins, and the list shows that it is closed."""
    installation.run(
        "handin", "add", *BASICS, "--from", "Tam Oakes, porter", "--text", "He shouts", "--staff-on-staff",
        by="Tam Oakes",
    )  # fmt: skip
    close = ("handin", "close", "1", "--kept-as", "not-upheld", "--reason", "Settled by mediation.")
    assert installation.run(*close, by="Idris Vale").exit_code == 1
    closed = installation.run(*close, by="Juno Marsh")
    assert "The matter of hand-in 1 (case 1) is closed." in closed.output
    assert "| closed | " in installation.run("handin", "list", by="Juno Marsh").output


def test_hand_ins_are_sealed_and_never_polled(installation: Installation) -> None:
    """The jobs that follow seal it, no feed is made for it, and no connector can be had for it."""
    installation.run(
        "handin", "add", *BASICS, "--from", "Tam Oakes, porter", "--text", "a call", by="Tam Oakes"
    )
    app = installation.app()
    app.intake.schedule()
    drain(app)
    with app.store.read() as session:
        assert session.scalars(select(t.Feed.id)).all() == []
        assert session.scalars(select(t.Snapshot.state)).all() == ["sealed"]
        account = session.scalars(select(t.Account)).one()
    with pytest.raises(Conflict, match="on no platform"):
        app.connector_for(account.id)
    listed = installation.run("queue", "list", by="Noor Hadley")
    assert "handed_in" in listed.output
    assert (
        "not polled"
        in CliRunner().invoke(cli, ["--config", str(installation.config), "accounts", "list"]).output
    )


def test_a_major_incident_is_declared_shown_and_ended(installation: Installation) -> None:
    """Its lead and end are shown over the queue, a helper claims cases meanwhile, and none of it stays."""
    installation.run(
        "handin", "add", *BASICS, "--from", "Tam Oakes, porter", "--text", "a call", by="Tam Oakes"
    )
    begun = installation.run(
        "incident", "start", "--lead", "Idris Vale", "--until", "2099-01-01T18:00", "--reason", "A fire",
        by="Idris Vale",
    )  # fmt: skip
    assert "is on until 1 January 2099 at 6:00pm, led by Idris Vale" in begun.output
    installation.run("incident", "add-reviewer", "Tam Oakes", by="Idris Vale")
    queue = installation.run("queue", "list", by="Tam Oakes")
    assert "*** Major incident until 1 January 2099 at 6:00pm, led by Idris Vale: A fire ***" in queue.output
    assert "1 routine cases are folded away" in queue.output
    assert "handed_in" in installation.run("queue", "list", "--all", by="Tam Oakes").output
    assert json.loads(installation.run("incident", "show", "--json", by="Noor Hadley").output)[
        "reviewers"
    ] == ["Tam Oakes"]
    installation.run("incident", "end", by="Idris Vale")
    assert installation.run("incident", "show", by="Noor Hadley").exit_code == 1
    assert installation.run("queue", "list", by="Tam Oakes").exit_code == 1
