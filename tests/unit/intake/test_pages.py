"""One polled page, one transaction: nothing lost, nothing doubled, nothing odd dropped."""

from __future__ import annotations

import threading
from datetime import timedelta

import pytest
from sqlalchemy import func, select
from sqlalchemy.orm import Session

from connectors.contract import Media, Page
from connectors.errors import CredentialsRejected, CursorExpired, PlatformUnavailable, RateLimited
from tests.unit.intake.conftest import NOW, PRAISE, THREAT, Bench, comment, page
from worker.outbox import LeaseLost
from worker.store import tables as t
from worker.store.types import Base


def count(bench: Bench, table: type[Base]) -> int:
    """How many rows a table has."""
    with bench.store.read() as session:
        return session.scalar(select(func.count()).select_from(table)) or 0


def feed(bench: Bench) -> t.Feed:
    """The feed's row as it is now."""
    with bench.store.read() as session:
        return session.get_one(t.Feed, bench.feed_id)


def test_a_threat_becomes_a_case_and_praise_does_not(bench: Bench) -> None:
    """What the rules queue is opened as a case with its findings and a capture of evidence waiting."""
    bench.poll(page(comment("1", THREAT), comment("2", PRAISE)))
    assert count(bench, t.Comment) == 2
    with bench.store.read() as session:
        case = session.scalars(select(t.Case)).one()
        revision = session.get_one(t.Revision, case.revision_id)
        finding = session.scalars(select(t.Finding)).first()
        jobs = session.scalars(select(t.Job).where(t.Job.kind == "capture")).all()
    assert revision.text == THREAT
    assert revision.raw == b'{"id":"1"}'
    assert finding is not None
    assert THREAT[finding.span_start : finding.span_end] == finding.matched
    assert len(jobs) == 1


def test_the_same_page_twice_changes_nothing(bench: Bench) -> None:
    """A crash after the platform answered repeats a page; the second time writes nothing new."""
    items = (comment("1", THREAT), comment("2", PRAISE), comment("1", THREAT))
    bench.poll(page(*items), page(*items))
    counted = {
        table: count(bench, table) for table in (t.Comment, t.Revision, t.Case, t.Snapshot, t.Post, t.Author)
    }
    assert counted == {t.Comment: 2, t.Revision: 2, t.Case: 1, t.Snapshot: 1, t.Post: 1, t.Author: 1}


def test_an_edit_is_a_new_revision_and_its_case_follows(bench: Bench) -> None:
    """The case moves to the new wording and asks for evidence of it; the old wording stays."""
    bench.poll(page(comment("1", THREAT)), page(comment("1", THREAT + " tonight")))
    with bench.store.read() as session:
        revisions = session.scalars(select(t.Revision).order_by(t.Revision.number)).all()
        case = session.scalars(select(t.Case)).one()
        stored = session.scalars(select(t.Comment)).one()
        snapshots = session.scalars(select(t.Snapshot)).all()
    assert [row.number for row in revisions] == [1, 2]
    assert revisions[0].text == THREAT
    assert case.revision_id == stored.revision_id == revisions[1].id
    assert {row.revision_id for row in snapshots} == {row.id for row in revisions}


def test_an_edit_into_harmless_words_does_not_close_the_case(bench: Bench) -> None:
    """An author who softens a threat has still made it: a person decides, seeing both wordings."""
    bench.poll(page(comment("1", THREAT)), page(comment("1", PRAISE)))
    with bench.store.read() as session:
        case = session.scalars(select(t.Case)).one()
        newest = session.scalars(select(t.Revision).order_by(t.Revision.number.desc())).first()
    assert newest is not None
    assert case.state == "open"
    assert case.revision_id == newest.id
    assert case.severity in {"immediate_danger", "serious"}


def test_an_edit_back_to_the_first_wording_is_a_third_revision(bench: Bench) -> None:
    """Words that come, go and come again are three revisions, in order."""
    bench.poll(page(comment("1", PRAISE)), page(comment("1", THREAT)), page(comment("1", PRAISE)))
    with bench.store.read() as session:
        texts = session.scalars(select(t.Revision.text).order_by(t.Revision.number)).all()
    assert texts == [PRAISE, THREAT, PRAISE]


