"""Which wording a mark is about: safe to copy holds of what the person saw, a suspicion of everything."""

from __future__ import annotations

import pytest

from tests.unit.evidence.marked import Office
from tests.unit.evidence.world import World, actor, add_case, add_revision
from worker.errors import NotFound
from worker.evidence.standing import MarkIncomplete, may_copy_media, standing
from worker.review.errors import RevisionChanged
from worker.store import tables as t


def edit(world: World, picture: str) -> int:
    """The author edits, perhaps to another picture, and leaves the words; the new revision's id."""
    with world.store.write() as session:
        comment = session.get_one(t.Comment, world.comment_id)
        media = [{"kind": "photo", "external_id": picture}]
        return add_revision(session, comment, number=2, media=media).id


def may(world: World) -> bool:
    """Whether the comment's pictures may be copied now."""
    with world.store.read() as session:
        return may_copy_media(session, world.comment_id, unasked=False)[0]


def written(world: World) -> list[tuple[str, int | None]]:
    """Every mark and the revision it names."""
    with world.store.read() as session:
        return [(row.mark, row.revision_id) for row in session.query(t.Mark).order_by(t.Mark.id)]


def test_a_picture_that_was_swapped_is_not_safe_because_another_was(any_world: World) -> None:
    """What a person called safe was what they saw: an edit afterwards asks for a person again."""
    marking, who = Office(any_world).marking(), actor(any_world.store)
    marking.mark(any_world.case_id, "safe_to_copy", who, revision_id=any_world.revision_id)
    assert may(any_world)
    newer = edit(any_world, "m2")
    assert not may(any_world)
    marking.mark(any_world.case_id, "safe_to_copy", who, revision_id=newer)
    assert may(any_world)
    assert [detail["revision_id"] for detail in any_world.audits("marked")] == [any_world.revision_id, newer]


def test_an_edit_between_looking_and_marking_is_not_called_safe(any_world: World) -> None:
    """A picture that was swapped before the mark was given: refused, audited, and the difference shown."""
    newer = edit(any_world, "m2")
    with pytest.raises(RevisionChanged, match=f"revision {newer} is what") as refusal:
        Office(any_world).marking().mark(
            any_world.case_id, "safe_to_copy", actor(any_world.store), revision_id=any_world.revision_id
        )
    assert refusal.value.media_changed
    assert {change.kind for change in refusal.value.changes} == {"same"}
    assert written(any_world) == []
    assert [detail["why"] for detail in any_world.audits("refused")] == ["RevisionChanged"]


def test_words_alone_that_changed_say_nothing_of_pictures(world: World) -> None:
    """An edit of the words refuses as well; the person reads that the pictures are the same."""
    edit(world, "m1")
    with pytest.raises(RevisionChanged) as refusal:
        Office(world).marking().mark(
            world.case_id, "safe_to_copy", actor(world.store), revision_id=world.revision_id
        )
    assert not refusal.value.media_changed


def test_safe_to_copy_says_which_wording(any_world: World) -> None:
    """Without the number of what was seen nothing may be copied."""
    with pytest.raises(MarkIncomplete, match=f"queue show {any_world.case_id}"):
        Office(any_world).marking().mark(any_world.case_id, "safe_to_copy", actor(any_world.store))
    assert (written(any_world), may(any_world)) == ([], False)


@pytest.mark.parametrize("grave", ["suspected_csam", "intimate_image"])
def test_a_suspicion_holds_whatever_came_since(any_world: World, grave: str) -> None:
    """What closes is never refused because the comment moved on; it is written on what was seen."""
    newer = edit(any_world, "m2")
    marking, who = Office(any_world).marking(), actor(any_world.store)
    marking.mark(any_world.case_id, grave, who, revision_id=any_world.revision_id)
    marking.mark(any_world.case_id, grave, who)
    assert written(any_world) == [(grave, any_world.revision_id), (grave, newer)]
    with any_world.store.read() as session:
        assert standing(session, any_world.comment_id) == grave


def test_a_mark_is_about_this_comment(any_world: World) -> None:
    """The number of another comment's revision is a slip of the pen: nothing is marked."""
    *_, other = add_case(any_world.store, "17002")
    for mark in ("safe_to_copy", "suspected_csam"):
        with pytest.raises(NotFound, match=f"Revision {other} is not"):
            Office(any_world).marking().mark(
                any_world.case_id, mark, actor(any_world.store), revision_id=other
            )
    assert written(any_world) == []
