"""The figures against a week whose numbers were worked out on paper, on both databases."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

from sqlalchemy import select, update

from tests.unit.summary.handmade import HANDLE, NOW, WEEK, at, make_week
from tests.unit.summary.maker import Maker
from worker.store import tables as t
from worker.store.session import Store
from worker.summary.counts import RESULTS
from worker.summary.coverage import Hole
from worker.summary.figures import Figures, read_figures
from worker.summary.weeks import Week

LATE_AFTER = timedelta(seconds=900)
#: What came of no action.
NOTHING = dict.fromkeys(RESULTS, 0)


def figures(store: Store, *, week: str = WEEK, now: datetime = NOW) -> Figures:
    """The figures of a week."""
    with store.read() as session:
        return read_figures(session, Week.parse(week), now=now, late_after=LATE_AFTER)


def test_received_and_queued_count_from_the_first_moment_of_the_week_to_its_last(store: Store) -> None:
    """A comment of Monday 00:00 counts, one of the next Monday 00:00 does not; so in the week before."""
    make_week(store)
    found = figures(store)
    assert (found.this.received, found.this.received_by_platform) == (6, {"facebook": 2, "x": 4})
    assert (found.before.received, found.before.received_by_platform) == (1, {"facebook": 0, "x": 1})
    assert found.this.queued == 6
    assert found.this.queued_by_severity == {
        "routine": 3,
        "concerning": 1,
        "serious": 1,
        "immediate_danger": 1,
    }
    assert found.this.queued_by_platform == {"facebook": 2, "x": 4}
    assert (found.before.queued, found.before.queued_by_platform) == (1, {"facebook": 0, "x": 1})


def test_a_case_decided_again_counts_once_with_what_stood_at_the_weeks_end(store: Store) -> None:
    """A superseded decision is not counted, its correction is; a later week changes nothing."""
    make_week(store)
    this = figures(store).this
    assert (this.decided, this.upheld, this.not_upheld, this.needs_advice) == (5, 3, 1, 1)
    assert this.overturned == 1
    assert list(this.upheld_by_category.items()) == [("threat", 2), ("hate", 1), ("insult", 1)]
    assert this.upheld_by_severity == {"routine": 1, "concerning": 0, "serious": 1, "immediate_danger": 1}
    assert this.upheld_by_platform == {"facebook": 0, "x": 3}
    following = figures(store, week="2026-W47").this
    assert (following.decided, following.upheld, following.not_upheld, following.overturned) == (2, 1, 1, 1)


def test_actions_are_told_apart_by_what_came_of_them(store: Store) -> None:
    """Done, found so already, refused, failed, left to be done by hand, waiting: each is its own count."""
    make_week(store)
    assert figures(store).this.actions == {
        "hide": NOTHING | {"done": 1, "already": 1, "refused": 1, "failed": 1},
        "unhide": NOTHING | {"outside": 1, "waiting": 1},
    }
    assert figures(store).before.actions == {}


def test_what_one_person_decided_alone_is_counted_in_its_week(store: Store) -> None:
    """Broken glass is not lost among what was done: it has a count of its own (promise 3)."""
    with store.write() as session:
        make = Maker(session)
        make.people()
        make.account("facebook", "feed", caught_up_at=at(10))
        make.post = make.add(
            t.Post(account_id=make.accounts["facebook"], external_id="p", first_seen_at=at(10))
        ).id
        case = make.case(
            make.comment("facebook", "c1", at(10), at(10)), "serious", at(10), at(11), closed=at(10)
        )
        decision = make.decision(case, "upheld", at(10), severity="serious", categories=("threat",))
        make.request(case, decision, "delete", at(10), "carried_out", at(10, "10:01:00"))
        asked = session.scalars(select(t.RequestedAction)).one()
        session.add(
            t.Approval(
                requested_action_id=asked.id,
                person_id=asked.requested_by,
                verdict="broke_glass",
                reason="Nobody else was there.",
                at=at(10, "10:00:00"),
            )
        )
    found = figures(store)
    assert found.this.actions == {"delete": NOTHING | {"already": 1, "alone": 1}}
    assert found.before.actions == {}


def test_medians_are_those_worked_out_by_hand(store: Store) -> None:
    """Medians of an even number of values lie between; comments from before we watched do not count."""
    make_week(store)
    found = figures(store)
    assert found.this.median_seconds == {
        "posted_to_seen": 210,
        "opened_to_viewed": 2700,
        "opened_to_decided": 45_000,
        "decided_to_done": 180,
    }
    assert found.before.median_seconds == {
        "posted_to_seen": 60,
        "opened_to_viewed": None,
        "opened_to_decided": None,
        "decided_to_done": None,
    }


def test_the_backlog_is_that_of_the_weeks_end_not_of_today(store: Store) -> None:
    """Cases decided or corrected after the week's end stand in its backlog exactly as they stood then."""
    make_week(store)
    found = figures(store)
    assert (found.this.open_cases, found.this.overdue) == (3, 2)
    assert found.this.open_by_severity == {"routine": 2, "concerning": 0, "serious": 1, "immediate_danger": 0}
    assert found.this.oldest_open_at == at(11, "12:00:00")
    assert (found.before.open_cases, found.before.overdue) == (1, 1)


