"""The command line as a person meets it: what it writes, where, and with which exit code it leaves."""

from __future__ import annotations

import io
import json
import os
import signal
import subprocess
import sys
import urllib.request
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from types import MappingProxyType

import pytest

from worker.cli import main
from worker.settings_load import PROJECT

UPSTANDER = [sys.executable, "-c", "from worker.cli import main; main()"]
HEAVY = {"sqlalchemy", "pydantic", "tweepy", "alembic", "requests"}
CONTROLS = "\x1b\x07\x9b\u202e\u2066"


@dataclass(frozen=True)
class Trust:
    """An installation of its own, in a folder of its own."""

    folder: Path

    @property
    def config(self) -> Path:
        """Its settings file."""
        return self.folder / "config" / "upstander.yaml"

    @property
    def environment(self) -> dict[str, str]:
        """The environment of a command, without anything of the machine's own installation."""
        clean = {name: value for name, value in os.environ.items() if not name.startswith("UPSTANDER_")}
        return {**clean, "PYTHONPATH": str(PROJECT), "PYTHONUTF8": "1", "UPSTANDER_WEB__ENABLED": "false"}

    def run(
        self,
        *arguments: str,
        code: int = 0,
        given: str | bytes = "",
        more: Mapping[str, str] = MappingProxyType({}),
    ) -> tuple[str, str]:
        """Run a command to its end, in this process; gives standard output and standard error."""
        streams = [io.TextIOWrapper(io.BytesIO(), encoding="utf-8", write_through=True) for _ in range(2)]
        content = given.encode() if isinstance(given, str) else given
        with pytest.MonkeyPatch.context() as patch:
            for name in [name for name in os.environ if name.startswith("UPSTANDER_")]:
                patch.delenv(name)
            for name, value in more.items():
                patch.setenv(name, value)
            patch.chdir(self.folder)
            patch.setattr(sys, "argv", ["upstander", "--config", str(self.config), *arguments])
            patch.setattr(sys, "stdin", io.TextIOWrapper(io.BytesIO(content), encoding="utf-8"))
            patch.setattr(sys, "stdout", streams[0])
            patch.setattr(sys, "stderr", streams[1])
            with pytest.raises(SystemExit) as left:
                main()
        out, errors = (stream.buffer.getvalue().decode() for stream in streams)
        assert (left.value.code or 0) == code, f"left with {left.value.code}: {out}{errors}"
        assert "Traceback" not in errors
        return out, errors

    def json(self, *arguments: str, code: int = 0) -> object:
        """What a command says with --json."""
        return json.loads(self.run(*arguments, "--json", code=code)[0])

    def start(self, *arguments: str) -> subprocess.Popen[str]:
        """Start a command that stays."""
        return subprocess.Popen(
            [*UPSTANDER, "--config", str(self.config), *arguments],
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
            cwd=self.folder,
            env=self.environment,
        )


@pytest.fixture
def trust(tmp_path: Path) -> Trust:
    """An installation without a database yet."""
    (tmp_path / "config").mkdir()
    Trust(tmp_path).config.write_text("trust_name: Northmoor\nlog: {level: warning}\nweb: {enabled: false}\n")
    return Trust(tmp_path)


@pytest.fixture
def ready(trust: Trust) -> Trust:
    """An installation with its tables and two people."""
    trust.run("db", "upgrade")
    trust.run("keys", "init")
    trust.run("people", "add", "Ada", "--role", "administrator")
    trust.run("people", "add", "Ravi", "--role", "reviewer", "--as", "Ada")
    return trust


def test_help_loads_nothing_heavy() -> None:
    """--help answers at once: it loads neither the database, nor the settings, nor a platform's library."""
    found = subprocess.run(
        [
            sys.executable,
            "-c",
            f"import sys, worker.cli.app; print({HEAVY} & set(sys.modules))",
        ],
        capture_output=True,
        text=True,
        cwd=PROJECT,
        check=True,
    )
    assert found.stdout.strip() == "set()"


def test_screen_writes_one_line_for_each_comment(trust: Trust) -> None:
    """The shape that other tools build on, word for word; no database is needed."""
    out, errors = trust.run("screen", given='{"id": 7, "text": "I will kill you", "more": 1}\n')
    line = json.loads(out)
    assert list(line) == ["id", "queue", "priority", "severity", "categories", "findings"]
    assert (line["id"], line["queue"], line["categories"]) == ("7", True, ["threat"])
    finding = line["findings"][0]
    assert list(finding) == ["rule", "category", "severity", "span", "matched", "reason"]
    start, end = finding["span"]
    assert "I will kill you"[start:end] == finding["matched"]
    assert errors == ""
    assert not (trust.folder / "var").exists()


