"""What stands before each simulated server: the date of the sandbox's clock, and the faults."""

from __future__ import annotations

import asyncio
import socket
import struct
from collections.abc import Callable
from datetime import datetime
from email.utils import format_datetime
from typing import Any

from starlette.responses import HTMLResponse, Response
from starlette.types import ASGIApp, Message, Receive, Scope, Send
from uvicorn.protocols.http.h11_impl import H11Protocol

from connectors.sandbox.answers import (
    JsonResponse,
    graph_bad_token,
    graph_error,
    graph_limited,
    x_forbidden,
    x_no_credits,
    x_problem,
    x_too_many,
    x_unauthorized,
    x_usage_cap,
)
from connectors.sandbox.faults import Fault, FaultBoard
from connectors.sandbox.state import World


class CuttableProtocol(H11Protocol):
    """uvicorn's protocol, which hands its transport to the application so that it can cut the line."""

    def connection_made(  # type: ignore[override]  # uvicorn's own signature narrows the base class the same way
        self, transport: asyncio.Transport
    ) -> None:
        """Remember the transport in the request's state."""
        super().connection_made(transport)
        self.app_state = {**self.app_state, "transport": transport}


class Front:
    """Puts the clock's `Date` on every answer and lets faults strike.

    Args:
        app: the simulated server.
        platform: its name in fault rules: x, facebook or web.
        faults: the rules in force.
        world: its clock and switches.
    """

    def __init__(self, app: ASGIApp, platform: str, faults: FaultBoard, world: World) -> None:
        self._app = app
        self._platform = platform
        self._faults = faults
        self._world = world

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer one request."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        send = _dated(send, self._world.now)
        exempt = self._platform == "web" and scope["path"].startswith("/_sandbox/")
        fault = None if exempt else self._faults.take(self._platform, scope["method"], scope["path"])
        if fault is None:
            await self._app(scope, receive, send)
        else:
            await self._strike(fault, scope, receive, send)

    async def _strike(self, fault: Fault, scope: Scope, receive: Receive, send: Send) -> None:
        canned = self._canned(fault)
        if canned is not None:
            await canned(scope, receive, send)
        elif fault.kind == "slow":
            await asyncio.sleep(fault.delay)
            await self._app(scope, receive, send)
        elif fault.kind in ("reset", "cut_before_apply"):
            while (await receive()).get("more_body"):
                pass  # the client has sent all of it, so that what it sees does not hang on a race
            await _cut(scope, receive, reset=fault.kind == "reset")
        elif fault.kind == "slow_after_apply":
            await self._capture(scope, receive)
            await asyncio.sleep(fault.delay)
            await _cut(scope, receive, reset=False)
        else:
            await self._deform(fault, scope, receive, send)

    async def _deform(self, fault: Fault, scope: Scope, receive: Receive, send: Send) -> None:
        start, body = await self._capture(scope, receive)
        if fault.kind == "no_content_type":
            start["headers"] = [each for each in start["headers"] if each[0].lower() != b"content-type"]
        elif fault.kind == "bad_json":
            body = body[: max(len(body) - 7, 0)] + b'}"oops}'[: len(body)]
        await send(start)
        if fault.kind != "cut_body":
            await send({"type": "http.response.body", "body": body})
            return
        await send({"type": "http.response.body", "body": body[: len(body) // 2], "more_body": True})
        await _cut(scope, receive, reset=False)

    async def _capture(self, scope: Scope, receive: Receive) -> tuple[Message, bytes]:
        messages: list[Message] = []

        async def keep(message: Message) -> None:
            messages.append(message)

        await self._app(scope, receive, keep)
        return messages[0], b"".join(each.get("body", b"") for each in messages[1:])

    def _canned(self, fault: Fault) -> Response | None:
        if fault.kind == "outage":
            return _server_error(self._platform, 503)
        if fault.kind == "server_error":
            return _server_error(self._platform, fault.status or 503)
        if fault.kind == "server_error_plain_json":
            return JsonResponse(
                {"message": "upstream failed", "retry": True}, status_code=fault.status or 503
            )
        if fault.kind == "server_error_html":
            page = "<html><head><title>502 Bad Gateway</title></head><body>Sorry.</body></html>"
            return HTMLResponse(page, status_code=fault.status or 502)
        if fault.kind == "wrong_shape":
            return JsonResponse({"data": "surprise", "paging": 7, "meta": ["?"]})
        if self._platform == "x":
            return _x_refusal(fault, self._world)
        return _graph_refusal(fault, self._world) if self._platform == "facebook" else None


def _server_error(platform: str, status: int) -> Response:
    if platform == "facebook":
        return graph_error(2, "Service temporarily unavailable", status=status)
    return x_problem(status, "Service Unavailable")


def _x_refusal(fault: Fault, world: World) -> Response | None:
    if fault.kind in ("rate_limited", "rate_limited_no_reset"):
        answer = x_too_many(world.switches.x_limit_body)
        if fault.kind == "rate_limited":
            _rate_headers(answer, remaining=0, reset=int(world.now().timestamp()) + fault.reset)
        return answer
    if fault.kind == "usage_cap":
        answer = x_usage_cap()
        _rate_headers(answer, remaining=440, reset=int(world.now().timestamp()) + fault.reset)
        return answer
    plain: dict[str, Callable[[], Response]] = {
        "token": x_unauthorized,
        "permission": x_forbidden,
        "no_credits": x_no_credits,
    }
    return plain[fault.kind]() if fault.kind in plain else None


def _rate_headers(answer: Response, *, remaining: int, reset: int) -> None:
    answer.headers["x-rate-limit-limit"] = "450"
    answer.headers["x-rate-limit-remaining"] = str(remaining)
    answer.headers["x-rate-limit-reset"] = str(reset)


def _graph_refusal(fault: Fault, world: World) -> Response | None:
    status = fault.status or world.switches.graph_error_status
    if fault.kind == "token":
        return graph_bad_token(status)
    if fault.kind == "permission":
        code = fault.code or 200
        return graph_error(code, f"(#{code}) Permissions error", status=status)
    if fault.kind in ("rate_limited", "rate_limited_no_reset"):
        minutes = -(-fault.reset // 60) if fault.kind == "rate_limited" else None
        return graph_limited(fault.code or world.switches.graph_limit_code, status, minutes)
    if fault.kind == "usage_cap":
        return graph_limited(80001, status, None)
    if fault.kind == "no_credits":
        return graph_error(368, "(#368) The action attempted has been deemed abusive.", status=status)
    return None


def _dated(send: Send, now: Callable[[], datetime]) -> Send:
    async def dated(message: Message) -> None:
        if message["type"] == "http.response.start":
            stamp = format_datetime(now(), usegmt=True).encode("ascii")
            headers: list[Any] = [*message.get("headers", ()), (b"date", stamp)]
            message = {**message, "headers": headers}
        await send(message)

    return dated


async def _cut(scope: Scope, receive: Receive, *, reset: bool) -> None:
    transport: asyncio.Transport = scope["state"]["transport"]
    if reset:
        line = transport.get_extra_info("socket")
        line.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        transport.abort()
    else:
        transport.close()
    while (await receive())["type"] != "http.disconnect":
        pass
