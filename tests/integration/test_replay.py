"""Real comments, a small number of them, through the whole worker in both modes."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.replay import COMMENTS, load_halves, replay, rows, told
from tests.worlds import world


@pytest.mark.skipif(not COMMENTS.exists(), reason=f"real comments for replay are not at {COMMENTS}")
@pytest.mark.timeout(300)
@pytest.mark.parametrize(("mode", "workers"), [("embedded", 1), ("served", 2)])
def test_every_comment_arrives_once_and_every_case_is_sealed(
    mode: str, workers: int, tmp_path: Path, request: pytest.FixtureRequest
) -> None:
    """What was published is what is stored: none missing, none doubled, each case with verified evidence."""
    served = mode == "served"
    database = request.getfixturevalue("migrated_postgres_database") if served else None
    redis_url = request.getfixturevalue("own_redis").url if served else None
    with world(tmp_path, database=database, redis_url=redis_url) as place:
        loaded = load_halves(place, rows(COMMENTS, 600))
        result = replay(place, loaded, workers=workers, patience=200)
        assert (result.received, result.doubled) == (loaded, 0), told(result)
        assert result.sealed == result.cases > 0, told(result)
        verified = place.run("evidence", "verify", "--all", "--as", "Rowan Ashby")
        assert verified.returncode == 0, verified.stdout + verified.stderr
