"""A sealed case on either database, for the tests of what the schema itself refuses."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.stores import postgres_store, sqlite_store
from tests.unit.evidence.world import World, make_world
from worker.store.session import Store


@pytest.fixture(scope="module")
def template(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A migrated SQLite database, to be copied."""
    folder = tmp_path_factory.mktemp("template")
    sqlite_store(folder).close()
    return folder / "upstander.db"


@pytest.fixture(params=["sqlite", "postgresql"])
def world(request: pytest.FixtureRequest, template: Path, tmp_path: Path) -> Iterator[World]:
    """A case with a sealed snapshot and a person who may ask, signed in as the application."""
    if request.param == "sqlite":
        shutil.copy(template, tmp_path / "upstander.db")
        store = Store(f"sqlite:///{tmp_path / 'upstander.db'}")
    else:
        store = postgres_store(request.getfixturevalue("migrated_postgres_database"))
    world = make_world(store, tmp_path / "bags")
    world.capture()
    yield world
    store.close()
