"""The ledger in several processes, killed anywhere, and by the command line."""

from __future__ import annotations

import json
import subprocess
import sys
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import select
from typer.testing import CliRunner, Result

from tests.unit.ledger.desk import Desk, make_desk
from worker.bootstrap import build
from worker.cli import ledger, running
from worker.errors import UpstanderError
from worker.jobs.run import runner_of
from worker.ledger.audit import Actor
from worker.review.people import add_person
from worker.settings_load import load
from worker.store import tables as t
from worker.store.session import Store
from worker.store.upgrade import upgrade

ROOT = Path(__file__).resolve().parents[2]
STEPS = (
    "ledger.filled",
    "ledger.appended",
    "ledger.signed",
    "ledger.checkpointed",
    "ledger.handed_out",
    "ledger.published",
)


@pytest.fixture
def desk(store: Store, tmp_path: Path) -> Desk:
    """An empty ledger on either database."""
    folder = tmp_path / "desk"
    folder.mkdir()
    return make_desk(store, folder, start=datetime.now(UTC))


def others(desk: Desk, *way: str) -> list[str]:
    """Run other processes on the same ledger; what they said."""
    url = desk.store.engine.url.render_as_string(hide_password=False)
    command = [sys.executable, "-m", "tests.unit.ledger.dies", url, str(desk.published.parent), *way]
    ran = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False, timeout=100)
    assert ran.returncode == 0, ran.stderr
    assert ran.stderr == ""
    return ran.stdout.splitlines()


@pytest.mark.faults
def test_killed_at_any_step_the_next_goes_on(desk: Desk) -> None:
    """After SIGKILL at each step the ledger is whole, nothing is half, and the next finishes the work."""
    said = others(desk, "killed", *STEPS)
    assert said[::2] == [f"{step} -9" for step in STEPS]
    entries, waiting = zip(*(map(int, line.split(" ", 2)[:2]) for line in said[1::2]), strict=True)
    assert [line.split(" ", 2)[2] for line in said[1::2]] == ["[]"] * len(STEPS)
    assert [sum(pair) for pair in zip(entries, waiting, strict=True)] == [
        40 * (n + 1) for n in range(len(STEPS))
    ]
    # Killed while filling, a whole batch is undone; killed after its commit, the batch is there.
    assert (entries[0], entries[1]) == (0, 15)
    desk.book.append_now()
    desk.book.checkpoint(now=True)
    desk.book.publish(now=True)
    found = desk.book.verify()
    assert (found.entries, found.waiting, found.findings) == (240, 0, ())
    assert not [path.name for path in desk.published.iterdir() if path.name.startswith(".")]


@pytest.mark.faults
def test_two_processes_at_once_never_disturb_each_other(desk: Desk) -> None:
    """Both write, append, sign and publish at the same time: every row once, no gap, nobody fails."""
    assert others(desk, "racing", "2") == ["[0, 0]"]
    desk.book.append_now()
    found = desk.book.verify()
    assert (found.entries, found.waiting, found.findings) == (240, 0, ())


class Office:
    """An installation with a key, a ledger and two people, and its command line."""

    def __init__(self, folder: Path) -> None:
        (folder / "published").mkdir()
        self.environ = {
            "UPSTANDER_DATA_DIR": str(folder / "var"),
            "UPSTANDER_KEYS_DIR": str(folder / "keys"),
            "UPSTANDER_LEDGER__PUBLISH_DIR": str(folder / "published"),
        }
        loaded = load(None, self.environ)
        store = Store(loaded.settings.database)
        upgrade(store.engine)
        store.close()
        app = build(loaded.settings, loaded.secrets)
        app.keyring.init("Ashdown NHS Trust", app.clock.now())
        officer = add_person(app.store, app.clock, Actor(None, "cli"), "Ada", ("administrator",))
        add_person(app.store, app.clock, Actor(officer, "cli"), "Ravi", ("reviewer",))
        app.close()

    def ask(self, *arguments: str) -> Result:
        """Run one command of `upstander ledger`."""
        return CliRunner().invoke(ledger.cli, arguments, obj=running.Options(), env=self.environ)

    def json(self, *arguments: str) -> Any:
        """What a command says with --json."""
        answer = self.ask(*arguments, "--json")
        assert answer.exit_code == 0, answer.output
        return json.loads(answer.stdout)


@pytest.fixture
def office(tmp_path: Path) -> Office:
    """An installation whose only audit rows are those of its two people."""
    return Office(tmp_path)


