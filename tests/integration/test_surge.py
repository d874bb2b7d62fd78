"""A surge of cases never makes somebody in danger wait for their evidence."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from pathlib import Path

import pytest
from sqlalchemy import func, select

from connectors.sandbox.loader import Row, load_rows
from tests.worlds import World, world
from worker.jobs.run import embedded
from worker.store import tables as t

SURGE = 150
DANGER = "I know where she parks. I will stab the nurse on ward 7 tonight when she leaves"


@pytest.fixture
def place(tmp_path: Path) -> Iterator[World]:
    """A world with a surge of abusive comments that nobody has polled yet."""
    # One thread: with more, how many of the surge are sealed meanwhile would hang on the machine.
    with world(tmp_path, more={"UPSTANDER_JOBS__THREADS": "1"}) as made:
        made.control("settings", limits=False)
        sandbox = made.sandbox.world
        rows = [Row(id=str(n), text=f"you are a stupid worthless bitch number {n}") for n in range(SURGE)]
        load_rows(sandbox, rows, platform="facebook", account="NorthmoorFacebook", seed=3, now=sandbox.now())
        yield made


def sealed(place: World, severity: str) -> tuple[int, int]:
    """Of the cases with this severity: how many have sealed evidence, and how many there are."""
    with place.store.read() as session:
        rows = dict(
            session.execute(
                select(t.Snapshot.state, func.count())
                .join(t.Case, t.Case.id == t.Snapshot.case_id)
                .where(t.Case.severity == severity)
                .group_by(t.Snapshot.state)
            ).all()
        )
    return rows.get("sealed", 0), sum(rows.values())


def test_danger_is_sealed_before_the_surge(place: World) -> None:
    """A case of immediate danger after a surge has its core sealed while most of the surge waits."""
    app, stop = place.app(), threading.Event()
    worker = threading.Thread(target=embedded, args=(app, stop, lambda: None), daemon=True)
    worker.start()
    try:
        place.wait("the surge was taken in", lambda: place.count(t.Case) >= SURGE)
        place.control("comment", platform="facebook", account="NorthmoorFacebook", text=DANGER)
        place.poll_now()
        place.wait("the danger is sealed", lambda: sealed(place, "immediate_danger") == (1, 1))
        with place.store.read() as session:
            waiting = session.scalar(
                select(func.count()).select_from(t.Snapshot).where(t.Snapshot.state == "pending")
            )
        assert (waiting or 0) > SURGE // 3
    finally:
        stop.set()
        worker.join(timeout=60)
        app.close()
