"""A comment polled and the same comment read again are the same words, until somebody changes them."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest

from connectors.sandbox.things import Media
from tests.contract.connectors_stage import PLATFORMS, Stage, staged, walk
from worker.intake.screening import revision_hash


@pytest.fixture(params=PLATFORMS)
def stage(request: pytest.FixtureRequest) -> Iterator[Stage]:
    """An account on each platform."""
    with staged(request.param) as made:
        yield made


@pytest.mark.parametrize(
    "more",
    [
        {},
        {"media": [Media(id="3_77", kind="photo", url="https://pbs.example.test/m.jpg")]},
        {"broken": frozenset({"odd_unicode"})},
        {"broken": frozenset({"long_text"})},
        {"broken": frozenset({"missing_author"})},
    ],
    ids=["plain", "with media", "odd Unicode", "long", "no author"],
)
def test_reading_again_gives_the_words_that_were_polled(stage: Stage, more: dict[str, Any]) -> None:
    """Otherwise a hide would be refused as if the author had edited the comment (promise 4)."""
    stage.post()
    stage.comment("made-up words", **more)
    (polled,) = walk(stage.connector).comments.values()
    again = stage.connector.read(polled.external_id, thread=False).comment
    assert revision_hash(again) == revision_hash(polled)
