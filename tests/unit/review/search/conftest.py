"""A scene to search in, on either database."""

from __future__ import annotations

import pytest

from tests.unit.review.scene import Scene, make_scene
from worker.store.session import Store


@pytest.fixture
def scene(store: Store) -> Scene:
    """People, an account and no comments yet."""
    return make_scene(store)
