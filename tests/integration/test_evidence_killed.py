"""A process that is killed anywhere in a capture leaves no half bag that counts; the next finishes."""

from __future__ import annotations

import os
import signal
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.services.warm import PROGRAMS, PROJECT
from tests.stores import postgres_store, sqlite_store
from tests.unit.evidence.world import World, actor, make_world

STEPS = ("seal.read", "seal.built", "seal.synced", "seal.renamed", "seal.written", "seal.committed")


@pytest.fixture(params=["sqlite", "postgresql"])
def world(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[World]:
    """A case whose snapshot waits, on either database."""
    store = (
        sqlite_store(tmp_path)
        if request.param == "sqlite"
        else postgres_store(request.getfixturevalue("migrated_postgres_database"))
    )
    yield make_world(store, tmp_path / "bags")
    store.close()


def die_at(world: World, step: str) -> None:
    """Capture in a process of its own that dies at a step."""
    url = world.store.engine.url.render_as_string(hide_password=False)
    command = ["-m", "tests.unit.evidence.dies", url, str(world.bags), str(world.snapshot_id), step]
    died = PROGRAMS.run(command, environ={**os.environ, "PYTHONPATH": str(PROJECT)}, patience=60)
    assert died.returncode == -signal.SIGKILL, died.stderr


@pytest.mark.faults
@pytest.mark.parametrize("step", STEPS)
def test_a_killed_capture_is_finished_by_the_next(world: World, step: str) -> None:
    """Killed between any two steps: one sealed row, one verified bag, one audit row, nothing half built."""
    die_at(world, step)
    after_commit = step == "seal.committed"
    assert world.row(world.snapshot_id).state == ("sealed" if after_commit else "pending")
    row = world.capture()
    kept = step in {"seal.renamed", "seal.written", "seal.committed"}
    assert world.platform.reads == (0 if kept else 1)
    assert row.state == "sealed"
    assert [result.problems for result in world.evidence.verify(None, actor(world.store))] == [()]
    assert len(world.audits("sealed")) == 1
    assert list((world.bags / ".building").iterdir()) == []
    assert len(list(world.bags.glob("2*/*/*"))) == 1