def test_the_command_line_shows_checks_signs_publishes_and_proves(office: Office, tmp_path: Path) -> None:
    """One way through all commands, as JSON: what each leaves is what the next one sees."""
    assert office.json("show")["waiting"] == 2
    made = office.json("checkpoint", "--as", "Ada")
    assert made["size"] == 3
    assert office.json("checkpoint", "--as", "Ada")["size"] == 4
    published = str(tmp_path / "published")
    assert office.json("publish", "--as", "Ada") == {"published": [published], "failures": []}
    assert office.json("publish", "--as", "Ada") == {"published": [], "failures": []}
    shown = office.json("show")
    assert (shown["size"], shown["waiting"], shown["checkpoint"]["size"]) == (4, 0, 4)
    assert shown["published"][published]["size"] == 4
    verified = office.json("verify", "--as", "Ada")
    assert (verified["ok"], verified["entries"], verified["published"], verified["findings"]) == (
        True,
        4,
        1,
        [],
    )
    proof = office.json("prove", "2", "--as", "Ada", "--into", str(tmp_path / "proof"))
    assert (proof["leaf_index"], proof["tree_size"], proof["root_hash"]) == (1, 3, made["root"])
    assert sorted(path.name for path in (tmp_path / "proof").iterdir()) == [
        "certificate.pem",
        "checkpoint.txt",
        "checkpoint.txt.p7s",
        "entry.json",
        "how-to-check.txt",
        "inclusion.json",
        "inclusion.txt",
    ]
    assert office.json("consistency", "3", "4", "--as", "Ada")["old_root"] == made["root"]


def test_the_command_line_speaks_to_people(office: Office, tmp_path: Path) -> None:
    """The same in words, and each with its exit code."""
    assert "size: 3" in office.ask("checkpoint", "--as", "Ada").stdout
    assert "published to" in office.ask("publish", "--as", "Ada").stdout
    assert "Every place has the newest" in office.ask("publish", "--as", "Ada").stdout
    assert "newest checkpoint" in office.ask("show").stdout
    assert "all is whole" in office.ask("verify", "--as", "Ada").stdout
    assert "leaf: " in office.ask("prove", "1", "--as", "Ada").stdout
    assert "old_root: " in office.ask("consistency", "1", "3", "--as", "Ada").stdout
    assert (
        "how-to-check.txt"
        in office.ask("consistency", "1", "3", "--as", "Ada", "--into", str(tmp_path / "x")).stdout
    )
    again = office.ask("consistency", "1", "3", "--as", "Ada", "--into", str(tmp_path / "x"))
    assert isinstance(again.exception, UpstanderError)
    (tmp_path / "published").rename(tmp_path / "elsewhere")
    broken = office.ask("verify", "--as", "Ada")
    assert (broken.exit_code, "is not there or cannot be opened" in broken.stdout) == (1, True)
    assert office.ask("verify", "--published", str(tmp_path / "elsewhere"), "--as", "Ada").exit_code == 0
    mistyped = office.ask("verify", "--published", str(tmp_path / "nowhere"), "--as", "Ada")
    assert (mistyped.exit_code, "NOT WHOLE" in mistyped.output) == (2, False)
    office.ask("checkpoint", "--as", "Ada")
    assert office.ask("publish", "--as", "Ada").exit_code == 1
    del office.environ["UPSTANDER_LEDGER__PUBLISH_DIR"]
    nowhere = office.ask("publish", "--as", "Ada")
    assert (nowhere.exit_code, "ledger.publish_dir" in str(nowhere.exception)) == (1, True)


def test_the_worker_notes_which_key_signs(office: Office) -> None:
    """A key that no command could write down is in the audit with the next checkpoint, and only once."""
    loaded = load(None, office.environ)
    app = build(loaded.settings, loaded.secrets)
    for _ in range(2):
        runner_of(app).handlers["checkpoint"]({}, lambda _session: None)
    with app.store.read() as session:
        noted = session.scalars(select(t.Audit).where(t.Audit.object_type == "signing_key")).all()
    assert [row.detail for row in noted] == [{"fingerprint": app.keyring.current().fingerprint}]
    app.close()


def test_who_may_not_is_refused_and_that_is_audited(office: Office) -> None:
    """A reviewer may not ask the ledger; each refusal is itself an audit row."""
    commands = (["verify"], ["checkpoint"], ["publish"], ["prove", "1"], ["consistency", "1", "2"])
    for count, command in enumerate(commands, start=1):
        refused = office.ask(*command, "--as", "Ravi")
        assert isinstance(refused.exception, UpstanderError)
        assert "may not verify the ledger" in str(refused.exception)
        assert office.json("show")["waiting"] == 2 + count
