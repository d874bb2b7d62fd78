"""A furnished scene on either database."""

from __future__ import annotations

import pytest

from tests.unit.review.desk import Desk, make_desk
from tests.unit.review.scene import Scene, make_scene
from worker.store.session import Store


@pytest.fixture
def scene(store: Store) -> Scene:
    """People, an account and no comments yet."""
    return make_scene(store)


@pytest.fixture
def desk(scene: Scene) -> Desk:
    """One case, and the stages around handing it over."""
    return make_desk(scene)
