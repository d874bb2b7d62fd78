"""A migrated store on either database, as the application's own role."""

from __future__ import annotations

import hashlib
import os
import tempfile
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING

from worker.store.session import Store
from worker.store.upgrade import upgrade

if TYPE_CHECKING:
    from tests.services.postgres import PostgresDatabase

#: The environment names a folder here where many runs share what they migrated (see tests.sabotage).
SHARED = "UPSTANDER_TEST_MIGRATED"
_TABLES = Path(__file__).resolve().parent.parent / "worker" / "store"


@cache
def _migrated() -> bytes:
    """An SQLite database brought to the newest migration once, to be copied."""
    folder = os.environ.get(SHARED)
    if folder is None:
        return _migrate()
    shared = Path(folder) / f"{_as_of()}.db"
    if not shared.exists():
        half = shared.with_suffix(".half")
        half.write_bytes(_migrate())
        half.replace(shared)
    return shared.read_bytes()


def _as_of() -> str:
    """What a migrated database follows from: every file of worker.store, the migrations among them."""
    digest = hashlib.sha256()
    for path in sorted(_TABLES.rglob("*.py")):
        digest.update(hashlib.sha256(path.read_bytes()).digest())
    return digest.hexdigest()


def _migrate() -> bytes:
    with tempfile.TemporaryDirectory(prefix="upstander-sqlite-") as folder:
        path = Path(folder) / "upstander.db"
        store = Store(f"sqlite:///{path}")
        upgrade(store.engine)
        store.close()
        assert [each.name for each in path.parent.iterdir()] == [path.name], "not all of it is in the file"
        return path.read_bytes()


def migrated_sqlite(path: Path) -> None:
    """Lay a fresh SQLite database at the newest migration where there is no file yet."""
    path.parent.mkdir(parents=True, exist_ok=True)
    with path.open("xb") as file:
        file.write(_migrated())


def sqlite_store(folder: Path) -> Store:
    """A fresh SQLite database in a folder."""
    path = folder / "upstander.db"
    migrated_sqlite(path)
    return Store(f"sqlite:///{path}")


def postgres_store(database: PostgresDatabase) -> Store:
    """A migrated PostgreSQL database, signed in as the application, which does not own its tables."""
    return Store(database.app_url)
