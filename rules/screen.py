"""Screening without a database: comments read from a stream in, one plain mapping for each out."""

import csv
import json
from collections.abc import Iterator
from dataclasses import dataclass
from enum import StrEnum
from typing import TextIO

from rules.evaluate import RuleSet
from rules.schema import Context, RevisionText

# One cell of a CSV: far above any comment, far below what would exhaust the memory.
_MOST_CHARACTERS = 4 << 20


class ScreenFormat(StrEnum):
    """How the comments are written."""

    JSONL = "jsonl"
    CSV = "csv"


@dataclass(frozen=True, slots=True)
class ScreenComment:
    """One comment to screen; `line` is where it stands in its file, counted from 1."""

    line: int
    id: str
    text: str
    author: str | None = None
    platform: str | None = None


@dataclass(frozen=True, slots=True)
class ScreenProblem:
    """A line that is not a comment, and why. `raw` is what was written, so that nothing is lost."""

    line: int
    message: str
    raw: str

    def __str__(self) -> str:
        return f"line {self.line}: {self.message}"


def screen_line(
    comment_id: str, text: str, ruleset: RuleSet, context: Context | None = None
) -> dict[str, object]:
    """Judge one comment. Spans count characters of `text`; severity is None when nothing was found."""
    verdict = ruleset.evaluate(RevisionText(text), context or Context())
    return {
        "id": comment_id,
        "queue": verdict.queue,
        "priority": verdict.priority,
        "severity": verdict.severity.value if verdict.severity else None,
        "categories": [category.value for category in verdict.categories],
        "findings": [
            {
                "rule": finding.rule_id,
                "category": finding.category.value,
                "severity": finding.severity.value,
                "span": [finding.start, finding.end],
                "matched": finding.matched,
                "reason": finding.reason,
            }
            for finding in verdict.findings
        ],
    }


def read_comments(stream: TextIO, form: ScreenFormat) -> Iterator[ScreenComment | ScreenProblem]:
    """Read comments one by one; a bad line becomes a ScreenProblem and reading goes on.

    `id` and `text` are needed, `author` and `platform` may be there, anything else is ignored. Open a CSV
    file with newline="" so that line breaks inside a comment are kept.
    """
    return _read_csv(stream) if form is ScreenFormat.CSV else _read_jsonl(stream)


def _read_jsonl(stream: TextIO) -> Iterator[ScreenComment | ScreenProblem]:
    for number, raw in enumerate(stream, start=1):
        written = raw.strip().removeprefix("\ufeff")
        if not written:
            continue
        try:
            fields = json.loads(written)
        except (ValueError, RecursionError) as error:
            yield ScreenProblem(
                number, f"not valid JSON ({type(error).__name__}); write one object a line", written
            )
            continue
        if isinstance(fields, dict):
            yield _comment(number, fields, written)
        else:
            yield ScreenProblem(number, 'not an object; write {"id": "…", "text": "…"}', written)


def _read_csv(stream: TextIO) -> Iterator[ScreenComment | ScreenProblem]:
    csv.field_size_limit(_MOST_CHARACTERS)
    # Strict: a quote that is never closed must not swallow the rest of the file.
    reader = csv.reader(stream, strict=True)
    try:
        header = [name.strip().removeprefix("\ufeff").casefold() for name in next(reader, [])]
    except csv.Error as error:
        yield ScreenProblem(1, f"not valid CSV: {error}", "")
        return
    missing = [name for name in ("id", "text") if name not in header]
    if missing:
        names = " and ".join(missing)
        yield ScreenProblem(1, f'the first line names no column {names}; write "id,text"', ",".join(header))
        return
    while True:
        start = reader.line_num + 1
        try:
            row = next(reader, None)
        except csv.Error as error:
            yield ScreenProblem(start, f"not valid CSV: {error}", "")
            continue
        if row is None:
            return
        if not row:
            continue
        raw = ",".join(row)
        if len(row) != len(header):
            message = f"{len(row)} fields where the first line has {len(header)}; put text in double quotes"
            yield ScreenProblem(start, message, raw)
        else:
            yield _comment(start, dict(zip(header, row, strict=True)), raw)


def _comment(line: int, fields: dict[str, object], raw: str) -> ScreenComment | ScreenProblem:
    comment_id, text = fields.get("id"), fields.get("text")
    if isinstance(comment_id, int) and not isinstance(comment_id, bool):
        comment_id = str(comment_id)
    if not isinstance(comment_id, str) or not comment_id.strip():
        return ScreenProblem(line, 'no "id"', raw)
    if not isinstance(text, str):
        return ScreenProblem(line, f'no "text" for id {comment_id[:60]!r}; it must be text', raw)
    author, platform = fields.get("author"), fields.get("platform")
    return ScreenComment(
        line,
        comment_id,
        text,
        author if isinstance(author, str) and author else None,
        platform if isinstance(platform, str) and platform else None,
    )
