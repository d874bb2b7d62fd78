"""What --help shows: whole names in a narrow window, and something said about everything."""

from __future__ import annotations

import re
from collections.abc import Iterator
from functools import cache
from typing import Any

import pytest
import typer
from typer._click import formatting  # where the width of a terminal is taken from
from typer.main import get_command

from worker.cli import app
from worker.cli.plain import ACTING, PlainGroup
from worker.cli.usage import PLACES
from worker.settings_load import PROJECT

WIDTH = 80
#: A name of a command as our own messages write it.
NAMED = re.compile(r"`upstander ((?:[a-z][a-z-]*)(?: [a-z][a-z-]*)*)")


@cache
def commands() -> dict[str, tuple[Any, typer.Context]]:
    """Every command and group by the words that call it."""

    def under(name: str, command: Any, parent: typer.Context | None) -> Iterator[tuple[str, Any]]:
        word = name.rpartition(" ")[2]
        context = command.make_context(word, [], parent=parent, resilient_parsing=True)
        yield name, (command, context)
        for each, inner in getattr(command, "commands", {}).items():
            yield from under(f"{name} {each}", inner, context)

    return dict(under("upstander", get_command(app.cli), None))


def test_help_fits_a_narrow_window_with_every_name_whole(monkeypatch: pytest.MonkeyPatch) -> None:
    """No line is wider than the window, nothing is cut off, no value is written in a program's codes."""
    monkeypatch.setattr(formatting, "FORCED_WIDTH", WIDTH - 2)
    for name, (command, context) in commands().items():
        shown = command.get_help(context)
        assert [line for line in shown.splitlines() if len(line) > WIDTH] == [], name
        assert not set("…%╭│") & set(shown), name
        for param in command.params:
            for option in (*param.opts, *param.secondary_opts):
                assert param.param_type_name == "argument" or option in shown, name


def test_everything_has_help() -> None:
    """Every command says what it does, every option and argument what it is for."""
    for name, (command, _) in commands().items():
        assert command.help, name
        assert [param.name for param in command.params if not param.help] == [], name


def test_every_group_reads_alike_and_every_as_may_be_said_once() -> None:
    """No group is left to the library's own way; no --as is left out of what the environment says."""
    for name, (command, _) in commands().items():
        assert isinstance(command, PlainGroup) or not hasattr(command, "commands"), name
        for param in command.params:
            assert ("--as" in param.opts) == (param.envvar == ACTING), name


def test_help_of_a_decision_ends_with_commands_to_copy() -> None:
    """Whoever decides for the first time sees a whole command, broken where a shell takes it."""
    command, context = commands()["upstander queue decide"]
    shown = command.get_help(context)
    assert "  upstander queue decide 24 --revision 36 --verdict not_upheld \\\n" in shown
    examples = shown.partition("For example:")[2]
    known = {option for param in command.params for option in (*param.opts, *param.secondary_opts)}
    assert set(re.findall(r"--[a-z-]+", examples)) <= known


def test_where_to_find_things_is_a_command_that_there_is() -> None:
    """A place is told for things that commands ask for, and leads to a command that exists."""
    asked = {
        str(param.metavar).strip("[].") if param.param_type_name == "argument" else param.opts[0]
        for command, _ in commands().values()
        for param in command.params
    }
    for thing, place in PLACES.items():
        command, _, name = thing.rpartition(" ")
        assert name in asked, thing
        assert not command or f"upstander {command}" in commands(), thing
        assert _unknown(place) == [], thing


def test_every_command_that_a_message_names_exists() -> None:
    """Nobody is sent to a command that is not there."""
    for path in (PROJECT / "worker").rglob("*.py"):
        assert _unknown(path.read_text(encoding="utf-8")) == [], path


def _unknown(text: str) -> list[str]:
    """Commands between backticks that are none. Words after a command's name are its own business."""
    known = commands()
    wrong = []
    for words in NAMED.findall(text):
        name = "upstander"
        for word in words.split():
            if not hasattr(known[name][0], "commands"):
                break
            name = f"{name} {word}"
            if name not in known:
                wrong.append(name)
                break
    return wrong
