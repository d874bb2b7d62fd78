"""Raw lines for the guard's tests: a platform that says what it is told to, and a browser of bare bytes."""

from __future__ import annotations

import asyncio
import base64
import ipaddress
import socket
import ssl
import threading
from collections.abc import Iterator, Sequence
from contextlib import closing, contextmanager, suppress
from dataclasses import dataclass, field

from worker.evidence.render.addresses import Address
from worker.evidence.render.guard import Guard
from worker.evidence.render.passes import Pass

PUBLIC = "93.184.215.14"
OTHER = "2606:2800:21f:cb07:6820:80da:af6b:8b2c"
PAGE = "www.example.test"
OK = b"HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nhello"


@dataclass
class Platform:
    """A server on loopback that gives every connection the same answer and then closes it.

    Attributes:
        heard: what each connection sent first.
    """

    port: int
    says: bytes
    heard: list[bytes] = field(default_factory=list)


@contextmanager
def platform(says: bytes = OK, tls: ssl.SSLContext | None = None) -> Iterator[Platform]:
    """Such a server, listening; with TLS where it is given."""
    with socket.create_server(("127.0.0.1", 0)) as server:
        made = Platform(server.getsockname()[1], says)

        def serve() -> None:
            while True:
                try:
                    line, _ = server.accept()
                except OSError:
                    return
                with line, suppress(OSError):  # a guard may hang up
                    line.settimeout(5)
                    plain = line if tls is None else tls.wrap_socket(line, server_side=True)
                    made.heard.append(plain.recv(65_536))
                    plain.sendall(made.says)
                    plain.close()

        thread = threading.Thread(target=serve, daemon=True)
        thread.start()
        yield made
        server.shutdown(socket.SHUT_RDWR)
        thread.join(5)


@dataclass
class Network:
    """Names and addresses that exist in a test only; every address leads to one platform on loopback.

    Attributes:
        names: what a name stands for, look-up by look-up; the last answer stays.
        asked: the names looked up.
        dialled: the addresses connected to, with their ports.
        dead: addresses that do not answer.
    """

    leads_to: int
    names: dict[str, list[list[str]]] = field(default_factory=dict)
    asked: list[str] = field(default_factory=list)
    dialled: list[tuple[str, int]] = field(default_factory=list)
    dead: set[str] = field(default_factory=set)

    def resolve(self, host: str, port: int) -> Sequence[Address]:
        """As `guard.resolve`."""
        self.asked.append(host)
        answers = self.names.get(host)
        if not answers:
            raise OSError("no such name")
        answer = answers.pop(0) if len(answers) > 1 else answers[0]
        return [ipaddress.ip_address(each) for each in answer]

    async def dial(self, address: Address, port: int) -> tuple[asyncio.StreamReader, asyncio.StreamWriter]:
        """As `guard.dial`."""
        self.dialled.append((str(address), port))
        if str(address) in self.dead:
            raise OSError("no answer")
        return await asyncio.open_connection("127.0.0.1", self.leads_to)


def send(guard: Guard, request: bytes, *, then: bytes = b"") -> bytes:
    """Send bytes to a guard and give everything that comes back, to the end of the connection."""
    with closing(socket.create_connection(("127.0.0.1", guard.port), timeout=10)) as line:
        line.sendall(request)
        answer = b""
        if then:
            while b"\r\n\r\n" not in answer and (data := line.recv(65_536)):
                answer += data
            line.sendall(then)
        while True:
            try:
                data = line.recv(65_536)
            except ConnectionResetError:
                return answer + b"(cut)"
            if not data:
                return answer
            answer += data


def with_pass(held: Pass, request: str) -> bytes:
    """A request with `{pass}` replaced by the header that shows the pass."""
    token = base64.b64encode(f"{held.name}:{held.password}".encode()).decode()
    return request.replace("{pass}", f"Proxy-Authorization: Basic {token}").encode("latin-1")


def get(held: Pass, address: str, host: str) -> bytes:
    """The request of a browser that fetches an address by this proxy."""
    return with_pass(held, f"GET {address} HTTP/1.1\r\nHost: {host}\r\n{{pass}}\r\nAccept: */*\r\n\r\n")
