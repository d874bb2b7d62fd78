"""Searching a scene, and what was found."""

from __future__ import annotations

from typing import Any

from tests.unit.review.scene import Scene
from worker.ledger.audit import Actor
from worker.review.search.results import SearchPage
from worker.review.search.stage import Search
from worker.review.search.wanted import SearchFilter


def search(
    scene: Scene, words: str | None = None, *, by: Actor | None = None, limit: int = 50, **more: Any
) -> SearchPage:
    """Search as the reviewer, or as somebody else."""
    before = more.pop("before", None)
    wanted = SearchFilter(words=words, **more)
    return Search(scene.store, scene.clock).find(by or scene.reviewer, wanted, limit=limit, before=before)


def found(scene: Scene, words: str | None = None, **more: Any) -> list[int]:
    """The wordings that are found, in the order of the page."""
    return [row.revision_id for row in search(scene, words, **more).rows]