def test_odd_items_are_kept_and_shown_to_a_person(bench: Bench) -> None:
    """No author, no words, unreadable: each is kept raw with its flaws; what no rule could read is queued."""
    bench.poll(
        page(
            comment("1", PRAISE, author=None, flaws=("missing_author",)),
            comment("2", None, flaws=("missing_text",)),
            comment("unreadable-abc", None, author=None, flaws=("unreadable",)),
            comment("4", None, media=(Media("photo", None, "3_77"),)),
        )
    )
    assert count(bench, t.Comment) == 4
    with bench.store.read() as session:
        flaws = session.scalars(select(t.Revision.flaws).order_by(t.Revision.id)).all()
        queued = session.scalars(
            select(t.Comment.external_id)
            .join(t.Case, t.Case.comment_id == t.Comment.id)
            .order_by(t.Comment.id)
        ).all()
    assert flaws == [["missing_author"], ["missing_text"], ["unreadable"], []]
    assert queued == ["2", "unreadable-abc"]


def test_a_page_fetched_from_an_old_cursor_is_rolled_back(bench: Bench) -> None:
    """Of two polls that read the same cursor, the second to commit writes nothing: the cursor has moved."""
    inner = page(comment("2", PRAISE), cursor="c2")

    def poll_meanwhile(name: str) -> None:
        if name == "poll.fetched" and bench.connector.script:
            bench.intake.poll(bench.feed_id, bench.finish)

    outer = page(comment("1", THREAT), cursor="c1")
    racing = type(bench.intake)(**{**vars(bench.intake), "steps": poll_meanwhile})
    bench.connector.script.extend([outer, inner])
    racing.poll(bench.feed_id, bench.finish)
    assert feed(bench).cursor == "c2"
    with bench.store.read() as session:
        assert session.scalars(select(t.Comment.external_id)).all() == ["2"]


def test_more_pages_chain_in_the_same_transaction(bench: Bench) -> None:
    """A page that is not the last leaves a job for the next one; the last leaves none and is caught up."""
    bench.poll(page(comment("1", PRAISE), more=True))
    assert count(bench, t.Job) == 1
    assert feed(bench).caught_up_at is None
    bench.poll(page(comment("2", PRAISE), cursor="c2"))
    assert feed(bench).caught_up_at == NOW
    assert count(bench, t.Job) == 1


@pytest.mark.parametrize(
    ("error", "kind"),
    [
        (CredentialsRejected("The token was refused."), "credentials_rejected"),
        (PlatformUnavailable("No answer."), "platform_unavailable"),
        (RateLimited("Too many.", until=NOW + timedelta(minutes=7)), "rate_limited"),
        (KeyError("surprise"), "fault"),
    ],
)
def test_what_stops_a_feed_is_visible_and_leaves_a_gap(bench: Bench, error: Exception, kind: str) -> None:
    """A fault is on the feed with its words and since when; when the cause is gone the gap is closed."""
    bench.poll(error)
    row = feed(bench)
    assert row.fault_kind == kind
    assert row.fault_since == NOW
    assert row.next_poll_at is not None
    assert row.next_poll_at > NOW
    if isinstance(error, RateLimited):
        assert row.next_poll_at == error.until
    bench.clock.move(timedelta(minutes=10))
    bench.poll(page(comment("1", PRAISE)))
    assert feed(bench).fault_kind is None
    with bench.store.read() as session:
        gap = session.scalars(select(t.Gap)).one()
    assert (gap.kind, gap.started_at, gap.ended_at) == (kind, NOW, NOW + timedelta(minutes=10))


def test_repeated_faults_wait_longer_and_stay_one_gap(bench: Bench) -> None:
    """An outage of an hour is one gap, and polling does not hammer."""
    waits = []
    for _ in range(5):
        bench.poll(PlatformUnavailable("No answer."))
        again = feed(bench).next_poll_at
        assert again is not None
        waits.append(again - bench.clock.now())
        bench.clock.move(waits[-1])
    assert waits == sorted(waits)
    assert waits[0] < waits[-1]
    assert count(bench, t.Gap) == 1


def test_a_cursor_that_the_platform_forgot_begins_again(bench: Bench) -> None:
    """An expired cursor costs a second reading, not a comment."""
    bench.poll(page(comment("1", PRAISE), cursor="old"))
    bench.connector.script.extend([CursorExpired("forgotten"), page(comment("2", PRAISE), cursor="new")])
    bench.intake.poll(bench.feed_id, bench.finish)
    assert bench.connector.asked[-2:] == ["old", None]
    assert feed(bench).cursor == "new"


