"""docs/trace.md names only what is there, and leaves none of the 59 rows out."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import pytest
import typer

from worker.cli.app import cli
from worker.settings import every_setting

ROOT = Path(__file__).parents[2]
PAGE = ROOT / "docs" / "trace.md"
STATES = {"served", "in part", "to come", "not served"}
_ROW = re.compile(r"\| (\d+) \| ([^|]+) \| ([^|]+) \| ([^|]+) \|")
_QUOTED = re.compile(r"`([^`]+)`")
_SETTING = re.compile(r"[a-z_]+(\.[a-z_]+)+")


def rows() -> list[tuple[int, str, str]]:
    """Number, state and the last cell of each row."""
    found = (_ROW.fullmatch(line) for line in PAGE.read_text("utf-8").splitlines())
    return [(int(each[1]), each[3], each[4]) for each in found if each]


def quoted() -> list[str]:
    """Everything that the rows name as code."""
    return sorted({name for _, _, where in rows() for name in _QUOTED.findall(where)})


def there_is(command: str) -> bool:
    """Whether the command line has a command of these words."""
    at: Any = typer.main.get_command(cli)
    for word in command.split()[1:]:
        at = getattr(at, "commands", {}).get(word)
        if at is None:
            return False
    return not getattr(at, "commands", None)


def test_every_row_of_the_guidance_has_its_place() -> None:
    """All 59, in order, each with a state and with more than a word about where or why not."""
    assert [number for number, _, _ in rows()] == list(range(1, 60))
    assert {state for _, state, _ in rows()} <= STATES
    assert all(len(where) > 40 for _, _, where in rows())


@pytest.mark.parametrize("command", [name for name in quoted() if name.startswith("upstander ")])
def test_every_command_that_it_names_is_there(command: str) -> None:
    """Whoever follows a row into the command line finds the command."""
    assert there_is(command)


def test_a_command_that_is_not_there_would_be_noticed() -> None:
    """The look at the command line is one: a group alone or a made-up word is no command."""
    assert there_is("upstander queue decide")
    assert not there_is("upstander queue")
    assert not there_is("upstander queue dance")


def test_every_setting_and_file_that_it_names_is_there() -> None:
    """A setting can be set, a file can be opened."""
    settings = {setting.name for setting in every_setting()}
    named = [name for name in quoted() if not name.startswith("upstander ")]
    files = [name for name in named if "/" in name]
    assert [name for name in files if not (ROOT / name).exists()] == []
    dotted = [name for name in named if "/" not in name and _SETTING.fullmatch(name)]
    assert dotted
    assert [name for name in dotted if name not in settings] == []
