"""Searching on the command line: what is shown, and what is said instead of an empty list."""

from __future__ import annotations

import json
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from types import SimpleNamespace

import pytest
import typer
from typer.testing import CliRunner, Result

from tests.stores import sqlite_store
from tests.unit.review.scene import Scene, make_scene
from worker.cli import running
from worker.cli.app import cli
from worker.errors import NotAllowed
from worker.review.search.stage import Search
from worker.review.search.wanted import SearchRefused


@pytest.fixture
def scene(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Scene]:
    """A scene that the command works on."""
    store = sqlite_store(tmp_path)
    made = make_scene(store)
    casework = SimpleNamespace(search=Search(store, made.clock))
    parts = SimpleNamespace(store=store, clock=made.clock, casework=casework)

    @contextmanager
    def app(_context: typer.Context) -> Iterator[SimpleNamespace]:
        yield parts

    monkeypatch.setattr(running, "app", app)
    yield made
    store.close()


def run(*words: str, by: str = "The reviewer") -> Result:
    """Search as somebody."""
    return CliRunner().invoke(cli, ["search", *words, "--as", by])


def test_what_is_found_is_shown_newest_first_and_obeyed_by_no_terminal(scene: Scene) -> None:
    """Case or none, how it stands, the words around the match, how many there are, and how to go on."""
    case_id, _, first = scene.case("1", "I wait in the car\x1b[2J park")
    bare = scene.comment("2", "Parking the car is <b>hard</b>")[1]
    shown = run("park*", "car")
    rows = [line.split(" | ") for line in shown.output.splitlines() if " | " in line][1:]
    assert [row[:2] for row in rows] == [["-", str(bare)], [str(case_id), str(first)]]
    assert [row[6] for row in rows] == ["no case", "open"]
    assert [row[-1] for row in rows] == ["Parking the car is <b>hard</b>", "I wait in the car\\x1b[2J park"]
    assert "2 shown of 2." in shown.output
    page = run("car", "--limit", "1")
    assert f"--before {bare}" in page.output
    assert str(first) in run("car", "--limit", "1", "--before", str(bare)).output
    assert "Nothing is like that." in run('"park the car"').output
    second = scene.edit(scene.case("3", "before zebra")[1], "after zebra")
    assert "open on another wording" in next(
        line for line in run("after").output.splitlines() if f"| {second} |" in line
    )


def test_filters_narrow_it_and_days_are_londons(scene: Scene) -> None:
    """Every option reaches the search; the last day is whole."""
    case_id, *_ = scene.case("1", "words")
    today = "2026-11-09"
    narrowed = run(
        "--handle", "some*", "--platform", "facebook", "--state", "open", "--severity", "serious",
        "--undecided", "--from", today, "--to", today, "--json",
    )  # fmt: skip
    page = json.loads(narrowed.output)
    assert [row["case_id"] for row in page["rows"]] == [case_id]
    assert page["rows"][0]["snippet"] == [{"text": "words", "matched": False}]
    for none in (("--to", "2026-11-08"), ("--decided",), ("--rule", "x"), ("--category", "insult")):
        assert "Nothing is like that." in run(*none).output, none


def test_a_search_for_nothing_and_one_that_is_not_theirs_are_refused(scene: Scene) -> None:
    """Both in words; a lead gets rows by filters, without any words."""
    scene.case("1", "words")
    assert isinstance(run().exception, SearchRefused)
    assert isinstance(run("words", by="The communications lead").exception, NotAllowed)
    row = run("--handle", "someone", by="The communications lead").output.splitlines()[1]
    assert row.endswith("shown on opening it")