def test_screen_reads_csv_from_a_file_and_from_a_pipe(trust: Trust) -> None:
    """The format is told by the name, or by the first character."""
    written = 'id,text,more\n1,"two\nlines",x\n2,"a, b",y\n'
    (trust.folder / "some.csv").write_text(written)
    from_file, _ = trust.run("screen", "some.csv")
    from_pipe, _ = trust.run("screen", given=written)
    assert from_file == from_pipe
    assert [json.loads(line)["id"] for line in from_file.splitlines()] == ["1", "2"]


def test_screen_names_what_it_cannot_read_and_judges_the_rest(trust: Trust) -> None:
    """Bad lines are named on standard error and make the exit code 1; no other line is lost."""
    given = b'{"id":"1","text":"a"}\nnot json\n{"id":"2"}\n{"id":"3","text":"\xff"}\n{"id":"4","text":"b"}\n'
    out, errors = trust.run("screen", given=given, code=1)
    assert [json.loads(line)["id"] for line in out.splitlines()] == ["1", "4"]
    assert [line.partition(":")[0] for line in errors.splitlines()[:3]] == ["line 2", "line 3", "line 4"]
    assert errors.splitlines()[3] == "3 could not be read and were not judged."


def test_screen_shows_no_terminal_command(trust: Trust) -> None:
    """What a hostile comment says is shown, not obeyed, on both streams."""
    text = f"I will kill you{CONTROLS}"
    given = json.dumps({"id": CONTROLS, "text": text}) + "\n" + CONTROLS + "\n"
    out, errors = trust.run("screen", given=given, code=1)
    assert json.loads(out)["id"] == CONTROLS
    assert not set(CONTROLS) & set(out + errors)


def test_settings_tell_value_origin_and_help_and_mask_secrets(trust: Trust) -> None:
    """Every setting is listed; a secret is never shown, wherever it came from."""
    (trust.folder / "secrets").mkdir()
    (trust.folder / "secrets" / "mail__password").write_text("open-sesame")
    more = {"UPSTANDER_SECRETS_DIR": "secrets", "UPSTANDER_DATABASE_URL": "sqlite:///open-sesame"}
    assert "open-sesame" not in "".join(trust.run("settings", more=more))
    out, errors = trust.run("settings", "--json", more=more)
    assert "open-sesame" not in out + errors
    listed = {each["name"]: each for each in json.loads(out)}
    assert listed["trust_name"]["value"] == "Northmoor"
    assert listed["trust_name"]["origin"] == "config/upstander.yaml:1"
    assert listed["mail.password"] == {
        "name": "mail.password",
        "value": "**********",
        "default": None,
        "origin": "secret mail__password",
        "variable": "UPSTANDER_MAIL__PASSWORD",
        "help": "Password at the mail server. Keep it in the secrets folder.",
    }


def test_wrong_settings_are_told_for_people(trust: Trust) -> None:
    """File, line and hint on standard error; exit code 1; nothing started."""
    (trust.folder / "config" / "upstander.yaml").write_text("trust_nam: x\n")
    out, errors = trust.run("db", "check", code=1)
    assert out == ""
    assert 'config/upstander.yaml:1: there is no setting "trust_nam". Did you mean "trust_name"?' in errors


def test_the_schema_beside_the_settings_file_is_in_step(trust: Trust) -> None:
    """Editors check the file by the same rules as the program."""
    kept = (PROJECT / "config" / "upstander.schema.json").read_text(encoding="utf-8")
    assert trust.run("settings", "schema")[0] == kept, (
        "upstander settings schema > config/upstander.schema.json"
    )


def test_the_database_is_made_and_checked(trust: Trust) -> None:
    """Before the upgrade the check says what to do; after it, all is well, and repeating it is harmless."""
    assert "upstander db upgrade" in trust.run("db", "check", code=1)[1]
    trust.run("db", "upgrade")
    trust.run("db", "upgrade")
    assert trust.json("db", "check") == {"ready": True, "database": "sqlite"}


def test_wrong_usage_leaves_with_2(ready: Trust) -> None:
    """A missing or wrong option is wrong usage, told apart from a problem found."""
    ready.run("queue", "list", code=2)
    ready.run("screen", "--format", "xml", code=2)
    ready.run("evidence", "verify", "--as", "Ada", code=2)
    ready.run("no-such-command", code=2)


