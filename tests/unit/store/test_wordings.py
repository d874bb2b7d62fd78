"""What somebody wrote: the schema lets retention empty it, and nothing change it."""

from __future__ import annotations

import pytest
from sqlalchemy import text

from tests.unit.evidence.world import START, World
from tests.unit.store.raw import refused, run
from worker.store import tables as t

AT = "'2026-11-16 10:00:00'"
WORDING = {
    "id": "id + 100",
    "comment_id": "comment_id - 1",
    "number": "number + 1",
    "revision_hash": "'f'",
    "page_sha256": "'f'",
    "seen_at": AT,
    "severity": "'routine'",
    "priority": "1",
    "queued": "false",
    "pack_version": "'2'",
}
ERASE = f"UPDATE revisions SET erased_at = {AT}, text = NULL, raw = :nothing, media = '[]' WHERE id = :id"


@pytest.fixture
def judged_by_nobody(world: World) -> int:
    """The wording of a comment that never became a case, so that retention may empty it."""
    with world.store.write() as session:
        pattern = session.get_one(t.Revision, world.revision_id)
        old = session.get_one(t.Comment, world.comment_id)
        comment = t.Comment(
            account_id=old.account_id,
            platform=old.platform,
            external_id="17999",
            kind="comment",
            first_seen_at=START,
            revision_hash="0" * 64,
        )
        session.add(comment)
        session.flush()
        names = ("media", "flaws", "raw", "page_sha256", "seen_at", "severity", "priority", "queued")
        revision = t.Revision(
            comment_id=comment.id,
            number=1,
            text="Six hours in the corridor",
            revision_hash="0" * 64,
            pack_version="1",
            **{name: getattr(pattern, name) for name in names},
        )
        session.add(revision)
        session.flush()
        return revision.id


def test_a_wording_is_only_ever_emptied(world: World, judged_by_nobody: int) -> None:
    """What somebody wrote is neither changed nor removed; emptied when its time is up, whole, and once."""
    empty = {"nothing": b"", "id": judged_by_nobody}
    for change in (
        "text = 'something else'",
        "text = NULL",
        f"erased_at = {AT}",
        f"erased_at = {AT}, text = NULL",
    ):
        assert refused(world, f"UPDATE revisions SET {change} WHERE id = {judged_by_nobody}"), change
    for column, value in WORDING.items():
        with_it = ERASE.replace(" WHERE", f", {column} = {value} WHERE")
        assert refused(world, with_it, **empty), column
    assert refused(world, "DELETE FROM revisions")
    assert run(world, ERASE, **empty) == 1
    assert refused(world, ERASE, **empty)
    back = f"UPDATE revisions SET erased_at = NULL, text = 'other words' WHERE id = {judged_by_nobody}"
    assert refused(world, back)


def test_every_column_of_a_wording_is_tried(world: World) -> None:
    """A column that a later migration adds must be added to the attempts above, or may be emptied."""
    emptied = {"text", "raw", "media", "flaws", "erased_at"}
    with world.store.read() as session:
        assert set(session.execute(text("SELECT * FROM revisions")).keys()) == {*WORDING, *emptied}
