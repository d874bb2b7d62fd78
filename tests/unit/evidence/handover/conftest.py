"""Scenes on either database."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.unit.evidence.handover.scene import Scene, make_scene
from worker.store.session import Store


@pytest.fixture
def scene(sqlite: Store, tmp_path: Path) -> Scene:
    """One sealed case and the people who hand it over, where the database makes no difference."""
    return make_scene(sqlite, tmp_path)


@pytest.fixture
def any_scene(store: Store, tmp_path: Path) -> Scene:
    """One sealed case and the people who hand it over, on either database."""
    return make_scene(store, tmp_path)
