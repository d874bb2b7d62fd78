"""X's recorded error replies become the right typed errors."""

from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from connectors.errors import (
    ConnectorError,
    ContentGone,
    CredentialsRejected,
    PermissionMissing,
    PlatformUnavailable,
    RateLimited,
    UnexpectedResponse,
)
from connectors.http import Reply
from connectors.redaction import Redactor
from connectors.usage import read_usage
from connectors.x.errors import error_of, partial_error

FIXTURES = Path(__file__).parents[2] / "fixtures" / "platforms"
NOW = datetime(2026, 11, 20, 9, 0, tzinfo=UTC)


def error(status: int, body: bytes, **headers: str) -> ConnectorError:
    """The typed error for one reply."""
    named = {name.replace("_", "-"): value for name, value in headers.items()}
    return error_of(Reply("GET", status, named, body, read_usage(named, NOW)), Redactor([]))


@pytest.mark.parametrize(
    ("status", "name", "expected"),
    [
        (401, "x_401.json", CredentialsRejected),
        (403, "x_403.json", PermissionMissing),
        (429, "x_429.json", RateLimited),
        (429, "x_429_code88.json", RateLimited),
        (429, "x_usage_cap.json", RateLimited),
        (503, "x_503.json", PlatformUnavailable),
    ],
)
def test_recorded_errors(status: int, name: str, expected: type[ConnectorError]) -> None:
    """Word for word as recorded."""
    assert type(error(status, (FIXTURES / name).read_bytes())) is expected


@pytest.mark.parametrize(
    ("status", "expected"),
    [
        (400, UnexpectedResponse),
        (402, PermissionMissing),
        (404, PlatformUnavailable),
        (410, PlatformUnavailable),
        (418, UnexpectedResponse),
        (500, PlatformUnavailable),
        (502, PlatformUnavailable),
    ],
)
@pytest.mark.parametrize(
    "body", [b"", b"<html>", b"[]", b"null", b'{"errors":[7]}', b'{"title":{},"type":7}', b"\xff"]
)
def test_a_body_of_any_kind_is_told_by_its_status(
    status: int, expected: type[ConnectorError], body: bytes
) -> None:
    """HTML, nothing, or nonsense: the status decides, and nothing of the body is shown."""
    found = error(status, body)
    assert type(found) is expected
    assert "<" not in str(found)


def test_the_reset_header_counts_only_for_a_rate_limit() -> None:
    """A used-up cap comes with healthy headers that say nothing about the cap."""
    reset = {"x_rate_limit_reset": str(int((NOW + timedelta(minutes=3)).timestamp()))}
    limited = error(429, (FIXTURES / "x_429.json").read_bytes(), **reset)
    assert isinstance(limited, RateLimited)
    assert limited.until == NOW + timedelta(minutes=3)
    capped = error(429, (FIXTURES / "x_usage_cap.json").read_bytes(), **reset)
    assert isinstance(capped, RateLimited)
    assert capped.until is None
    assert capped.code == "usage-capped"


@pytest.mark.parametrize("host", ["https://api.twitter.com/2/problems/", "https://api.x.com/2/problems/", ""])
def test_a_problem_is_known_by_the_last_part_of_its_type(host: str) -> None:
    """X changed the host in front of it."""
    payload = {"errors": [{"type": f"{host}resource-not-found", "detail": "Not found.", "value": "1990"}]}
    assert type(partial_error(payload, Redactor([]), "1990")) is ContentGone
    assert type(partial_error({"errors": []}, Redactor([]))) is UnexpectedResponse


@pytest.mark.parametrize("path", ["/2/tweets/1990", "/2/tweets/1990/hidden"])
@pytest.mark.parametrize(
    ("kind", "about", "expected"),
    [
        ("resource-not-found", "1990", ContentGone),
        ("resource-not-found", "1991", PlatformUnavailable),
        ("not-authorized-for-resource", "1990", PermissionMissing),
        ("about:blank", "1990", PlatformUnavailable),
    ],
)
def test_a_404_is_gone_only_where_x_says_so_of_that_very_post(
    path: str, kind: str, about: str, expected: type[ConnectorError]
) -> None:
    """The problem document decides, not the status: a post that is still there is never called gone."""
    body = json.dumps({"errors": [{"type": kind, "resource_id": about}]}).encode()
    found = error_of(Reply("PUT", 404, {}, body, read_usage({}, NOW), path), Redactor([]))
    assert type(found) is expected


def test_an_account_that_is_not_there_is_no_deleted_comment() -> None:
    """A list that X cannot find is a missing permission."""
    payload = {"errors": [{"type": "resource-not-found", "resource_id": "100"}]}
    assert type(partial_error(payload, Redactor([]))) is PermissionMissing
