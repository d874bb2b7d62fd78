"""Replaying real comments through the whole worker, and what that took."""

from __future__ import annotations

import resource
import time
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from pathlib import Path

from sqlalchemy import func, select

from connectors.sandbox.loader import Row, load_rows, read_rows
from tests.worlds import PROJECT, World
from worker.store import tables as t

#: Real comments for replay. Not part of the project: tests that need them skip where they are absent.
COMMENTS = PROJECT.parent / "shared" / "data" / "davidson.csv"
#: Real ordinary discussion, with few comments that anybody would queue.
ORDINARY = COMMENTS.with_name("wikitalk_ordinary.csv")


@dataclass(frozen=True)
class Replayed:
    """What a replay came to. Times in seconds, memory in MiB of the biggest worker process."""

    mode: str
    workers: int
    loaded: int
    received: int
    doubled: int
    cases: int
    sealed: int
    seconds_to_received: float
    seconds_to_sealed: float
    comments_per_second: float
    peak_mib: float


def rows(path: Path, most: int | None = None) -> list[Row]:
    """The first rows of a file of comments."""
    return list(read_rows(path))[:most]


def load_halves(place: World, given: Sequence[Row]) -> int:
    """Load one half of the rows as X replies and the other as Facebook comments. Returns how many."""
    place.control("settings", limits=False)
    half = len(given) // 2
    sandbox = place.sandbox.world
    for platform, part in (("x", given[:half]), ("facebook", given[half:])):
        load_rows(
            sandbox,
            part,
            platform=platform,
            account=f"Northmoor{platform.title()}",
            seed=7,
            now=sandbox.now(),
        )
    return len(given)


def replay(place: World, loaded: int, *, workers: int, patience: float) -> Replayed:
    """Run workers until everything that was loaded is received and every case's evidence is sealed."""
    served = place.environ.get("UPSTANDER_MODE") == "served"
    began = time.monotonic()
    processes = [place.start("work" if served else "up") for _ in range(workers)]
    if served:
        place.start("schedule")
    place.wait("every comment is received", lambda: place.count(t.Comment) >= loaded, patience)
    received = time.monotonic() - began
    pending = select(t.Snapshot).where(t.Snapshot.state == "pending").subquery()
    place.wait("every snapshot is sealed", lambda: place.count(pending) == 0, patience)
    sealed = time.monotonic() - began
    peak = max(_peak_mib(process.pid) for process in processes)
    for process in processes:
        assert place.end(process) == 0, place.logs()
    with place.store.read() as session:
        distinct = session.scalar(
            select(func.count()).select_from(
                select(t.Comment.platform, t.Comment.external_id).distinct().subquery()
            )
        )
    total = place.count(t.Comment)
    return Replayed(
        mode="served" if served else "embedded",
        workers=workers,
        loaded=loaded,
        received=total,
        doubled=total - (distinct or 0) + place.count(t.Revision) - total,
        cases=place.count(t.Case),
        sealed=place.count(select(t.Snapshot).where(t.Snapshot.state == "sealed").subquery()),
        seconds_to_received=round(received, 1),
        seconds_to_sealed=round(sealed, 1),
        comments_per_second=round(total / received, 1),
        peak_mib=round(peak, 1),
    )


def told(result: Replayed) -> str:
    """The figures on one line."""
    return " ".join(f"{name}={value}" for name, value in asdict(result).items())


def _peak_mib(pid: int) -> float:
    for line in Path(f"/proc/{pid}/status").read_text().splitlines():
        if line.startswith("VmHWM:"):
            return int(line.split()[1]) / 1024
    return resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss / 1024
