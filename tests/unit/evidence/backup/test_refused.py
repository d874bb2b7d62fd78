"""What no restore begins with: a damaged backup, one that does not fit, a place that is not empty."""

from __future__ import annotations

import json
import os
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest
from sqlalchemy import select

from tests.unit.evidence.backup.conftest import ON_SQLITE, PASSPHRASE, Vault, key_there, run
from worker.errors import NotAllowed
from worker.evidence.backup.folder import FACTS, LISTING, BackupFault, finish, read_facts, read_listing
from worker.evidence.survey import nobody
from worker.ledger.audit import Actor
from worker.store import tables as t
from worker.store.session import Store


def flip(folder: Path) -> None:
    """One bit of one bag."""
    path = next(folder.glob("evidence/*/*/*/data/report.html"))
    path.write_bytes(bytes([path.read_bytes()[0] ^ 1]) + path.read_bytes()[1:])


def cut_the_database(folder: Path) -> None:
    """The end of the database is gone."""
    path = max((folder / "database").iterdir(), key=lambda each: each.stat().st_size)
    os.truncate(path, path.stat().st_size - 7)


def cut_the_listing(folder: Path) -> None:
    """The list of files ends early, at a line's end."""
    lines = (folder / LISTING).read_text().splitlines(keepends=True)
    (folder / LISTING).write_text("".join(lines[:-2]))


def half_a_line(folder: Path) -> None:
    """The list of files ends in the middle of a line."""
    os.truncate(folder / LISTING, (folder / LISTING).stat().st_size - 9)


def no_listing(folder: Path) -> None:
    """The copy to another machine stopped before the list came."""
    (folder / LISTING).unlink()


def lose_a_file(folder: Path) -> None:
    """One file of a bag is gone."""
    next(folder.glob("evidence/*/*/*/data/custody.json")).unlink()


def plant_a_file(folder: Path) -> None:
    """One file too many."""
    (folder / "evidence" / "extra.txt").write_text("x")


def link_away(folder: Path) -> None:
    """A link in place of a file leads to the same bytes elsewhere."""
    path = next(folder.glob("evidence/*/*/*/bagit.txt"))
    path.rename(folder.parent / "elsewhere.txt")
    path.symlink_to(folder.parent / "elsewhere.txt")


def edit_the_facts(folder: Path) -> None:
    """The facts say something else."""
    facts = json.loads((folder / FACTS).read_text())
    (folder / FACTS).write_text(json.dumps(facts | {"bags": 0}))


@ON_SQLITE
@pytest.mark.parametrize(
    "damage",
    [
        flip,
        cut_the_database,
        cut_the_listing,
        half_a_line,
        no_listing,
        lose_a_file,
        plant_a_file,
        link_away,
        edit_the_facts,
    ],
)
def test_a_damaged_backup_is_refused(vault: Vault, damage: Callable[[Path], None]) -> None:
    """A backup that is not byte for byte as it was made is refused before anything is touched."""
    folder = vault.back_up().folder
    damage(folder)
    with pytest.raises(BackupFault):
        vault.restore(folder)
    assert vault.untouched()


def bags_there(vault: Vault) -> None:
    """A bag lies there."""
    (vault.place.bags / "2026" / "11" / "1-1").mkdir(parents=True)


def database_there(vault: Vault) -> None:
    """A database with tables lies there."""
    if vault.place.dialect == "sqlite":
        vault.place.file.parent.mkdir()
        vault.place.file.write_bytes(b"")
    else:
        store = Store(vault.place.owner or "")
        run(store, "CREATE TABLE anything (id integer)")
        store.close()


@pytest.mark.parametrize("full", [bags_there, database_there, key_there])
def test_never_over_something(vault: Vault, full: Callable[[Vault], None]) -> None:
    """A backup is restored into an empty place only: what is there may be all that is left of something."""
    folder = vault.back_up(passphrase=PASSPHRASE).folder
    full(vault)
    before = {path: path.lstat().st_mtime_ns for path in vault.place.bags.parent.rglob("*")}
    with pytest.raises(BackupFault, match="something already"):
        vault.restore(folder, PASSPHRASE)
    assert {path: path.lstat().st_mtime_ns for path in vault.place.bags.parent.rglob("*")} == before


@ON_SQLITE
def test_who_may_not_look_at_everything_may_not_copy_it(vault: Vault) -> None:
    """A backup holds every case: without the right nothing is made, and it is recorded."""
    with vault.world.store.write() as session:
        lead = t.Person(name="Kit Marlowe", active=True, created_at=vault.world.clock.now())
        lead.roles = [t.PersonRole(role="communications_lead")]
        session.add(lead)
        session.flush()
        actor = Actor(lead.id, "cli")
    with pytest.raises(NotAllowed, match="may not make a backup"):
        vault.backups().make(vault.folder, actor, None, nobody)
    assert not vault.folder.exists()
    with vault.world.store.read() as session:
        refused = session.scalars(select(t.Audit).where(t.Audit.verb == "refused")).one()
    assert refused.detail["right"] == "back_up"


@ON_SQLITE
def test_a_disk_that_is_not_mounted_is_not_replaced_by_this_one(vault: Vault) -> None:
    """A backup into a folder whose parent is missing is refused: it is to survive this disk."""
    vault.folder = vault.folder / "mnt" / "backups"
    with pytest.raises(BackupFault, match="No such file"):
        vault.back_up()
    assert not vault.folder.parent.exists()


@ON_SQLITE
def test_the_key_opens_with_its_passphrase_only(vault: Vault) -> None:
    """Another passphrase, or a backup without the key: told in words, and nothing is touched."""
    with_key, without = vault.back_up(passphrase=PASSPHRASE), vault.back_up()
    assert (vault.keys / "current.pem").read_bytes()[:200] not in b"".join(
        path.read_bytes() for path in with_key.folder.rglob("*") if path.is_file()
    )
    with pytest.raises(BackupFault, match="not the passphrase"):
        vault.restore(with_key.folder, "not " + PASSPHRASE)
    with pytest.raises(BackupFault, match="not in this backup"):
        vault.restore(without.folder, PASSPHRASE)
    with pytest.raises(BackupFault, match="shorter than"):
        vault.back_up(passphrase="short")
    assert vault.untouched()


@ON_SQLITE
@pytest.mark.parametrize("change", [{"migration": "9999"}, {"dialect": "oracle"}, {"format": 2}])
def test_a_backup_that_does_not_fit_is_refused(vault: Vault, change: dict[str, object]) -> None:
    """Of another kind of database, from a newer version, in another format: refused in words."""
    folder = vault.back_up().folder
    listed = {name: digest for name, digest in read_listing(folder).items() if name != FACTS}
    facts = read_facts(folder)
    (folder / FACTS).unlink()
    (folder / LISTING).unlink()
    finish(folder, replace(facts, **change), listed)  # type: ignore[arg-type]  # each change fits its field
    with pytest.raises(BackupFault):
        vault.restore(folder)
    assert vault.untouched()


@ON_SQLITE
def test_the_folder_of_backups_is_not_one_of_them(vault: Vault) -> None:
    """Naming the folder that backups lie in is answered with the newest one's name."""
    made = vault.back_up()
    with pytest.raises(BackupFault, match=made.folder.name):
        vault.restore(vault.folder)
