"""Erased words are gone: from the tables, from the file, and they do not come back with the next poll."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING

import pytest
from sqlalchemy import select

from connectors.contract import Author, Comment, Page, Platform
from rules.schema import Verdict
from tests.unit.evidence.keeping.estate import DAY, WORDS, Estate, done
from tests.unit.evidence.keeping.hindrances import hinder
from tests.unit.review.scene import CLOCKS
from worker.errors import NotAllowed, NotYet, StoreNotReady
from worker.evidence.keeping.scrubbing import scrub
from worker.intake.screening import Screened, wording_hash
from worker.intake.writing import Written, write_page
from worker.store import tables as t
from worker.store.session import make_engine

if TYPE_CHECKING:
    from tests.services.postgres import PostgresDatabase

_NOTHING = Verdict(findings=(), severity=None, priority=0, queue=False, categories=())


def test_a_comment_that_never_became_a_case_is_erased_when_its_time_is_up(estate: Estate) -> None:
    """Thirty days after it was first seen, and not a second before; the stub keeps when and where."""
    never, judged = estate.comment(), estate.decided()
    estate.scene.clock.move(30 * DAY - timedelta(seconds=1))
    assert estate.keeping.erase_never_queued() == 0
    estate.scene.clock.move(timedelta(seconds=1))
    assert estate.keeping.erase_never_queued() == 1
    assert estate.keeping.erase_never_queued() == 0
    (row,) = estate.revisions(never)
    assert (row.text, row.raw, row.media, row.erased_at) == (None, b"", [], estate.scene.clock.now())
    assert (row.flaws, row.revision_hash) == (["odd"], wording_hash(WORDS))
    assert estate.revisions(judged)[0].text == WORDS
    with estate.store.read() as session:
        comment = session.get_one(t.Comment, never.comment_id)
        detail = session.scalars(select(t.Audit.detail).where(t.Audit.verb == "erased")).one()
        assert session.scalars(select(t.Finding.matched).order_by(t.Finding.id)).all() == ["", WORDS]
    assert (comment.permalink, comment.external_id) == (None, "c-1")
    assert detail == {"why": "never queued", "comments": [never.comment_id]}


def test_an_edit_gives_its_new_words_their_own_time(small: Estate) -> None:
    """What was seen yesterday is not erased today because an older wording is a month old."""
    never = small.comment()
    small.scene.clock.move(29 * DAY)
    small.edit(never, "other words")
    small.scene.clock.move(29 * DAY)
    assert small.keeping.erase_never_queued() == 0
    small.scene.clock.move(DAY)
    assert small.keeping.erase_never_queued() == 1
    assert [row.text for row in small.revisions(never)] == [None, None]


def test_context_of_a_case_that_is_held_or_open_is_not_erased(estate: Estate) -> None:
    """What a comment answers, and what answers it, is needed to judge it; a suspicion is never erased."""
    parent = estate.comment(external_id="parent")
    case = estate.case(external_id="middle", parent_external_id="parent")
    answer = estate.comment(parent_external_id="middle")
    suspected = estate.comment()
    hinder(estate, suspected, "suspicion")
    stranger = estate.comment(parent_external_id="elsewhere")
    estate.scene.clock.move(30 * DAY)
    assert estate.keeping.erase_never_queued() == 1
    assert estate.revisions(stranger)[0].text is None
    estate.keeping.hold(case.case_id, estate.officer, "A claim.")
    estate.decide(case, "upheld", "serious")
    assert estate.keeping.erase_never_queued() == 0
    estate.keeping.release(case.case_id, estate.officer, "Settled.")
    assert estate.keeping.erase_never_queued() == 2
    assert {estate.revisions(each)[0].text for each in (parent, answer)} == {None}
    assert estate.revisions(suspected)[0].text == WORDS


def test_an_author_is_forgotten_with_their_last_words(estate: Estate) -> None:
    """As long as one comment of theirs is kept they keep their name; then only a number is left."""
    first = estate.comment()
    estate.scene.clock.move(10 * DAY)
    second = estate.comment(author_id=first.author_id)
    assert second.author_id == first.author_id
    estate.scene.clock.move(20 * DAY)
    estate.keeping.erase_never_queued()
    assert _author(estate, first.author_id) == ("a-1", f"{WORDS} handle", f"{WORDS} name")
    estate.scene.clock.move(10 * DAY)
    estate.keeping.erase_never_queued()
    assert _author(estate, first.author_id) == (f"erased:{first.author_id}", None, None)


def _author(estate: Estate, author_id: int) -> tuple[str, str | None, str | None]:
    with estate.store.read() as session:
        row = session.get_one(t.Author, author_id)
    return row.external_id, row.handle, row.name


def test_a_visitors_post_goes_with_the_comment_that_it_is(estate: Estate) -> None:
    """A visitor's post is kept as a post as well: its words go there too, and the Trust's own posts stay."""
    estate.comment(external_id="900_222", kind="visitor_post")
    with estate.store.write() as session:
        session.add(
            t.Post(
                account_id=estate.scene.account_id, external_id="900_222", text=WORDS,
                permalink="https://example.test/someone", first_seen_at=estate.scene.clock.now(),
            )
        )  # fmt: skip
    estate.scene.clock.move(30 * DAY)
    estate.keeping.erase_never_queued()
    with estate.store.read() as session:
        posts = session.execute(select(t.Post.text, t.Post.permalink).order_by(t.Post.id)).all()
    assert [tuple(post) for post in posts] == [("Our ward", None), ("", None)]


def test_erased_words_do_not_come_back_with_the_next_poll(estate: Estate) -> None:
    """The platform still shows the comment: its wording is known by its hash and not taken in again."""
    never = estate.comment()
    estate.scene.clock.move(30 * DAY)
    estate.keeping.erase_never_queued()
    assert _poll(estate, WORDS) == Written(0, 0, 0)
    assert [row.text for row in estate.revisions(never)] == [None]
    assert _poll(estate, "quite other words").revisions == 1
    assert [row.text for row in estate.revisions(never)] == [None, "quite other words"]


def test_who_writes_again_after_being_forgotten_is_a_new_author(estate: Estate) -> None:
    """The stub is not filled again: later words belong to a row of their own."""
    first = estate.comment()
    estate.scene.clock.move(30 * DAY)
    estate.keeping.erase_never_queued()
    assert _poll(estate, "hello again", external_id="c-99").comments == 1
    with estate.store.read() as session:
        later = session.scalars(select(t.Comment).where(t.Comment.external_id == "c-99")).one()
    assert later.author_id is not None
    assert _author(estate, later.author_id)[0] == "a-1"
    assert _author(estate, first.author_id)[0] == f"erased:{first.author_id}"


def _poll(estate: Estate, words: str, external_id: str = "c-1") -> Written:
    author = Author("a-1", "someone")
    comment = Comment(Platform.FACEBOOK, external_id, "comment", words, b"{}", author=author)
    page = Page([comment], [], "{}", more=False, body_sha256="0" * 64, received_at=estate.scene.clock.now())
    with estate.store.write() as session:
        account = session.get_one(t.Account, estate.scene.account_id)
        return write_page(
            session, account, page, [Screened(comment, wording_hash(words), _NOTHING)], pack_version="1",
            clocks=CLOCKS, now=estate.scene.clock.now(),
        )  # fmt: skip


def _files(small: Estate) -> bytes:
    """Everything that the SQLite database has on the disk."""
    folder = small.bags.parent
    return b"".join(path.read_bytes() for path in sorted(folder.glob("upstander.db*")))


def test_erased_words_are_in_no_file_of_the_database(small: Estate) -> None:
    """After the nightly job neither the SQLite file nor its log holds what was erased; the rest is there."""
    kept, judged = small.case("ephemeral wording of a case"), small.case("lasting wording")
    for number in range(200):  # enough for rows to have moved from page to page
        small.comment(f"ephemeral chatter {number} " + "x" * (number * 7))
    small.decide(kept, "not_upheld")
    small.decide(judged, "upheld", "serious")
    small.scene.clock.move(90 * DAY)
    assert b"ephemeral" in _files(small)
    small.run_at_leisure()
    small.keeping.approve(kept.case_id, small.officer, "Its time is up.")
    small.carry_out(kept)
    with small.store.read() as session:
        job = session.scalars(select(t.Job).where(t.Job.kind == "scrub")).one()
    assert timedelta() < job.due_at - small.scene.clock.now() <= DAY
    finished: list[object] = []
    small.keeping.scrub(finished.append)
    assert len(finished) == 1
    assert b"ephemeral" not in _files(small)
    assert b"lasting wording" in _files(small)


def test_a_log_that_somebody_reads_is_cut_off_later(small: Estate) -> None:
    """While another reads an older state, the log cannot be cut off: the job waits and says so."""
    small.comment()
    small.scene.clock.move(30 * DAY)
    with small.store.engine.connect() as connection:
        connection.exec_driver_sql("SELECT count(*) FROM comments").all()  # holds the state before
        small.keeping.erase_never_queued()
        impatient = make_engine(str(small.store.engine.url))
        raw = impatient.raw_connection()
        raw.cursor().execute("PRAGMA busy_timeout=10")
        raw.close()
        with pytest.raises(NotYet):
            scrub(impatient)
        impatient.dispose()
    small.keeping.scrub(done)
    assert WORDS.encode() not in _files(small)


def test_the_owner_of_postgresql_tables_rebuilds_them(migrated_postgres_database: PostgresDatabase) -> None:
    """To the application's own role PostgreSQL would only give a warning: it is refused in words instead."""
    application = make_engine(migrated_postgres_database.app_url)
    with pytest.raises(StoreNotReady, match="owner"):
        scrub(application)
    application.dispose()
    owner = make_engine(migrated_postgres_database.owner_url)
    with owner.connect() as connection:
        before = connection.exec_driver_sql("SELECT pg_relation_filenode('revisions')").scalar()
    scrub(owner)
    with owner.connect() as connection:
        assert connection.exec_driver_sql("SELECT pg_relation_filenode('revisions')").scalar() != before
    owner.dispose()


def test_only_who_may_dispose_has_the_files_rebuilt(small: Estate) -> None:
    """Rebuilding holds everybody up, so not everybody may ask for it; who did is on record."""
    with pytest.raises(NotAllowed):
        small.keeping.scrub_now(small.scene.reviewer, small.store.engine)
    small.keeping.scrub_now(small.officer, small.store.engine)
    assert len(small.scene.audited("scrubbed")) == 1
