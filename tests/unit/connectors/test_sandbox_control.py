"""Filling, steering and looking at a sandbox: loader, examples, control API, clock and web pages."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import asdict
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
import requests

from connectors.sandbox.clock import SandboxClock
from connectors.sandbox.examples import load_examples
from connectors.sandbox.loader import FileWrong, Row, load_rows, read_rows
from connectors.sandbox.server import Sandbox
from connectors.sandbox.state import World
from connectors.sandbox.switches import Switches
from connectors.sandbox.things import Author, Comment, Post

NOW = datetime(2026, 11, 21, 12, 0, tzinfo=UTC)


@pytest.fixture
def box() -> Iterator[Sandbox]:
    """A sandbox that is running."""
    with Sandbox() as running:
        yield running


def control(box: Sandbox, path: str, method: str = "POST", **body: Any) -> requests.Response:
    """Call the control API."""
    return requests.request(method, f"{box.web_url}/_sandbox/{path}", json=body, timeout=10)


def rows(count: int, **more: Any) -> list[Row]:
    """So many made-up rows."""
    return [Row(f"row-{n}", f"made-up {n}", **more) for n in range(count)]


def everything(world: World) -> list[Any]:
    """All that a world holds, comparable."""
    things: list[Post | Comment | Author] = [*world.posts.values(), *world.comments.values()]
    return [asdict(each) for each in [*things, *world.authors.values()]]


@pytest.mark.parametrize("platform", ["x", "facebook"])
def test_loading_is_deterministic_by_seed(platform: str) -> None:
    """The same rows, seed and time give the same world to the last id; another seed gives another."""
    worlds = [World(lambda: NOW) for _ in range(3)]
    for world, seed in zip(worlds, (7, 7, 8), strict=True):
        load_rows(world, rows(400), platform=platform, account="northmoor", seed=seed, now=NOW)
    assert everything(worlds[0]) == everything(worlds[1])
    assert everything(worlds[0]) != everything(worlds[2])


def test_loaded_replies_lie_within_reach() -> None:
    """On X every reply is younger than six days and than its post, texts untouched; some are mentions."""
    world = World(lambda: NOW)
    dated = [Row("old", "made-up", posted_at="2019-01-01T00:00:00"), *rows(600)]
    loaded = load_rows(world, dated, platform="x", account="northmoor", now=NOW)
    assert (loaded.added, loaded.already, loaded.posts) == (601, 0, 5)
    for comment in world.comments.values():
        assert (
            NOW - timedelta(days=6)
            < world.posts["x", comment.post_id or ""].posted_at
            < comment.posted_at
            < NOW
        )
    assert {each.text for each in world.comments.values()} == {each.text for each in dated}
    assert 0 < sum(each.mentions for each in world.comments.values()) < 100


def test_a_third_of_facebook_comments_are_replies() -> None:
    """About a third answer another comment of the same post, and none is older than what it answers."""
    world = World(lambda: NOW)
    load_rows(world, rows(900), platform="facebook", account="northmoor", now=NOW)
    replies = [each for each in world.comments.values() if each.parent_id is not None]
    assert 200 < len(replies) < 400
    for reply in replies:
        parent = world.comments["facebook", reply.parent_id or ""]
        assert parent.post_id == reply.post_id
        assert parent.posted_at <= reply.posted_at


def test_given_times_and_authors_are_kept() -> None:
    """On Facebook a row's own time and author are kept."""
    world = World(lambda: NOW)
    given = [Row("a", "made-up", "Ivor Cleave", "2026-11-20T09:15:00+00:00")]
    load_rows(world, given, platform="facebook", account="northmoor", now=NOW)
    (comment,) = world.comments.values()
    assert comment.posted_at == datetime(2026, 11, 20, 9, 15, tzinfo=UTC)
    assert world.authors["facebook", comment.author_id or ""].handle == "Ivor Cleave"


def test_loading_twice_adds_nothing() -> None:
    """Rows that were loaded before are left alone."""
    world = World(lambda: NOW)
    load_rows(world, rows(30), platform="x", account="northmoor", now=NOW)
    again = load_rows(world, rows(40), platform="x", account="northmoor", now=NOW)
    assert (again.added, again.already, len(world.comments)) == (10, 30, 40)


