"""A pass: what one rendering may fetch through the guard, what it fetched, and what it did not get."""

from __future__ import annotations

import secrets
import threading
from dataclasses import asdict, dataclass, field
from typing import Any

from worker.evidence.render.addresses import Address, AllowList

#: More refusals, or failures, than these are counted only: a page can make any number.
_MOST = 50


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
class Missed:
    """One host that was asked for and not had: refused by the guard, or not to be reached.

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
    _unreached: dict[tuple[str, int, str], int] = field(default_factory=dict)
    _not_listed: int = 0
    _lock: threading.Lock = field(default_factory=threading.Lock)

    def refuse(self, host: str, port: int, why: str) -> None:
        """Note a refusal."""
        with self._lock:
            if not _count(self._refused, (_safe(host), port, why)):
                self._not_listed += 1

    def miss(self, host: str, port: int, why: str) -> None:
        """Note a host that could not be reached: nobody refused it."""
        with self._lock:
            _count(self._unreached, (_safe(host), port, why))

    def reach(self, host: str, port: int, address: Address) -> None:
        """Note the address that a host was reached at."""
        with self._lock:
            self._reached[_safe(host), port, str(address)] = None

    def refusals(self) -> tuple[Missed, ...]:
        """What was refused, each host, port and reason once."""
        with self._lock:
            return _listed(self._refused)

    def unreached(self) -> tuple[Missed, ...]:
        """What could not be reached, each host, port and reason once."""
        with self._lock:
            return _listed(self._unreached)

    def facts(self) -> dict[str, Any]:
        """What belongs into the custody facts: who was reached where, who was not and why."""
        refusals, unreached = self.refusals(), self.unreached()
        with self._lock:
            reached = [
                {"host": host, "port": port, "address": address} for host, port, address in self._reached
            ]
            more = self._not_listed
        return {
            "reached": reached,
            "refused": [asdict(each) for each in refusals],
            "unreached": [asdict(each) for each in unreached],
            "refused_more": more,
            "connections": self.made,
            "bytes": self.bytes_used,
        }


def _count(notes: dict[tuple[str, int, str], int], key: tuple[str, int, str]) -> bool:
    """Count one more of these; False where the list is full and this is not on it."""
    listed = key in notes or len(notes) < _MOST
    if listed:
        notes[key] = notes.get(key, 0) + 1
    return listed


def _listed(notes: dict[tuple[str, int, str], int]) -> tuple[Missed, ...]:
    return tuple(Missed(*key, times) for key, times in notes.items())


def _safe(host: str) -> str:
    return "".join(each if " " < each <= "~" else "?" for each in host[:253])
