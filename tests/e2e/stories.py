"""Plays docs/stories.md: what people write on the platforms happens there, what staff type is typed.

The page is for people who learn the product; this is what keeps it true. A line that is quoted there is
written on a simulated platform, `name$ upstander ...` is run as that user of the computer, and every line
that stands below such a command must be among what it prints, in that order.
"""

from __future__ import annotations

import io
import os
import pwd
import re
import shlex
import sys
from collections.abc import Iterator
from contextlib import closing, redirect_stderr, redirect_stdout
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from types import SimpleNamespace
from unittest.mock import patch

import pytest

from connectors.sandbox.clock import SandboxClock
from tests.services.postgres import PostgresDatabase
from tests.worlds import PROJECT, World, world
from worker.bootstrap import App
from worker.cli.app import run
from worker.cli.poll import poll_now
from worker.jobs.run import drain, scheduler_of

PAGE = PROJECT / "docs" / "stories.md"
#: The section that every story begins with.
PEOPLE = "The people"
#: A Monday morning.
BEGINS = datetime(2026, 11, 9, 9, 0, tzinfo=UTC)
#: What a Trust sets so that its replies have no empty places.
SETTINGS = {
    "UPSTANDER_REPLIES__REVIEW_CONTACT": "comms@trust.example.test",
    "UPSTANDER_REPLIES__PALS_EMAIL": "pals@trust.example.test",
    "UPSTANDER_REPLIES__PALS_PHONE": "020 7946 0321",
}
_WRITES = re.compile(
    r"> \*\*(?P<who>[^*]+)\*\* on (?P<where>Facebook|X)(?P<picture>, with a picture)?: (?P<words>.+)"
)
_EDITS = re.compile(r"> \*\*(?P<who>[^*]+)\*\* changes it to: (?P<words>.+)")
_PASSES = re.compile(r"> \*(?P<number>\d+) (?P<unit>minute|hour|day)(?:s pass| passes)\.\*")
_CROWD = re.compile(r"(\d+) people")
_TYPED = re.compile(r"(?P<who>[a-z]+)\$ upstander (?P<words>.+?)(?P<refused>  # refused)?")
#: What `queue group` calls a list that it shows. The page's own stands for whichever was shown last.
_TOKEN = re.compile(r"\b[0-9a-f]{16}\b")
_ACCOUNTS = {"Facebook": ("facebook", "NorthmoorFacebook"), "X": ("x", "NorthmoorX")}


@dataclass(frozen=True, slots=True)
class Written:
    """Somebody writes something on a platform, or many people do.

    Attributes:
        edits: it takes the place of what they wrote last.
    """

    who: str
    where: str
    words: str
    edits: bool = False
    picture: bool = False


@dataclass(frozen=True, slots=True)
class Typed:
    """Somebody types a command.

    Attributes:
        shown: what must be among its output, line by line, in this order.
    """

    who: str
    arguments: tuple[str, ...]
    shown: tuple[str, ...]
    refused: bool


Step = Written | Typed | timedelta


def story(title: str) -> tuple[Step, ...]:
    """All that happens in a story; one that adds its own people begins without the usual ones."""
    told = sections()
    usual = () if "people add" in told[title] else steps(told[PEOPLE])
    return (*usual, *steps(told[title]))


def sections() -> dict[str, str]:
    """The page's sections by their titles, in order."""
    parts = re.split(r"^## ", PAGE.read_text(encoding="utf-8"), flags=re.MULTILINE)[1:]
    return {title: text for title, _, text in (part.partition("\n") for part in parts)}


def steps(section: str) -> Iterator[Step]:
    """What happens in a section, in order.

    Raises:
        ValueError: a line looks like a step and is none.
    """
    for number, part in enumerate(re.split(r"^```(?:console)?\n", section, flags=re.MULTILINE)):
        yield from _typed(part) if number % 2 else _told(part)


def _told(prose: str) -> Iterator[Step]:
    for line in prose.splitlines():
        if found := _WRITES.fullmatch(line):
            yield Written(found["who"], found["where"], found["words"], picture=bool(found["picture"]))
        elif found := _EDITS.fullmatch(line):
            yield Written(found["who"], "", found["words"], edits=True)
        elif found := _PASSES.fullmatch(line):
            yield timedelta(**{f"{found['unit']}s": int(found["number"])})
        elif line.startswith(">"):
            raise ValueError(f"nobody knows what happens here: {line}")


