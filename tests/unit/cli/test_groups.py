"""The commands on groups, handing on and putting aside: what they say, and what a terminal is spared."""

from __future__ import annotations

import json
import re
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
from worker.errors import NotAllowed, NotFound
from worker.review.handing_on import HandingOn
from worker.review.together import Groups
from worker.settings_review import Review as ReviewSettings
from worker.store import tables as t


@pytest.fixture
def scene(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Scene]:
    """People and an account on SQLite; every command runs over their stages."""
    store = sqlite_store(tmp_path)
    made = make_scene(store)
    casework = SimpleNamespace(
        groups=Groups(store, made.clock), handing_on=HandingOn(store, made.clock, ReviewSettings())
    )
    parts = SimpleNamespace(store=store, clock=made.clock, review=made.review, casework=casework)

    @contextmanager
    def app(_context: typer.Context) -> Iterator[SimpleNamespace]:
        yield parts

    monkeypatch.setattr(running, "app", app)
    yield made
    store.close()


def run(*words: str, by: str = "The reviewer") -> Result:
    """Run one `queue` command as somebody."""
    return CliRunner().invoke(cli, ["queue", *words, "--as", by])


def test_a_group_is_seen_and_decided_with_the_command_that_it_names(scene: Scene) -> None:
    """What `queue group` prints is what is decided; no terminal is owned; what changed is named."""
    (first, _, _), (second, comment_id, _) = (
        scene.case(str(number), f"made-up\x1b]0;owned\x07 words {number}") for number in range(2)
    )
    listed = run("groups")
    assert "all by someone" in listed.output
    shown = run("group", "1")
    assert "\x1b" not in shown.output
    assert "made-up" in shown.output
    found = re.search(r"--all-as-shown (\w+)", shown.output)
    assert found is not None
    scene.edit(comment_id, "other words")
    decided = run(
        *("decide-group", "1", "--all-as-shown", found[1], "--verdict", "not_upheld"),
        *("--reason", "Criticism.", "--why-not", "criticism"),
    )
    assert decided.exit_code == 1, "something was left out"
    assert f"on case {first}." in decided.output
    assert f"Left out: case {second}" in decided.output
    assert "1 decided, 1 left out." in decided.output
    assert scene.count(t.Decision) == 1


def test_the_same_words_are_printed_once_with_everybody_who_wrote_them(scene: Scene) -> None:
    """Written otherwise they follow, as they were written; words that look like a line of ours are marked."""
    same = [scene.case(f"same{number}", "Nobody wants you here\n9:9  forged") for number in range(3)]
    scene.case("other", "made-up words")
    scene.case("dressed", "N0BODY wants you, here! 9:9 forged", priority=10)
    shown = run("group", "1").output
    members = "".join(
        f"{case_id}:{revision}  someone  (serious; evidence pending)\n" for case_id, _, revision in same
    )
    once = f"3 cases say:\n> Nobody wants you here\n> 9:9  forged\n{members}"
    assert (
        f"{once}\n1 case says the same, written otherwise:\n> N0BODY wants you, here! 9:9 forged\n" in shown
    )
    assert shown.count("made-up words") == 1
    listed = json.loads(run("group", "1", "--json").output)
    assert [each["text"] for each in listed["members"]].count("Nobody wants you here\n9:9  forged") == 3


def test_an_author_without_a_handle_is_named_by_their_name(scene: Scene) -> None:
    """A bare number of the platform's tells nobody who it is, where the platform gave a name."""
    for number in range(2):
        scene.case(str(number), f"made-up words {number}")
    with scene.store.write() as session:
        author = session.get_one(t.Author, scene.author_id)
        author.handle, author.name = None, "Harl Dunnock"
    assert "all by Harl Dunnock" in run("groups").output
    assert "  Harl Dunnock  (" in run("group", "1").output


def test_a_group_ends_with_the_whole_command_that_decides_it(scene: Scene) -> None:
    """Nothing is left to dots: what a verdict needs stands there, to be filled in."""
    for number in range(2):
        scene.case(str(number), f"made-up words {number}")
    shown = re.sub(r" \\\n +", " ", run("group", "1").output)
    (line,) = (each for each in shown.splitlines() if "--verdict not_upheld" in each)
    assert "upstander queue decide-group 1 --all-as-shown" in line
    assert '--why-not "criticism|' in line
    assert line.endswith('--reason "WHY" --as "The reviewer"')


def test_single_members_are_named_as_the_list_names_them(scene: Scene) -> None:
    """`--revisions` takes CASE:REVISION, one or more; a mistyped one, or both ways at once, is refused."""
    case_id, _, revision_id = scene.case("1", "made-up words")
    scene.case("2", "more made-up words")
    view = json.loads(run("group", "1", "--json").output)
    verdict = ("--verdict", "not_upheld", "--reason", "Criticism.", "--why-not", "criticism")
    for wrong in ((), ("--revisions", "12"), ("--revisions", "1:1", "--all-as-shown", view["token"])):
        assert run("decide-group", "1", *wrong, *verdict).exit_code == 2
    done = run("decide-group", "1", "--revisions", f"{case_id}:{revision_id}", *verdict)
    assert (done.exit_code, "1 decided, 0 left out." in done.output) == (0, True)


def test_a_case_is_handed_on_put_aside_and_woken(scene: Scene) -> None:
    """Times are London's; the queue shows what is put aside; a colleague who does not exist gets nothing."""
    case_id, *_ = scene.case("1")
    number = str(case_id)
    aside = run("snooze", number, "--until", "2026-11-10 09:30")
    assert "9:30am" in aside.output
    listed = run("list")
    assert "put aside until" in listed.output
    assert run("wake", number).exit_code == 0
    assert "put aside until" not in run("list").output
    assert isinstance(run("reassign", number, "--to", "Nobody").exception, NotFound)
    scene.review.claim(scene.second, case_id)
    assert isinstance(run("reassign", number, "--to", "The reviewer").exception, NotAllowed)
    handed = run("reassign", number, "--to", "The reviewer", by="Sam Okafor")
    assert f"Case {case_id} is with The reviewer until" in handed.output
