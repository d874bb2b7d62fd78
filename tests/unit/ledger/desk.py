"""A ledger on a database, with a key, a clock that stands still, and a folder to publish to."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from sqlalchemy import select

from tests.clocks import StoppedClock
from worker.keyring import Keyring
from worker.ledger import audit
from worker.ledger.audit import Actor
from worker.ledger.publishing import Send
from worker.ledger.stage import LedgerBook
from worker.settings_evidence import Ledger
from worker.steps import Steps, unobserved
from worker.store.running import Audit
from worker.store.session import Store

START = datetime(2026, 11, 16, 9, 30, 15, 250000, tzinfo=UTC)
TRUST = "Ashdown NHS Trust"


@dataclass
class Desk:
    """What a test of the ledger works on."""

    store: Store
    clock: StoppedClock
    keyring: Keyring
    published: Path
    book: LedgerBook

    def note(self, count: int = 1, **detail: Any) -> list[int]:
        """Write audit rows in one transaction; their numbers."""
        with self.store.write() as session:
            for number in range(count):
                audit.record(
                    session,
                    Actor(None, "test"),
                    "viewed",
                    "case",
                    number,
                    now=self.clock.now(),
                    detail={"number": number, **detail},
                )
            session.flush()
            return list(session.scalars(select(Audit.id).order_by(Audit.id.desc()).limit(count)))[::-1]

    def later(self, **by: float) -> None:
        """Let time pass."""
        self.clock.move(timedelta(**by))


def make_keyring(folder: Path, now: datetime = START) -> Keyring:
    """A keyring with one key."""
    keyring = Keyring(folder)
    keyring.init(TRUST, now)
    return keyring


def make_desk(
    store: Store,
    folder: Path,
    *,
    start: datetime = START,
    send: Send | None = None,
    steps: Steps = unobserved,
    **settings: Any,
) -> Desk:
    """A desk on a migrated database.

    Args:
        folder: empty, for the key and for what is published.
        start: what the clock shows; now, where a program outside compares with its own.
        settings: of the ledger.
    """
    clock = StoppedClock(start)
    published = folder / "published"
    published.mkdir()
    keyring = make_keyring(folder / "keys", start)
    chosen = Ledger(**{"publish_dir": published, **settings})
    return Desk(
        store, clock, keyring, published, LedgerBook(store, clock, chosen, keyring, TRUST, steps, send)
    )
