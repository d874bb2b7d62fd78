"""A whole Upstander over the sandbox: platforms, database, accounts, people."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path
from typing import IO, TYPE_CHECKING
from unittest.mock import patch

import requests
from sqlalchemy import FromClause, Select, func, select

from connectors.contract import Account, Platform
from connectors.sandbox.clock import SandboxClock
from connectors.sandbox.server import Sandbox
from rules.evaluate import RuleSet
from rules.load import load_ruleset
from tests.services.warm import PROGRAMS, UPSTANDER, WarmProcess
from tests.stores import migrated_sqlite
from worker.bootstrap import App, build
from worker.jobs.run import OFFICE_TERM
from worker.ledger.audit import Actor
from worker.review.people import add_person
from worker.settings_load import load
from worker.store import tables as t
from worker.store.session import Store

if TYPE_CHECKING:
    from tests.services.postgres import PostgresDatabase

PROJECT = Path(__file__).resolve().parent.parent
#: The person who does everything in such a test.
REVIEWER = "Rowan Ashby"


@dataclass
class World:
    """Everything that such a test touches.

    Attributes:
        environ: the environment that every process of this Upstander runs with.
    """

    sandbox: Sandbox
    environ: dict[str, str]
    folder: Path
    store: Store
    reviewer: Actor
    processes: list[subprocess.Popen[str] | WarmProcess] = field(default_factory=list)

    def control(self, endpoint: str, **given: object) -> dict[str, object]:
        """Steer the sandbox."""
        answer = requests.post(f"{self.sandbox.web_url}/_sandbox/{endpoint}", json=given, timeout=30)
        answer.raise_for_status()
        found: dict[str, object] = answer.json()
        return found

    def ask(self, endpoint: str, **query: str) -> dict[str, object]:
        """Ask the sandbox."""
        answer = requests.get(f"{self.sandbox.web_url}/_sandbox/{endpoint}", params=query, timeout=30)
        answer.raise_for_status()
        found: dict[str, object] = answer.json()
        return found

    def app(self) -> App:
        """The stages in this process, over the same database."""
        loaded = load(None, self.environ)
        with patch("worker.bootstrap.load_ruleset", _rules_once):
            made = build(loaded.settings, loaded.secrets)
            made.rules()
        return made

    def start(self, way: str, step: str = "-") -> subprocess.Popen[str]:
        """Start a worker process from nothing, as an installation does; it can be measured."""
        with self._log(way) as log:
            process = subprocess.Popen(
                [sys.executable, "-m", "tests.faults.driver", way, step],
                cwd=PROJECT,
                env=self.environ,
                stderr=log,
                text=True,
            )
        self.processes.append(process)
        return process

    def start_warm(self, way: str, step: str = "-") -> WarmProcess:
        """Start a worker process quickly; with a step it kills itself right after passing it."""
        with self._log(way) as log:
            arguments = ["-m", "tests.faults.driver", way, step]
            process = PROGRAMS.start(arguments, environ=self.environ, stderr=log)
        self.processes.append(process)
        return process

    def _log(self, way: str) -> IO[str]:
        return (self.folder / f"{way}-{len(self.processes)}.log").open("w")

    def run(self, *arguments: str, patience: float = 120) -> subprocess.CompletedProcess[str]:
        """Run the `upstander` command."""
        return PROGRAMS.run([*UPSTANDER, *arguments], environ=self.environ, patience=patience)

    def wait(self, what: str, holds: Callable[[], bool], seconds: float = 60) -> None:
        """Wait until something holds; the bound only ends a test that would hang."""
        end = time.monotonic() + seconds
        while not holds():
            assert time.monotonic() < end, f"never happened: {what}\n{self.logs()}"
            time.sleep(0.05)

    def outlive_an_office(self) -> None:
        """Let the time pass for which a process that was killed still holds the scheduler's office."""
        self.control("clock", shift_seconds=OFFICE_TERM.total_seconds())

    def poll_now(self) -> None:
        """Make every feed due."""
        with self.store.write() as session:
            for feed in session.scalars(select(t.Feed)):
                feed.next_poll_at = None

    def count(self, statement: FromClause | type[t.Base]) -> int:
        """The number of rows of a table, or of a select."""
        with self.store.read() as session:
            return session.scalar(select(func.count()).select_from(statement)) or 0

    def one(self, wanted: Select[int]) -> int:
        """The only number that a select finds."""
        with self.store.read() as session:
            return session.scalars(wanted).one()

    def logs(self) -> str:
        """The ends of the processes' logs, for a failing test."""
        return "\n".join(
            f"{path.name}: {path.read_text()[-2000:]}" for path in sorted(self.folder.glob("*.log"))
        )

    def end(self, process: subprocess.Popen[str] | WarmProcess, how: signal.Signals = signal.SIGTERM) -> int:
        """End a process that this test started."""
        process.send_signal(how)
        return process.wait(timeout=40)


