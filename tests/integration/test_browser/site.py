"""A site whose pages a test makes up, and settings that allow it."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

from worker.evidence.render.addresses import AllowList
from worker.evidence.render.pool import RenderSettings

CHROMIUM = Path("/usr/bin/chromium")
SAID = "I know which bus she takes, and I will be there."


@dataclass
class Site:
    """Pages made up by a test, on a port of their own.

    Attributes:
        pages: HTML by path.
        raw: whole replies by path, byte for byte.
        heard: the requests, first lines and headers.
    """

    address: str
    pages: dict[str, str] = field(default_factory=dict)
    raw: dict[str, bytes] = field(default_factory=dict)
    heard: list[str] = field(default_factory=list)

    def put(self, html: str) -> str:
        """Serve a page, and give its address."""
        path = f"/page-{len(self.pages)}"
        self.pages[path] = html
        return f"http://{self.address}{path}"


@contextmanager
def serving() -> Iterator[Site]:
    """A site, running."""

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            made.heard.append(f"{self.requestline}\n{self.headers}")
            if self.path in made.raw:
                self.wfile.write(made.raw[self.path])
                return
            html = made.pages.get(self.path)
            self.send_response(404 if html is None else 200)
            self.send_header("Content-Type", "text/html; charset=utf-8")
            self.send_header("Set-Cookie", "made-up=1")
            self.end_headers()
            self.wfile.write((html or "nothing").encode())

        def log_message(self, format: str, *args: object) -> None:  # noqa: A002 - the library's name
            """Nothing."""

    with ThreadingHTTPServer(("127.0.0.1", 0), Handler) as server:
        made = Site(f"127.0.0.1:{server.server_address[1]}")
        thread = threading.Thread(target=server.serve_forever, daemon=True)
        thread.start()
        yield made
        server.shutdown()
        thread.join(5)


def settings(addresses: list[str], seconds: float = 20, chromium: Path = CHROMIUM) -> RenderSettings:
    """Settings that allow these addresses of this machine, and nothing else."""
    allow = AllowList.of(["www.example.test"], [each.removeprefix("http://") for each in addresses])
    return RenderSettings(1, seconds, chromium, allow, 1_000_000)
