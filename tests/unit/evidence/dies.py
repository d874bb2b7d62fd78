"""Captures one snapshot and dies by SIGKILL at a named step, for the tests of killed captures."""

from __future__ import annotations

import os
import signal
import sys
from pathlib import Path

from tests.unit.evidence.world import Answering, done, make_evidence, reading
from worker.clock import SystemClock
from worker.evidence.receipts import ReceiptBook, audit_refusals
from worker.store.session import Store


def main(url: str, bags: str, snapshot_id: str, fatal: str) -> None:
    """Capture, and die at the step that is named."""

    def step(name: str) -> None:
        if name == fatal:
            os.kill(os.getpid(), signal.SIGKILL)

    store, clock = Store(url), SystemClock()
    receipts = ReceiptBook(clock, 60, refused=audit_refusals(store, clock))
    platform = Answering(reading(), receipts)
    evidence = make_evidence(store, clock, platform, Path(bags), receipts, step)
    evidence.capture(int(snapshot_id), done)


if __name__ == "__main__":
    main(*sys.argv[1:])
