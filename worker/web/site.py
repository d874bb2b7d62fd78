"""The site: put together from its pages, and served."""

from __future__ import annotations

import traceback
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from urllib.parse import urlsplit

import anyio.to_thread
from starlette.applications import Starlette
from starlette.middleware import Middleware
from starlette.middleware.gzip import GZipMiddleware
from starlette.middleware.trustedhost import TrustedHostMiddleware
from starlette.requests import Request
from starlette.responses import PlainTextResponse, Response
from starlette.routing import BaseRoute, Mount
from starlette.staticfiles import StaticFiles
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from worker.bootstrap import App
from worker.errors import NotFound
from worker.log import get
from worker.web import assets
from worker.web.fields import Fields
from worker.web.headers import add_headers
from worker.web.live import live_routes
from worker.web.pages import PAGES
from worker.web.routing import route
from worker.web.templating import make_pages
from worker.web.visit import Desk, Visit

#: As many requests are answered at once as a store has connections for.
THREADS = 12
_LONGEST_PATH = 1_000

log = get("web")


def make_site(app: App) -> Starlette:
    """The site over these stages.

    Raises:
        StoreNotReady: its style sheets are not installed.
    """
    assets.check_installed()
    desk = Desk(app, make_pages())
    routes: list[BaseRoute] = [route(desk, page) for page in PAGES]
    routes += live_routes(desk)
    routes += [
        Mount("/assets", StaticFiles(directory=assets.VENDORED)),
        Mount("/static", StaticFiles(directory=assets.OWN)),
    ]
    host = urlsplit(app.settings.web.public_url).hostname or "127.0.0.1"

    async def not_found(request: Request, _error: Exception) -> Response:
        visit = Visit(desk, request, None, Fields())
        return visit.refused(
            NotFound("There is no such page.", do="Check the address, or begin at the queue.")
        )

    async def broken(request: Request, error: Exception) -> Response:
        # The error's kind and place only: its words may quote a comment.
        frames = traceback.extract_tb(error.__traceback__)
        where = f"{Path(frames[-1].filename).name}:{frames[-1].lineno}" if frames else None
        log.error("request_failed", method=request.method, error=type(error).__name__, where=where)
        answer = Visit(desk, request, None, Fields()).page("broken.html", status=500)
        # What is broken is answered outside of every middleware.
        add_headers(answer, secure=desk.secure)
        return answer

    @asynccontextmanager
    async def lifespan(_site: Starlette) -> AsyncIterator[None]:
        anyio.to_thread.current_default_thread_limiter().total_tokens = THREADS
        yield

    site = Starlette(
        routes=routes,
        lifespan=lifespan,
        middleware=[
            Middleware(Headers, secure=desk.secure),
            Middleware(
                TrustedHostMiddleware, allowed_hosts=[host, "127.0.0.1", "localhost"], www_redirect=False
            ),
            Middleware(ShortPaths),
            Middleware(GZipMiddleware, minimum_size=1_000, compresslevel=5),
        ],
        exception_handlers={404: not_found, 405: not_found, 500: broken},
    )
    # Else "/queue/" leads to a whole address, which is one without TLS behind a proxy that ends it.
    site.router.redirect_slashes = False
    return site


class ShortPaths:
    """Answers no path that is longer than any of ours: a number of thousands of digits cannot even be read.

    Args:
        app: what answers the others.
    """

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer one request."""
        if scope["type"] == "http" and len(scope["path"]) > _LONGEST_PATH:
            await PlainTextResponse("This address is too long.", status_code=414)(scope, receive, send)
            return
        await self._app(scope, receive, send)


class Headers:
    """Adds what every reply says of itself, whoever made it.

    Args:
        app: what answers.
        secure: see `add_headers`.
    """

    def __init__(self, app: ASGIApp, *, secure: bool) -> None:
        self._app = app
        self._secure = secure

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer one request."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        file = scope["path"].startswith(("/assets/", "/static/"))
        # An address with a mark changes with its content: a browser never has to ask for it again.
        kept = (
            "public, max-age=31536000, immutable" if scope["query_string"].startswith(b"v=") else "no-cache"
        )

        async def send_with(message: Message) -> None:
            if message["type"] == "http.response.start":
                answer = PlainTextResponse()
                answer.raw_headers = list(message.get("headers", []))
                if file and message["status"] in (200, 304):
                    answer.headers["Cache-Control"] = kept
                add_headers(answer, secure=self._secure)
                message["headers"] = answer.raw_headers
            await send(message)

        await self._app(scope, receive, send_with)
