"""A Page's JSON, as recorded and as broken as it comes."""

from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from connectors.facebook.cursor import Cursor, Pending, Walk
from connectors.facebook.parse import parse_comment, parse_post, parse_visitor_post

FIXTURES = Path(__file__).parents[2] / "fixtures" / "platforms"


def recorded() -> dict[str, Any]:
    """The one post of the recorded feed."""
    found: dict[str, Any] = json.loads((FIXTURES / "graph_feed.json").read_text("utf-8"))["data"][0]
    return found


def test_the_recorded_comment_is_read() -> None:
    """Every fact of the recorded payload arrives."""
    item = recorded()["comments"]["data"][0]
    comment = parse_comment(item, "900_111")
    assert (comment.external_id, comment.kind, comment.text) == ("111_222", "reply", "made-up")
    assert comment.author is not None
    assert (comment.author.external_id, comment.author.handle, comment.author.name) == (
        "777",
        None,
        "A Person",
    )
    assert comment.posted_at == datetime(2026, 11, 20, 9, 15, tzinfo=UTC)
    assert (comment.post_external_id, comment.parent_external_id) == ("900_111", "111_221")
    assert comment.permalink == "https://www.facebook.com/900/posts/111?comment_id=222"
    assert (comment.hidden, comment.likes, comment.replies) == (False, 1, 0)
    assert [(each.kind, each.url) for each in comment.media] == [
        ("photo", "https://scontent.example.test/a.jpg")
    ]
    assert comment.flaws == ()
    assert json.loads(comment.raw) == item


def test_the_recorded_post_is_read_and_a_visitors_is_a_comment_too() -> None:
    """A post on the Page by somebody else is judged like a comment, without other people's words."""
    item = recorded()
    post = parse_post(item)
    assert post is not None
    assert (post.external_id, post.text) == ("900_111", "Clinic opens")
    visitor = parse_visitor_post(item | {"from": {"id": "777", "name": "A Person"}})
    assert (visitor.kind, visitor.external_id, visitor.post_external_id) == (
        "visitor_post",
        "900_111",
        "900_111",
    )
    assert b"111_222" not in visitor.raw


def test_a_picture_without_words_is_not_broken() -> None:
    """No message is ordinary where something hangs on the comment; without, it is a flaw."""
    item = recorded()["comments"]["data"][0]
    bare = {name: value for name, value in item.items() if name != "message"}
    assert parse_comment(bare, None).flaws == ()
    assert parse_comment({**bare, "attachment": None}, None).flaws == ("missing_text",)


@pytest.mark.parametrize("item", [None, 7, "x", [], {}, {"id": None}, {"id": []}])
def test_an_item_without_an_id_is_kept_as_unreadable(item: object) -> None:
    """Nothing is dropped: the bytes are kept under an id made from them."""
    comment = parse_comment(item, "900_111")
    assert comment.external_id.startswith("unreadable-")
    assert comment.flaws == ("unreadable",)
    assert json.loads(comment.raw) == item


json_values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(st.characters(), max_size=8),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=5), inner, max_size=3),
    max_leaves=8,
)
NAMES = [
    "id",
    "message",
    "from",
    "created_time",
    "parent",
    "attachment",
    "attachments",
    "permalink_url",
    "is_hidden",
    "like_count",
]


@given(st.dictionaries(st.sampled_from(NAMES), json_values))
def test_no_item_however_odd_raises(item: dict[str, Any]) -> None:
    """Any JSON in any place gives a comment whose strings a database can hold."""
    for comment in (parse_comment(item, "900_111"), parse_visitor_post(item)):
        json.loads(comment.raw)
        for text in (comment.text, comment.external_id, comment.permalink, comment.parent_external_id):
            (text or "").encode("utf-8")
            assert "\x00" not in (text or "")


def test_the_cursor_goes_forward_only_when_a_walk_has_ended() -> None:
    """While anything is pending `since` stays; at the end it is the walk's start less the overlap."""
    overlap = timedelta(minutes=10)
    begun = Cursor(since=500)
    under_way = begun.after(Walk(10_000, None, ("a",), (Pending("900_1", "Q", 500),)), overlap)
    assert under_way.since == 500
    assert under_way.walk is not None
    assert Cursor.load(under_way.dump()) == under_way
    ended = under_way.after(Walk(10_000), overlap)
    assert ended == Cursor(since=9_400)
    assert ended.after(Walk(5_000), overlap).since == 9_400
