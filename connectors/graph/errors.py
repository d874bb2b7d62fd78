"""What the Graph API's replies mean, as the typed errors.

The `error` object in the body decides; which HTTP status comes with which code is not documented.
Without one a 404 is no word of Graph's: any proxy on the way may have said it.
"""

from __future__ import annotations

import json
from typing import Any

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
from connectors.http import Judge, Reply
from connectors.items import record, whole
from connectors.redaction import Redactor

_LIMIT_CODES = frozenset({4, 17, 32, 341, 613, *range(80_000, 80_015)})
_TOKEN_CODES = frozenset({102, 104, 190, 2500})
_PERMISSION_CODES = frozenset({3, 10, 368, *range(200, 300)})
_PASSING_CODES = frozenset({1, 2})
_GONE_SUBCODE = 33
#: Where to look for an `error` in a reply of 200 before the library does.
_HEAD = 256
_JSON_STARTS = tuple(b'{["tfn0123456789-')


def make_judge(redactor: Redactor) -> Judge:
    """Return the function that turns a bad reply into its typed error.

    facebook-sdk looks at neither status nor missing content types, so this does both: a JSON 5xx
    without `error` is no success, and JSON under another content type is named JSON for the library.
    """

    def judge(response: requests.Response, reply: Reply) -> None:
        good = 200 <= reply.status < 300
        if not good or b'"error"' in reply.body[:_HEAD]:
            envelope = _envelope(reply.body)
            if envelope or not good:
                raise error_of(envelope, reply, redactor)
        if "json" not in reply.headers.get("content-type", "").lower():
            start = reply.body.lstrip()[:1]
            if not start or start[0] not in _JSON_STARTS:
                raise UnexpectedResponse("Graph's reply is not JSON", status=reply.status, code="not_json")
            response.headers["content-type"] = "application/json"

    return judge


def error_of(envelope: dict[str, Any], reply: Reply, redactor: Redactor) -> ConnectorError:
    """Return the typed error for a bad reply.

    Args:
        envelope: the object under `error`; empty where the reply has none (HTML, JSON of its own kind).
        reply: the reply, for its status and usage headers.
        redactor: takes secrets out of Graph's own message.
    """
    code, subcode = whole(envelope.get("code")), whole(envelope.get("error_subcode"))
    said = redactor.words(envelope.get("message") or "no reason given")
    message = (
        f"Graph answered {reply.status}, code {code}: {said}"
        if envelope
        else f"Graph answered {reply.status}"
    )
    status = reply.status
    if code is None:
        return _by_status(message, reply)
    name = str(code) if subcode is None else f"{code}/{subcode}"
    if code in _LIMIT_CODES:
        until = None if reply.usage.regain is None else reply.usage.at + reply.usage.regain
        return RateLimited(message, until=until, status=status, code=name)
    if code in _TOKEN_CODES:
        return CredentialsRejected(message, status=status, code=name)
    if code in _PERMISSION_CODES:
        return PermissionMissing(message, status=status, code=name)
    if _says_gone(code, subcode, said.lower()):
        return ContentGone(message, status=status, code=name)
    if code in _PASSING_CODES or envelope.get("is_transient") is True or status >= 500:
        return PlatformUnavailable(message, status=status, code=name)
    return UnexpectedResponse(message, status=status, code=name)


def _says_gone(code: int, subcode: int | None, said: str) -> bool:
    """The same words cover a lost permission: whoever must be certain asks for the Page as well."""
    if code == 803:
        return "do not exist" in said
    return code == 100 and (subcode == _GONE_SUBCODE or "does not exist" in said)


def _by_status(message: str, reply: Reply) -> ConnectorError:
    status = reply.status
    if status == 401:
        return CredentialsRejected(message, status=status)
    if status in (402, 403):
        return PermissionMissing(message, status=status)
    if status == 429:
        until = None if reply.usage.regain is None else reply.usage.at + reply.usage.regain
        return RateLimited(message, until=until, status=status)
    if status >= 500 or status in (404, 408, 410):
        return PlatformUnavailable(message, status=status)
    return UnexpectedResponse(message, status=status)


def _envelope(body: bytes) -> dict[str, Any]:
    try:
        return record(record(json.loads(body)).get("error"))
    except (ValueError, RecursionError):
        return {}
