"""Migrated stores on either database."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.stores import postgres_store, sqlite_store
from worker.store.session import Store


@pytest.fixture(scope="session")
def sqlite_template(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A migrated SQLite database, to be copied."""
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