def test_evidence_counts_core_snapshots_only(store: Store) -> None:
    """Sealed in the week, and pending at its end though sealed since; rendered snapshots do not count."""
    make_week(store)
    this = figures(store).this
    assert (this.sealed, this.unsealed, this.oldest_unsealed_at) == (4, 2, at(12, "09:00:00"))
    assert (figures(store).before.sealed, figures(store).before.unsealed) == (1, 0)


def test_every_gap_shows_with_the_time_it_took_of_the_week(store: Store) -> None:
    """Gaps are cut at the week's bounds, endless ones go on, moments without length show too."""
    make_week(store)
    coverage = figures(store).this.coverage
    assert (coverage.feeds, coverage.longest_seconds) == (2, 14_400)
    assert set(coverage.holes) == {
        Hole("facebook", HANDLE, "comments", "credentials_rejected", 1, 14_400, at(15, "20:00:00"), None),
        Hole("x", HANDLE, "mentions", "platform_unavailable", 1, 7200, at(9), at(9, "02:00:00")),
        Hole("x", HANDLE, "mentions", "late", 1, 7200, at(9, "01:00:00"), at(9, "03:00:00")),
        Hole("x", HANDLE, "mentions", "rate_limited", 2, 1800, at(10, "10:00:00"), at(10, "11:20:00")),
        Hole("x", HANDLE, "mentions", "unreachable", 1, 0, at(11, "09:00:00"), at(11, "09:00:00")),
    }
    assert figures(store).before.coverage.longest_seconds == 7230
    with store.write() as session:
        session.execute(update(t.Gap).where(t.Gap.kind == "credentials_rejected").values(ended_at=NOW))
        session.execute(update(t.Feed).where(t.Feed.name == "comments").values(caught_up_at=NOW))
    # Ended since: no longer somebody's task, but as long in that week as before.
    (ended,) = [hole for hole in figures(store).this.coverage.holes if hole.platform == "facebook"]
    assert (ended.seconds, ended.until) == (14_400, at(16))


def test_overlapping_gaps_of_a_feed_count_once(store: Store) -> None:
    """Two reasons at once are not twice the time: 00:00 to 03:00 and half an hour make three and a half."""
    make_week(store)
    with store.write() as session:
        session.execute(
            update(t.Gap).where(t.Gap.kind == "credentials_rejected").values(ended_at=at(15, "20:00:01"))
        )
        session.execute(update(t.Feed).where(t.Feed.name == "comments").values(caught_up_at=NOW))
    assert figures(store).this.coverage.longest_seconds == 3 * 3600 + 1800


def test_a_feed_that_nothing_reads_is_a_gap_though_no_row_tells_of_it(store: Store) -> None:
    """A machine that is off writes no gaps: a silent feed shows all the same, from when it was last read."""
    make_week(store)
    with store.write() as session:
        session.execute(
            update(t.Feed).where(t.Feed.name == "mentions").values(caught_up_at=at(13, "18:00:00"))
        )
    holes = figures(store).this.coverage.holes
    # Friday 6:00pm to Sunday midnight, beside the late gap of two hours that was written down.
    (late,) = [hole for hole in holes if hole.kind == "late"]
    assert (late.seconds, late.times, late.until) == (54 * 3600 + 7200, 2, None)


def test_a_fault_that_changes_its_kind_is_no_further_gap(store: Store) -> None:
    """The time since a feed was last read is not told a second time where written gaps cover it."""
    make_week(store)
    with store.write() as session:
        session.execute(
            update(t.Gap).where(t.Gap.kind == "credentials_rejected").values(ended_at=at(15, "22:00:00"))
        )
        feed = session.scalars(select(t.Feed).where(t.Feed.name == "comments")).one()
        session.add(
            t.Gap(
                feed_id=feed.id, kind="rate_limited", detail="", started_at=at(15, "22:00:00"), ended_at=None
            )
        )
    found = [hole for hole in figures(store).this.coverage.holes if hole.platform == "facebook"]
    assert [(hole.kind, hole.seconds) for hole in found] == [
        ("credentials_rejected", 7200),
        ("rate_limited", 7200),
    ]


def test_an_account_that_was_never_read_is_a_gap(store: Store) -> None:
    """An account without a feed, or with one never read, is shown as not watched since it was added."""
    make_week(store)
    with store.write() as session:
        session.add(
            t.Account(
                platform="instagram", external_id="i", handle="northmoor", credential="c", created_at=at(15)
            )
        )
    (hole,) = [hole for hole in figures(store).this.coverage.holes if hole.platform == "instagram"]
    assert (hole.kind, hole.seconds, hole.until) == ("never_read", 86_400, None)


def test_a_week_not_over_yet_is_counted_so_far_and_an_unknown_one_is_empty(store: Store) -> None:
    """The present week says that it is not complete; one before the first account holds nothing."""
    make_week(store)
    now = at(11, "12:30:00")
    found = figures(store, now=now)
    assert not found.complete
    assert found.this.received == 3  # c2, c3 and c4: the others came after Wednesday noon
    assert figures(store, week="2025-W10", now=datetime(2026, 11, 16, tzinfo=UTC)).this.received == 0
