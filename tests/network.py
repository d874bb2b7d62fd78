"""No way out: while the tests run, this process reaches loopback addresses only."""

from __future__ import annotations

import ipaddress
import socket
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any

import pytest


class OutsideNetwork(AssertionError):
    """Something tried to reach an address that is not loopback.

    Not an OSError, so that no client library takes it for a platform that is down and tries again.
    """


@dataclass(slots=True)
class OutsideAttempts:
    """The addresses that were refused, for tests that look whether code swallowed the refusal."""

    hosts: list[str] = field(default_factory=list)

    def refuse(self, host: str) -> OutsideNetwork:
        """Note the host and give the error to raise."""
        self.hosts.append(host)
        return OutsideNetwork(f"tests reach loopback only, this went to {host!r}")


def is_loopback(host: object) -> bool:
    """Whether a host name or address stays on this machine without asking a name server."""
    if host is None:
        return True
    text = host.decode("ascii", "replace") if isinstance(host, bytes) else str(host)
    if text in {"", "localhost", socket.gethostname()}:
        return True
    try:
        return ipaddress.ip_address(text.split("%", 1)[0]).is_loopback or text in {"0.0.0.0", "::"}  # noqa: S104 - compared, not bound
    except ValueError:
        return False


@contextmanager
def loopback_only() -> Iterator[OutsideAttempts]:
    """Refuse connections, datagrams and name look-ups that leave this machine.

    Covers Python's own sockets (requests, redis, smtplib, asyncio). A C library such as libpq and a child
    process make their own: those are handed loopback addresses by the fixtures.
    """
    attempts = OutsideAttempts()
    connect, connect_ex, sendto = socket.socket.connect, socket.socket.connect_ex, socket.socket.sendto
    getaddrinfo = socket.getaddrinfo

    def check(sock: socket.socket, address: Any) -> None:
        if sock.family in {socket.AF_INET, socket.AF_INET6} and not is_loopback(address[0]):
            raise attempts.refuse(str(address[0]))

    def guarded_connect(sock: socket.socket, address: Any) -> None:
        check(sock, address)
        connect(sock, address)

    def guarded_connect_ex(sock: socket.socket, address: Any) -> int:
        check(sock, address)
        return connect_ex(sock, address)

    def guarded_sendto(sock: socket.socket, data: bytes, *flags_and_address: Any) -> int:
        check(sock, flags_and_address[-1])
        return sendto(sock, data, *flags_and_address)

    def guarded_getaddrinfo(host: Any, *args: Any, **kwargs: Any) -> Any:
        if not is_loopback(host):
            raise attempts.refuse(str(host))
        return getaddrinfo(host, *args, **kwargs)

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(socket.socket, "connect", guarded_connect)
        patch.setattr(socket.socket, "connect_ex", guarded_connect_ex)
        patch.setattr(socket.socket, "sendto", guarded_sendto)
        patch.setattr(socket, "getaddrinfo", guarded_getaddrinfo)
        yield attempts