def test_what_the_platform_can_no_longer_give_is_said(bench: Bench) -> None:
    """A stretch that search does not reach any more is a gap with the connector's words."""
    bench.poll(page(comment("1", PRAISE), gap="Replies before Monday cannot be found any more."))
    with bench.store.read() as session:
        assert session.scalars(select(t.Gap.detail)).all() == [
            "Replies before Monday cannot be found any more."
        ]


def test_a_machine_that_was_off_leaves_a_gap(bench: Bench) -> None:
    """Nothing failed, but nobody read the feed for hours: that too is a gap."""
    bench.poll(page(comment("1", PRAISE)))
    bench.clock.move(timedelta(hours=5))
    bench.poll(page(comment("2", PRAISE), cursor="c2"))
    with bench.store.read() as session:
        gap = session.scalars(select(t.Gap)).one()
    assert (gap.kind, gap.started_at, gap.ended_at) == ("late", NOW, NOW + timedelta(hours=5))


def test_a_machine_that_comes_back_into_an_outage_leaves_both_gaps(bench: Bench) -> None:
    """Off for days, and the first poll fails: the time before that poll is a gap too, not only the outage."""
    bench.poll(page(comment("1", PRAISE)))
    bench.clock.move(timedelta(days=4))
    bench.poll(PlatformUnavailable("No answer."), PlatformUnavailable("No answer."))
    bench.clock.move(timedelta(minutes=10))
    bench.poll(page(comment("2", PRAISE), cursor="c2", more=True), page(comment("3", PRAISE), cursor="c3"))
    with bench.store.read() as session:
        gaps = session.execute(select(t.Gap.kind, t.Gap.started_at, t.Gap.ended_at).order_by(t.Gap.id)).all()
    back = NOW + timedelta(days=4)
    end = back + timedelta(minutes=10)
    assert gaps == [("late", NOW, back), ("platform_unavailable", back, end)]


def test_two_feeds_that_meet_the_same_comment_store_it_once(bench: Bench) -> None:
    """A reply that also mentions us comes by two feeds at the same moment: one comment, one case."""
    with bench.store.write() as session:
        other = t.Feed(account_id=feed(bench).account_id, name="replies")
        session.add(other)
        session.flush()
        other_id = other.id
    pages: list[Page] = [page(comment(str(n), THREAT), cursor=f"c{n}") for n in range(20)]
    barrier = threading.Barrier(2)
    errors: list[Exception] = []

    def poll_all(feed_id: int) -> None:
        barrier.wait()
        try:
            for each in pages:
                connector = type(bench.connector)(script=[each])
                intake = type(bench.intake)(
                    **{**vars(bench.intake), "connector_for": lambda _, c=connector: c}
                )
                intake.poll(feed_id, bench.finish)
        except Exception as error:  # noqa: BLE001 -- handed to the test's own thread
            errors.append(error)

    threads = [threading.Thread(target=poll_all, args=(each,)) for each in (bench.feed_id, other_id)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert errors == []
    assert (count(bench, t.Comment), count(bench, t.Case), count(bench, t.Snapshot)) == (20, 20, 20)


def test_a_page_that_cannot_be_stored_stops_its_feed_visibly(bench: Bench) -> None:
    """Whatever the database refuses is a fault of the feed with its gap, and no job is stuck over it."""
    bench.poll(page(comment("1", PRAISE, permalink=object())))
    row = feed(bench)
    assert row.fault_kind == "fault"
    assert count(bench, t.Comment) == 0
    bench.poll(page(comment("1", PRAISE)))
    assert feed(bench).fault_kind is None
    assert count(bench, t.Comment) == 1


def test_a_comment_taken_for_gone_that_comes_again_is_there_again(bench: Bench) -> None:
    """What a page shows is not gone, and counts as visible."""
    bench.poll(page(comment("1", THREAT)))
    with bench.store.write() as session:
        session.scalars(select(t.Comment)).one().gone_at = NOW
    bench.poll(page(comment("1", THREAT)))
    with bench.store.read() as session:
        again = session.scalars(select(t.Comment)).one()
    assert (again.gone_at, again.hidden) == (None, False)


def test_a_poll_that_was_taken_over_leaves_no_fault(bench: Bench) -> None:
    """A lost lease is no fault of the feed: whoever has the job now writes the page."""

    def taken_over(_session: Session) -> None:
        raise LeaseLost("taken over")

    bench.connector.script.append(page(comment("1", THREAT)))
    with pytest.raises(LeaseLost):
        bench.intake.poll(bench.feed_id, taken_over)
    assert feed(bench).fault_kind is None
    assert count(bench, t.Comment) == 0