def test_reading_files(tmp_path: Path) -> None:
    """CSV with quoted line breaks and unknown columns, and JSONL with null text, are read."""
    table = tmp_path / "a.csv"
    table.write_text('id,text,mood,author\n1,"two\nlines",x,Ivor\n2,plain,y,\n', encoding="utf-8")
    assert read_rows(table) == [Row("1", "two\nlines", "Ivor"), Row("2", "plain")]
    lines = tmp_path / "a.jsonl"
    lines.write_text(
        '{"id": 5, "text": null}\n\n{"id": "6", "text": "x", "posted_at": "2026-11-20T09:15:00Z"}\n'
    )
    assert read_rows(lines) == [Row("5", None), Row("6", "x", None, "2026-11-20T09:15:00+00:00")]


@pytest.mark.parametrize(
    ("name", "content", "words"),
    [
        ("a.csv", b"id,words\n1,x\n", "a.csv:2: there is no 'text'"),
        ("a.csv", b"id,text\n1,x\n1,y\n", "a.csv:3: the id '1' stands on line 2"),
        ("a.csv", b"id,text\n,x\n", "a.csv:2: the id is empty"),
        ("a.csv", b"id,text\n1,\xff\n", "a.csv:2: not UTF-8"),
        ("a.jsonl", b'{"id":"1","text":"x"}\n{oops\n', "a.jsonl:2: not JSON"),
        ("a.jsonl", b"[1]\n", "a.jsonl:1: not a JSON object"),
        ("a.jsonl", b'{"id":"1","text":7}\n', "a.jsonl:1: the text is not a text"),
        ("a.jsonl", b'{"id":"1","text":"x","posted_at":"soon"}\n', "a.jsonl:1: posted_at is no ISO 8601"),
    ],
)
def test_wrong_files_are_named_with_their_line(tmp_path: Path, name: str, content: bytes, words: str) -> None:
    """A file that cannot be loaded is refused with its name, the line and the reason."""
    path = tmp_path / name
    path.write_bytes(content)
    with pytest.raises(FileWrong) as wrong:
        read_rows(path)
    assert words in str(wrong.value)


def test_a_running_sandbox_can_be_loaded(box: Sandbox) -> None:
    """The load endpoint fills a running sandbox and tells what it did; state counts it."""
    answer = control(
        box, "load", platform="x", account="northmoor", seed=3, rows=[asdict(each) for each in rows(20)]
    )
    assert answer.json()["added"] == 20
    state = control(box, "state", "GET").json()
    assert state["comments"] == {"x": 20, "facebook": 0}
    assert state["accounts"][0]["token"] == answer.json()["token"]
    assert state["addresses"] == {"x": box.x_url, "graph": box.graph_url, "web": box.web_url}
    listed = control(box, "comments", "GET", platform="x").json()["comments"]
    assert {each["row_id"] for each in listed} == {each.id for each in rows(20)}


def test_comments_can_be_written_edited_and_deleted(box: Sandbox) -> None:
    """One comment can be posted now, answered, changed and taken away, also one that is broken."""
    first = control(box, "comment", platform="facebook", account="northmoor", text="made-up").json()[
        "comment"
    ]
    reply = control(
        box,
        "comment",
        platform="facebook",
        account="northmoor",
        text="r",
        parent_id=first["id"],
        broken=["null_text"],
    ).json()["comment"]
    assert (reply["parent_id"], reply["post_id"]) == (first["id"], first["post_id"])
    edited = control(box, "edit", platform="facebook", comment_id=first["id"], text="changed").json()[
        "comment"
    ]
    assert edited["text"] == "changed"
    assert control(box, "delete", platform="facebook", comment_id=first["id"]).json()["comment"]["deleted"]
    assert control(box, "edit", platform="facebook", comment_id=first["id"], text="x").status_code == 404


def test_switches_faults_and_clock_by_control(box: Sandbox) -> None:
    """Switches, faults and the clock can be set and read; mistakes are refused and change nothing."""
    assert control(box, "settings", limits=False).json()["settings"]["limits"] is False
    assert control(box, "settings", limits=True, mood=1).status_code == 400
    assert control(box, "settings", "GET").json()["settings"]["limits"] is False
    control(box, "faults", kind="outage", platform="x")
    assert control(box, "faults", "GET").json()["faults"][0]["kind"] == "outage"
    assert requests.get(box.x_url + "/2/users/me", timeout=10).status_code == 503
    assert control(box, "faults", "DELETE").json() == {"cleared": 1}
    assert control(box, "faults", kind="gremlins").status_code == 400
    assert control(box, "clock", shift_seconds=60).json()["offset_seconds"] == 60
    assert control(box, "clock", offset_seconds=5).json()["offset_seconds"] == 5