def _typed(block: str) -> Iterator[Typed]:
    commands: list[tuple[re.Match[str], list[str]]] = []
    for line in block.replace("\\\n", " ").splitlines():
        if found := _TYPED.fullmatch(line):
            commands.append((found, []))
        elif line.strip() and not commands:
            raise ValueError(f"nobody types this: {line}")
        elif line.strip() and line.strip() != "...":
            commands[-1][1].append(" ".join(line.split()))
    for found, shown in commands:
        yield Typed(
            found["who"], tuple(shlex.split(found["words"])), tuple(shown), found["refused"] is not None
        )


@dataclass
class Player:
    """Plays steps in a world whose worker has always just done what there was to do."""

    place: World
    app: App
    #: Of a crowd only so many write.
    most: int

    def __post_init__(self) -> None:
        """Make ready."""
        self._scheduler = scheduler_of(self.app, lambda _: None, "stories")
        self._last = ("", "")
        self._token = ""

    def play(self, step: Step) -> None:
        """Let one thing happen, and the worker do its part."""
        if isinstance(step, timedelta):
            self.place.control("clock", shift_seconds=step.total_seconds())
        elif isinstance(step, Written):
            self._write(step)
            poll_now(self.app)
        else:
            self._type(step)
        self._work()

    def _work(self) -> None:
        for due in self._scheduler.due:
            due()
        drain(self.app)

    def _write(self, step: Written) -> None:
        if step.edits:
            platform, comment_id = self._last
            self.place.control("edit", platform=platform, comment_id=comment_id, text=step.words)
            return
        platform, account = _ACCOUNTS[step.where]
        crowd = _CROWD.fullmatch(step.who)
        many = min(int(crowd[1]), self.most) if crowd else 0
        authors = [f"passer.{n}" for n in range(many)] if crowd else [step.who]
        picture = {
            "id": "m1",
            "kind": "photo",
            "url": f"{self.place.sandbox.web_url}/_sandbox/media/porter.jpg",
        }
        media = [picture] if step.picture else []
        for author in authors:
            found = self.place.control(
                "comment", platform=platform, account=account, author=author, text=step.words, media=media
            )
            comment = found["comment"]
            assert isinstance(comment, dict)
            self._last = (platform, str(comment["id"]))

    def _type(self, step: Typed) -> None:
        arguments = tuple(self._token if _TOKEN.fullmatch(each) else each for each in step.arguments)
        code, said = _run(step.who, arguments, self.place)
        if found := _TOKEN.search(said):
            self._token = found[0]
        told = f"{step.who}$ upstander {shlex.join(step.arguments)}\n{said}"
        sys.stdout.write(told)
        assert code == int(step.refused), told
        lines = iter(" ".join(line.split()) for line in said.splitlines())
        for wanted in step.shown:
            assert any(wanted in line for line in lines), f"not shown, or not in this order: {wanted}\n{told}"


def play(title: str, folder: Path, database: PostgresDatabase, redis_url: str, *, most: int) -> None:
    """Play a whole story in a fresh world, on the morning that the page's dates are about.

    Args:
        most: of a crowd only so many write.
    """
    SandboxClock(folder / "clock.json").set_offset((BEGINS - datetime.now(UTC)).total_seconds())
    with (
        world(folder, database=database, redis_url=redis_url, more=SETTINGS) as place,
        closing(place.app()) as app,
    ):
        player = Player(place, app, most)
        for step in story(title):
            player.play(step)


def _run(who: str, arguments: tuple[str, ...], place: World) -> tuple[int, str]:
    """Run the `upstander` command in this process, which is many times quicker; its exit code and output.

    What follows `<<<` is given to it as its standard input.


    Which user of the computer types it is pretended: tests/e2e/test_one_threat.py has real ones.
    """
    said, given = io.StringIO(), ""
    if "<<<" in arguments:
        *rest, _, given = arguments
        arguments = tuple(rest)
    with (
        patch.dict(os.environ, place.environ, clear=True),
        patch.object(sys, "argv", ["upstander", *arguments]),
        patch.object(sys, "stdin", io.StringIO(f"{given}\n")),
        patch.object(pwd, "getpwuid", lambda _: SimpleNamespace(pw_name=who)),
        redirect_stdout(said),
        redirect_stderr(said),
        pytest.raises(SystemExit) as left,
    ):
        run()
    return int(left.value.code or 0), said.getvalue()
