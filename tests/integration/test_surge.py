"""A surge of cases never makes somebody in danger wait for their evidence."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.surge import danger_is_sealed, load_surge, publish_danger, snapshots
from tests.worlds import World, world
from worker.jobs.run import embedded
from worker.store import tables as t

SURGE = 150


@pytest.fixture
def place(tmp_path: Path) -> Iterator[World]:
    """A world with a surge of abusive comments that nobody has polled yet."""
    # One thread: with more, how many of the surge are sealed meanwhile would hang on the machine.
    with world(tmp_path, more={"UPSTANDER_JOBS__THREADS": "1"}) as made:
        load_surge(made, SURGE)
        yield made


def test_danger_is_sealed_before_the_surge(place: World) -> None:
    """A case of immediate danger after a surge has its core sealed while most of the surge waits."""
    app, stop = place.app(), threading.Event()
    worker = threading.Thread(target=embedded, args=(app, stop, lambda: None), daemon=True)
    worker.start()
    try:
        place.wait("the surge was taken in", lambda: place.count(t.Case) >= SURGE)
        publish_danger(place)
        place.wait("the danger is sealed", lambda: danger_is_sealed(place))
        assert snapshots(place, "pending") > SURGE // 3
    finally:
        stop.set()
        worker.join(timeout=60)
        app.close()
