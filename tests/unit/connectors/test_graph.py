"""The Graph API's errors, pages and client, as recorded and as odd as they come."""

from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
import requests

from connectors.errors import (
    ConnectorError,
    ContentGone,
    CredentialsRejected,
    PermissionMissing,
    PlatformUnavailable,
    RateLimited,
    UnexpectedResponse,
)
from connectors.graph.client import GraphClient, GraphCredentials
from connectors.graph.errors import make_judge
from connectors.graph.paging import items_of, next_place
from connectors.http import Reply
from connectors.options import ConnectorOptions
from connectors.redaction import Redactor
from connectors.usage import read_usage

FIXTURES = Path(__file__).parents[2] / "fixtures" / "platforms"
NOW = datetime(2026, 11, 20, 9, 0, tzinfo=UTC)


def judged(status: int, body: bytes, **headers: str) -> ConnectorError | None:
    """What the judge makes of a reply: its typed error, or None."""
    named = {"content-type": "application/json"} | {k.replace("_", "-"): v for k, v in headers.items()}
    response = requests.Response()
    try:
        make_judge(Redactor([]))(response, Reply("GET", status, named, body, read_usage(named, NOW)))
    except ConnectorError as error:
        return error
    return None


def envelope(code: int, message: str = "m", **more: object) -> bytes:
    """Graph's error envelope."""
    return json.dumps(
        {"error": {"message": message, "type": "OAuthException", "code": code, **more}}
    ).encode()


def test_the_recorded_error_is_a_rejected_token() -> None:
    """Word for word as recorded."""
    error = judged(400, (FIXTURES / "graph_error.json").read_bytes())
    assert type(error) is CredentialsRejected
    assert error.code == "190/463"


@pytest.mark.parametrize(
    ("body", "expected"),
    [
        *((envelope(code), RateLimited) for code in (4, 17, 32, 341, 613, 80001, 80002)),
        *((envelope(code), PermissionMissing) for code in (3, 10, 200, 210, 283, 299, 368)),
        *((envelope(code), PlatformUnavailable) for code in (1, 2)),
        (envelope(100, error_subcode=33), ContentGone),
        (envelope(100, "Object with ID '1' does not exist"), ContentGone),
        (envelope(803, "(#803) Some of the aliases you requested do not exist: 1"), ContentGone),
        (envelope(803), UnexpectedResponse),
        (envelope(100, "(#100) Invalid parameter"), UnexpectedResponse),
        (envelope(12, "deprecated"), UnexpectedResponse),
        (envelope(999, is_transient=True), PlatformUnavailable),
        (envelope(102), CredentialsRejected),
    ],
)
@pytest.mark.parametrize("status", [200, 400, 403])
def test_every_code_has_its_error_whatever_the_status(
    body: bytes, expected: type[ConnectorError], status: int
) -> None:
    """The code decides; even a reply of 200 with an error is an error."""
    assert type(judged(status, body)) is expected


def test_the_wait_that_graph_names_is_obeyed() -> None:
    """estimated_time_to_regain_access is in minutes."""
    usage = (FIXTURES / "graph_business_usage.json").read_text("utf-8")
    error = judged(400, envelope(80001), **{"x-business-use-case-usage": usage})
    assert isinstance(error, RateLimited)
    assert error.until == NOW + timedelta(minutes=19)


@pytest.mark.parametrize(
    "body", [b"", b"<html>", b'{"message":"x"}', b"null", b'{"error":"words"}', b'{"error":7}']
)
@pytest.mark.parametrize(
    ("status", "expected"),
    [
        (500, PlatformUnavailable),
        (503, PlatformUnavailable),
        (401, CredentialsRejected),
        (403, PermissionMissing),
        (404, PlatformUnavailable),
        (410, PlatformUnavailable),
        (429, RateLimited),
        (400, UnexpectedResponse),
    ],
)
def test_a_bad_status_without_an_envelope_is_never_a_success(
    status: int, expected: type[ConnectorError], body: bytes
) -> None:
    """JSON without `error`, HTML or nothing: the status decides."""
    assert type(judged(status, body)) is expected


def test_html_with_a_good_status_is_not_understood_as_anything() -> None:
    """A captive portal's page is an unexpected response."""
    assert type(judged(200, b"<html>log in</html>", content_type="text/html")) is UnexpectedResponse


def test_json_under_another_name_is_named_json() -> None:
    """`true` as text/javascript, or no content type at all, reaches the library as JSON."""
    for given in ("text/javascript; charset=UTF-8", ""):
        response = requests.Response()
        headers = response.headers
        if given:
            headers["content-type"] = given
        make_judge(Redactor([]))(response, Reply("POST", 200, headers, b"true", read_usage(headers, NOW)))
        assert headers["content-type"] == "application/json"


def test_a_missing_next_is_the_only_end() -> None:
    """Empty and short pages go on as long as there is a next; a cursor alone is no next page."""
    assert next_place(
        {"data": [], "paging": {"next": "https://g.example.test/x?after=Q&access_token=T"}}
    ) == {"after": "Q"}
    assert next_place({"data": [1], "paging": {"cursors": {"after": "Q"}}}) is None
    assert next_place({"data": []}) is None
    assert next_place({"paging": {"next": "odd", "cursors": {"after": "Q"}}}) == {"after": "Q"}


def test_the_token_in_next_is_never_taken() -> None:
    """Only the place is read from an address that Graph gives."""
    feed = json.loads((FIXTURES / "graph_feed.json").read_text("utf-8"))
    assert next_place(feed) == {"until": "1763539200", "__paging_token": "y"}
    assert next_place(feed["data"][0]["comments"]) == {"after": "QVFC"}


@pytest.mark.parametrize("following", ["https://g.example.test/x?access_token=T", "odd", 7, "https://[bad"])
def test_paging_that_leads_nowhere_is_an_error_not_an_end(following: object) -> None:
    """A next page that cannot be named must not look like the end."""
    with pytest.raises(UnexpectedResponse):
        next_place({"paging": {"next": following}})


def test_paging_that_repeats_itself_is_stopped() -> None:
    """The same place again would go on for ever."""
    with pytest.raises(UnexpectedResponse):
        next_place({"paging": {"next": "https://g.example.test/x?after=Q"}}, {"after": "Q"})


@pytest.mark.parametrize("edge", [None, {}, {"data": None}, {"data": {}}, []])
def test_a_list_without_data_is_not_an_empty_list(edge: object) -> None:
    """What has no `data` is a shape that we do not know."""
    with pytest.raises(UnexpectedResponse):
        items_of(edge)


@pytest.mark.parametrize("version", ["25.0", "v25", "latest", "v25.0/../x", ""])
def test_a_version_that_is_none_is_refused(version: str) -> None:
    """The version goes into every address."""
    with pytest.raises(ValueError, match="graph_version"):
        GraphClient(GraphCredentials("made-up-token"), ConnectorOptions(graph_version=version), lambda: NOW)


def test_credentials_hide_themselves() -> None:
    """Neither repr nor the proof shows token or secret."""
    credentials = GraphCredentials("made-up-token", "made-up-secret")
    assert "made-up" not in repr(credentials)
    assert len(credentials.proof() or "") == 64
    assert GraphCredentials("made-up-token").proof() is None
    with pytest.raises(ValueError, match="access_token"):
        GraphCredentials("")