@pytest.mark.parametrize("change", [{"mood": 1}, {"limits": 1}, {"limit_scale": True}, {"x_edits": "never"}])
def test_switches_take_only_what_they_can(change: dict[str, Any]) -> None:
    """An unknown switch, or a value it cannot take, is refused and nothing is set."""
    switches = Switches()
    with pytest.raises(ValueError, match="switch"):
        switches.update({"login_wall": False, **change})
    assert switches == Switches()


def test_two_clocks_share_a_file(tmp_path: Path) -> None:
    """What one process sets, another sees; a file that is gone means no offset."""
    path = tmp_path / "clock.json"
    here, there = SandboxClock(path), SandboxClock(path)
    here.shift(3600)
    assert there.offset_seconds == 3600
    assert json.loads(path.read_text()) == {"offset_seconds": 3600}
    there.shift(-600)
    assert here.offset_seconds == 3000
    path.unlink()
    assert here.offset_seconds == 0


@pytest.mark.parametrize("seed", [0, 5])
def test_examples_cover_both_platforms(seed: int) -> None:
    """The written examples fill both platforms, with every oddity, all in the past and after their posts."""
    world = World(lambda: NOW)
    examples = load_examples(world, now=NOW, seed=seed)
    comments = list(world.comments.values())
    assert set(examples.accounts) == {"x", "facebook"}
    assert len(comments) == len(examples.shows) >= 60
    assert {each.kind for each in comments} == {"reply", "mention", "quote"}
    assert any(each.author_id is None for each in comments)
    assert any(each.text is None for each in comments)
    assert any(each.broken for each in comments)
    assert any(each.parent_id for each in comments)
    assert examples.edits
    for each in comments:
        assert each.posted_at < NOW
        if each.post_id is not None:
            assert world.posts[each.platform, each.post_id].posted_at < each.posted_at


def test_pages_show_posts_behind_a_wall(box: Sandbox) -> None:
    """Strangers meet a log-in page until the wall is off; the operator always sees; markup stays text."""
    page = box.world.add_account("facebook", "northmoor")
    post = box.world.add_post(page, "Clinic opens")
    author = box.world.add_author("facebook", "A <i>Person</i>")
    evil = "<script>alert(1)</script> \u202e \ud800"
    comment = box.world.add_comment(page, evil, post=post, author=author)
    asked = {"fields": "permalink_url", "access_token": page.token}
    link = requests.get(f"{box.graph_url}/v25.0/{comment.id}", params=asked, timeout=10).json()[
        "permalink_url"
    ]
    operator = f"{box.web_url}/_sandbox/view/{post.id}"
    assert "alert(1)" not in requests.get(link, timeout=10).text
    assert "Log in" in requests.get(link, timeout=10).text
    assert "alert(1)" in requests.get(operator, timeout=10).text
    box.world.switches.update({"login_wall": False})
    shown = requests.get(link, timeout=10).text
    assert "&lt;script&gt;alert(1)" in shown
    assert "<script" not in shown
    assert "\u202e" not in shown
    assert "<i>" not in shown
    box.world.change(comment, "hide")
    assert "alert(1)" not in requests.get(link, timeout=10).text
    assert "This comment is hidden" in requests.get(operator, timeout=10).text
    assert "Clinic opens" in requests.get(box.web_url, timeout=10).text


def test_x_pages_show_the_thread_of_a_reply(box: Sandbox) -> None:
    """A reply's address shows its post and thread; a hidden one stays behind a click."""
    account = box.world.add_account("x", "NorthmoorTrust")
    comment = box.world.add_comment(
        account, "made-up words", post=box.world.add_post(account, "Clinic opens")
    )
    box.world.switches.update({"login_wall": False})
    box.world.change(comment, "hide")
    shown = requests.get(f"{box.web_url}/anybody/status/{comment.id}", timeout=10).text
    assert "Clinic opens" in shown
    assert "<details>" in shown
    assert requests.get(f"{box.web_url}/anybody/status/1", timeout=10).status_code == 404


def test_account_ids_are_unique_over_platforms() -> None:
    """Two accounts cannot share an id, on whichever platforms they are."""
    world = World(lambda: NOW)
    world.add_account("x", "one", account_id="7")
    with pytest.raises(ValueError, match="taken"):
        world.add_account("facebook", "two", account_id="7")


def test_a_taken_port_is_an_error(box: Sandbox) -> None:
    """Starting on a port that is taken fails at once instead of hanging."""
    port = int(box.x_url.rpartition(":")[2])
    with pytest.raises(OSError, match="in use"):
        Sandbox().start(port)
