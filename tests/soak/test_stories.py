"""The story of the pile-on with all of its people."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.e2e.stories import play, sections
from tests.services.postgres import PostgresDatabase


@pytest.mark.soak
@pytest.mark.timeout(1800)
def test_a_pile_on_of_hundreds_goes_as_the_page_tells_it(
    tmp_path: Path, migrated_postgres_database: PostgresDatabase, redis_url: str
) -> None:
    """Three hundred comments, one decision on the list that was shown, three hundred outcomes."""
    (title,) = [each for each in sections() if "pile-on" in each]
    play(title, tmp_path, migrated_postgres_database, redis_url, most=300)
