"""Calling a client library safely: one copy of it a thread, and local refusal while a limit lasts."""

from __future__ import annotations

import threading
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from typing import Generic, TypeVar

from connectors.contract import Exchange
from connectors.errors import RateLimited, UnexpectedResponse
from connectors.http import PlatformAdapter
from connectors.usage import Usage, server_time

Library = TypeVar("Library")


@dataclass(frozen=True, slots=True)
class Answer:
    """What one call gave.

    Attributes:
        payload: the reply as parsed JSON.
        exchange: the reply as received, for evidence.
        at: the platform's time when it answered (aware UTC), or ours where it did not say.
    """

    payload: object
    exchange: Exchange
    at: datetime


class Limits:
    """Remembers until when each family of calls must wait. Shared by a connector's threads.

    Args:
        now: the host clock.
    """

    def __init__(self, now: Callable[[], datetime]) -> None:
        self._now = now
        self._until: dict[str, datetime] = {}
        self._lock = threading.Lock()

    def check(self, family: str) -> None:
        """Refuse a call at once while its family must wait.

        Raises:
            RateLimited: not yet.
        """
        with self._lock:
            until = self._until.get(family)
        if until is not None and self._now() < until:
            raise RateLimited("waiting for the platform's limit to pass: nothing was sent", until=until)

    def note(self, family: str, until: datetime | None) -> None:
        """Remember a limit; one without an end is the caller's to back off from."""
        if until is not None:
            with self._lock:
                self._until[family] = until


class Caller(Generic[Library]):
    """Runs calls of one client library for a connector that several threads share.

    Every thread has its own library object and adapter, so that replies cannot be mixed up.

    Args:
        build: makes a library object and the adapter under it.
        now: the host clock.
    """

    def __init__(
        self, build: Callable[[], tuple[Library, PlatformAdapter]], now: Callable[[], datetime]
    ) -> None:
        self._build = build
        self._limits = Limits(now)
        self._local = threading.local()
        self.usage: Usage | None = None

    def call(self, family: str, ask: Callable[[Library], object]) -> Answer:
        """Make one call.

        Args:
            family: the calls that share a limit on the platform.
            ask: makes the call with the library it is given and returns parsed JSON.

        Raises:
            ConnectorError: one of the typed errors; nothing of the library's own leaves here.
        """
        self._limits.check(family)
        library, adapter = self._mine()
        adapter.forget()
        try:
            payload = ask(library)
        except RateLimited as error:
            self._limits.note(family, error.until)
            raise
        except (ValueError, KeyError, RecursionError):
            payload, unreadable = None, True
        else:
            unreadable = False
        finally:
            self.usage = adapter.usage or self.usage
        exchange = adapter.last
        if exchange is None:
            raise UnexpectedResponse("the request could not be made: nothing was sent", code="not_sent")
        if unreadable:
            raise UnexpectedResponse(
                "the reply is not the JSON it should be", status=exchange.status, code="not_json"
            )
        return Answer(payload, exchange, server_time(adapter.headers) or exchange.received_at)

    def _mine(self) -> tuple[Library, PlatformAdapter]:
        made: tuple[Library, PlatformAdapter] | None = getattr(self._local, "made", None)
        if made is None:
            made = self._local.made = self._build()
        return made
