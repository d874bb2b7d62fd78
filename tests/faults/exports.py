"""Makes an approved export and dies by SIGKILL at a named step, for the tests of killed exports."""

from __future__ import annotations

import sys
from datetime import timedelta
from pathlib import Path

from tests.clocks import StoppedClock
from tests.faults.driver import kill_at
from tests.unit.evidence.handover.scene import book_of, hand_over
from tests.unit.evidence.world import START, Answering, make_evidence, reading
from worker.evidence.receipts import ReceiptBook, audit_refusals
from worker.ledger.audit import Actor
from worker.store.session import Store


def main(url: str, folder: str, person_id: str, export_id: str, fatal: str) -> None:
    """Make it, and die at the step that is named."""
    store, clock = Store(url), StoppedClock(START + timedelta(minutes=2))
    receipts = ReceiptBook(clock, 60, refused=audit_refusals(store, clock))
    platform = Answering(reading(), receipts)
    evidence = make_evidence(store, clock, platform, Path(folder, "bags"), receipts)
    book = book_of(evidence, Path(folder))
    hand_over(evidence, Path(folder), book, kill_at(fatal)).make(Actor(int(person_id), "cli"), int(export_id))


if __name__ == "__main__":
    main(*sys.argv[1:])
