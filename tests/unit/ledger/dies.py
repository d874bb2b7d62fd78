"""Processes that work on one ledger: some die by SIGKILL at a named step, some race each other.

    python -m tests.unit.ledger.dies URL FOLDER killed STEP...
    python -m tests.unit.ledger.dies URL FOLDER racing NUMBER

Each is forked from this process, which has one thread and no connection, so that starting it costs little.
"""

from __future__ import annotations

import os
import signal
import sys
from collections.abc import Callable
from pathlib import Path

from tests.unit.ledger.desk import TRUST
from worker.clock import SystemClock
from worker.keyring import Keyring
from worker.ledger import audit, sequencer
from worker.ledger.audit import Actor
from worker.ledger.stage import LedgerBook
from worker.settings_evidence import Ledger
from worker.steps import Steps, unobserved
from worker.store.session import Store

#: Rows that each round writes, and rows in one batch: every round takes several.
ROUND, BATCH = 40, 15


def one_round(url: str, folder: Path, steps: Steps) -> LedgerBook:
    """Write audit rows, append, sign and publish."""
    store, clock = Store(url), SystemClock()
    book = LedgerBook(
        store, clock, Ledger(publish_dir=folder / "published"), Keyring(folder / "keys"), TRUST, steps
    )
    with store.write() as session:
        for number in range(ROUND):
            audit.record(session, Actor(None, "test"), "viewed", "case", number, now=clock.now())
    sequencer.append(store, clock, steps, batch=BATCH)
    book.checkpoint(now=True)
    book.publish(now=True)
    return book


def killed(url: str, folder: Path, step: str) -> None:
    """One round that ends at a step."""

    def observe(name: str) -> None:
        if name == step:
            os.kill(os.getpid(), signal.SIGKILL)

    one_round(url, folder, observe)


def checked(url: str, folder: Path) -> None:
    """Say what is found wrong."""
    ring = Keyring(folder / "keys")
    book = LedgerBook(Store(url), SystemClock(), Ledger(publish_dir=folder / "published"), ring, TRUST)
    found = book.verify()
    print(found.entries, found.waiting, [each.words for each in found.findings], flush=True)  # noqa: T201 -- the test reads it


def forked(work: Callable[[], object]) -> int:
    """A process that does this; its id."""
    pid = os.fork()
    if pid == 0:
        try:
            work()
        except BaseException as error:  # noqa: BLE001 -- told to the test by the exit code
            sys.stderr.write(f"{type(error).__name__}: {error}\n")
            os._exit(1)
        os._exit(0)
    return pid


def ended(pid: int) -> int:
    """How a process ended: 0, or its exit code, or the signal as a negative number."""
    return os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1])


def main(url: str, place: str, way: str, *given: str) -> None:
    """Run what is asked for, and say how each process ended."""
    folder = Path(place)
    if way == "racing":
        pids = [
            forked(lambda: [one_round(url, folder, unobserved) for _ in range(3)])
            for _ in range(int(given[0]))
        ]
        print([ended(pid) for pid in pids], flush=True)  # noqa: T201 -- the test reads it
    for step in given if way == "killed" else ():
        print(step, ended(forked(lambda step=step: killed(url, folder, step))), flush=True)  # type: ignore[misc]  # noqa: T201 -- bound early; the test reads it
        ended(forked(lambda: checked(url, folder)))


if __name__ == "__main__":
    main(*sys.argv[1:])
