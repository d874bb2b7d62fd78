"""Taking and deciding cases: how many a second with 1, 8 and 20 reviewers, and the next case among a million.

Everything goes through the review stage, over a real PostgreSQL that flushes what it commits.
"""

from __future__ import annotations

import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from statistics import median

from sqlalchemy import text

from tests.flood import fill, furnish, reviewers, together, work_through
from tests.services.postgres import PostgresServer, postgres_for_tests
from tests.unit.review.scene import Scene, make_scene
from worker import log
from worker.store.session import Store
from worker.store.upgrade import upgrade

WORKERS = (1, 8, 20)
EACH_RATE, FETCHES, WARM = 400, 200, 20
#: Comments stored, cases that wait, cases that were decided.
SMALL, LARGE = (1_000, 1_000, 0), (1_000_000, 5_000, 100_000)
AIM = 1.5


def main() -> None:
    """Measure and print both tables."""
    log.configure(level="error")
    with postgres_for_tests() as server:
        took = _fetching(server)
        print(f"next case, median of {FETCHES}, milliseconds")
        for size, seconds in took.items():
            print("  {:>9,} comments, {:,} waiting, {:,} decided:".format(*size), f"{seconds * 1000:.2f}")
        print(f"  ratio {took[LARGE] / took[SMALL]:.2f} (aim: at most {AIM})")
        for workers in WORKERS:
            rate = _rate(server, workers)
            print(f"{workers:>2} reviewers: {rate:.0f} cases taken and decided a second")


@contextmanager
def filled(
    server: PostgresServer, comments: int, waiting: int, decided: int, *, alike: int | None = None
) -> Iterator[Scene]:
    """A Trust in a database with so many comments, cases that wait and cases that were decided.

    Args:
        alike: how many cases at a time say the same, with what the rules found in them; None: no groups.
    """
    with server.database() as database:
        owner = Store(database.owner_url)
        upgrade(owner.engine, application_role=database.app_role)
        store = Store(database.app_url, pool_size=max(WORKERS) + 2)
        scene = make_scene(store)
        fill(owner.engine, scene, comments=comments, waiting=waiting, decided=decided)
        if alike is not None:
            furnish(owner.engine, scene, alike=alike)
        yield scene
        store.close()
        owner.close()


def _fetching(server: PostgresServer) -> dict[tuple[int, int, int], float]:
    """Seconds that the next case takes in each database, in turn: what the machine does happens to both."""
    took: dict[tuple[int, int, int], list[float]] = {SMALL: [], LARGE: []}
    with ExitStack() as stack:
        scenes = {size: stack.enter_context(filled(server, *size)) for size in took}
        people = {size: reviewers(scene, 1)[0] for size, scene in scenes.items()}
        for _ in range(WARM + FETCHES):
            for size, scene in scenes.items():
                began = time.perf_counter()
                assert scene.review.claim_next(people[size]) is not None
                took[size].append(time.perf_counter() - began)
                # Given back, so that the walk past claimed cases does not grow with the measuring.
                with scene.store.write() as session:
                    session.execute(text("DELETE FROM claims"))
    return {size: median(each[WARM:]) for size, each in took.items()}


def _rate(server: PostgresServer, workers: int) -> float:
    """Cases taken and decided a second by so many reviewers at once."""
    cases = EACH_RATE
    with filled(server, cases, cases, 0) as scene:
        share = [cases // workers + (number < cases % workers) for number in range(workers)]
        people = reviewers(scene, workers)
        done: list[int] = []

        def work(number: int) -> None:
            done.extend(work_through(scene, people[number], share[number]))

        began = time.perf_counter()
        together([lambda number=number: work(number) for number in range(workers)])  # type: ignore[misc]  # bound early
        seconds = time.perf_counter() - began
        assert sorted(done) == list(range(1, cases + 1))
        return cases / seconds
