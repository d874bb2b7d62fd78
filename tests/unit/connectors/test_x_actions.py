"""Hiding on X is believed only where X says so in so many words."""

from __future__ import annotations

import json
import threading
from datetime import UTC, datetime
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

import pytest

from connectors.contract import Account, ActionKind, ActionRequest, ActionResult, Fate, Platform, Receipt
from connectors.errors import ConnectorError, ContentGone, PermissionMissing, UnexpectedResponse
from connectors.options import ConnectorOptions
from connectors.registry import make_connector

PROBLEMS = "https://api.x.com/2/problems/"
HIS = "1990000000000000001"
GONE = {"errors": [{"type": PROBLEMS + "resource-not-found", "detail": "Not there.", "resource_id": HIS}]}
ANOTHERS = {"errors": [{"type": PROBLEMS + "resource-not-found", "resource_id": "1990000000000000002"}]}
NOT_OURS = {"errors": [{"type": PROBLEMS + "not-authorized-for-resource", "resource_id": HIS}]}


class Open:
    """A gate that admits everything."""

    def admit(self, request: ActionRequest, receipt: Receipt) -> None:
        """Admit."""


def hide(answer: Any, kind: ActionKind = ActionKind.HIDE) -> ActionResult:
    """Hide a comment on a small X server that gives this answer to the change."""

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            self.give({"data": {"id": "1990000000000000001", "text": "made-up"}})

        def do_PUT(self) -> None:
            self.rfile.read(int(self.headers.get("Content-Length", 0)))
            self.give(answer)

        def give(self, payload: Any) -> None:
            body = json.dumps(payload).encode()
            self.send_response(200)
            self.send_header("Content-Type", "application/json")
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, *_: object) -> None:  # quiet
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    server.daemon_threads = True
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01}, daemon=True)
    thread.start()
    account = Account(Platform.X, "100", "NorthmoorTrust")
    options = ConnectorOptions(base_url=f"http://127.0.0.1:{server.server_address[1]}")
    request = ActionRequest(account, kind, 1, 1, "1990000000000000001")
    try:
        connector = make_connector(
            account, {"bearer_token": "made-up-token"}, options, Open(), lambda: datetime.now(UTC)
        )
        return connector.apply(request, Receipt("any"))
    finally:
        server.shutdown()
        server.server_close()
        thread.join()


@pytest.mark.parametrize(
    ("answer", "expected"),
    [
        ({"data": {"hidden": False}}, UnexpectedResponse),
        ({"data": {"hidden": "true"}}, UnexpectedResponse),
        ({"data": {"hidden": 1}}, UnexpectedResponse),
        ({"data": {}}, UnexpectedResponse),
        ({}, UnexpectedResponse),
        ([], UnexpectedResponse),
        ({"errors": [{"title": "Internal Error"}]}, UnexpectedResponse),
        (GONE, ContentGone),
        (ANOTHERS, UnexpectedResponse),
        (NOT_OURS, PermissionMissing),
    ],
)
def test_an_answer_that_does_not_say_hidden_is_no_success(
    answer: Any, expected: type[ConnectorError]
) -> None:
    """A reply of 200 proves nothing by itself."""
    with pytest.raises(ConnectorError) as caught:
        hide(answer)
    assert type(caught.value) is expected


def test_the_recorded_answer_is_a_success() -> None:
    """`hidden` true confirms a hide, and false an unhide."""
    assert hide({"data": {"hidden": True}}).fate is Fate.DONE
    assert hide({"data": {"hidden": False}}, ActionKind.UNHIDE).fate is Fate.DONE
