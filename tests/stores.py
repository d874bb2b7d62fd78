"""A migrated store on either database, as the application's own role."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from worker.store.session import Store
from worker.store.upgrade import upgrade

if TYPE_CHECKING:
    from tests.services.postgres import PostgresDatabase


def sqlite_store(folder: Path) -> Store:
    """A fresh SQLite database in a folder."""
    store = Store(f"sqlite:///{folder / 'upstander.db'}")
    upgrade(store.engine)
    return store


def postgres_store(database: PostgresDatabase) -> Store:
    """A migrated PostgreSQL database, signed in as the application, which does not own its tables."""
    return Store(database.app_url)
