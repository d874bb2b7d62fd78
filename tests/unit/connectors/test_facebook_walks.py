"""Walking a Page where its posts or its places are refused: nothing is dropped or repeated in silence."""

from __future__ import annotations

import json
from collections.abc import Callable

import pytest

from connectors.errors import CredentialsRejected, PlatformUnavailable, UnexpectedResponse
from tests.unit.connectors.test_facebook_feed import graph, page

GONE = json.dumps({"error": {"code": 100, "error_subcode": 33, "message": "does not exist"}}).encode()
REFUSED = json.dumps({"error": {"code": 100, "message": "(#100) Invalid cursor"}}).encode()
TOKEN = json.dumps({"error": {"code": 190, "message": "expired"}}).encode()
PENDING = {"walk": {"started": 1, "place": None, "seen": [], "pending": [["900_1", None, None]]}, "since": 5}
Reply = tuple[int, bytes]


def around(comments: Reply, post: Reply, trust: Reply) -> Callable[[str, dict[str, str]], Reply]:
    """A Page whose one post, and whose comments, answer like this."""
    replies = {"/v25.0/900_1/comments": comments, "/v25.0/900_1": post, "/v25.0/900": trust}
    return lambda path, _: replies[path]


THERE, HERE = (200, b'{"id":"900_1"}'), (200, b'{"id":"900"}')


@pytest.mark.parametrize(
    ("comments", "post", "trust", "expected"),
    [
        ((404, b"<html>"), THERE, HERE, PlatformUnavailable),
        ((400, GONE), THERE, HERE, UnexpectedResponse),
        ((400, GONE), (404, b"<html>"), HERE, PlatformUnavailable),
        ((400, GONE), (400, GONE), (400, TOKEN), CredentialsRejected),
    ],
)
def test_a_post_is_left_behind_only_when_it_is_certainly_gone(
    comments: Reply, post: Reply, trust: Reply, expected: type[Exception]
) -> None:
    """Unless the post itself is said to be gone while the Page is there, the poll fails and nothing moves."""
    with graph(around(comments, post, trust)) as connector, pytest.raises(expected):
        connector.poll("feed", json.dumps(PENDING))


def test_a_post_that_is_gone_or_cannot_be_named_is_said_to_be() -> None:
    """What is left behind for good is a gap in words, and the walk goes on to its end."""
    with graph(around((400, GONE), (400, GONE), HERE)) as connector:
        last = connector.poll("feed", json.dumps(PENDING))
        odd = json.dumps(PENDING).replace("900_1", "../1")
        unnamed = connector.poll("feed", odd)
    assert "900_1 is gone" in (last.gap or "")
    assert "cannot be asked" in (unnamed.gap or "")
    assert not last.more


@pytest.mark.parametrize("times", [1, 99])
def test_a_refused_place_in_the_feed_of_posts_begins_the_walk_again_once(times: int) -> None:
    """The walk begins again with the same since; refused again it ends, says so, and keeps since."""
    refusals: list[str] = []

    def answer(_: str, query: dict[str, str]) -> Reply:
        if "__paging_token" not in query:
            return 200, page([], "a")
        if len(refusals) < times:
            refusals.append(query["fields"])
            return 400, REFUSED
        return 200, page([])

    start = json.dumps({"since": 5, "walk": None})
    with graph(answer) as connector:
        first = connector.poll("feed", start)
        again = connector.poll("feed", first.cursor)
        last = connector.poll("feed", again.cursor)
    assert first.more
    assert again.more
    assert not last.more
    assert (last.gap is None) == (times == 1)
    assert (json.loads(last.cursor)["since"] == 5) == (times == 99)
