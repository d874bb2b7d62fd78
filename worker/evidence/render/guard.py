"""The guard: an HTTP proxy on loopback, the only way out for Chromium and for the media fetcher.

One request a connection: nothing is left over that could be taken for a second one. A name is resolved once
a pass; every address it stands for is checked; what is then connected to is one of those very addresses.
"""

from __future__ import annotations

import asyncio
import hmac
import ipaddress
import socket
import threading
from collections.abc import Awaitable, Callable, Iterator, Sequence
from contextlib import contextmanager, suppress
from types import TracebackType
from typing import Self

from worker.evidence.render.addresses import Address, AllowList, refused_because
from worker.evidence.render.heads import OddRequest, Wish, read_pass, read_wish
from worker.evidence.render.passes import Limits, Pass
from worker.evidence.render.relay import HEAD_BYTES, Cut, Meter, Refused, Unreached, answer, cut, say, tunnel

#: Gives every address that a host name stands for. It may block; it runs in a thread.
Resolve = Callable[[str, int], Sequence[Address]]
#: Connects to exactly one address and port.
Dial = Callable[[Address, int], Awaitable[tuple[asyncio.StreamReader, asyncio.StreamWriter]]]

#: At one moment, with a pass or without.
_CONNECTIONS = 1_000
_HEAD_SECONDS = 10.0
_RESOLVE_SECONDS = 10.0
_DIAL_SECONDS = 10.0


def resolve(host: str, port: int) -> Sequence[Address]:
    """Every address that this machine's resolver knows for a name.

    Raises:
        OSError: there is none.
    """
    found = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)
    return [ipaddress.ip_address(str(entry[4][0])) for entry in found]


async def dial(address: Address, port: int) -> tuple[asyncio.StreamReader, asyncio.StreamWriter]:
    """Connect to an address; a literal, so that nothing is resolved again.

    Raises:
        OSError: it does not answer.
    """
    return await asyncio.open_connection(str(address), port, limit=HEAD_BYTES)


