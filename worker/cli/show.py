"""Showing things in a terminal. Comments are hostile: they may hold commands to the terminal.

Everything that a person outside the Trust could have written passes through here. Control characters
and those that turn the direction of text are made visible; rich's markup is never read from them.
"""

from __future__ import annotations

import json
import re
import sys
from collections.abc import Iterable, Sequence
from dataclasses import fields as dataclass_fields
from dataclasses import is_dataclass
from datetime import datetime, timedelta
from typing import IO, Any

from rich.console import Console
from rich.table import Table
from rich.text import Text

from worker.clock import for_people
from worker.summary.visible import UNSAFE, UNSAFE_BUT_LINES, visible


def _json_escape(found: re.Match[str]) -> str:
    return json.dumps(found.group())[1:-1]


def json_line(value: Any) -> str:
    """One line of JSON, readable and harmless in a terminal; reading it gives the original characters."""
    # In JSON these characters can only stand inside strings, where an escape means the same.
    return UNSAFE.sub(_json_escape, json.dumps(value, ensure_ascii=False, default=_plain))


def write_json(value: Any) -> None:
    """Write a value to standard output as indented JSON, harmless in a terminal."""
    text = json.dumps(value, ensure_ascii=False, indent=2, default=_plain)
    sys.stdout.write(UNSAFE_BUT_LINES.sub(_json_escape, text) + "\n")


def _plain(value: Any) -> Any:
    if isinstance(value, datetime):
        return value.isoformat()
    if isinstance(value, timedelta):
        return value.total_seconds()
    if is_dataclass(value) and not isinstance(value, type):
        return {each.name: getattr(value, each.name) for each in dataclass_fields(value)}
    return str(value)


def when(moment: datetime | None) -> str:
    """A moment for people, or a dash."""
    return "-" if moment is None else for_people(moment)


def say(text: str) -> None:
    """Write lines for people to standard output."""
    _write(text, sys.stdout)


def tell(text: str) -> None:
    """Write lines for people to standard error: progress, warnings, errors. Output stays data."""
    _write(text, sys.stderr)


def _write(text: str, stream: IO[str]) -> None:
    stream.write(visible(text, lines=True) + "\n")
    stream.flush()


def table(headings: Sequence[str], rows: Iterable[Sequence[object]], *, empty: str) -> None:
    """Show rows under headings; lines with bars where standard output is no terminal.

    Args:
        empty: what to say where there are no rows.
    """
    listed = [[visible("-" if cell is None else str(cell)) for cell in row] for row in rows]
    if not listed:
        say(empty)
        return
    if not sys.stdout.isatty():
        for row in [list(headings), *listed]:
            say(" | ".join(row))
        return
    shown = Table(*headings, box=None, pad_edge=False)
    for row in listed:
        shown.add_row(*(Text(cell) for cell in row))
    Console().print(shown)


def fields(pairs: Iterable[tuple[str, object]]) -> None:
    """Show names with their values, one a line."""
    listed = [(name, "-" if value is None else str(value)) for name, value in pairs]
    width = max((len(name) for name, _ in listed), default=0)
    for name, value in listed:
        say(f"{name:<{width}}  {visible(value)}")
