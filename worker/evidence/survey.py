"""Do the rows and the bags agree? Every snapshot against its bag, and every bag against its row."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from pathlib import Path

from sqlalchemy import func, select, true

from worker.clock import Clock
from worker.errors import EvidenceFault, UpstanderError
from worker.evidence.agreed import not_agreed
from worker.evidence.bag import TIMESTAMP, Hashes, sha256
from worker.evidence.bagstore import BagStore, read_custody
from worker.evidence.file_times import changed_times
from worker.evidence.locking import Vault
from worker.evidence.recorded import Record, differences, records_of, removed
from worker.evidence.recorded import late as unentered
from worker.evidence.sidecars import MOST_BYTES, Trust, check_sidecars
from worker.evidence.standing import suspicion
from worker.evidence.strays import strays
from worker.evidence.subject import identity_of
from worker.evidence.verify import Check, read_small
from worker.steps import unobserved
from worker.store import tables as t
from worker.store.session import Store

#: Told how many snapshots were looked at, of how many.
Progress = Callable[[int, int], None]

_AT_ONCE = 500
_OTHER_MANIFESTS = "the bag's manifests are not those whose hashes the database holds for it"
_ANOTHERS = "the bag says that it is another snapshot's"
_STILL_THERE = "its bag is still there although the row says that it was destroyed"


@dataclass(frozen=True, slots=True)
class Result:
    """What was found about one snapshot, a folder that belongs to none, or an approval that nobody gave.

    Attributes:
        snapshot_id, case_id: None for a folder without a row.
        state: sealed, pending, destroyed, locked, removed (the audit knows it and no row does), stray (a
            folder without a row), or unapproved (an export or a disposal, named in place of the bag).
        problems: what is wrong, in words; nothing where all is well.
        checks: everything that was looked at, what held too; only where one case was looked at.
    """

    snapshot_id: int | None
    case_id: int | None
    state: str
    bag: str | None
    problems: tuple[str, ...]
    checks: tuple[Check, ...] = ()

    @property
    def ok(self) -> bool:
        """Whether nothing is wrong."""
        return not self.problems


def nobody(done: int, of: int) -> None:
    """The usual listener to progress: nobody."""


@dataclass(frozen=True, slots=True)
class Surveyor:
    """Looks at snapshots, each against its bag.

    Attributes:
        trust: whose signatures and timestamps are believed.
        stamps: whether there is a timestamp authority, so that a missing timestamp is a problem in time.
        stamp_minutes: waiting longer than this for a timestamp is a problem.
        ledger_seconds: what was recorded longer ago than this must be in the ledger; None where no sequencer
            runs.
    """

    store: Store
    bags: BagStore
    trust: Trust
    clock: Clock
    stamps: bool
    stamp_minutes: float
    ledger_seconds: float | None = None

    def survey(
        self, *, case_id: int | None, pending_minutes: float, progress: Progress
    ) -> tuple[Result, ...]:
        """Verify the evidence of one case, or of all, in the order of the snapshots.

        Args:
            case_id: None for all; then folders that belong to no row, and approvals that nobody gave, are
                found too.
            pending_minutes: a snapshot that waits longer than this to be sealed is a problem.

        Raises:
            EvidenceFault: this user of the computer may not look into the evidence store.
        """
        self.bags.must_be_open()
        results: list[Result] = []
        known: set[str] = set()
        total, pages = self._pages(case_id)
        late = self.clock.now() - timedelta(minutes=pending_minutes)
        for rows in pages:
            with self.store.read() as session:
                said = records_of(session, [row.id for row, _ in rows])
            for row, stamp in rows:
                found = self._one(row, stamp, late, said[row.id])
                results.append(found if case_id is not None else replace(found, checks=()))
                known |= {identity_of(row).place, row.bag or ""}
                progress(len(results), total)
        if case_id is None:
            with self.store.read() as session:
                results += [
                    Result(None, of, "unapproved", what, (why,)) for what, of, why in not_agreed(session)
                ]
            results += [
                Result(None, None, "stray", place, (why,)) for place, why in strays(self.bags.root, known)
            ]
        results += self._without_rows(case_id)
        return tuple(results)

    def locked(self, row: t.Snapshot) -> tuple[str, ...] | None:
        """What is wrong with a sealed row's bag that is locked away, in words; None where it is not to be.

        A bag that is locked is not looked at: nothing here means that it lies as it should.
        """
        with self.store.read() as session:
            suspected = suspicion(session, row.comment_id) is not None
        return Vault(self.bags.root, unobserved).problems(row, identity_of(row), suspected=suspected)

    def problems_of(self, row: t.Snapshot, stamp: t.Timestamp | None) -> tuple[str, ...]:
        """What is wrong with a sealed row, in words; nothing where row, bag and audit agree.

        A timestamp that is still to come is no problem here: it never holds up an action.
        """
        with self.store.read() as session:
            said = records_of(session, [row.id])[row.id]
        return (*_wrong(self._bag_checks(row, stamp)), *differences(row, stamp, said))

    def _bag_checks(self, row: t.Snapshot, stamp: t.Timestamp | None) -> tuple[Check, ...]:
        """Whether a sealed row and its bag agree."""
        if row.bag is None:
            return _told("row", "", ["its row names no bag"])
        try:
            folder = self.bags.folder(row.bag)
        except EvidenceFault as fault:
            return _told("row", "", [fault.happened])
        report = self.bags.verify(row.bag)
        if report.hashes is None:
            return report.checks
        known = Hashes(row.manifest_sha256 or "", row.tagmanifest_sha256 or "")
        other = [] if report.hashes == known else [_OTHER_MANIFESTS]
        own = read_custody(folder).get("snapshot") == identity_of(row).as_json()
        try:
            beside = check_sidecars(folder, self.trust)
        except UpstanderError as fault:
            # Whom to believe cannot be read: our own trouble, not the bag's, and told as that.
            why = f"its signature and timestamp could not be checked: {fault.happened}"
            beside = _told("signature", "", [why])
        return (
            *report.checks,
            *_told("hashes", "the bag's manifests are those whose hashes the database holds", other),
            *_told("custody", "the bag says that it is this snapshot's", [] if own else [_ANOTHERS]),
            *beside,
            *_told(
                "stamp", "its timestamp is the one that the database knows", _stamp_problems(folder, stamp)
            ),
        )

    def _pages(
        self, case_id: int | None
    ) -> tuple[int, Iterator[Sequence[tuple[t.Snapshot, t.Timestamp | None]]]]:
        """How many snapshots there are, and their rows, some at a time, so that nothing stays locked."""
        chosen = true() if case_id is None else t.Snapshot.case_id == case_id
        with self.store.read() as session:
            total = session.scalar(select(func.count()).select_from(t.Snapshot).where(chosen)) or 0

        def pages() -> Iterator[Sequence[tuple[t.Snapshot, t.Timestamp | None]]]:
            last = 0
            while True:
                with self.store.read() as session:
                    rows = [
                        (row, stamp)
                        for row, stamp in session.execute(
                            select(t.Snapshot, t.Timestamp)
                            .outerjoin(t.Timestamp, t.Timestamp.snapshot_id == t.Snapshot.id)
                            .where(chosen, t.Snapshot.id > last)
                            .order_by(t.Snapshot.id)
                            .limit(_AT_ONCE)
                        )
                    ]
                    session.expunge_all()
                if not rows:
                    return
                yield rows
                last = rows[-1][0].id

        return total, pages()

    def _one(
        self, row: t.Snapshot, stamp: t.Timestamp | None, late: datetime, said: Sequence[Record]
    ) -> Result:
        state, checks = self._looked_at(row, stamp, late)
        checks += _told(
            "records", "what the audit recorded of it and its row agree", differences(row, stamp, said)
        )
        if self.ledger_seconds is not None:
            before = self.clock.now() - timedelta(seconds=self.ledger_seconds)
            checks += _told("ledger", "nothing of it is late for the ledger", unentered(said, before))
        place = None if state == "pending" else row.bag
        return Result(row.id, row.case_id, state, place, _wrong(checks), checks)

    def _looked_at(
        self, row: t.Snapshot, stamp: t.Timestamp | None, late: datetime
    ) -> tuple[str, tuple[Check, ...]]:
        """How a row stands, and what was found of its bag."""
        if row.state == "pending":
            waits = (
                [f"it has waited to be sealed since {row.asked_at.isoformat()}"]
                if row.asked_at < late
                else []
            )
            return "pending", _told("sealing", "it is to be sealed, and is not late", waits)
        if row.destroyed_at is not None:
            there = os.path.lexists(self.bags.root / (row.bag or identity_of(row).place))
            return "destroyed", _told(
                "bag", "its bag is gone, as its row says", [_STILL_THERE] if there else []
            )
        locked = self.locked(row)
        if locked is not None:
            return "locked", _told("lock", "it lies locked away, and was not looked into", locked)
        times = changed_times(self.bags.root / identity_of(row).place)
        return "sealed", (
            *self._bag_checks(row, stamp),
            *_told("times", "its files were written together", times),
            *_told("stamped in time", "it is not late for its timestamp", self._unstamped(row, stamp)),
        )

    def _without_rows(self, case_id: int | None) -> Iterator[Result]:
        """What the audit says was sealed and no row knows."""
        with self.store.read() as session:
            said = records_of(session, removed(session))
        why = "its row was removed: the audit says that it was sealed"
        for number, (record, *_) in said.items():
            case, bag = record.facts.get("case_id"), record.facts.get("bag")
            if case_id in {None, case}:
                yield Result(number, case, "removed", bag, (why,))

    def _unstamped(self, row: t.Snapshot, stamp: t.Timestamp | None) -> tuple[str, ...]:
        late = self.clock.now() - timedelta(minutes=self.stamp_minutes)
        if not self.stamps or stamp is not None or row.sealed_at is None or row.sealed_at >= late:
            return ()
        return (f"timestamp: pending since {row.sealed_at.isoformat()}",)


def _told(name: str, good: str, problems: Iterable[str]) -> tuple[Check, ...]:
    """One good check where nothing is wrong, else one for each problem."""
    wrong = tuple(Check(name, ok=False, found=problem) for problem in problems)
    return wrong or (Check(name, ok=True, found=good),)


def _wrong(checks: Iterable[Check]) -> tuple[str, ...]:
    return tuple(check.found for check in checks if not check.ok)


def _stamp_problems(folder: Path, stamp: t.Timestamp | None) -> tuple[str, ...]:
    """What is wrong between a bag's timestamp and the row that says it was stamped."""
    if stamp is None:
        return ()
    reply = read_small(folder / TIMESTAMP, MOST_BYTES)
    if reply is None:
        return (
            f"{TIMESTAMP} is missing: the database says that it was stamped {stamp.stamped_at.isoformat()}",
        )
    if sha256(reply) != stamp.token_sha256:
        return (f"{TIMESTAMP} is not the one whose hash the database holds",)
    return ()
