"""The sandbox as a running thing: three HTTP servers on loopback around one world."""

from __future__ import annotations

import asyncio
import signal
import socket
import threading
from collections.abc import Callable
from datetime import datetime
from types import TracebackType
from typing import Self

import uvicorn
from starlette.applications import Starlette

from connectors.sandbox.clock import SandboxClock
from connectors.sandbox.control import Control
from connectors.sandbox.faults import FaultBoard
from connectors.sandbox.front import CuttableProtocol, Front
from connectors.sandbox.graph_api import GraphApi
from connectors.sandbox.state import World
from connectors.sandbox.web import WebPages
from connectors.sandbox.x_api import XApi

_HOST = "127.0.0.1"
_START_SECONDS = 20.0


class Sandbox:
    """Simulated X, simulated Graph, and the web pages with the control API, each on a port of its own.

    Use it as a context manager, or call `start` and `stop`.

    Args:
        now: tells the time (aware UTC). A `SandboxClock` can also be set through the control API.

    Attributes:
        world: all that the platforms hold.
        faults: the fault rules in force.
        x_url, graph_url, web_url: base addresses, without a slash at the end; known once started.
    """

    def __init__(self, now: Callable[[], datetime] | None = None) -> None:
        chosen = SandboxClock() if now is None else now
        self.clock = chosen if isinstance(chosen, SandboxClock) else None
        self.world = World(chosen)
        self.faults = FaultBoard()
        self.x_url = self.graph_url = self.web_url = ""
        self._servers: list[uvicorn.Server] = []
        self._thread: threading.Thread | None = None

    def start(self, port: int = 0) -> Self:
        """Start serving in a background thread, and wait until all three answer.

        Args:
            port: the first of three ports in a row (X, Graph, web); 0 takes any free ones.

        Raises:
            OSError: a port is taken.
        """
        sockets: list[socket.socket] = []
        try:
            for number in range(3):
                sockets.append(_listen(port + number if port else 0))  # noqa: PERF401  # kept one by one, to close them
        except OSError:
            for each in sockets:
                each.close()
            raise
        urls = [f"http://{_HOST}:{each.getsockname()[1]}" for each in sockets]
        self.x_url, self.graph_url, self.web_url = urls
        self._servers = [_server(app) for app in self._apps()]
        ready = threading.Event()
        self._thread = threading.Thread(target=self._run, args=(sockets, ready), name="sandbox", daemon=True)
        self._thread.start()
        if not ready.wait(_START_SECONDS):
            raise OSError("the sandbox did not start in time")
        return self

    def stop(self) -> None:
        """Stop serving; open connections are closed."""
        for server in self._servers:
            server.should_exit = True
            server.force_exit = True
        if self._thread is not None:
            self._thread.join(_START_SECONDS)
            self._thread = None

    def __enter__(self) -> Self:
        """Start on free ports, unless started already."""
        return self if self._thread is not None else self.start()

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        """Stop."""
        self.stop()

    def _apps(self) -> list[Front]:
        x_api, graph_api = XApi(self.world), GraphApi(self.world, self.web_url)

        def forget_limits() -> None:
            x_api.windows.clear()
            graph_api.windows.clear()

        addresses = {"x": self.x_url, "graph": self.graph_url, "web": self.web_url}
        control = Control(self.world, self.faults, self.clock, forget_limits, addresses)
        web = Starlette(routes=[*control.routes(), *WebPages(self.world).routes()])
        named = (("x", x_api.app()), ("facebook", graph_api.app()), ("web", web))
        return [Front(app, name, self.faults, self.world) for name, app in named]

    def _run(self, sockets: list[socket.socket], ready: threading.Event) -> None:
        asyncio.run(self._serve(sockets, ready))

    async def _serve(self, sockets: list[socket.socket], ready: threading.Event) -> None:
        tasks = [
            asyncio.create_task(server.serve(sockets=[each]))
            for server, each in zip(self._servers, sockets, strict=True)
        ]
        while not all(each.started for each in self._servers):  # noqa: ASYNC110  # uvicorn has no event for it
            await asyncio.sleep(0.01)
        ready.set()
        await asyncio.gather(*tasks)


def serve(sandbox: Sandbox, *, port: int = 0, ready: Callable[[Sandbox], None] | None = None) -> None:
    """Serve in the foreground until SIGINT or SIGTERM. Call it from the main thread.

    Args:
        port: as for `Sandbox.start`.
        ready: called once all three servers answer (to print their addresses, say).

    Raises:
        OSError: a port is taken.
    """
    over = threading.Event()
    before = {each: signal.getsignal(each) for each in (signal.SIGINT, signal.SIGTERM)}
    for each in before:
        signal.signal(each, lambda *_: over.set())
    try:
        with sandbox.start(port):
            if ready is not None:
                ready(sandbox)
            over.wait()
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)


def _listen(port: int) -> socket.socket:
    line = socket.socket(
        socket.AF_INET, socket.SOCK_STREAM, socket.IPPROTO_TCP
    )  # so named, asyncio sets TCP_NODELAY
    line.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    try:
        line.bind((_HOST, port))
    except OSError:
        line.close()
        raise
    return line


def _server(app: Front) -> uvicorn.Server:
    config = uvicorn.Config(
        app,
        http=CuttableProtocol,
        ws="none",
        lifespan="off",
        log_config=None,
        log_level="critical",
        access_log=False,
        date_header=False,
        server_header=False,
        timeout_keep_alive=30,
    )
    return uvicorn.Server(config)
