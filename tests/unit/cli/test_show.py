"""Hostile text in a terminal: made visible, never obeyed, never lost in JSON."""

from __future__ import annotations

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from worker.cli.show import json_line, table, write_json
from worker.summary.visible import visible

#: What can act on a terminal or mislead a reader: ESC, C1, bell, backspace, direction, tags, invisible.
UNSAFE = [
    "\x1b[2J",
    "\x9b31m",
    "\x07",
    "\x08",
    "\r",
    "\u202e",
    "\u2066",
    "\u200f",
    "\ufeff",
    "\U000e0041",
    "\ud800",
]


@pytest.mark.parametrize("text", UNSAFE)
def test_what_acts_on_a_terminal_is_written_out(text: str) -> None:
    """No such character survives on its way to the terminal."""
    shown = visible(f"a{text}b")
    assert text[0] not in shown
    assert shown.startswith("a\\")


@given(st.text(st.characters()))
def test_json_is_harmless_and_complete(text: str) -> None:
    """A line of JSON holds nothing that acts on a terminal, and reading it gives back every character."""
    line = json_line({"text": text, "n": 1})
    assert json.loads(line) == {"text": text, "n": 1}
    assert visible(line) == line


def test_ordinary_writing_stays_as_it_is() -> None:
    """Welsh, Arabic, emoji with joiners and line feeds in a block are people's words, not attacks."""
    text = "Llanfair\u2019r \u0645\u0631\u062d\u0628\u0627 \U0001f469\u200d\u2695\ufe0f"
    assert visible(text) == text
    assert visible("a\nb", lines=True) == "a\nb"
    assert visible("a\nb") == "a\\x0ab"


def test_a_table_in_a_pipe_keeps_one_row_a_line(capsys: pytest.CaptureFixture[str]) -> None:
    """A name with line breaks, tabs and markup cannot make rows, columns or colours."""
    table(("name", "n"), [("[red]x\n\ty", None)], empty="none")
    assert capsys.readouterr().out == "name | n\n[red]x\\x0a\\x09y | -\n"


def test_indented_json_is_harmless_too(capsys: pytest.CaptureFixture[str]) -> None:
    """What --json shows can be read on a terminal."""
    write_json({"text": "a\x1b[2J\u202eb"})
    written = capsys.readouterr().out
    assert "\x1b" not in written
    assert json.loads(written) == {"text": "a\x1b[2J\u202eb"}
