"""The queue as a page of the site needs it: what it costs with a thousand comments, and with a million.

Everything goes through the review stage, over a real PostgreSQL that flushes what it commits.
"""

from __future__ import annotations

import time
from collections.abc import Callable
from contextlib import ExitStack
from datetime import timedelta
from statistics import median

from sqlalchemy import text

from tests.bench.claims import filled
from tests.flood import reviewers
from tests.services.postgres import PostgresServer, postgres_for_tests
from tests.unit.review.scene import Scene
from worker import log
from worker.ledger.audit import Actor
from worker.review.filtering import QueueFilter

TIMES, WARM, ALIKE = 60, 15, 50
#: Comments stored, cases that wait, cases that were decided.
Size = tuple[int, int, int]
SMALL, LARGE = (1_000, 1_000, 0), (1_000_000, 100_000, 100_000)
AIM = 1.5


def main(large: Size = LARGE) -> None:
    """Measure and print one table."""
    log.configure(level="error")
    with postgres_for_tests() as server:
        took = _measured(server, large)
    print(f"median of {TIMES}, milliseconds")
    print("  {:,} comments, {:,} waiting, {:,} decided".format(*SMALL), end=" against ")
    print("{:,} comments, {:,} waiting, {:,} decided; aim: a ratio of at most".format(*large), AIM)
    for name, (few, many) in took.items():
        print(f"  {name:<28} {few * 1000:7.2f} {many * 1000:7.2f}  ratio {many / few:.2f}")


def _measured(server: PostgresServer, large: Size) -> dict[str, tuple[float, float]]:
    """Seconds that each part takes in each database, in turn: what the machine does happens to both."""
    with ExitStack() as stack:
        scenes = [stack.enter_context(filled(server, *size, alike=ALIKE)) for size in (SMALL, large)]
        people = [reviewers(scene, 1)[0] for scene in scenes]
        parts = [_parts(scene, person) for scene, person in zip(scenes, people, strict=True)]
        took: dict[str, tuple[list[float], list[float]]] = {name: ([], []) for name in parts[0]}
        for _ in range(WARM + TIMES):
            for name, both in took.items():
                for scene, part, each in zip(scenes, parts, both, strict=True):
                    began = time.perf_counter()
                    part[name]()
                    each.append(time.perf_counter() - began)
                    # Given back, so that the walk past claimed cases does not grow with the measuring.
                    with scene.store.write() as session:
                        session.execute(text("DELETE FROM claims"))
        return {name: (median(few[WARM:]), median(many[WARM:])) for name, (few, many) in took.items()}


def _parts(scene: Scene, person: Actor) -> dict[str, Callable[[], object]]:
    """What is measured, by its name."""
    review, since = scene.review, scene.clock.now() - timedelta(minutes=1)

    def opened() -> None:
        held = review.claim_next(person)
        assert held is not None
        review.show(person, held.case_id)

    return {
        "a page of the queue": lambda: review.queue(person),
        "a page of the queue, grouped": lambda: review.queue(person, grouped=True),
        "routine cases only": lambda: review.queue(person, QueueFilter(severity="routine")),
        "one category only": lambda: review.queue(person, QueueFilter(category="insult")),
        "the next case, opened": opened,
        "the pulse of an open page": lambda: review.pulse(person, since),
    }
