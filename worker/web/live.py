"""A page that stays open learns that something changed, without being moved under whoever reads it."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator
from datetime import datetime

from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import PlainTextResponse, Response, StreamingResponse
from starlette.routing import Route

from worker.errors import UpstanderError
from worker.web.visit import Desk

#: How often the queue is looked at for each open page, and how long until the browser has to ask anew.
_EVERY_SECONDS, _LASTS_SECONDS = 5.0, 300.0


def live_routes(desk: Desk) -> list[Route]:
    """The routes of pages that stay open."""

    async def queue(request: Request) -> Response:
        token = request.cookies.get(desk.cookie("session"), "")
        signed = await run_in_threadpool(desk.app.sign_ins.who, token, renew=False)
        if signed is None or signed.first is not None:
            return PlainTextResponse("Nobody is signed in.", status_code=401)
        return StreamingResponse(_pulses(desk, request, token), media_type="text/event-stream")

    return [Route("/queue/live", queue, methods=["GET"], name="queue_live")]


async def _pulses(desk: Desk, request: Request, token: str) -> AsyncIterator[str]:
    """What changed in the queue, told again and again until the page goes or the sign-in ends."""
    since, passed = desk.app.clock.now(), 0.0
    yield "retry: 5000\n\n"
    while passed < _LASTS_SECONDS and not await request.is_disconnected():
        try:
            told = await run_in_threadpool(_pulse, desk, token, since)
        except UpstanderError:
            told = None
        if told is None:
            yield "event: ended\ndata: {}\n\n"
            return
        yield f"data: {told}\n\n"
        await asyncio.sleep(_EVERY_SECONDS)
        passed += _EVERY_SECONDS


def _pulse(desk: Desk, token: str, since: datetime) -> str | None:
    """What changed since, as JSON; None where the sign-in ended. Asking does not keep the sign-in alive."""
    signed = desk.app.sign_ins.who(token, renew=False)
    if signed is None:
        return None
    pulse = desk.app.review.pulse(signed.actor, since)
    return json.dumps({"new": str(pulse.new), "danger": str(pulse.danger), "lost": list(pulse.mine_lost)})