def test_people_must_be_somebody_with_the_right(ready: Trust) -> None:
    """The first person needs nobody; after that only an administrator adds people."""
    assert [each["name"] for each in ready.json("people", "list")] == ["Ada", "Ravi"]  # type: ignore[attr-defined]  # JSON is untyped
    assert "may not" in ready.run("people", "add", "Eve", "--role", "reviewer", "--as", "Ravi", code=1)[1]
    ready.run("people", "add", "Eve", "--role", "reviewer", code=1)
    assert "Nobody called" in ready.run("queue", "list", "--as", "Mallory", code=1)[1]


def test_accounts_are_added_paused_and_resumed(ready: Trust) -> None:
    """An account without credentials is added, and it is said that it cannot be polled yet."""
    options = ["--platform", "x", "--id", "100", "--handle", "@Northmoor", "--credential", "x-main"]
    _, errors = ready.run("accounts", "add", *options, "--as", "Ada")
    assert "UPSTANDER_CREDENTIAL_X_MAIN" in errors
    ready.run("accounts", "add", *options, "--as", "Ravi", code=1)
    ready.run("accounts", "pause", "Northmoor", "--as", "Ada")
    assert ready.json("accounts", "list") == [
        {
            "id": 1,
            "platform": "x",
            "handle": "Northmoor",
            "external_id": "100",
            "credential": "x-main",
            "paused": True,
        }
    ]
    ready.run("accounts", "resume", "1", "--as", "Ada")


def test_a_bag_is_verified_without_a_database(trust: Trust) -> None:
    """Whoever is handed a bag can check it: what is no bag is a problem found."""
    assert "BAD" in trust.run("evidence", "verify", "--bag", "nowhere", code=1)[0]


def test_status_says_what_needs_a_person(ready: Trust) -> None:
    """With no worker running something needs a person: exit code 1, in JSON as in words."""
    found = ready.json("status", code=1)
    assert isinstance(found, dict)
    assert found["ok"] is False
    assert any("upstander up" in problem for problem in found["problems"])


def test_a_mode_has_its_own_commands(ready: Trust) -> None:
    """`work` in embedded mode says which command is meant."""
    assert "upstander up" in ready.run("work", code=1)[1]


def test_up_stops_cleanly_when_told(ready: Trust) -> None:
    """SIGTERM ends the embedded worker with exit code 0."""
    worker = ready.start("up")
    assert worker.stderr is not None
    assert worker.stderr.readline() == "Ready.\n"
    worker.send_signal(signal.SIGTERM)
    _, errors = worker.communicate(timeout=60)
    assert worker.returncode == 0, errors


@pytest.fixture
def sandbox(trust: Trust) -> Iterator[str]:
    """The web address of a running sandbox."""
    process = trust.start("sandbox", "serve", "--port", "0", "--json")
    assert process.stdout is not None
    addresses = json.loads(process.stdout.readline())
    yield addresses["web"]
    process.send_signal(signal.SIGTERM)
    assert process.wait(timeout=30) == 0
    process.communicate()


def test_the_sandbox_is_loaded_from_a_file_once(trust: Trust, sandbox: str) -> None:
    """Comments of a file appear on the simulated platform; loading it again adds none."""
    (trust.folder / "some.csv").write_text("id,text,ignored\n1,one,x\n2,two,y\n")
    arguments = ["sandbox", "load", "some.csv", "--platform", "x", "--account", "Northmoor", "--url", sandbox]
    first, again = trust.json(*arguments), trust.json(*arguments)
    assert isinstance(first, dict)
    assert isinstance(again, dict)
    assert (first["added"], again["added"], again["already"]) == (2, 0, 2)
    with urllib.request.urlopen(f"{sandbox}/_sandbox/state") as answer:  # noqa: S310 - our own loopback server
        assert json.load(answer)["comments"]["x"] == 2


def test_loading_without_a_sandbox_says_how_to_start_one(trust: Trust) -> None:
    """No sandbox there: a message for people, exit code 1."""
    (trust.folder / "some.csv").write_text("id,text\n1,one\n")
    arguments = ["some.csv", "--platform", "x", "--account", "N", "--url", "http://127.0.0.1:9"]
    assert "upstander sandbox serve" in trust.run("sandbox", "load", *arguments, code=1)[1]
