"""Estates on either database."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.unit.evidence.keeping.estate import Estate, make_estate
from worker.store.session import Store


@pytest.fixture
def estate(store: Store, tmp_path: Path) -> Estate:
    """People, an account, and no comments yet, on either database."""
    return make_estate(store, tmp_path / "bags")


@pytest.fixture
def small(sqlite: Store, tmp_path: Path) -> Estate:
    """The same on SQLite only, where the database makes no difference."""
    return make_estate(sqlite, tmp_path / "bags")
