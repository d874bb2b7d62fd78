"""Core snapshots against the least that durable files cost: write, fsync all, rename, of the same bytes.

Both go to the same disk in turn, a few snapshots at a time, so that whatever the machine is doing happens to
both. What a snapshot also does is inside its time: the platform is asked again over HTTP, the report is
drawn, the bag is hashed, signed, read back, and entered in the database. Measured with one process and with
two, since served mode has as many as the machine has processors; the bare writing with as many each time.
"""

from __future__ import annotations

import os
import secrets
import shutil
import tempfile
import time
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass, field
from datetime import timedelta
from itertools import islice
from multiprocessing import get_context
from pathlib import Path
from statistics import median
from typing import Any

from sqlalchemy import select

from connectors.sandbox.loader import Row, load_rows
from tests.replay import COMMENTS, rows
from tests.worlds import World, world
from worker import log, outbox
from worker.bootstrap import App, build
from worker.jobs.run import runner_of
from worker.ledger.audit import Actor
from worker.settings_load import load
from worker.store import tables as t

#: The stages of a process that seals; empty elsewhere.
_MINE: list[App] = []
#: Snapshots measured in each way, some at a time, after some that warm everything up.
COUNT, AT_A_TIME, WARM = 320, 40, 40


@dataclass(slots=True)
class Spent:
    """What was measured: seconds for all snapshots and for the same bytes barely, and bytes in each bag."""

    ours: float = 0.0
    bare: float = 0.0
    sizes: list[int] = field(default_factory=list)


def main() -> None:
    """Measure on SQLite, where nothing but the work itself is counted."""
    log.configure(level="error")
    with tempfile.TemporaryDirectory() as folder, world(Path(folder)) as place:
        place.control("settings", limits=False)
        sandbox = place.sandbox.world
        load_rows(
            sandbox, _comments(), platform="facebook", account="NorthmoorFacebook", seed=7, now=sandbox.now()
        )
        app = place.app()
        waiting = iter(opened(place, app, 2 * (COUNT + WARM)))
        for processes in (1, 2):
            with ProcessPoolExecutor(processes, get_context("spawn"), _begin, (place.environ,)) as workers:
                bench = _Bench(app, Path(folder) / "bare", workers)
                bench.measure(list(islice(waiting, WARM)))
                _print(bench.measure(list(islice(waiting, COUNT))), processes)
        _verify(app, place.reviewer)
        app.close()


def _comments() -> list[Row]:
    if COMMENTS.exists():
        return rows(COMMENTS, 4 * (COUNT + WARM))
    words = "I will find you after your shift and hurt you, number"
    return [Row(id=str(n), text=f"{words} {n}") for n in range(4 * (COUNT + WARM))]


def opened(place: World, app: App, most: int) -> list[int]:
    """Poll until enough cases are open; their snapshots, none of them sealed yet."""
    runner = runner_of(app)
    app.intake.schedule()
    while True:
        with place.store.write() as session:
            due = outbox.take_due(session, now=app.clock.now(), resend_after=timedelta())
        polls = [job for kind, job in due if kind == "poll"]
        if not polls:
            break
        for job in polls:
            runner.run(job)
    with place.store.read() as session:
        return list(session.scalars(select(t.Snapshot.id).order_by(t.Snapshot.id).limit(most)))


@dataclass(frozen=True, slots=True)
class _Bench:
    """Seals snapshots, and writes the same bytes barely.

    Attributes:
        bare: the folder that is written to barely.
        workers: the processes that do both.
    """

    app: App
    bare: Path
    workers: ProcessPoolExecutor

    def measure(self, waiting: Sequence[int]) -> Spent:
        """Seal these snapshots; then write the same bytes barely."""
        (self.bare / "aside").mkdir(parents=True)
        spent = Spent()
        for start in range(0, len(waiting), AT_A_TIME):
            some = waiting[start : start + AT_A_TIME]
            spent.ours += self._timed(_seal, some)
            bags = [(self.bare, str(number), self._files(number)) for number in some]
            spent.bare += self._timed(_barely, bags)
            spent.sizes += [sum(map(len, files.values())) for _, _, files in bags]
        shutil.rmtree(self.bare)
        return spent

    def _timed(self, work: Callable[[Any], None], items: Sequence[Any]) -> float:
        """Seconds to do it for all items."""
        began = time.perf_counter()
        for _ in self.workers.map(work, items):
            pass
        return time.perf_counter() - began

    def _files(self, snapshot_id: int) -> dict[str, bytes]:
        with self.app.store.read() as session:
            bag = self.app.evidence.shelf.root / (session.get_one(t.Snapshot, snapshot_id).bag or "")
        return {path.relative_to(bag).as_posix(): path.read_bytes() for path in _files(bag)}


def _begin(environ: dict[str, str]) -> None:
    """In each process: put the stages together, as a worker does."""
    log.configure(level="error")
    loaded = load(None, environ)
    _MINE.append(build(loaded.settings, loaded.secrets))


def _seal(snapshot_id: int) -> None:
    _MINE[0].evidence.capture(snapshot_id, _nothing)


def _files(bag: Path) -> Iterator[Path]:
    return (path for path in sorted(bag.rglob("*")) if path.is_file())


def _barely(bag: tuple[Path, str, dict[str, bytes]]) -> None:
    """The least that makes files durable: write them aside, fsync each and each folder, rename, fsync.

    Args:
        bag: the folder, the name there, and the files of the bag by their relative path.
    """
    root, name, files = bag
    aside = root / "aside" / f"{name}-{secrets.token_hex(4)}"
    folders = {aside}
    for relative, content in files.items():
        path = aside / relative
        path.parent.mkdir(parents=True, exist_ok=True)
        folders.add(path.parent)
        with path.open("xb") as file:
            file.write(content)
            file.flush()
            os.fsync(file.fileno())
    for folder in sorted(folders, reverse=True):
        _fsync(folder)
    aside.rename(root / name)
    _fsync(root)


def _fsync(folder: Path) -> None:
    descriptor = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def _nothing(_session: object) -> None:
    """No job is finished."""


def _print(spent: Spent, processes: int) -> None:
    count = len(spent.sizes)
    rate, bare_rate = count / spent.ours, count / spent.bare
    size = median(spent.sizes) / 1024
    print(f"{count} core snapshots, processes: {processes}, {size:.1f} KiB each (median)")
    print(f"  sealed   {rate:.1f}/s")
    print(f"  barely   {bare_rate:.1f}/s")
    print(f"  ratio    {rate / bare_rate:.2f} (aim: at least 0.5)")


def _verify(app: App, actor: Actor) -> None:
    while app.ledger.append_now():
        pass
    began = time.perf_counter()
    results = [result for result in app.evidence.verify(None, actor) if result.state == "sealed"]
    spent = time.perf_counter() - began
    wrong = sum(not result.ok for result in results)
    print(f"  verified {len(results)} in {spent:.2f} s: {len(results) / spent:.0f}/s, {wrong} with problems")
