"""Handing bytes on between a browser and a platform, counted."""

from __future__ import annotations

import asyncio
import socket
import struct

from worker.evidence.render.heads import OddRequest, read_answer
from worker.evidence.render.passes import Pass

#: The longest head of a request or an answer.
HEAD_BYTES = 65_536
_CHUNK_BYTES = 65_536
#: The header, and what it says, by which an answer of the guard's own is told from the platform's (RFC 9209).
ANSWERED_BY = "Proxy-Status"
GUARD = "upstander-guard"
#: The first bytes of everything that TLS says.
_TLS = b"\x16\x03"

Ends = tuple[asyncio.StreamReader, asyncio.StreamWriter]


class Refused(Exception):
    """This is not passed on: status for the client, and why."""

    def __init__(self, status: str, why: str) -> None:
        super().__init__(why)
        self.status = status
        self.why = why


class Unreached(Exception):
    """The other side is not there, or not in time. Nobody refused it: it may be there a minute later."""

    def __init__(self, why: str) -> None:
        super().__init__(why)
        self.why = why


class Cut(Exception):
    """The connection is to be cut, not ended, so that what came of it is not taken for the whole."""

    def __init__(self, why: str) -> None:
        super().__init__(why)
        self.why = why


class Meter:
    """Counts the bytes of one connection and of its pass."""

    def __init__(self, held: Pass) -> None:
        self._held = held
        self._used = 0

    def count(self, size: int) -> None:
        """Count some bytes before they are handed on.

        Raises:
            Cut: they would be too many.
        """
        self._used += size
        self._held.bytes_used += size
        if self._used > self._held.limits.bytes_each:
            raise Cut("it sent too much")
        if self._held.bytes_used > self._held.limits.bytes_all:
            raise Cut("the page fetched too much in all")


async def answer(meter: Meter, up: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    """Hand on the answer to a plain request, until the other side ends it.

    Raises:
        Refused: it is no answer that could be handed on.
        Cut: it is too long.
    """
    status, head = 100, b""
    while status < 200:  # what comes before the answer itself is not passed on
        raw = await up.readuntil(b"\r\n\r\n")
        meter.count(len(raw))
        try:
            status, head = read_answer(raw)
        except OddRequest as odd:
            raise Refused("502 Bad Gateway", odd.why) from odd
        if status == 101:
            raise Refused("502 Bad Gateway", "another protocol was answered")
    writer.write(head)
    await _pump(meter, up, writer)


async def tunnel(meter: Meter, down: Ends, up: Ends) -> None:
    """Open a tunnel and hand on what both sides say, until one of them ends it.

    Raises:
        Cut: something else than TLS was said, or too much.
    """
    down[1].write(b"HTTP/1.1 200 Connection established\r\n\r\n")
    await down[1].drain()
    first = await down[0].read(_CHUNK_BYTES)
    if not first:
        return
    if not first.startswith(_TLS[: len(first)]):
        raise Cut("something else than TLS was sent through a tunnel")
    meter.count(len(first))
    up[1].write(first)
    both = {
        asyncio.ensure_future(_pump(meter, down[0], up[1])),
        asyncio.ensure_future(_pump(meter, up[0], down[1])),
    }
    try:
        done, _ = await asyncio.wait(both, return_when=asyncio.FIRST_COMPLETED)
        for each in done:
            each.result()
    finally:
        for each in both:
            each.cancel()
        await asyncio.gather(*both, return_exceptions=True)


async def _pump(meter: Meter, source: asyncio.StreamReader, sink: asyncio.StreamWriter) -> None:
    while data := await source.read(_CHUNK_BYTES):
        meter.count(len(data))
        sink.write(data)
        await sink.drain()


async def say(writer: asyncio.StreamWriter, status: str) -> None:
    """Answer in the guard's own name, without a body."""
    head = f"HTTP/1.1 {status}\r\n{ANSWERED_BY}: {GUARD}\r\nContent-Length: 0\r\nConnection: close\r\n\r\n"
    writer.write(head.encode("ascii"))
    await writer.drain()


def cut(writer: asyncio.StreamWriter) -> None:
    """End a connection with a reset: the other side sees that something is missing."""
    line = writer.get_extra_info("socket")
    if line is not None:
        line.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
    writer.transport.abort()
