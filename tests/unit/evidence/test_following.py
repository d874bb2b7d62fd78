"""What follows from a sealed snapshot: a rendering where it may be, and nothing where it may not."""

from __future__ import annotations

import pytest
from sqlalchemy import func, select, text

from tests.unit.evidence.world import World, actor
from worker.evidence.following import Following, render_after_all
from worker.evidence.subject import load
from worker.store import tables as t


def follow(world: World, *, unasked: bool = False, media: bool = True) -> tuple[int, list[str]]:
    """Let what follows from the world's core be asked for: how many rendered rows, and which jobs wait."""
    following = Following(world.clock, stamps=True, renders=True, unasked=unasked, copies=False)
    with world.store.write() as session:
        about = load(session, world.snapshot_id)
        if not media:
            about.revision.media = []
        following(session, about, "reread")
        following(session, about, "reread")
    with world.store.read() as session:
        rows = session.scalar(select(func.count()).where(t.Snapshot.kind == "rendered")) or 0
        return rows, sorted(session.scalars(select(t.Job.kind).where(t.Job.state == "waiting")))


def test_words_alone_are_rendered_once_and_stamped_once(any_world: World) -> None:
    """A comment without media gets one rendered snapshot and one job to stamp, however often it is asked."""
    any_world.capture()
    assert follow(any_world, media=False) == (1, ["render", "stamp"])


def test_media_wait_for_a_person(any_world: World) -> None:
    """A comment with media is not rendered before somebody marked it."""
    any_world.capture()
    assert follow(any_world) == (0, ["stamp"])


def test_the_setting_that_loosens_it_loosens_it(any_world: World) -> None:
    """A Trust that chose to copy media unasked gets them rendered at once."""
    any_world.capture()
    assert follow(any_world, unasked=True) == (1, ["render", "stamp"])


@pytest.mark.parametrize("grave", ["intimate_image", "suspected_csam"])
def test_what_is_grave_is_not_rendered_whatever_the_setting(world: World, grave: str) -> None:
    """No setting opens what a person marked as grave."""
    world.capture()
    person = actor(world.store).person_id
    with world.store.write() as session:
        session.add(
            t.Mark(
                comment_id=world.comment_id,
                revision_id=world.revision_id,
                mark=grave,
                marked_by=person,
                marked_at=world.clock.now(),
            )
        )
    rows, jobs = follow(world, unasked=True)
    assert (rows, "render" in jobs) == (0, False)


def test_a_mark_renders_nothing_before_there_is_a_core(world: World) -> None:
    """Marked before its core is sealed: the sealing asks for the rendering, not the mark."""
    with world.store.write() as session:
        assert render_after_all(session, world.comment_id, world.clock.now()) is None
    world.capture()
    with world.store.write() as session:
        assert render_after_all(session, world.comment_id, world.clock.now()) is not None
        assert session.connection().execute(text("SELECT count(*) FROM outbox")).scalar_one() == 1
