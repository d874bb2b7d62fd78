"""A case to act on, on either database."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.stores import sqlite_store
from tests.unit.action.errands import Errands, make_errands
from worker.store.session import Store


@pytest.fixture
def waiting(store: Store, tmp_path: Path) -> Errands:
    """A case whose evidence is not sealed yet, on either database."""
    return make_errands(store, tmp_path / "bags")


@pytest.fixture
def errands(waiting: Errands) -> Errands:
    """A case with sealed evidence, on either database."""
    waiting.seal()
    return waiting


@pytest.fixture(scope="session")
def migrated(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A migrated SQLite database, to be copied."""
    folder = tmp_path_factory.mktemp("migrated")
    sqlite_store(folder).close()
    return folder / "upstander.db"


@pytest.fixture
def small(migrated: Path, tmp_path: Path) -> Iterator[Errands]:
    """The same on SQLite alone, where the database makes no difference."""
    shutil.copy(migrated, tmp_path / "upstander.db")
    store = Store(f"sqlite:///{tmp_path / 'upstander.db'}")
    made = make_errands(store, tmp_path / "bags")
    made.seal()
    yield made
    store.close()