def _rules_once(rules_dir: Path, categories: Path) -> RuleSet:
    """The rules of these files, read once: a process that polls holds them for as long as it runs, too."""
    files = (categories, *sorted(rules_dir.rglob("*")))
    return _rules_of(rules_dir, categories, tuple((path, path.stat().st_mtime_ns) for path in files))


@cache
def _rules_of(rules_dir: Path, categories: Path, _as_of: tuple[tuple[Path, int], ...]) -> RuleSet:
    return load_ruleset(rules_dir, categories)


@contextmanager
def world(
    folder: Path,
    *,
    database: PostgresDatabase | None = None,
    redis_url: str | None = None,
    more: Mapping[str, str] | None = None,
) -> Iterator[World]:
    """An Upstander with one X and one Facebook account on a fresh sandbox.

    Args:
        database, redis_url: both given for served mode, neither for embedded.
        more: further environment.
    """
    secrets = folder / "secrets"
    secrets.mkdir()
    clock = folder / "clock.json"
    with Sandbox(SandboxClock(clock)) as sandbox:
        environ = {
            **{key: value for key, value in os.environ.items() if not key.startswith("UPSTANDER_")},
            "PYTHONPATH": str(PROJECT),
            "UPSTANDER_DATA_DIR": str(folder / "var"),
            "UPSTANDER_SECRETS_DIR": str(secrets),
            "UPSTANDER_KEYS_DIR": str(folder / "keys"),
            # A browser for each case would be slow: the tests of rendering turn it on.
            "UPSTANDER_EVIDENCE__RENDER": "false",
            # Many of these run at once, and the site has one port: its own tests turn it on.
            "UPSTANDER_WEB__ENABLED": "false",
            "UPSTANDER_CLOCK_FILE": str(clock),
            "UPSTANDER_PLATFORMS__X__BASE_URL": sandbox.x_url,
            "UPSTANDER_PLATFORMS__FACEBOOK__BASE_URL": sandbox.graph_url,
            "UPSTANDER_POLLING__EVERY_SECONDS": "5",
            "UPSTANDER_POLLING__READ_SECONDS": "5",
            "UPSTANDER_JOBS__LEASE_SECONDS": "2",
            "UPSTANDER_JOBS__SWEEP_SECONDS": "0.2",
            "UPSTANDER_JOBS__RESEND_SECONDS": "1",
            "UPSTANDER_JOBS__THREADS": "4",
        }
        if database is not None and redis_url is not None:
            environ |= {
                "UPSTANDER_MODE": "served",
                "UPSTANDER_DATABASE_URL": database.app_url,
                "UPSTANDER_REDIS_URL": redis_url,
            }
        environ |= more or {}
        loaded = load(None, environ)
        if database is None:
            migrated_sqlite(folder / "var" / "upstander.db")
        store = Store(loaded.settings.database)
        made = World(sandbox, environ, folder, store, Actor(None, "test"))
        _furnish(made, secrets)
        try:
            yield made
        finally:
            for process in made.processes:
                if process.poll() is None:
                    process.kill()
                process.wait()
            store.close()


def _furnish(made: World, secrets: Path) -> None:
    """One person who does everything, one account on each platform."""
    app = made.app()
    app.keyring.init("Our NHS Trust", app.clock.now())
    person = add_person(
        app.store, app.clock, Actor(None, "test"), "Rowan Ashby", ("administrator", "reviewer")
    )
    made.reviewer = Actor(person, "test")
    for platform in (Platform.X, Platform.FACEBOOK):
        account = made.sandbox.world.add_account(platform.value, f"Northmoor{platform.value.title()}")
        (secrets / platform.value).write_text(account.token)
        (secrets / platform.value).chmod(0o600)
        app.accounts.add(
            made.reviewer, Account(platform, account.id, account.handle), credential=platform.value
        )
    app.close()
