"""Timestamps over HTTP on loopback, for trial, training and tests."""

from __future__ import annotations

import threading
from collections.abc import Callable
from contextlib import suppress
from datetime import datetime
from http import HTTPStatus
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from types import TracebackType
from typing import Self

from worker.evidence.trial_authority import TrialAuthority, TrialAuthorityFault

_MOST_BYTES = 16 * 1024
_SECONDS = 20.0
_QUERY = "application/timestamp-query"
_REPLY = "application/timestamp-reply"

#: Answers a query (DER) with a reply (DER).
Answer = Callable[[bytes], bytes]


class AuthorityServer:
    """Serves an authority over HTTP in a background thread. A context manager, or `start` and `stop`.

    Args:
        answer: makes the reply to a query.
        host: the address to listen on.
        port: 0 takes any free one, and keeps it over a stop and a start.

    Attributes:
        url: where it takes queries; known once started.
    """

    def __init__(self, answer: Answer, host: str = "127.0.0.1", port: int = 0) -> None:
        self._answer = answer
        self._host, self._port = host, port
        self._server: ThreadingHTTPServer | None = None
        self._thread: threading.Thread | None = None
        self.url = ""

    def start(self) -> Self:
        """Listen, and answer from now on.

        Raises:
            OSError: the port is taken.
        """
        self._server = _Server((self._host, self._port), _handler(self._answer))
        self._port = self._server.server_address[1]
        self.url = f"http://{self._host}:{self._port}/"
        self._thread = threading.Thread(
            target=self._server.serve_forever, args=(0.05,), name="timestamp authority", daemon=True
        )
        self._thread.start()
        return self

    def stop(self) -> None:
        """Stop listening, after the answers in hand."""
        if self._server is not None and self._thread is not None:
            self._server.shutdown()
            self._server.server_close()
            self._thread.join()
            self._server = self._thread = None

    def __enter__(self) -> Self:
        """Start, unless started already."""
        return self if self._server is not None else self.start()

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        """Stop."""
        self.stop()


def serve(
    folder: Path,
    host: str,
    port: int,
    now: datetime,
    stop: threading.Event,
    ready: Callable[[AuthorityServer], None],
) -> None:
    """Run a trial authority until told to stop.

    Args:
        folder: where its certificates and key lie, or will.
        now: by the machine's own clock.
        stop: set to end it.
        ready: called once it answers.

    Raises:
        OSError: the port is taken, or the folder cannot be written.
    """
    authority = TrialAuthority(folder)
    authority.create(now)
    with AuthorityServer(authority.answer, host, port) as server:
        ready(server)
        stop.wait()


class _Server(ThreadingHTTPServer):
    # Each answer waits for its own OpenSSL; stopping waits for them, so that none is left behind.
    daemon_threads = False


def _handler(answer: Answer) -> type[BaseHTTPRequestHandler]:
    """The HTTP side: one POST, one query, one reply."""

    class Handler(BaseHTTPRequestHandler):
        timeout = _SECONDS

        def do_POST(self) -> None:
            length = self.headers.get("Content-Length", "")
            if self.headers.get("Content-Type") != _QUERY or not length.isdigit():
                self.send_error(HTTPStatus.UNSUPPORTED_MEDIA_TYPE)
            elif int(length) > _MOST_BYTES:
                self.send_error(HTTPStatus.REQUEST_ENTITY_TOO_LARGE)
            else:
                self._reply(self.rfile.read(int(length)))

        def _reply(self, query: bytes) -> None:
            try:
                reply = answer(query)
            except TrialAuthorityFault:
                self.send_error(HTTPStatus.INTERNAL_SERVER_ERROR)
                return
            with suppress(ConnectionError):  # whoever asked did not wait
                self.send_response(HTTPStatus.OK)
                self.send_header("Content-Type", _REPLY)
                self.send_header("Content-Length", str(len(reply)))
                self.end_headers()
                self.wfile.write(reply)

        def log_message(self, *_args: object) -> None:
            """Nothing: the one who asks logs what matters."""

    return Handler
