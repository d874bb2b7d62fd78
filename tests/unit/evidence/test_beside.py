"""What lies in one thread with something locked: told by the platform's ids, not by our rows of posts."""

from __future__ import annotations

from sqlalchemy.orm import Session

from tests.unit.evidence.world import START, World, actor, add_case
from worker.evidence.beside import cases_beside, may_show_locked
from worker.store import tables as t


def place(session: Session, comment_id: int, *, parent: str | None, post: str | None) -> t.Comment:
    """Put a comment in a thread: what it answers, and the post it hangs on, if its account knows one."""
    comment = session.get_one(t.Comment, comment_id)
    comment.parent_external_id, comment.post_id = parent, None
    if post is not None:
        row = t.Post(account_id=comment.account_id, external_id=post, first_seen_at=START)
        session.add(row)
        session.flush()
        comment.post_id = row.id
    return comment


def pictures(session: Session, world: World, case: tuple[int, int, int, int]) -> t.Snapshot:
    """A sealed snapshot with pictures of a case, as its row says."""
    case_id, snapshot_id, comment_id, revision_id = case
    row = t.Snapshot(
        case_id=case_id, comment_id=comment_id, revision_id=revision_id, kind="rendered", state="pending",
        core_id=snapshot_id, asked_at=world.clock.now(),
    )  # fmt: skip
    session.add(row)
    session.flush()
    return row


def suspect(session: Session, world: World, comment: t.Comment, person_id: int | None) -> None:
    """Mark a comment as suspected imagery."""
    session.add(
        t.Mark(
            comment_id=comment.id, revision_id=comment.revision_id, mark="suspected_csam",
            marked_by=person_id, marked_at=world.clock.now(),
        )
    )  # fmt: skip
    session.flush()


def test_pictures_of_answers_to_a_locked_mention_are_withheld(any_world: World) -> None:
    """A mention on X has no post; its answers hang on it as on a post, in whatever account they were met."""
    answer, elsewhere = add_case(any_world.store, "17501"), add_case(any_world.store, "17601")
    who = actor(any_world.store)
    with any_world.store.write() as session:
        mention = place(session, any_world.comment_id, parent=None, post=None)
        # An answer to an answer: only the conversation says what is above it.
        place(session, answer[2], parent="17500", post=mention.external_id)
        place(session, elsewhere[2], parent="17600", post="17600")
        shown, other = pictures(session, any_world, answer), pictures(session, any_world, elsewhere)
        assert not may_show_locked(session, shown)
        suspect(session, any_world, mention, who.person_id)
        assert may_show_locked(session, shown)
        assert not may_show_locked(session, other)


def test_a_mention_with_a_locked_answer_is_withheld(any_world: World) -> None:
    """The page of a mention shows its answers: whichever of the two is locked, the other's pictures are."""
    answer = add_case(any_world.store, "17501")
    who = actor(any_world.store)
    with any_world.store.write() as session:
        mention = place(session, any_world.comment_id, parent=None, post=None)
        below = place(session, answer[2], parent="17500", post=mention.external_id)
        own = (any_world.case_id, any_world.snapshot_id, any_world.comment_id, any_world.revision_id)
        shown = pictures(session, any_world, own)
        suspect(session, any_world, below, who.person_id)
        assert may_show_locked(session, shown)


def test_a_thread_whose_post_nobody_knows_is_followed_by_its_answers(any_world: World) -> None:
    """Without a post there is still what answers what: up to the top, and to all that answer the same."""
    first, second = add_case(any_world.store, "17501"), add_case(any_world.store, "17502")
    who = actor(any_world.store)
    with any_world.store.write() as session:
        top = place(session, any_world.comment_id, parent=None, post=None)
        place(session, first[2], parent=top.external_id, post=None)
        place(session, second[2], parent="17501", post=None)
        rows = [pictures(session, any_world, each) for each in (first, second)]
        suspect(session, any_world, top, who.person_id)
        assert [may_show_locked(session, row) for row in rows] == [True, True]


def test_two_that_answer_the_same_are_beside_each_other(any_world: World) -> None:
    """A page shows the other answers too, also where what they answer was never polled."""
    sibling = add_case(any_world.store, "17501")
    who = actor(any_world.store)
    with any_world.store.write() as session:
        one = place(session, any_world.comment_id, parent="17000", post=None)
        place(session, sibling[2], parent="17000", post=None)
        shown = pictures(session, any_world, sibling)
        suspect(session, any_world, one, who.person_id)
        assert may_show_locked(session, shown)
        assert cases_beside(session, one.id) == ()  # none is sealed yet


def test_one_that_answers_itself_is_no_endless_thread(any_world: World) -> None:
    """What platforms say of a thread is hostile input: a circle ends."""
    other = add_case(any_world.store, "17501")
    with any_world.store.write() as session:
        one = place(session, any_world.comment_id, parent="17501", post=None)
        place(session, other[2], parent=one.external_id, post=None)
        assert not may_show_locked(session, pictures(session, any_world, other))
