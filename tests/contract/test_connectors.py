"""Every connector keeps the promises of `connectors.contract`, over real HTTP against the sandbox."""

from __future__ import annotations

import json
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime
from hashlib import sha256

import pytest

from connectors.contract import ActionKind, Platform
from connectors.errors import ContentGone, CursorExpired, UnexpectedResponse
from connectors.sandbox.broken import LONG_TEXT
from connectors.sandbox.things import BROKEN, Media
from tests.contract.connectors_stage import GOOD, PLATFORMS, Stage, ago, staged, walk


@pytest.fixture(params=PLATFORMS, ids=str)
def stage(request: pytest.FixtureRequest) -> Iterator[Stage]:
    """One account on each platform in turn."""
    with staged(request.param) as made:
        yield made


def fill(stage: Stage, count: int, *, posts: int = 3) -> set[str]:
    """Write comments over several posts, and return their ids."""
    for _ in range(posts - len(stage.posts)):
        stage.post()
    return {
        stage.comment(f"made-up {n}", post=stage.posts[n % posts], posted_at=ago(hours=2, seconds=n)).id
        for n in range(count)
    }


def test_a_walk_gives_every_comment_once(stage: Stage) -> None:
    """Walking to the end reads every comment exactly once, over many pages and posts."""
    ids = fill(stage, 530)
    walked = walk(stage.connector)
    seen = [each.external_id for page in walked.pages for each in page.comments]
    assert sorted(seen) == sorted(ids)
    assert len(walked.pages) >= 4
    assert not walked.gaps


def test_a_second_walk_gives_only_the_overlap(stage: Stage) -> None:
    """After a finished walk, old comments do not come again and nothing is invented."""
    fill(stage, 30)
    recent = stage.comment("just now", posted_at=ago(seconds=2)).id
    first = walk(stage.connector)
    again = walk(stage.connector, first.cursors)
    assert set(again.comments) == {recent}


def test_a_new_comment_is_found_by_the_next_walk(stage: Stage) -> None:
    """A comment written after a walk is found by the next one; so is an answer to a comment."""
    old = stage.comment()  # the newest of a walk may come again: it lies within the overlap
    older = stage.comment(posted_at=ago(hours=5)).id
    first = walk(stage.connector)
    assert older in first.comments
    new = stage.comment("new", posted_at=datetime.now(UTC)).id
    answer = stage.comment("answer", parent=old, posted_at=datetime.now(UTC)).id
    found = walk(stage.connector, first.cursors).comments
    assert set(found) - {old.id} == {new, answer}
    assert found[answer].parent_external_id == old.id
    assert found[answer].kind == "reply"


def test_a_comment_written_during_a_walk_is_found_by_it_or_the_next(stage: Stage) -> None:
    """What is written between two pages of a walk is never lost."""
    fill(stage, 250)
    feed = stage.connector.feeds()[-1]
    page = stage.connector.poll(feed, None)
    late = stage.comment("during the walk", posted_at=datetime.now(UTC)).id
    seen = {each.external_id for each in page.comments}
    while page.more:
        page = stage.connector.poll(feed, page.cursor)
        seen |= {each.external_id for each in page.comments}
    seen |= set(walk(stage.connector, {feed: page.cursor}).comments)
    assert late in seen


def test_polling_a_page_twice_gives_the_same_page(stage: Stage) -> None:
    """A crash repeats a page: the same cursor gives the same comments and cursor again."""
    fill(stage, 130)
    feed = stage.connector.feeds()[-1]
    cursor: str | None = None
    for _ in range(3):
        one, two = stage.connector.poll(feed, cursor), stage.connect().poll(feed, cursor)
        assert one.comments == two.comments
        assert (one.cursor, one.more) == (two.cursor, two.more) or cursor is None
        cursor = one.cursor
        if not one.more:
            break


@pytest.mark.parametrize("broken", sorted(BROKEN))
def test_a_broken_item_is_kept_and_flagged_and_its_page_goes_on(stage: Stage, broken: str) -> None:
    """One odd item is taken in with its raw bytes; its neighbours are not disturbed."""
    before = stage.comment("before").id
    odd = stage.comment("odd one", broken=frozenset({broken})).id
    after = stage.comment("after").id
    found = walk(stage.connector).comments
    assert {before, after} <= set(found)
    assert len(found) == 3
    comment = found[(set(found) - {before, after}).pop()]
    assert comment.external_id in (odd, odd.rpartition("_")[2])
    assert comment.raw
    json.loads(comment.raw)
    expected = {
        "missing_author": "missing_author",
        "null_text": "missing_text",
        "missing_text": "missing_text",
        "long_text": "long_text",
        "odd_unicode": "control_characters",
    }.get(broken)
    assert comment.flaws == ((expected,) if expected else ())
    text = comment.text or ""
    text.encode("utf-8")
    assert "\x00" not in text
    assert broken != "long_text" or text == LONG_TEXT
    if broken == "odd_unicode":
        assert b"\\ud800" in comment.raw
        assert b"\\u0000" in comment.raw


def test_a_comment_is_read_with_what_belongs_to_it(stage: Stage) -> None:
    """Text, author, time, media, post and link arrive; the raw bytes are this item's alone."""
    media = Media("77", "photo", "https://pbs.example.test/m.jpg")
    at = ago(hours=3).replace(microsecond=0)
    mine = stage.comment("look", media=[media], posted_at=at)
    other = stage.comment("someone else's words")
    comment = walk(stage.connector).comments[mine.id]
    assert comment.text is not None
    assert comment.text.startswith("look") or "look" in comment.text
    assert comment.author is not None
    assert comment.author.external_id == mine.author_id
    assert comment.posted_at == at
    assert comment.post_external_id == stage.posts[0].id
    assert [each.url for each in comment.media] == [media.url]
    assert (comment.permalink or "").startswith("http")
    assert not comment.flaws
    assert other.id.encode() not in comment.raw
    assert b"someone else" not in comment.raw


