"""X's JSON, as recorded and as broken as it comes."""

from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from connectors.x.cursor import Cursor, Walk
from connectors.x.parse import Includes, includes_of, parse_comment, snowflake, snowflake_time

FIXTURES = Path(__file__).parents[2] / "fixtures" / "platforms"


def recorded() -> dict[str, Any]:
    """The mentions page as platforms are recorded to send it."""
    found: dict[str, Any] = json.loads((FIXTURES / "x_mentions.json").read_text("utf-8"))
    return found


def respelt(value: Any) -> Any:
    """The same payload in the newer spelling."""
    text = json.dumps(value)
    for old, new in (
        ("referenced_tweets", "referenced_posts"),
        ("edit_history_tweet_ids", "edit_history_post_ids"),
        ("retweet_count", "repost_count"),
        ('"tweets"', '"posts"'),
    ):
        text = text.replace(old, new)
    return json.loads(text)


@pytest.mark.parametrize("spell", [lambda value: value, respelt], ids=["tweet", "post"])
def test_the_recorded_page_is_read_in_both_spellings(spell: Any) -> None:
    """Every fact of the recorded payload arrives."""
    payload = spell(recorded())
    comment = parse_comment(payload["data"][0], includes_of(payload))
    assert comment.external_id == "1990000000000000001"
    assert comment.kind == "reply"
    assert comment.text == "@NorthmoorTrust made-up text https://t.co/a1"
    assert comment.author is not None
    assert (comment.author.external_id, comment.author.handle) == ("501", "aperson501")
    assert comment.posted_at == datetime(2026, 11, 20, 9, 15, tzinfo=UTC)
    assert comment.post_external_id == comment.parent_external_id == "1989999999999999000"
    assert [(each.kind, each.url) for each in comment.media] == [("photo", "https://pbs.example.test/m.jpg")]
    assert (comment.likes, comment.replies, comment.shares) == (2, 1, 0)
    assert comment.permalink == "https://x.com/aperson501/status/1990000000000000001"
    assert comment.flaws == ()
    raw = json.loads(comment.raw)
    assert raw["item"] == payload["data"][0]
    assert [each["id"] for each in raw["includes"]["users"]] == ["501"]
    assert [each["media_key"] for each in raw["includes"]["media"]] == ["3_77"]


def test_a_missing_time_falls_back_on_the_id() -> None:
    """An X id holds the moment it was made."""
    at = datetime(2026, 11, 20, 9, 15, 0, 123_000, tzinfo=UTC)
    comment = parse_comment({"id": str(snowflake(at)), "text": "x", "author_id": "1"}, Includes())
    assert comment.posted_at == at
    assert "missing_time" not in comment.flaws


def test_an_edited_post_keeps_its_first_id() -> None:
    """An edit is a new revision of the same comment; the newest id stays in raw and link."""
    item = {"id": "30", "text": "x", "author_id": "1", "edit_history_tweet_ids": ["20", "30", "10"]}
    comment = parse_comment(item, Includes())
    assert comment.external_id == "10"
    assert (comment.permalink or "").endswith("/30")


@pytest.mark.parametrize("item", [None, 7, "x", [], {}, {"id": None}, {"id": {}}, {"id": True}, {"id": ""}])
def test_an_item_without_an_id_is_kept_as_unreadable(item: object) -> None:
    """Nothing is dropped: the bytes are kept under an id made from them."""
    comment = parse_comment(item, Includes())
    assert comment.external_id.startswith("unreadable-")
    assert comment.flaws == ("unreadable",)
    assert json.loads(comment.raw) == item
    assert comment == parse_comment(item, Includes())


json_values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(st.characters(), max_size=8),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=5), inner, max_size=3),
    max_leaves=8,
)
NAMES = [
    "id",
    "text",
    "author_id",
    "created_at",
    "conversation_id",
    "referenced_tweets",
    "referenced_posts",
    "attachments",
    "includes",
    "edit_history_tweet_ids",
    "note_tweet",
    "public_metrics",
    "hidden",
    "entities",
]


@given(st.dictionaries(st.sampled_from(NAMES), json_values), json_values)
def test_no_item_however_odd_raises(item: dict[str, Any], includes: Any) -> None:
    """Any JSON in any place gives a comment whose strings a database can hold."""
    comment = parse_comment(item, includes_of({"includes": includes}))
    json.loads(comment.raw)
    for text in (comment.text, comment.external_id, comment.permalink, comment.post_external_id):
        (text or "").encode("utf-8")
        assert "\x00" not in (text or "")


def test_a_snowflake_and_its_time_agree() -> None:
    """The recorded id's moment comes back from it."""
    at = datetime(2026, 11, 20, 9, 15, tzinfo=UTC)
    assert snowflake_time(snowflake(at)) == at
    assert snowflake(datetime(2000, 1, 1, tzinfo=UTC)) == 0


def test_the_cursor_never_goes_back_and_never_passes_its_walks_start() -> None:
    """`since` is held by the walk's start and the newest id seen, less the overlap, and only rises."""
    start = datetime(2026, 11, 20, 9, 0, tzinfo=UTC)
    overlap = timedelta(seconds=60)
    walk = Walk(started=int(start.timestamp()), todo=())
    ahead = Cursor().finished(Walk(walk.started, (), newest=snowflake(start + timedelta(hours=1))), overlap)
    assert ahead.since == snowflake(start - overlap)
    behind = ahead.finished(Walk(walk.started, (), newest=snowflake(start - timedelta(days=1))), overlap)
    assert behind.since == ahead.since
    assert Cursor.load(ahead.dump()) == ahead
    under_way = Cursor(since=5, walked=7, walk=Walk(9, (("1", "2"), ("3",)), "t", 4, 3, 2, 1))
    assert Cursor.load(under_way.dump()) == under_way
