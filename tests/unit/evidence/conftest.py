"""Worlds on either database."""

from __future__ import annotations

import os
import shutil
from collections.abc import Iterator
from pathlib import Path
from tempfile import TemporaryDirectory

import pytest

from tests.services.tsa import STAMPED, LoopbackAuthority, running_authority
from tests.stores import postgres_store, sqlite_store
from tests.unit.evidence.world import World, make_world
from worker.store.session import Store


@pytest.fixture(scope="session")
def sqlite_template(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with a migrated SQLite database, to be copied."""
    folder = tmp_path_factory.mktemp("template")
    sqlite_store(folder).close()
    return folder / "upstander.db"


@pytest.fixture(params=["sqlite", "postgresql"])
def store(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Store]:
    """An empty migrated store on either database, signed in as the application."""
    if request.param == "sqlite":
        shutil.copy(request.getfixturevalue("sqlite_template"), tmp_path / "upstander.db")
        store = Store(f"sqlite:///{tmp_path / 'upstander.db'}")
    else:
        store = postgres_store(request.getfixturevalue("migrated_postgres_database"))
    yield store
    store.close()


@pytest.fixture
def sqlite(sqlite_template: Path, tmp_path: Path) -> Iterator[Store]:
    """An empty migrated SQLite store, where the database makes no difference."""
    shutil.copy(sqlite_template, tmp_path / "upstander.db")
    store = Store(f"sqlite:///{tmp_path / 'upstander.db'}")
    yield store
    store.close()


@pytest.fixture
def world(sqlite: Store, tmp_path: Path) -> World:
    """A case whose snapshot waits to be sealed, on SQLite."""
    return make_world(sqlite, tmp_path / "bags")


@pytest.fixture
def any_world(store: Store, tmp_path: Path) -> World:
    """A case whose snapshot waits to be sealed, on either database."""
    return make_world(store, tmp_path / "bags")


@pytest.fixture
def other_disk(tmp_path: Path) -> Iterator[Path]:
    """An empty folder on another file system than the evidence store: the machine's memory."""
    memory = Path("/dev/shm")
    if not os.access(memory, os.W_OK) or memory.stat().st_dev == tmp_path.stat().st_dev:
        pytest.skip("this machine has no second file system to write to")
    with TemporaryDirectory(dir=memory) as folder:
        yield Path(folder)


@pytest.fixture(scope="session")
def shared_authority(tmp_path_factory: pytest.TempPathFactory) -> Iterator[LoopbackAuthority]:
    """One timestamp authority for all; certificates take a moment."""
    with running_authority(tmp_path_factory.mktemp("authority")) as running:
        yield running


@pytest.fixture
def tsa(shared_authority: LoopbackAuthority) -> LoopbackAuthority:
    """The authority, without trouble."""
    shared_authority.trouble = "none"
    return shared_authority


@pytest.fixture(scope="session")
def tsr(shared_authority: LoopbackAuthority) -> bytes:
    """A timestamp of `STAMPED` that holds."""
    shared_authority.trouble = "none"
    return shared_authority.authority().stamp(STAMPED).der
