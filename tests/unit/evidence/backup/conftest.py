"""A world with one sealed case, where it is backed up to, and an empty place to restore it into."""

from __future__ import annotations

import errno
import os
import shutil
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from pathlib import Path

import pytest
from sqlalchemy import Connection, MetaData, select, text

from tests.services.postgres import PostgresServer
from tests.unit.evidence.world import World, actor, make_evidence
from worker.evidence.backup.folder import Facts
from worker.evidence.backup.make import Backups, Made
from worker.evidence.backup.restore import Place, restore
from worker.evidence.stage import Evidence
from worker.evidence.survey import Result, nobody
from worker.keyring import CURRENT, Keyring
from worker.ledger.audit import Actor
from worker.steps import Steps, unobserved
from worker.store.session import Store

PASSPHRASE = "seven wards by the sea"
#: For what is the same on either database.
ON_SQLITE = pytest.mark.parametrize("store", ["sqlite"], indirect=True)
BACKUP = Actor(None, "backup")
RESTORE = Actor(None, "restore")


@dataclass
class Vault:
    """A world, the folder that its backups lie in, and an empty place."""

    world: World
    folder: Path
    place: Place

    @property
    def keys(self) -> Path:
        """The world's signing key."""
        return self.world.bags.parent / f"{self.world.bags.name}-keys"

    @property
    def inbox(self) -> Path:
        """What was handed in to the world and waits to be sealed."""
        return self.world.bags.parent / "inbox"

    def backups(self, steps: Steps = unobserved) -> Backups:
        """What makes its backups."""
        world = self.world
        return Backups(
            world.store, world.clock, world.bags, self.inbox, self.keys, (world.bags, self.keys), steps
        )

    def back_up(self, steps: Steps = unobserved, passphrase: str | None = None) -> Made:
        """Make one backup."""
        return self.backups(steps).make(self.folder, BACKUP, passphrase, nobody)

    def restore(self, source: Path, passphrase: str | None = None, steps: Steps = unobserved) -> Facts:
        """Restore one into the empty place."""
        return restore(source, self.place, self.world.clock, RESTORE, passphrase, steps=steps)

    def untouched(self) -> bool:
        """Whether the place is still empty."""
        return not self.place.bags.exists() and not self.place.keys.exists() and not rows(self.place)


@dataclass
class Restored:
    """The evidence stage over what was restored."""

    store: Store
    evidence: Evidence

    def survey(self) -> tuple[Result, ...]:
        """Every snapshot and folder."""
        return self.evidence.surveyor.survey(case_id=None, pending_minutes=15, progress=nobody)


@pytest.fixture
def vault(any_world: World, tmp_path: Path, request: pytest.FixtureRequest) -> Iterator[Vault]:
    """One sealed case and one that waits, on either database, and an empty place of the same kind."""
    any_world.capture()
    actor(any_world.store)
    there = tmp_path / "there"
    place = Place(
        database=f"sqlite:///{there / 'upstander.db'}",
        owner=None,
        bags=there / "bags",
        inbox=there / "inbox",
        keys=there / "bags-keys",
    )
    if any_world.store.dialect == "sqlite":
        yield Vault(any_world, tmp_path / "backups", place)
        return
    server: PostgresServer = request.getfixturevalue("postgres_server")
    with server.database() as database:
        served = replace(place, database=database.app_url, owner=database.owner_url)
        yield Vault(any_world, tmp_path / "backups", served)


@pytest.fixture
def restored(vault: Vault) -> Iterator[Restored]:
    """What a backup of the world became in the empty place, the key put back from where it is kept apart."""
    vault.restore(vault.back_up().folder)
    shutil.copy(vault.keys / CURRENT, vault.place.keys)
    store = Store(vault.place.database)
    yield Restored(store, stage(vault, store))
    store.close()


def stage(vault: Vault, store: Store) -> Evidence:
    """The evidence stage of the place."""
    assert Keyring(vault.place.keys).current().fingerprint
    return make_evidence(
        store, vault.world.clock, vault.world.platform, vault.place.bags, vault.world.receipts
    )


def rows(place: Place) -> dict[str, list[tuple[object, ...]]]:
    """Every row of every table, in an order that both sides share. Empty where there is no database."""
    if place.dialect == "sqlite" and not place.file.exists():
        return {}
    store = Store(place.database)
    try:
        with store.engine.connect() as connection:
            return all_rows(connection)
    finally:
        store.close()


def all_rows(connection: Connection) -> dict[str, list[tuple[object, ...]]]:
    """Every row of every table of a database."""
    known = MetaData()
    known.reflect(connection)
    return {
        table.name: sorted((tuple(row) for row in connection.execute(select(table))), key=repr)
        for table in known.tables.values()
    }


def at(wanted: str, do: Callable[[], object]) -> Steps:
    """An observer that does something the moment a step was passed."""

    def observe(name: str) -> None:
        if name == wanted:
            do()

    return observe


def disk_full() -> None:
    """What the system says when there is no room."""
    raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))


def key_there(vault: Vault) -> None:
    """A signing key of its own lies in the place already."""
    Keyring(vault.place.keys).init("Another Trust", vault.world.clock.now())


def run(store: Store, statement: str) -> int:
    """Run raw SQL as the application's role; how many rows it touched."""
    with store.write() as session:
        return int(session.connection().execute(text(statement)).rowcount)
