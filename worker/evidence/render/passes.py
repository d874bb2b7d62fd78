"""A pass: what one rendering may fetch through the guard, what it fetched, and what it was refused."""

from __future__ import annotations

import secrets
import threading
from dataclasses import dataclass, field
from typing import Any

from worker.evidence.render.addresses import Address, AllowList

#: More refusals than these are counted only: a page can make any number.
_REFUSALS = 50


@dataclass(frozen=True, slots=True)
class Limits:
    """How much one pass may use.

    Attributes:
        bytes_each: of one connection, both ways together.
        bytes_all: of all connections together.
        connections: in all.
        at_once: open at one moment.
        seconds: that one connection may last.
    """

    bytes_each: int = 40_000_000
    bytes_all: int = 120_000_000
    connections: int = 1_000
    at_once: int = 64
    seconds: float = 60.0


@dataclass(frozen=True, slots=True)
class Refusal:
    """One host that was asked for and not given.

    Attributes:
        host: as it was asked for, made safe to show; empty where it could not be read.
        port: 0 where it could not be read.
        times: how often.
    """

    host: str
    port: int
    why: str
    times: int


@dataclass(slots=True)
class Pass:
    """One rendering's right to use the guard. Readable from any thread; the guard writes it."""

    allow: AllowList
    limits: Limits
    name: str = field(default_factory=lambda: secrets.token_urlsafe(12))
    password: str = field(default_factory=lambda: secrets.token_urlsafe(24), repr=False)
    bytes_used: int = 0
    made: int = 0
    open: int = 0
    answers: dict[str, tuple[Address, ...]] = field(default_factory=dict)
    _reached: dict[tuple[str, int, str], None] = field(default_factory=dict)
    _refused: dict[tuple[str, int, str], int] = field(default_factory=dict)
    _not_listed: int = 0
    _lock: threading.Lock = field(default_factory=threading.Lock)

    def refuse(self, host: str, port: int, why: str) -> None:
        """Note a refusal."""
        key = (_safe(host), port, why)
        with self._lock:
            if key in self._refused or len(self._refused) < _REFUSALS:
                self._refused[key] = self._refused.get(key, 0) + 1
            else:
                self._not_listed += 1

    def reach(self, host: str, port: int, address: Address) -> None:
        """Note the address that a host was reached at."""
        with self._lock:
            self._reached[_safe(host), port, str(address)] = None

    def refusals(self) -> tuple[Refusal, ...]:
        """What was refused, each host, port and reason once."""
        with self._lock:
            return tuple(Refusal(*key, times) for key, times in self._refused.items())

    def refused(self, host: str, port: int) -> bool:
        """Whether this host and port was refused."""
        return any((each.host, each.port) == (host, port) for each in self.refusals())

    def facts(self) -> dict[str, Any]:
        """What belongs into the custody facts: who was reached where, who was refused why."""
        refusals = self.refusals()
        with self._lock:
            reached = [
                {"host": host, "port": port, "address": address} for host, port, address in self._reached
            ]
            more = self._not_listed
        return {
            "reached": reached,
            "refused": [
                {"host": each.host, "port": each.port, "why": each.why, "times": each.times}
                for each in refusals
            ],
            "refused_more": more,
            "connections": self.made,
            "bytes": self.bytes_used,
        }


def _safe(host: str) -> str:
    return "".join(each if " " < each <= "~" else "?" for each in host[:253])
