"""Real comments at full size, in both modes: counts equal, none doubled, all evidence verified."""

from __future__ import annotations

import sys
from pathlib import Path

import pytest

from tests.replay import COMMENTS, load_halves, replay, rows, told
from tests.services.postgres import PostgresDatabase
from tests.services.redis import PrivateRedis
from tests.worlds import world


@pytest.mark.skipif(not COMMENTS.exists(), reason=f"no real comments at {COMMENTS}")
@pytest.mark.soak
@pytest.mark.timeout(3600)
def test_every_comment_of_the_set_arrives_once_in_both_modes(
    tmp_path: Path,
    migrated_postgres_database: PostgresDatabase,
    own_redis: PrivateRedis,
    capsys: pytest.CaptureFixture[str],
) -> None:
    """24,783 comments on two platforms: the same comments and cases in both modes, all verified."""
    given = rows(COMMENTS)
    results = []
    more = {"UPSTANDER_JOBS__LEASE_SECONDS": "120", "UPSTANDER_JOBS__RESEND_SECONDS": "60"}
    for name, database, redis_url, workers in (
        ("embedded", None, None, 1),
        ("served", migrated_postgres_database, own_redis.url, 2),
    ):
        folder = tmp_path / name
        folder.mkdir()
        with world(folder, database=database, redis_url=redis_url, more=more) as place:
            loaded = load_halves(place, given)
            result = replay(place, loaded, workers=workers, patience=1500)
            verified = place.run("evidence", "verify", "--all", "--as", "Rowan Ashby", patience=1200)
        with capsys.disabled():
            sys.stdout.write(f"\n{told(result)}\n")
        assert verified.returncode == 0, verified.stdout[-2000:] + verified.stderr[-2000:]
        assert (result.received, result.doubled) == (loaded, 0)
        assert result.sealed == result.cases > 0
        results.append(result)
    assert results[0].cases == results[1].cases
