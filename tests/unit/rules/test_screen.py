"""The shape that other tools build on, and reading comments of any quality."""

from __future__ import annotations

import io
import json

from rules.screen import ScreenComment, ScreenFormat, ScreenProblem, read_comments, screen_line
from tests.unit.rules.conftest import RULE, WriteRules


def test_the_shape_is_kept(ruleset: WriteRules) -> None:
    """Names, order and types of a screened line stay as tools and evaluations know them."""
    line = screen_line("c1", "Ah: w4zzock", ruleset("rules:\n" + RULE))
    assert json.dumps(line) == (
        '{"id": "c1", "queue": true, "priority": 10, "severity": "routine", "categories": ["insult"], '
        '"findings": [{"rule": "test.one", "category": "insult", "severity": "routine", "span": [4, 11], '
        '"matched": "w4zzock", "reason": "Says wazzock."}]}'
    )


def test_nothing_found_has_the_same_shape(ruleset: WriteRules) -> None:
    """Severity is null, lists are empty and the priority is 0 when no rule matched."""
    assert screen_line("c2", "Thank you", ruleset("rules:\n" + RULE)) == {
        "id": "c2",
        "queue": False,
        "priority": 0,
        "severity": None,
        "categories": [],
        "findings": [],
    }


def test_jsonl_loses_no_line() -> None:
    """Every line becomes a comment or a problem that names the line and keeps what was written."""
    lines = [
        '\ufeff{"id": "1", "text": "one\\u2028two", "author": "a", "platform": "x", "more": 1}',
        '{"id": 2, "text": ""}',
        "",
        "{broken",
        '["id"]',
        '{"text": "no id"}',
        '{"id": "7", "text": null}',
        "[" * 100_000,
        '{"id": "9", "text": "last"}',
    ]
    read = list(read_comments(io.StringIO("\n".join(lines)), ScreenFormat.JSONL))
    assert [item for item in read if isinstance(item, ScreenComment)] == [
        ScreenComment(1, "1", "one\u2028two", "a", "x"),
        ScreenComment(2, "2", ""),
        ScreenComment(9, "9", "last"),
    ]
    problems = [item for item in read if isinstance(item, ScreenProblem)]
    assert [str(problem) for problem in problems] == [
        "line 4: not valid JSON (JSONDecodeError); write one object a line",
        'line 5: not an object; write {"id": "…", "text": "…"}',
        'line 6: no "id"',
        "line 7: no \"text\" for id '7'; it must be text",
        "line 8: not valid JSON (RecursionError); write one object a line",
    ]
    assert problems[0].raw == "{broken"


def test_csv_loses_no_row() -> None:
    """Line breaks and quotes inside comments are kept; a row of the wrong width is told with its line."""
    text = 'Text,ID,note\n"two\nlines, ""quoted""",1,x\ntoo,few\nfine,3,\n,,\nlast,5,y\n'
    read = list(read_comments(io.StringIO(text, newline=""), ScreenFormat.CSV))
    assert read == [
        ScreenComment(2, "1", 'two\nlines, "quoted"'),
        ScreenProblem(4, "2 fields where the first line has 3; put text in double quotes", "too,few"),
        ScreenComment(5, "3", "fine"),
        ScreenProblem(6, 'no "id"', ",,"),
        ScreenComment(7, "5", "last"),
    ]


def test_a_csv_without_the_columns_is_told() -> None:
    """The message names the column that is missing."""
    read = list(read_comments(io.StringIO("id,comment\n1,x\n"), ScreenFormat.CSV))
    assert [str(item) for item in read] == ['line 1: the first line names no column text; write "id,text"']
