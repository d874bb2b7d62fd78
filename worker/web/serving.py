"""Serving the site over HTTP, in a thread of this process."""

from __future__ import annotations

import socket
import threading
from collections.abc import Iterator
from contextlib import contextmanager

import uvicorn

from worker.bootstrap import App
from worker.errors import SettingsError
from worker.web.site import make_site

#: How long pages that stay open may hold a process that stops.
_PATIENCE_SECONDS = 3
#: More than the open pages of any Trust; the next is told to come back.
_MOST_CONNECTIONS = 500


@contextmanager
def serving(app: App, listening: socket.socket | None = None) -> Iterator[None]:
    """Serve the site for as long as the block lasts.

    Args:
        listening: an open socket to serve on, instead of the address in the settings.

    Raises:
        SettingsError: nothing can listen on the address in the settings.
        StoreNotReady: the style sheets are not installed.
    """
    web = app.settings.web
    config = uvicorn.Config(
        make_site(app),
        http="h11",
        ws="none",
        lifespan="on",
        # Its lines would hold what people searched for; what is done is in the audit, what breaks in our log.
        access_log=False,
        log_config=None,
        log_level="critical",
        server_header=False,
        proxy_headers=bool(web.trusted_proxies),
        forwarded_allow_ips=list(web.trusted_proxies),
        limit_concurrency=_MOST_CONNECTIONS,
        timeout_graceful_shutdown=_PATIENCE_SECONDS,
    )
    server = _Server(config)
    with listening or _listen(web.host, web.port) as ours:
        thread = threading.Thread(target=server.run, args=([ours],), name="web")
        thread.start()
        server.answers.wait()
        try:
            yield
        finally:
            server.should_exit = True
            thread.join()


class _Server(uvicorn.Server):
    """A server that tells when it answers.

    Args:
        config: how it serves.
    """

    def __init__(self, config: uvicorn.Config) -> None:
        super().__init__(config)
        self.answers = threading.Event()

    def run(self, sockets: list[socket.socket] | None = None) -> None:
        """Serve until told to stop. Whoever waits for an answer waits no longer once it cannot come."""
        try:
            super().run(sockets)
        finally:
            self.answers.set()

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        """Begin to answer."""
        await super().startup(sockets)
        self.answers.set()


def _listen(host: str, port: int) -> socket.socket:
    try:
        family = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)[0][0]
        return socket.create_server((host, port), family=family)
    except OSError as error:
        raise SettingsError(
            f"The review site cannot listen on {host}, port {port}: {error.strerror or error}.",
            safe="It was not started.",
            do="Is it running already? Else set web.host and web.port to an address of this machine that is"
            " free.",
        ) from error
