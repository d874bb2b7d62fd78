"""What X's replies mean, as the typed errors.

A post counts as gone only where X itself says so, of that very post. A bare 404 may come from any
proxy on the way; it proves nothing.
"""

from __future__ import annotations

import json
import re
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
from connectors.items import identifier, listing, record
from connectors.redaction import Redactor

_ONE_POST = re.compile(r"/2/tweets/(\d+)(/hidden)?/?")


def make_judge(redactor: Redactor) -> Judge:
    """Return the function that turns a reply of X's with a bad status into its typed error."""

    def judge(_: requests.Response, reply: Reply) -> None:
        if not 200 <= reply.status < 300:
            raise error_of(reply, redactor)

    return judge


def error_of(reply: Reply, redactor: Redactor) -> ConnectorError:
    """Return the typed error for a reply with a bad status.

    X says what is wrong in `type` (matched by its last part: hosts and spellings differ), in
    `title` and `detail`, or in `errors[0]`. The reset header counts only for a rate limit: with a
    used-up monthly cap it is healthy and means nothing.
    """
    problem = problem_of(reply.body)
    code = problem_type(problem) or str(problem.get("title") or "") or None
    code = redactor.words(code, 60) if code else None
    message = f"X answered {reply.status}: {_detail(problem, redactor)}"
    status = reply.status
    if status == 429 and _is_usage_cap(problem):
        return RateLimited(message, until=None, status=status, code="usage-capped")
    if status == 429:
        return RateLimited(message, until=reply.usage.reset, status=status, code=code)
    if status == 401:
        return CredentialsRejected(message, status=status, code=code)
    if status in (402, 403):
        return PermissionMissing(message, status=status, code=code)
    if status in (404, 410):
        asked = _ONE_POST.search(reply.path)
        found = _resource_error(problem, asked and asked[1], message, status)
        return found or PlatformUnavailable(message, status=status, code=code)
    if status >= 500 or status == 408:
        return PlatformUnavailable(message, status=status, code=code)
    return UnexpectedResponse(message, status=status, code=_invalid(problem) or code)


def partial_error(payload: dict[str, Any], redactor: Redactor, post_id: str | None = None) -> ConnectorError:
    """Return the typed error for a reply of 200 that has `errors` where `data` should be.

    Args:
        post_id: the one post that was asked for; None where it was a list.
    """
    problem = record(next(iter(listing(payload.get("errors"))), None))
    code = problem_type(problem)
    message = f"X gave no data: {_detail(problem, redactor)}"
    found = _resource_error(payload, post_id, message, 200)
    return found or UnexpectedResponse(message, status=200, code=code)


def _resource_error(
    payload: dict[str, Any], post_id: str | None, message: str, status: int
) -> ConnectorError | None:
    """What X says in `errors` of the thing asked for: gone, not for us, or nothing about it."""
    for problem in map(record, listing(payload.get("errors"))):
        code = problem_type(problem)
        named = (identifier(problem.get("resource_id")), identifier(problem.get("value")))
        if code == "not-authorized-for-resource" or (code == "resource-not-found" and post_id is None):
            return PermissionMissing(message, status=status, code=code)
        if code == "resource-not-found" and post_id in named:
            return ContentGone(message, status=status, code=code)
    return None


def problem_type(problem: dict[str, Any]) -> str | None:
    """Return the last part of a problem's type address: X has changed the host in front of it."""
    kind = problem.get("type")
    last = kind.rstrip("/").rpartition("/")[2] if isinstance(kind, str) else ""
    return last if last and last != "about:blank" else None


def problem_of(body: bytes) -> dict[str, Any]:
    """Return an error reply as an object; an HTML page or anything else gives an empty one."""
    try:
        return record(json.loads(body))
    except (ValueError, RecursionError):
        return {}


def _detail(problem: dict[str, Any], redactor: Redactor) -> str:
    first = record(next(iter(listing(problem.get("errors"))), None))
    said = problem.get("detail") or first.get("message") or first.get("detail") or problem.get("title")
    return redactor.words(said) if isinstance(said, str) and said else "no reason given"


def _is_usage_cap(problem: dict[str, Any]) -> bool:
    return problem_type(problem) == "usage-capped" or problem.get("title") == "UsageCapExceeded"


def _invalid(problem: dict[str, Any]) -> str | None:
    """`invalid-fields` where X complains of the names of fields or expansions."""
    parameters = [
        name
        for each in listing(problem.get("errors"))
        for name in (*record(record(each).get("parameters")), str(record(each).get("message")))
    ]
    if any("fields" in name or "expansions" in name for name in parameters):
        return "invalid-fields"
    return None
