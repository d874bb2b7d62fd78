"""The worked stories of docs/stories.md, each from what somebody wrote to its end, by the commands."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.e2e.stories import PEOPLE, play, sections
from tests.services.postgres import PostgresDatabase

#: Of a crowd of hundreds only so many write here; in `make soak` all of them do.
CROWD = 24
STORIES = [title for title in sections() if title != PEOPLE]


@pytest.mark.timeout(300)
@pytest.mark.parametrize("title", STORIES)
def test_a_story_goes_as_the_page_tells_it(
    title: str, tmp_path: Path, migrated_postgres_database: PostgresDatabase, redis_url: str
) -> None:
    """Every command of the story does and prints what the page says, and nothing else is needed."""
    play(title, tmp_path, migrated_postgres_database, redis_url, most=CROWD)
