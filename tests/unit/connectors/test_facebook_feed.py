"""Polling a Page where Meta behaves in ways the sandbox does not: visitors, circles, too much data."""

from __future__ import annotations

import json
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any
from urllib.parse import parse_qsl, urlsplit

import pytest

from connectors.contract import Account, ActionRequest, Connector, Platform, Receipt
from connectors.errors import PlatformUnavailable, ReceiptRefused
from connectors.options import ConnectorOptions
from connectors.registry import make_connector

FIXTURES = Path(__file__).parents[2] / "fixtures" / "platforms"
Answer = Callable[[str, dict[str, str]], tuple[int, bytes]]
NEXT = "https://graph.facebook.com/v25.0/900/feed?access_token=T&__paging_token="


class Closed:
    """A gate that admits nothing."""

    def admit(self, request: ActionRequest, receipt: Receipt) -> None:
        """Refuse."""
        raise ReceiptRefused("closed")


@contextmanager
def graph(answer: Answer) -> Iterator[Connector]:
    """A connector to a small Graph server that answers as told."""

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            parts = urlsplit(self.path)
            status, body = answer(parts.path, dict(parse_qsl(parts.query)))
            self.send_response(status)
            self.send_header("Content-Type", "application/json; charset=UTF-8")
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, *_: object) -> None:  # quiet
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    server.daemon_threads = True
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01}, daemon=True)
    thread.start()
    account = Account(Platform.FACEBOOK, "900", "NorthmoorTrust")
    options = ConnectorOptions(base_url=f"http://127.0.0.1:{server.server_address[1]}")
    try:
        yield make_connector(
            account, {"access_token": "made-up-token"}, options, Closed(), lambda: datetime.now(UTC)
        )
    finally:
        server.shutdown()
        server.server_close()
        thread.join()


def page(items: list[Any], following: str | None = None) -> bytes:
    """A page of a feed."""
    paging = {} if following is None else {"paging": {"next": NEXT + following}}
    return json.dumps({"data": items, **paging}).encode()


def test_the_recorded_feed_is_read_word_for_word() -> None:
    """The recorded page gives its post and comment, and its own paging places are followed."""
    asked: list[tuple[str, dict[str, str]]] = []

    def answer(path: str, query: dict[str, str]) -> tuple[int, bytes]:
        asked.append((path, query))
        return 200, (FIXTURES / "graph_feed.json").read_bytes() if len(asked) == 1 else page([])

    with graph(answer) as connector:
        first = connector.poll("feed", None)
        second = connector.poll("feed", first.cursor)
        third = connector.poll("feed", second.cursor)
    assert [each.external_id for each in first.comments] == ["111_222"]
    assert [each.external_id for each in first.posts] == ["900_111"]
    assert (first.more, second.more, third.more) == (True, True, False)
    assert asked[1][0] == "/v25.0/900_111/comments"
    assert asked[1][1]["after"] == "QVFC"
    assert asked[2][0] == "/v25.0/900/feed"
    assert (asked[2][1]["until"], asked[2][1]["__paging_token"]) == ("1763539200", "y")
    assert all(query["access_token"] == "made-up-token" for _, query in asked)


def test_a_visitors_post_is_a_comment_and_the_pages_own_is_not() -> None:
    """Somebody else's post on the Page is judged; the Page's own words, post or comment, are not."""
    ours = {"id": "900_1", "message": "ours", "from": {"id": "900", "name": "Trust"}}
    theirs = {"id": "900_2", "message": "theirs", "from": {"id": "777", "name": "A Person"}}
    nameless = {"id": "900_3", "message": "whose?"}
    reply = {"id": "2_9", "message": "our answer", "from": {"id": "900", "name": "Trust"}}
    theirs_with = theirs | {"comments": {"data": [reply, None, {"message": "no id"}]}}
    with graph(lambda *_: (200, page([ours, theirs_with, nameless, None, 7]))) as connector:
        found = connector.poll("feed", None)
    assert [each.external_id for each in found.posts] == ["900_1", "900_2", "900_3"]
    kinds = {each.external_id: each.kind for each in found.comments if "unreadable" not in each.flaws}
    assert kinds == {"900_2": "visitor_post", "900_3": "visitor_post"}
    assert sum("unreadable" in each.flaws for each in found.comments) == 3


def test_paging_in_a_longer_circle_is_stopped() -> None:
    """Pages that lead round and round end the walk: people are told, and `since` stays where it was."""

    def answer(_: str, query: dict[str, str]) -> tuple[int, bytes]:
        return 200, page([], {"": "a", "a": "b", "b": "c", "c": "a"}[query.get("__paging_token", "")])

    with graph(answer) as connector:
        cursor: str | None = None
        for _ in range(3):
            cursor = connector.poll("feed", cursor).cursor
        last = connector.poll("feed", cursor)
    assert not last.more
    assert "older posts may be missing" in (last.gap or "")
    assert json.loads(last.cursor)["since"] is None


def test_a_page_that_is_too_much_for_meta_is_asked_for_in_smaller_pieces() -> None:
    """Where Meta refuses a big reply fewer posts are asked for; another fault is not retried."""
    sizes: list[str] = []

    def answer(_: str, query: dict[str, str]) -> tuple[int, bytes]:
        sizes.append(query["limit"])
        words = "Please reduce the amount of data you're asking for, then retry your request"
        if query["limit"] == "1":
            return 200, page([])
        return 500, json.dumps({"error": {"code": 1, "message": words}}).encode()

    with graph(answer) as connector:
        assert not connector.poll("feed", None).more
    assert sizes == ["10", "3", "1"]
    with (
        graph(lambda *_: (500, b'{"error":{"code":1,"message":"unknown"}}')) as connector,
        pytest.raises(PlatformUnavailable),
    ):
        connector.poll("feed", None)
