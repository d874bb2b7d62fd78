"""Do the rows and the bags agree? Every snapshot against its bag, and every bag against its row."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import func, select

from worker.clock import Clock
from worker.errors import EvidenceFault
from worker.evidence.bag import Hashes
from worker.evidence.bagstore import BUILDING, ORPHANS, BagStore, read_custody
from worker.evidence.subject import identity_of
from worker.store import tables as t
from worker.store.session import Store

#: Told how many snapshots were looked at, of how many.
Progress = Callable[[int, int], None]

_AT_ONCE = 500


@dataclass(frozen=True, slots=True)
class Result:
    """What was found about one snapshot, or about a folder that belongs to none.

    Attributes:
        snapshot_id, case_id: None for a folder without a row.
        state: sealed, pending, destroyed, or stray (a folder without a row).
        problems: what is wrong, in words; nothing where all is well.
    """

    snapshot_id: int | None
    case_id: int | None
    state: str
    bag: str | None
    problems: tuple[str, ...]

    @property
    def ok(self) -> bool:
        """Whether nothing is wrong."""
        return not self.problems


def nobody(done: int, of: int) -> None:
    """The usual listener to progress: nobody."""


def survey(
    store: Store,
    bags: BagStore,
    clock: Clock,
    *,
    case_id: int | None,
    pending_minutes: float,
    progress: Progress,
) -> tuple[Result, ...]:
    """Verify the evidence of one case, or of all, in the order of the snapshots.

    Args:
        case_id: None for all; then folders that belong to no row are found too.
        pending_minutes: a snapshot that waits longer than this to be sealed is a problem.
    """
    results: list[Result] = []
    known: set[str] = set()
    total, pages = _pages(store, case_id)
    for rows in pages:
        for row in rows:
            results.append(_one(row, bags, clock.now() - timedelta(minutes=pending_minutes)))
            known |= {identity_of(row).place, row.bag or ""}
            progress(len(results), total)
    if case_id is None:
        results += _strays(bags, known)
    return tuple(results)


def problems_of(row: t.Snapshot, bags: BagStore) -> tuple[str, ...]:
    """What is wrong with the bag of a sealed row, in words; nothing where row and bag agree."""
    if row.bag is None:
        return ("its row names no bag",)
    try:
        folder = bags.folder(row.bag)
    except EvidenceFault as fault:
        return (fault.happened,)
    report = bags.verify(row.bag)
    problems = list(report.problems)
    if report.hashes is not None and report.hashes != Hashes(
        row.manifest_sha256 or "", row.tagmanifest_sha256 or ""
    ):
        problems.append("the bag's manifests are not those whose hashes the database holds for it")
    if report.hashes is not None and read_custody(folder).get("snapshot") != identity_of(row).as_json():
        problems.append("the bag says that it is another snapshot's")
    return tuple(problems)


def _pages(store: Store, case_id: int | None) -> tuple[int, Iterator[Sequence[t.Snapshot]]]:
    """How many core snapshots there are, and their rows, some at a time, so that nothing stays locked."""
    chosen = t.Snapshot.kind == "core"
    if case_id is not None:
        chosen &= t.Snapshot.case_id == case_id
    with store.read() as session:
        total = session.scalar(select(func.count()).select_from(t.Snapshot).where(chosen)) or 0

    def pages() -> Iterator[Sequence[t.Snapshot]]:
        last = 0
        while True:
            with store.read() as session:
                rows = session.scalars(
                    select(t.Snapshot)
                    .where(chosen, t.Snapshot.id > last)
                    .order_by(t.Snapshot.id)
                    .limit(_AT_ONCE)
                ).all()
                session.expunge_all()
            if not rows:
                return
            yield rows
            last = rows[-1].id

    return total, pages()


def _one(row: t.Snapshot, bags: BagStore, late: datetime) -> Result:
    if row.state == "pending":
        waiting = (f"it has waited to be sealed since {row.asked_at.isoformat()}",)
        return Result(row.id, row.case_id, "pending", None, waiting if row.asked_at < late else ())
    if row.destroyed_at is not None:
        there = row.bag is not None and bags.folder(row.bag).exists()
        problems = ("its bag is still there although the row says that it was destroyed",) if there else ()
        return Result(row.id, row.case_id, "destroyed", row.bag, problems)
    return Result(row.id, row.case_id, "sealed", row.bag, problems_of(row, bags))


def _strays(bags: BagStore, known: set[str]) -> Iterator[Result]:
    """What lies in the store and belongs to no row. Half-built and orphaned bags count for nothing."""
    for place in bags.places():
        if place not in known:
            yield Result(None, None, "stray", place, ("no row of the database knows this bag",))
    allowed = {BUILDING, ORPHANS}
    for entry in sorted(bags.root.iterdir()) if bags.root.is_dir() else ():
        year = entry.is_dir() and entry.name.isdigit() and len(entry.name) == 4
        if entry.name not in allowed and not year:
            yield Result(None, None, "stray", entry.name, ("this does not belong in the evidence store",))
