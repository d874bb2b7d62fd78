"""The refusals and failures that both platforms answer with, in the platforms' own words."""

from __future__ import annotations

import json
from typing import Any

from starlette.responses import Response

X_PROBLEMS = "https://api.twitter.com/2/problems/"
#: What Graph calls each throttle code, and the status that would fit each code.
GRAPH_LIMITS = {
    4: "(#4) Application request limit reached",
    17: "(#17) User request limit reached",
    32: "(#32) Page request limit reached",
    613: "(#613) Calls to this api have exceeded the rate limit.",
    80001: "(#80001) There have been too many calls to this Page account. Wait a bit and try again.",
}


class JsonResponse(Response):
    """JSON in plain ASCII with escapes, so that odd Unicode travels as it was put in."""

    media_type = "application/json; charset=utf-8"

    def render(self, content: Any) -> bytes:
        """The content as bytes."""
        return json.dumps(content, ensure_ascii=True, separators=(",", ":")).encode("ascii")


class PlatformRefused(Exception):
    """The platform refuses a request; carries its answer."""

    def __init__(self, response: Response) -> None:
        super().__init__("refused")
        self.response = response


def x_problem(status: int, title: str, detail: str | None = None, **more: Any) -> JsonResponse:
    """X's answer to a request that failed as a whole."""
    body = {"title": title, "detail": detail or title, "type": "about:blank", "status": status} | more
    return JsonResponse(body, status_code=status)


def x_unauthorized() -> JsonResponse:
    """X: the token is not good."""
    return JsonResponse(
        {"title": "Unauthorized", "type": "about:blank", "status": 401, "detail": "Unauthorized"},
        status_code=401,
    )


def x_forbidden(detail: str | None = None) -> JsonResponse:
    """X: not allowed; without a detail, because the app is not enrolled."""
    if detail is not None:
        return x_problem(403, "Forbidden", detail)
    body = {
        "client_id": "1",
        "detail": "When authenticating requests to the API, you must use keys from an enrolled app.",
        "registration_url": "https://developer.example.test/",
        "title": "Client Forbidden",
        "required_enrollment": "Appropriate Level of API Access",
        "reason": "client-not-enrolled",
        "type": X_PROBLEMS + "client-forbidden",
    }
    return JsonResponse(body, status_code=403)


def x_too_many(style: str = "problem") -> JsonResponse:
    """X: the rate limit is used up (without rate headers; the caller adds them)."""
    if style == "code88":
        return JsonResponse({"errors": [{"code": 88, "message": "Rate limit exceeded"}]}, status_code=429)
    return x_problem(429, "Too Many Requests")


def x_usage_cap() -> JsonResponse:
    """X: the month's cap of posts read is used up."""
    body = {
        "account_id": 1,
        "product_name": "standard-basic",
        "title": "UsageCapExceeded",
        "period": "Monthly",
        "scope": "Product",
        "detail": "Usage cap exceeded: Monthly product cap",
        "type": X_PROBLEMS + "usage-capped",
    }
    return JsonResponse(body, status_code=429)


def x_no_credits() -> JsonResponse:
    """X: no credits are left. The body's real form is not known."""
    detail = "Your enrolled account does not have any credits to fulfill this request."
    return x_problem(402, "CreditsDepleted", detail, type=X_PROBLEMS + "credits")


def x_invalid(parameter: str, value: str, message: str) -> JsonResponse:
    """X: a parameter is wrong."""
    body = {
        "errors": [{"parameters": {parameter: [value]}, "message": message}],
        "title": "Invalid Request",
        "detail": "One or more parameters to your request was invalid.",
        "type": X_PROBLEMS + "invalid-request",
    }
    return JsonResponse(body, status_code=400)


def x_missing(parameter: str, value: str, resource: str = "tweet") -> dict[str, str]:
    """X: the entry in `errors` for one thing that is not there."""
    return {
        "value": value,
        "detail": f"Could not find {resource} with {parameter}: [{value}].",
        "title": "Not Found Error",
        "resource_type": resource,
        "parameter": parameter,
        "resource_id": value,
        "type": X_PROBLEMS + "resource-not-found",
    }


def graph_error(
    code: int, message: str, *, status: int, kind: str = "OAuthException", subcode: int | None = None
) -> JsonResponse:
    """Graph's error envelope.

    Args:
        status: the HTTP status to give; 0 chooses one that fits the code.
    """
    error: dict[str, Any] = {"message": message, "type": kind, "code": code}
    if subcode is not None:
        error["error_subcode"] = subcode
    error["is_transient"] = code in (1, 2) or code in GRAPH_LIMITS
    if code == 190:
        error |= {"error_user_title": "Session expired", "error_user_msg": "Please log in again."}
    error["fbtrace_id"] = f"Asandbox{code}"
    return JsonResponse({"error": error}, status_code=status or _fitting_status(code))


def _fitting_status(code: int) -> int:
    if code == 190:
        return 401
    if code == 10 or 200 <= code <= 299 or code in GRAPH_LIMITS:
        return 403
    return 500 if code in (1, 2) else 400


def graph_bad_token(status: int) -> JsonResponse:
    """Graph: the token is not good."""
    message = "Error validating access token: Session has expired."
    return graph_error(190, message, status=status, subcode=463)


def graph_limited(code: int, status: int, minutes: int | None) -> JsonResponse:
    """Graph: too many calls.

    Args:
        minutes: until access comes back, told in a header; None tells nothing.
    """
    answer = graph_error(code, GRAPH_LIMITS[code], status=status)
    if minutes is not None:
        add_graph_usage(answer, percent=100, minutes=minutes)
    return answer


def add_graph_usage(answer: Response, *, percent: int, minutes: int = 0) -> None:
    """Put the usage headers on an answer of Graph's."""
    usage = {"call_count": percent, "total_time": percent, "total_cputime": percent}
    business = {
        "type": "pages",
        "call_count": percent,
        "total_cputime": percent,
        "total_time": percent,
        "estimated_time_to_regain_access": minutes,
    }
    answer.headers["X-App-Usage"] = json.dumps(usage, separators=(",", ":"))
    answer.headers["X-Business-Use-Case-Usage"] = json.dumps({"1": [business]}, separators=(",", ":"))
