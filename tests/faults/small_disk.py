"""Capture onto a disk that is too small, runs out of names, or turns read-only; to be run by root, alone.

    unshare --mount --propagation private python -m tests.faults.small_disk URL BAGS SNAPSHOT

Mounts a file system of its own over BAGS, which nobody else sees and which goes with this process. Says as
JSON what came of each attempt, and what a survey finds after the one that had room enough.
"""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

from tests.unit.evidence.world import Answering, done, make_evidence, reading
from worker.clock import SystemClock
from worker.errors import EvidenceFault
from worker.evidence.receipts import ReceiptBook, audit_refusals
from worker.evidence.stage import Evidence
from worker.evidence.survey import nobody
from worker.store import tables as t
from worker.store.session import Store

PAGE = 4096
STEPS = ("seal.read", "seal.built", "seal.synced", "seal.renamed")
ROOM = "size=4m,nr_inodes=1000"


class SmallDisk:
    """The file system and an evidence stage on it.

    Attributes:
        read_only_from: after this step the disk takes nothing any more.
    """

    def __init__(self, url: str, bags: Path, snapshot_id: int) -> None:
        self.bags, self.snapshot_id = bags, snapshot_id
        self.read_only_from: str | None = None
        self.store, clock = Store(url), SystemClock()
        receipts = ReceiptBook(clock, 60, refused=audit_refusals(self.store, clock))
        self.evidence: Evidence = make_evidence(
            self.store, clock, Answering(reading(), receipts), bags, receipts, self._step
        )

    def _step(self, name: str) -> None:
        if name == self.read_only_from:
            mount("remount,ro", self.bags)

    def attempt(self) -> str:
        """Try to capture: `sealed`, the words of the refusal, or what must not be."""
        try:
            self.evidence.capture(self.snapshot_id, done)
        except EvidenceFault as fault:
            return f"refused: {fault}" if self._state() == "pending" else "refused, and the row is sealed"
        return self._state()

    def _state(self) -> str:
        with self.store.read() as session:
            return str(session.get_one(t.Snapshot, self.snapshot_id).state)

    def fresh(self) -> None:
        """An empty disk again: what an attempt left is gone, as with a new one."""
        subprocess.run(["umount", str(self.bags)], check=True)
        mount(ROOM, self.bags)


def mount(options: str, folder: Path) -> None:
    """Mount the file system, or change the one that is mounted."""
    subprocess.run(["mount", "-t", "tmpfs", "-o", options, "small-disk", str(folder)], check=True)


def main(url: str, bags: str, snapshot_id: str) -> None:
    """Every number of names, read-only from every step, and every size until there is room."""
    folder = Path(bags)
    folder.mkdir()
    mount(f"size={PAGE}", folder)
    disk = SmallDisk(url, folder, int(snapshot_id))
    said: dict[str, list[str]] = {"size": [], "names": [], "read_only": []}
    for names in range(2, 15):
        disk.fresh()
        mount(f"remount,nr_inodes={names}", folder)
        said["names"].append(disk.attempt())
    for step in STEPS:
        disk.fresh()
        disk.read_only_from = step
        said["read_only"].append(disk.attempt())
        disk.read_only_from = None
    disk.fresh()
    for pages in range(1, 40):
        mount(f"remount,rw,size={pages * PAGE}", folder)
        said["size"].append(disk.attempt())
        if said["size"][-1] == "sealed":
            break
    results = disk.evidence.surveyor.survey(case_id=None, pending_minutes=15, progress=nobody)
    problems = [problem for result in results for problem in result.problems]
    json.dump({**said, "problems": problems}, sys.stdout)


if __name__ == "__main__":
    main(*sys.argv[1:])
