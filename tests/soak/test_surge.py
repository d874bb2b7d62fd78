"""A surge at full size, with the processes and services of a real installation."""

from __future__ import annotations

import sys
import time
from pathlib import Path

import pytest
from sqlalchemy import select

from tests.services.postgres import PostgresDatabase
from tests.services.redis import PrivateRedis
from tests.surge import danger_is_sealed, load_surge, publish_danger, snapshots
from tests.worlds import World, world
from worker.store import tables as t

SURGE = 1000
WORKERS = 2


def take_in(place: World) -> None:
    """Poll until every comment of the surge is a case. No worker runs yet, so their evidence waits."""
    app = place.app()
    app.intake.schedule()
    with place.store.read() as session:
        feeds = session.scalars(select(t.Feed.id)).all()
    while place.count(t.Case) < SURGE:
        for feed in feeds:
            app.intake.poll(feed, lambda _session: None)
    app.close()


@pytest.mark.soak
@pytest.mark.timeout(1200)
def test_danger_is_sealed_while_a_thousand_cases_wait(
    tmp_path: Path,
    migrated_postgres_database: PostgresDatabase,
    own_redis: PrivateRedis,
    capsys: pytest.CaptureFixture[str],
) -> None:
    """With 1,000 cases being worked, a new threat has its core sealed while most of them wait for theirs."""
    more = {"UPSTANDER_JOBS__LEASE_SECONDS": "120", "UPSTANDER_JOBS__RESEND_SECONDS": "60"}
    with world(tmp_path, database=migrated_postgres_database, redis_url=own_redis.url, more=more) as place:
        load_surge(place, SURGE)
        take_in(place)
        assert (snapshots(place, "pending"), snapshots(place, "sealed")) == (SURGE, 0)
        for way in ("schedule", *["work"] * WORKERS):
            place.start(way)
        place.wait("the surge is being worked", lambda: snapshots(place, "sealed") >= SURGE // 50)
        worked, began = snapshots(place, "sealed"), time.monotonic()
        publish_danger(place)
        place.wait("the danger is sealed", lambda: danger_is_sealed(place))
        seconds, waiting = time.monotonic() - began, snapshots(place, "pending")
        place.wait("the surge is sealed", lambda: snapshots(place, "pending") == 0, 900)
        rate = (SURGE + 1 - worked) / (time.monotonic() - began)
        with capsys.disabled():
            sys.stdout.write(
                f"\nworkers={WORKERS} surge={SURGE} danger_sealed_after_seconds={seconds:.1f} "
                f"surge_still_waiting={waiting} cores_sealed_per_second={rate:.1f}\n"
            )
        assert waiting > SURGE // 2
        assert snapshots(place, "sealed") == SURGE + 1