class Guard:
    """The proxy. Start it with `with`, then hand out passes.

    Args:
        resolve: where addresses come from.
        dial: how an address is connected to.
    """

    def __init__(self, *, resolve: Resolve = resolve, dial: Dial = dial) -> None:
        self._resolve = resolve
        self._dial = dial
        self._passes: dict[str, Pass] = {}
        self._tasks: dict[asyncio.Task[None], str] = {}
        self._thread: threading.Thread | None = None
        self._loop: asyncio.AbstractEventLoop | None = None
        self._over: asyncio.Event | None = None
        self.port = 0

    def __enter__(self) -> Self:
        """Listen on a free port of loopback.

        Raises:
            OSError: it could not.
        """
        ready: threading.Event = threading.Event()
        self._thread = threading.Thread(
            target=lambda: asyncio.run(self._listen(ready)), name="guard", daemon=True
        )
        self._thread.start()
        if not ready.wait(_HEAD_SECONDS) or not self.port:
            raise OSError("the guard could not start")
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        """Stop listening and cut every connection."""
        self._passes.clear()
        if self._loop is not None and self._over is not None:
            with suppress(RuntimeError):  # the loop is over already
                self._loop.call_soon_threadsafe(self._over.set)
        if self._thread is not None:
            self._thread.join(_RESOLVE_SECONDS)

    @contextmanager
    def admit(self, allow: AllowList, limits: Limits | None = None) -> Iterator[Pass]:
        """A pass for one rendering; when it ends, so do its connections."""
        held = Pass(allow, limits or Limits())
        self._passes[held.name] = held
        try:
            yield held
        finally:
            self._passes.pop(held.name, None)
            if self._loop is not None:
                with suppress(RuntimeError):  # the loop is over already
                    self._loop.call_soon_threadsafe(self._cut, held.name)

    def _cut(self, name: str) -> None:
        for task, owner in self._tasks.items():
            if owner == name:
                task.cancel()

    async def _listen(self, ready: threading.Event) -> None:
        self._loop, self._over = asyncio.get_running_loop(), asyncio.Event()
        try:
            server = await asyncio.start_server(self._serve, "127.0.0.1", 0, limit=HEAD_BYTES)
            self.port = server.sockets[0].getsockname()[1]
        finally:
            ready.set()
        async with server:
            await self._over.wait()
            server.close()
            for task in list(self._tasks):
                task.cancel()
            await asyncio.gather(*self._tasks, return_exceptions=True)

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        task = asyncio.current_task()
        if task is None:
            raise RuntimeError("a connection is served by a task")
        self._tasks[task] = ""
        try:
            if len(self._tasks) > _CONNECTIONS:
                raise ConnectionRefusedError("too many connections to the guard")
            async with asyncio.timeout(_HEAD_SECONDS):
                head = await reader.readuntil(b"\r\n\r\n")
            held = self._pass_of(head)
            if held is None:
                await say(
                    writer, '407 Proxy Authentication Required\r\nProxy-Authenticate: Basic realm="guard"'
                )
                return
            self._tasks[task] = held.name
            await self._admitted(held, head, reader, writer)
        except (OSError, asyncio.IncompleteReadError, asyncio.LimitOverrunError, TimeoutError):
            cut(writer)
        except asyncio.CancelledError:
            cut(writer)  # cut by us; the task ends here and nobody waits for its outcome
        finally:
            self._tasks.pop(task, None)
            writer.close()

    def _pass_of(self, head: bytes) -> Pass | None:
        shown = read_pass(head)
        held = self._passes.get(shown[0]) if shown else None
        right = shown and held and hmac.compare_digest(shown[1].encode(), held.password.encode())
        return held if right else None

    async def _admitted(
        self, held: Pass, head: bytes, reader: asyncio.StreamReader, writer: asyncio.StreamWriter
    ) -> None:
        try:
            wish = read_wish(head)
        except OddRequest as odd:
            held.refuse(odd.host, odd.port, odd.why)
            await say(writer, "400 Refused by the guard")
            return
        held.made += 1
        held.open += 1
        try:
            async with asyncio.timeout(held.limits.seconds):
                await self._carry(held, wish, reader, writer)
        except Refused as refused:
            held.refuse(wish.host, wish.port, refused.why)
            await say(writer, refused.status)
        except Unreached as lost:
            held.miss(wish.host, wish.port, lost.why)
            await say(writer, "502 Bad Gateway")
        except Cut as over:
            held.refuse(wish.host, wish.port, over.why)
            cut(writer)
        except TimeoutError:
            held.miss(wish.host, wish.port, "it took too long")
            cut(writer)
        finally:
            held.open -= 1

    async def _carry(
        self, held: Pass, wish: Wish, reader: asyncio.StreamReader, writer: asyncio.StreamWriter
    ) -> None:
        _within(held)
        address, up_reader, up_writer = await self._connect(held, wish)
        held.reach(wish.host, wish.port, address)
        meter = Meter(held)
        try:
            if wish.tunnel:
                await tunnel(meter, (reader, writer), (up_reader, up_writer))
            else:
                up_writer.write(wish.onward)
                await answer(meter, up_reader, writer)
        finally:
            up_writer.transport.abort()

    async def _connect(
        self, held: Pass, wish: Wish
    ) -> tuple[Address, asyncio.StreamReader, asyncio.StreamWriter]:
        for address in await self._addresses(held, wish):
            try:
                async with asyncio.timeout(_DIAL_SECONDS):
                    return address, *await self._dial(address, wish.port)
            except (OSError, TimeoutError):
                continue
        raise Unreached("no address of it answers")

    async def _addresses(self, held: Pass, wish: Wish) -> tuple[Address, ...]:
        why = held.allow.refusal_of(wish.host, wish.port)
        if why is None and wish.tunnel and wish.port != 443:
            why = "a tunnel to another port than 443"
        if why is not None:
            raise Refused("403 Refused by the guard", why)
        if held.allow.is_sandbox(wish.host, wish.port):
            return (ipaddress.ip_address(wish.host),)
        if wish.host not in held.answers:
            held.answers[wish.host] = await self._look_up(wish)
        return held.answers[wish.host]

    async def _look_up(self, wish: Wish) -> tuple[Address, ...]:
        try:
            async with asyncio.timeout(_RESOLVE_SECONDS):
                found = tuple(dict.fromkeys(await asyncio.to_thread(self._resolve, wish.host, wish.port)))
        except (OSError, TimeoutError, UnicodeError, ValueError):
            found = ()
        if not found:
            raise Unreached("no address was found for its name")
        for why in filter(None, map(refused_because, found)):
            raise Refused("403 Refused by the guard", why)
        return found


def _within(held: Pass) -> None:
    if held.made > held.limits.connections:
        raise Refused("403 Refused by the guard", "the page made too many connections")
    if held.open > held.limits.at_once:
        raise Refused("503 Busy", "the page made too many connections at once")
