"""One threat from the platform to its outcome, by the commands, everything killed between the steps."""

from __future__ import annotations

import json
import signal
import subprocess
import sys
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest

from tests.services.postgres import PostgresDatabase
from tests.services.redis import PrivateRedis
from tests.worlds import PROJECT, REVIEWER, World, world

THREAT = "I know your shift and I will stab you in the car park tonight."
_COMMAND = [sys.executable, "-c", "from worker.cli import main; main()"]


@dataclass
class Transcript:
    """The story as it happened; `pytest -s` shows it."""

    place: World
    lines: list[str] = field(default_factory=list)
    running: list[subprocess.Popen[bytes]] = field(default_factory=list)

    def tell(self, line: str) -> None:
        """Add a line."""
        self.lines.append(line)
        sys.stdout.write(f"{line}\n")

    def command(self, *arguments: str, code: int = 0) -> str:
        """Run a command as a person would, and keep what it said."""
        ran = subprocess.run(
            [*_COMMAND, *arguments],
            cwd=PROJECT,
            env=self.place.environ,
            capture_output=True,
            text=True,
            timeout=120,
            check=False,
        )
        self.tell(f"$ upstander {' '.join(arguments)}")
        for line in (ran.stdout + ran.stderr).splitlines()[:12]:
            self.tell(f"    {line[:160]}")
        assert ran.returncode == code, ran.stdout + ran.stderr
        return ran.stdout

    def start(self) -> None:
        """Start a scheduler and a worker."""
        for name in ("schedule", "work"):
            with (self.place.folder / f"{name}-{len(self.running)}.log").open("wb") as log:
                process = subprocess.Popen(
                    [*_COMMAND, name], cwd=PROJECT, env=self.place.environ, stdout=log, stderr=log
                )
            self.running.append(process)
        self.tell("  started: upstander schedule, upstander work")

    def kill(self) -> None:
        """SIGKILL both, and flush Redis for good measure."""
        for process in self.running:
            process.send_signal(signal.SIGKILL)
            process.wait(timeout=20)
        self.running.clear()
        self.tell("  killed both with SIGKILL")

    def until(self, what: str, holds: Callable[[], bool]) -> None:
        """Run the processes until something holds, then kill them."""
        self.start()
        self.place.wait(what, holds, 90)
        self.tell(f"  {what}")
        self.kill()


@pytest.mark.faults
@pytest.mark.timeout(400)
def test_one_threat_goes_the_whole_way_although_everything_is_killed(
    tmp_path: Path, migrated_postgres_database: PostgresDatabase, own_redis: PrivateRedis
) -> None:
    """Polled, queued, evidenced, decided, hidden once, read back, verified and counted all the same."""
    with world(tmp_path, database=migrated_postgres_database, redis_url=own_redis.url) as place:
        story = Transcript(place)
        found = place.control("comment", platform="facebook", account="NorthmoorFacebook", text=THREAT)
        comment = found["comment"]
        assert isinstance(comment, dict)
        story.tell(f"Somebody posts comment {comment['id']} under a post of the Trust's Facebook Page.")
        try:
            _live_through(story, own_redis, str(comment["id"]))
        finally:
            for process in story.running:
                process.kill()
                process.wait()


def _live_through(story: Transcript, redis: PrivateRedis, comment_id: str) -> None:
    place, who = story.place, ("--as", REVIEWER)
    story.until("a case is open", lambda: len(_queue(place)) == 1)
    redis.flush()
    story.tell("  flushed Redis")
    story.until("its evidence is sealed", lambda: [each["evidence"] for each in _queue(place)] == ["sealed"])
    (case,) = _queue(place)
    number = str(case["case_id"])
    story.command("queue", "show", number, *who)
    story.command(
        *("queue", "decide", number, *who, "--revision", str(case["revision_id"]), "--verdict", "upheld"),
        *("--category", "threat", "--severity", "serious"),
        *("--reason", "A threat with a place and a time.", "--action", "hide"),
    )
    redis.flush()
    story.tell("  flushed Redis with the action pending")
    story.until("the platform shows it as hidden", lambda: _made(place, comment_id) == 1)
    story.until(
        "the outcome is written", lambda: "carried_out" in place.run("act", "list", *who, "--json").stdout
    )
    story.command("act", "list", *who)
    story.command("evidence", "verify", "--all", *who)
    week = json.loads(place.run("summary", "--format", "json", "--week", _this_week(place)).stdout)
    assert week["week"] == _this_week(place)
    story.command("summary", "--week", _this_week(place), "--format", "text")
    assert _made(place, comment_id) == 1
    changes = place.ask("changes", comment_id=comment_id)["changes"]
    story.tell(f"The sandbox counted: {changes}")


def _queue(place: World) -> list[dict[str, Any]]:
    rows: list[dict[str, Any]] = json.loads(place.run("queue", "list", "--as", REVIEWER, "--json").stdout)[
        "rows"
    ]
    return rows


def _made(place: World, comment_id: str) -> int:
    changes = place.ask("changes", comment_id=comment_id)["changes"]
    assert isinstance(changes, list)
    return sum(bool(change["made"]) for change in changes)


def _this_week(place: World) -> str:
    return f"{place.sandbox.world.now():%G-W%V}"