def test_a_page_names_its_posts_and_the_hash_of_its_reply(stage: Stage) -> None:
    """The posts that comments stand under come along, and each page states its reply's hash."""
    stage.comment()
    walked = walk(stage.connector)
    assert stage.posts[0].id in {post.external_id for page in walked.pages for post in page.posts}
    assert all(len(page.body_sha256) == 64 for page in walked.pages)
    assert all(page.received_at.tzinfo is not None for page in walked.pages)


def test_reading_a_comment_again_shows_its_strand_and_keeps_its_reply(stage: Stage) -> None:
    """A reading has the comment, its post, parent and answers, and the reply as received."""
    parent = stage.comment("above", posted_at=ago(hours=3))
    mine = stage.comment("mine", parent=parent, posted_at=ago(hours=2))
    below = stage.comment("below", parent=mine, posted_at=ago(hours=1))
    reading = stage.connector.read(mine.id)
    assert reading.comment.external_id == mine.id
    assert reading.parent is not None
    assert reading.parent.external_id == parent.id
    assert reading.post is not None
    assert reading.post.external_id == stage.posts[0].id
    assert below.id in {each.external_id for each in reading.thread}
    first = reading.exchanges[0]
    assert first.status == 200
    assert mine.id.encode() in first.body
    assert sha256(first.body).hexdigest()
    assert stage.connector.read(mine.id, thread=False).thread == ()


def test_a_deleted_comment_is_gone(stage: Stage) -> None:
    """Reading what its author deleted says so, however the platform says it."""
    mine = stage.comment()
    stage.sandbox.world.delete(str(stage.platform), mine.id)
    with pytest.raises(ContentGone):
        stage.connector.read(mine.id)


def test_an_edit_is_a_new_revision_of_the_same_comment(stage: Stage) -> None:
    """After an edit the comment keeps its id, and reading gives the new words."""
    mine = stage.comment("first words", posted_at=ago(seconds=20))
    first = walk(stage.connector)
    assert "first words" in (first.comments[mine.id].text or "")
    stage.sandbox.world.edit(str(stage.platform), mine.id, "second words")
    assert "second words" in (stage.connector.read(mine.id).comment.text or "")
    assert "second words" in (stage.connect().read(mine.id).comment.text or "")
    again = walk(stage.connector, first.cursors)
    assert set(again.comments) == {mine.id}
    assert "second words" in (again.comments[mine.id].text or "")


@pytest.mark.parametrize("cursor", ["", "[]", "null", "{}", '{"since":"x","walk":7}', "not json"])
def test_a_cursor_that_is_not_ours_is_refused(stage: Stage, cursor: str) -> None:
    """A damaged cursor is a typed error, never a crash or a silent start from the beginning."""
    for feed in stage.connector.feeds():
        with pytest.raises(CursorExpired):
            stage.connector.poll(feed, cursor)


def test_threads_that_share_a_connector_do_not_mix_replies(stage: Stage) -> None:
    """Each reading's reply is about the comment that was asked for, with eight threads at once."""
    ids = sorted(fill(stage, 16))

    def read(external_id: str) -> tuple[str, str, bytes]:
        reading = stage.connector.read(external_id, thread=False)
        return external_id, reading.comment.external_id, reading.exchanges[0].body

    with ThreadPoolExecutor(8) as pool:
        for asked, got, body in pool.map(read, ids * 3):
            assert asked == got
            assert asked.encode() in body


def test_a_check_of_a_good_account_finds_nothing_wrong_and_changes_nothing(stage: Stage) -> None:
    """`accounts check` reads only, and every line is as it should be."""
    stage.comment()
    lines = stage.connector.check()
    assert len(lines) >= 4
    assert all(line.ok for line in lines), lines
    assert stage.requests_made() == 0
    wrong = stage.connect(token="some-other-token").check()
    assert any(not line.ok for line in wrong)
    assert "some-other-token" not in repr(wrong)


#: What each platform lets an account like ours do by itself; a person does the rest in its app.
OFFERED = {
    Platform.X: {"hide", "unhide", "mute", "unmute"},
    Platform.FACEBOOK: {"hide", "unhide", "delete", "block", "unblock"},
}


def test_capabilities_say_what_can_be_done_and_what_it_does(stage: Stage) -> None:
    """Every kind of change is named once, with words of effect."""
    found = stage.connector.capabilities()
    assert {each.kind for each in found} == set(ActionKind)
    assert len(found) == len(ActionKind)
    assert all(len(each.effect) > 20 for each in found)
    assert {str(each.kind) for each in found if each.available} == OFFERED[stage.platform]


@pytest.mark.parametrize("odd", ["unreadable-0123456789abcdef", "../users/1", "1?x=2", "1/hidden", ""])
def test_an_id_that_is_none_is_never_put_into_an_address(stage: Stage, odd: str) -> None:
    """An id made up for an unreadable item, or a hostile one, is refused before anything is sent."""
    silence = stage.sandbox.faults.add("outage", platform=str(stage.platform), times=1)
    with pytest.raises(UnexpectedResponse):
        stage.connector.read(odd)
    with pytest.raises(UnexpectedResponse):
        stage.connector.apply(stage.request(odd), GOOD)
    assert silence.times == 1, "a request was sent"


def test_our_own_words_are_not_comments() -> None:
    """What the account itself wrote is a post or context, never a comment."""
    with staged(Platform.X) as stage:
        stage.comment("a mention", kind="mention", post=None)
        walked = walk(stage.connector)
        assert stage.posts[0].id not in walked.comments
        assert len(walked.comments) == 1
