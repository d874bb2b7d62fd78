"""`upstander screen`: judge comments from a file or a pipe by the rules. Needs no database."""

from __future__ import annotations

import io
import re
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, BinaryIO, TextIO

import typer

from worker.cli.progress import Advance, progress
from worker.cli.running import settings
from worker.cli.show import json_line, tell
from worker.errors import NotFound

if TYPE_CHECKING:
    from rules.screen import ScreenComment, ScreenFormat, ScreenProblem

_PEEK = 4096
#: How Python keeps bytes that are not UTF-8 until somebody looks.
_NOT_UTF8 = re.compile("[\udc80-\udcff]")


@dataclass(frozen=True, slots=True)
class _Source:
    """An opened input: its text, its format, and how far it has been read."""

    text: TextIO
    form: ScreenFormat
    raw: BinaryIO
    size: int | None


def screen(
    context: typer.Context,
    file: Annotated[
        Path | None, typer.Argument(metavar="[FILE]", help="JSONL or CSV; standard input without it.")
    ] = None,
    form: Annotated[
        str | None,
        typer.Option("--format", help="jsonl or csv; else told by the name or the first character."),
    ] = None,
) -> None:
    """Judge comments by the rules: one JSON line for each.

    Reads `id` and `text` (optional `author`, `platform`) and writes, for each comment, whether to queue it,
    its priority, severity and categories, and what each rule found where. Leaves with 1 if a line could not
    be read; the others are judged all the same.
    """
    from rules.load import load_ruleset
    from rules.screen import read_comments, screen_line

    if form not in (None, "jsonl", "csv"):
        raise typer.BadParameter("write jsonl or csv", param_hint="--format")
    chosen = settings(context).settings
    ruleset = load_ruleset(chosen.rules_dir, chosen.reference_dir / "categories.yaml")
    unreadable = 0
    with _opened(file, form) as source, progress("Screening", source.size) as advance:
        for item in read_comments(source.text, source.form):
            comment = _readable(item)
            if comment is None:
                unreadable += 1
                continue
            sys.stdout.write(json_line(screen_line(comment.id, comment.text, ruleset)) + "\n")
            _keep_up(source, advance)
    sys.stdout.flush()
    if unreadable:
        tell(f"{unreadable} could not be read and {'was' if unreadable == 1 else 'were'} not judged.")
        raise typer.Exit(1)


def _readable(item: ScreenComment | ScreenProblem) -> ScreenComment | None:
    """The comment, or None after saying on standard error why the line is none."""
    from rules.screen import ScreenProblem

    if isinstance(item, ScreenProblem):
        tell(str(item))
        return None
    if _NOT_UTF8.search(item.id + item.text):
        tell(f"line {item.line}: not UTF-8 text; save the file as UTF-8")
        return None
    return item


def _keep_up(source: _Source, advance: Advance) -> None:
    if source.size is None:
        # Whoever feeds the pipe may wait for the answer.
        sys.stdout.flush()
    else:
        advance(source.raw.tell())


@contextmanager
def _opened(file: Path | None, form: str | None) -> Iterator[_Source]:
    from rules.screen import ScreenFormat

    if file is None or str(file) == "-":
        yield _source(sys.stdin.buffer, form or "", None)
        return
    try:
        raw = file.open("rb")
    except OSError as error:
        raise NotFound(f"{file} cannot be read: {error.strerror}.") from error
    with raw:
        named = {".csv": ScreenFormat.CSV, ".jsonl": ScreenFormat.JSONL}.get(file.suffix.lower(), "")
        yield _source(raw, form or named, file.stat().st_size)


def _source(raw: BinaryIO, form: str, size: int | None) -> _Source:
    from rules.screen import ScreenFormat

    buffered = raw if isinstance(raw, io.BufferedReader) else io.BufferedReader(raw)  # type: ignore[type-var]  # a BinaryIO is raw enough
    if not form:
        first = buffered.peek(_PEEK).removeprefix(b"\xef\xbb\xbf").lstrip()[:1]
        form = "jsonl" if first in (b"{", b"") else "csv"
    text = io.TextIOWrapper(buffered, encoding="utf-8", errors="surrogateescape", newline="")
    return _Source(text, ScreenFormat(form), buffered, size)
