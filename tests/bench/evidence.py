"""Core snapshots against the least that durable files cost: write, fsync all, rename, of the same bytes.

Both go to the same disk, snapshot by snapshot in turn, so that whatever the machine is doing happens to
both. What a snapshot also does is inside its time: the platform is asked again over HTTP, the report is
drawn, the bag is hashed, signed, read back, and entered in the database.
"""

from __future__ import annotations

import os
import secrets
import shutil
import tempfile
import time
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path
from statistics import median

from sqlalchemy import select

from connectors.sandbox.loader import Row, load_rows
from tests.replay import COMMENTS, rows
from tests.worlds import World, world
from worker import log, outbox
from worker.bootstrap import App
from worker.jobs.run import runner_of
from worker.ledger.audit import Actor
from worker.store import tables as t

#: Snapshots measured, after some that warm everything up.
COUNT, WARM = 300, 20


@dataclass(frozen=True)
class Snapshots:
    """What was measured: seconds for each snapshot and for the same bytes barely, and bytes in each bag."""

    ours: list[float]
    bare: list[float]
    sizes: list[int]


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
        waiting = opened(place, app, COUNT + WARM)
        found = _snapshots(app, waiting, Path(folder))
        _print(found)
        _verify(app, place.reviewer)
        app.close()


def _comments() -> list[Row]:
    if COMMENTS.exists():
        return rows(COMMENTS, 3 * (COUNT + WARM))
    words = "I will find you after your shift and hurt you, number"
    return [Row(id=str(n), text=f"{words} {n}") for n in range(3 * (COUNT + WARM))]


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


def _snapshots(app: App, waiting: list[int], folder: Path) -> Snapshots:
    bare_root = folder / "bare"
    (bare_root / "aside").mkdir(parents=True)
    found = Snapshots([], [], [])
    for number, snapshot_id in enumerate(waiting):
        began = time.perf_counter()
        app.evidence.capture(snapshot_id, _nothing)
        spent = time.perf_counter() - began
        with app.store.read() as session:
            bag = app.evidence.shelf.root / (session.get_one(t.Snapshot, snapshot_id).bag or "")
        files = {path.relative_to(bag).as_posix(): path.read_bytes() for path in _files(bag)}
        began = time.perf_counter()
        _barely(bare_root, str(snapshot_id), files)
        if number >= WARM:
            found.bare.append(time.perf_counter() - began)
            found.ours.append(spent)
            found.sizes.append(sum(map(len, files.values())))
    shutil.rmtree(bare_root)
    return found


def _files(bag: Path) -> Iterator[Path]:
    return (path for path in sorted(bag.rglob("*")) if path.is_file())


def _barely(root: Path, name: str, files: dict[str, bytes]) -> None:
    """The least that makes files durable: write them aside, fsync each and each folder, rename, fsync."""
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


def _print(found: Snapshots) -> None:
    ours, bare = median(found.ours) * 1000, median(found.bare) * 1000
    rate, bare_rate = len(found.ours) / sum(found.ours), len(found.bare) / sum(found.bare)
    print(f"{len(found.ours)} core snapshots, {median(found.sizes) / 1024:.1f} KiB each (median)")
    print(f"  sealed   {ours:.1f} ms (median)  {rate:.1f}/s")
    print(f"  barely   {bare:.1f} ms (median)  {bare_rate:.1f}/s")
    print(f"  ratio of rates {rate / bare_rate:.2f} (aim: at least 0.5)")


def _verify(app: App, actor: Actor) -> None:
    began = time.perf_counter()
    results = [result for result in app.evidence.verify(None, actor) if result.state == "sealed"]
    spent = time.perf_counter() - began
    wrong = sum(not result.ok for result in results)
    print(f"  verified {len(results)} in {spent:.2f} s: {len(results) / spent:.0f}/s, {wrong} with problems")
