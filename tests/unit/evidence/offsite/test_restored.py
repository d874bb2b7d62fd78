"""After a restore numbers are given again: the copies of what was lost are told of, and stay."""

from __future__ import annotations

import shutil
import sqlite3
from contextlib import closing
from datetime import timedelta
from pathlib import Path

import pytest

from tests.unit.evidence.offsite.desk import Desk
from worker.evidence.offsite.wanted import prefix_of
from worker.store import tables as t


@pytest.fixture
def restored(desk: Desk, tmp_path: Path) -> tuple[Desk, t.Snapshot]:
    """A desk whose database is older than its bucket; the snapshot that only the bucket still holds."""
    desk.sealed()
    desk.run()
    database, backup = Path(str(desk.world.store.engine.url.database)), tmp_path / "backup.db"
    _over(database, backup)
    lost = desk.sealed("20001")
    desk.run()
    desk.world.store.engine.dispose()
    _over(backup, database)
    bag = desk.world.bags / (lost.bag or "")
    for folder in (bag, *(path for path in bag.rglob("*") if path.is_dir())):
        folder.chmod(0o755)
    shutil.rmtree(bag)
    return desk, lost


def _over(source: Path, target: Path) -> None:
    """Put one database in the place of another."""
    with closing(sqlite3.connect(source)) as old, closing(sqlite3.connect(target)) as new:
        old.backup(new)


def test_the_copy_of_what_was_lost_is_told_of(restored: tuple[Desk, t.Snapshot]) -> None:
    """Reading back everything names the folder that no row knows; one case's copies are nobody else's."""
    desk, lost = restored
    unknown = [result for result in desk.looked() if result.state == "unknown"]
    assert [(result.snapshot_id, result.bag) for result in unknown] == [
        (None, prefix_of(desk.settings, lost))
    ]
    assert not unknown[0].ok
    assert {result.state for result in desk.copies().verify(desk.world.case_id, desk.officer)} == {"copied"}


def test_a_number_that_is_given_again_never_meets_the_copy_of_what_was_lost(
    restored: tuple[Desk, t.Snapshot],
) -> None:
    """The new snapshot of that number is copied beside it; when that one goes, the lost one's copy stays."""
    desk, lost = restored
    before = {name for name in desk.names() if name.startswith(prefix_of(desk.settings, lost))}
    assert before
    new = desk.sealed("20002")
    assert (new.id, new.bag) == (lost.id, lost.bag)
    desk.run()
    assert [result.bag for result in desk.looked() if not result.ok] == [prefix_of(desk.settings, lost)]
    world = desk.world
    world.snapshot_id, world.case_id, world.comment_id = new.id, new.case_id, new.comment_id
    desk.decide("not_upheld")
    desk.destroy()
    desk.pass_time(timedelta(days=31))
    desk.run()
    assert [row.removed_at is not None for row in desk.rows() if row.snapshot_id == new.id] == [True]
    assert {name for name in desk.names() if "/2-2" in name} == before
