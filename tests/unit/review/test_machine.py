"""The whole machine, reduced to seconds: no illegal state, no unseen decision, nobody alone, nothing lost."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from itertools import count
from pathlib import Path

import pytest
from hypothesis import HealthCheck, settings
from hypothesis.stateful import run_state_machine_as_test

from tests.stores import migrated_sqlite
from tests.unit.review.casework_machine import STEPS, CaseworkMachine, Opened
from tests.unit.review.floor import Floor, FrailStore, open_floor


@pytest.fixture(params=["sqlite", "postgresql"])
def opened(request: pytest.FixtureRequest, tmp_path: Path) -> Opened:
    """Floors over empty databases, one after another."""
    numbers = count(1)

    @contextmanager
    def floor() -> Iterator[Floor]:
        folder = tmp_path / str(next(numbers))
        folder.mkdir()
        if request.param == "sqlite":
            migrated_sqlite(folder / "upstander.db")
            yield from _over(f"sqlite:///{folder / 'upstander.db'}", folder)
            return
        server = request.getfixturevalue("postgres_server")
        template = request.getfixturevalue("postgres_template")
        with server.database(template=template.name) as database:
            yield from _over(database.app_url, folder)

    return floor


def _over(url: str, folder: Path) -> Iterator[Floor]:
    store = FrailStore(url)
    try:
        yield open_floor(store, folder)
    finally:
        store.close()


def work(opened: Opened, *, examples: int, steps: int, always_the_same: bool) -> dict[str, int]:
    """Let Hypothesis work the machine; how often each thing came about.

    Args:
        examples, steps: how many days, and how many steps each has at most.
        always_the_same: the same days in every run.
    """
    totals: dict[str, int] = {}
    run_state_machine_as_test(
        lambda: CaseworkMachine(opened, totals),  # type: ignore[arg-type]  # it takes whatever makes a machine
        settings=settings(
            max_examples=examples,
            stateful_step_count=steps,
            deadline=None,
            database=None,
            derandomize=always_the_same,
            suppress_health_check=list(HealthCheck),
            print_blob=True,
        ),
    )
    return totals


def test_the_whole_machine_keeps_its_promises(opened: Opened) -> None:
    """Legal moves, decisions on what was seen, two people where needed, each action once, all audited."""
    totals = work(opened, examples=3, steps=20, always_the_same=True)
    assert totals[STEPS] > 4
    assert totals["carried"]
