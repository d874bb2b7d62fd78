"""A backup is made whole, in its own place, for its owner alone, of a sound database; or not at all."""

from __future__ import annotations

import fcntl
import os
import sqlite3
from pathlib import Path

import pytest

from tests.unit.evidence.backup.conftest import BACKUP, ON_SQLITE, Vault, at, disk_full, run
from worker.evidence.backup.folder import LISTING, BackupFault, check
from worker.evidence.survey import nobody


@ON_SQLITE
@pytest.mark.parametrize("step", ["backup.dumped", "backup.copied", "backup.synced"])
def test_half_a_backup_never_counts(vault: Vault, step: str) -> None:
    """A full disk at any step leaves no backup, the older one as it was, and says so in words."""
    older = vault.back_up()
    with pytest.raises(BackupFault, match="No space left"):
        vault.back_up(at(step, disk_full))
    assert [path.name for path in vault.folder.iterdir() if path.name != ".lock"] == [older.folder.name]
    assert check(older.folder) == older.facts


@ON_SQLITE
def test_what_a_killed_backup_left_is_removed(vault: Vault) -> None:
    """A half of a backup from a process that was killed is no backup, and is gone with the next one."""
    left = vault.folder / ".making-0000"
    left.mkdir(parents=True)
    made = vault.back_up()
    assert not left.exists()
    assert [path.parent for path in vault.folder.glob(f"*/{LISTING}")] == [made.folder]


@ON_SQLITE
def test_two_backups_at_once_are_refused(vault: Vault) -> None:
    """A second one into the same folder is refused, and the first is left alone."""
    vault.folder.mkdir()
    descriptor = os.open(vault.folder / ".lock", os.O_RDWR | os.O_CREAT)
    fcntl.flock(descriptor, fcntl.LOCK_EX)
    with pytest.raises(BackupFault, match="is running"):
        vault.back_up()
    os.close(descriptor)
    assert vault.back_up().facts.whole


@ON_SQLITE
@pytest.mark.parametrize("inside", ["bags", "bags/2026", "bags-keys/x"])
def test_no_backup_lies_in_what_it_is_of(vault: Vault, inside: str, tmp_path: Path) -> None:
    """A backup among the evidence would be a stray there, and one among the keys would give them away."""
    with pytest.raises(BackupFault, match="cannot lie in"):
        vault.backups().make(tmp_path / inside, BACKUP, None, nobody)


@ON_SQLITE
def test_a_backup_is_its_owners_alone(vault: Vault) -> None:
    """Nobody else on the machine can read the database or the evidence in a backup, whatever the umask."""
    made = vault.back_up()
    open_to_others = [path for path in (made.folder, *made.folder.rglob("*")) if path.stat().st_mode & 0o077]
    assert not open_to_others


@ON_SQLITE
def test_a_damaged_database_makes_no_backup(vault: Vault) -> None:
    """A database that is broken is told now, not on the day when its backup is needed."""
    store = vault.world.store
    with store.engine.connect() as connection:
        connection.exec_driver_sql("PRAGMA wal_checkpoint(TRUNCATE)")
        pages = connection.exec_driver_sql(
            "SELECT rootpage FROM sqlite_master WHERE name = 'audit'"
        ).scalar_one()
        size = connection.exec_driver_sql("PRAGMA page_size").scalar_one()
        file = Path(str(store.engine.url.database))
    store.close()
    with file.open("r+b") as raw:
        raw.seek((int(pages) - 1) * int(size))
        raw.write(b"\xff" * 512)
    with pytest.raises(BackupFault, match="database"):
        vault.back_up()
    assert not list(vault.folder.glob("upstander-*"))


@ON_SQLITE
def test_erased_words_are_not_in_it(vault: Vault) -> None:
    """Words that retention erased may lie in free pages of the database's file, and never in its backup."""
    store, words = vault.world.store, "six hours in the corridor "
    file = Path(str(store.engine.url.database))
    run(store, f"UPDATE posts SET text = '{words * 2000}'")
    store.close()
    raw = sqlite3.connect(file)
    raw.execute("PRAGMA secure_delete=OFF")
    raw.execute("UPDATE posts SET text = NULL")
    raw.commit()
    raw.execute("PRAGMA wal_checkpoint(TRUNCATE)")
    raw.close()
    assert words.encode() in file.read_bytes()
    copy = vault.back_up().folder / "database" / "upstander.db"
    assert words.encode() not in copy.read_bytes()


@ON_SQLITE
def test_rows_that_point_nowhere_make_no_backup(vault: Vault) -> None:
    """A row whose comment is gone would stop every later upgrade and restore: it is told now."""
    raw = sqlite3.connect(str(vault.world.store.engine.url.database))
    raw.execute("PRAGMA foreign_keys=OFF")
    raw.execute("UPDATE cases SET comment_id = 99")
    raw.commit()
    raw.close()
    with pytest.raises(BackupFault, match="point to rows that are not there"):
        vault.back_up()
