"""Twenty reviewers at once through ten thousand cases, on PostgreSQL."""

from __future__ import annotations

import sys
import time
from collections import Counter

import pytest
from sqlalchemy import create_engine, func, select

from tests.flood import fill, reviewers, together, work_through
from tests.services.postgres import PostgresDatabase
from tests.unit.review.scene import make_scene
from worker.store import tables as t
from worker.store.session import Store

REVIEWERS, CASES = 20, 10_000


@pytest.mark.soak
@pytest.mark.timeout(3600)
def test_twenty_reviewers_decide_ten_thousand_cases_once_each(
    migrated_postgres_database: PostgresDatabase, capsys: pytest.CaptureFixture[str]
) -> None:
    """Nobody waits for ever, no case is handed to two, none is left over, and each has one decision."""
    store = Store(migrated_postgres_database.app_url, pool_size=REVIEWERS + 2)
    owner = create_engine(migrated_postgres_database.owner_url)
    scene = make_scene(store)
    fill(owner, scene, comments=CASES, waiting=CASES)
    done: list[int] = []
    shares: Counter[int] = Counter()
    began = time.monotonic()

    def work(number: int) -> None:
        mine = work_through(scene, people[number], CASES)
        done.extend(mine)
        shares[number] = len(mine)

    people = reviewers(scene, REVIEWERS)
    together([lambda number=number: work(number) for number in range(REVIEWERS)])  # type: ignore[misc]  # bound early
    with capsys.disabled():
        sys.stdout.write(
            f"\nreviewers={REVIEWERS} cases={CASES} per_second={CASES / (time.monotonic() - began):.0f}"
            f" fewest={min(shares.values())} most={max(shares.values())}\n"
        )
    assert Counter(done) == Counter(range(1, CASES + 1))
    with store.read() as session:
        decided = session.execute(
            select(func.count(), func.count(t.Decision.case_id.distinct())).select_from(t.Decision)
        ).one()
        left = session.scalar(select(func.count()).select_from(t.Case).where(t.Case.state != "decided"))
    assert tuple(decided) == (CASES, CASES)
    assert left == 0
    assert min(shares.values()) > CASES // REVIEWERS // 4, "nobody is starved"
    store.close()
    owner.dispose()
