"""What was not watched: gaps of the feeds, also those that nothing has written down yet (promise 9)."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import and_, func, or_, select
from sqlalchemy.orm import Session

from worker.store import tables as t

#: Kinds of gap that are worked out here from the feeds themselves, beside those that intake wrote.
NOT_READ = "late"
NEVER_READ = "never_read"
PAUSED = "paused"


@dataclass(frozen=True, slots=True)
class Hole:
    """The gaps of one kind in one feed within a week.

    Attributes:
        account: the Trust's own handle.
        times: how many gaps.
        seconds: how long together, only what lies in the week; 0 where the platform could no longer give
            something, which has no length.
        since, until: the first start and the last end within the week; `until` is None if it goes on still.
    """

    platform: str
    account: str
    feed: str
    kind: str
    times: int
    seconds: int
    since: datetime
    until: datetime | None


@dataclass(frozen=True, slots=True)
class Coverage:
    """How well one week was watched.

    Attributes:
        feeds: how many feeds there are.
        longest_seconds: the time in which the worst feed was not read; overlapping gaps count once.
    """

    feeds: int
    longest_seconds: int
    holes: tuple[Hole, ...]


@dataclass(frozen=True, slots=True)
class _Stretch:
    feed: str
    kind: str
    start: datetime
    end: datetime
    goes_on: bool


@dataclass(frozen=True, slots=True)
class _Feed:
    id: int
    name: str
    platform: str
    account: str
    caught_up_at: datetime | None
    created_at: datetime
    paused: bool
    open_since: datetime | None
    gap_ended_at: datetime | None


def read_coverage(session: Session, start: datetime, end: datetime, late_after: timedelta) -> Coverage:
    """The holes of a week.

    Args:
        end: the week's end, or the present moment if that is sooner.
        late_after: how long a feed may go without being read to its end.
    """
    feeds = _feeds(session, end)
    stretches: dict[_Feed, list[_Stretch]] = defaultdict(list)
    by_id = {feed.id: feed for feed in feeds}
    for gap in _gaps(session, start, end):
        feed = by_id.get(gap.feed_id)
        if feed is not None:
            last = min(gap.ended_at or end, end)
            goes_on = gap.ended_at is None
            stretches[feed].append(_Stretch(feed.name, gap.kind, max(gap.started_at, start), last, goes_on))
    for feed in feeds:
        unwritten = _unwritten(feed, end, late_after)
        if unwritten is not None and unwritten.end > start:
            stretches[feed].append(
                _Stretch(
                    feed.name, unwritten.kind, max(unwritten.start, start), unwritten.end, unwritten.goes_on
                )
            )
    holes = [hole for feed in feeds for hole in _holes(feed, stretches[feed])]
    longest = max((_covered(found) for found in stretches.values()), default=0)
    return Coverage(len(feeds), longest, tuple(holes))


def _feeds(session: Session, end: datetime) -> Sequence[_Feed]:
    open_since = (
        select(func.min(t.Gap.started_at))
        .where(t.Gap.feed_id == t.Feed.id, t.Gap.ended_at.is_(None))
        .scalar_subquery()
    )
    # A moment that the platform could not give is no time in which the feed was known to be unread.
    ended_at = (
        select(func.max(t.Gap.ended_at))
        .where(t.Gap.feed_id == t.Feed.id, t.Gap.ended_at > t.Gap.started_at)
        .scalar_subquery()
    )
    rows = session.execute(
        select(
            func.coalesce(t.Feed.id, -t.Account.id),
            func.coalesce(t.Feed.name, "all comments"),
            t.Account.platform,
            t.Account.handle,
            t.Feed.caught_up_at,
            t.Account.created_at,
            t.Account.paused,
            open_since,
            ended_at,
        )
        .select_from(t.Account)
        # An account without any feed is read by nobody: it must show, so it is not joined away.
        .join(t.Feed, t.Feed.account_id == t.Account.id, isouter=True)
        .where(t.Account.created_at < end)
        .order_by(t.Account.platform, t.Account.handle, t.Feed.name)
    )
    return [_Feed(*row) for row in rows]


def _gaps(session: Session, start: datetime, end: datetime) -> Iterable[t.Gap]:
    moment = t.Gap.ended_at == t.Gap.started_at
    return session.scalars(
        select(t.Gap)
        .where(
            t.Gap.started_at < end,
            or_(t.Gap.ended_at.is_(None), t.Gap.ended_at > start, and_(moment, t.Gap.ended_at == start)),
        )
        .order_by(t.Gap.started_at, t.Gap.id)
    )


def _unwritten(feed: _Feed, end: datetime, late_after: timedelta) -> _Stretch | None:
    """The gap of a silent feed of which no row tells: the machine was off, or polling is paused."""
    read_at = feed.caught_up_at or feed.created_at
    # Up to the end of its last written gap, what was not read is told already.
    since = max(read_at, feed.gap_ended_at or read_at)
    until = min(feed.open_since or end, end)
    if until - since <= late_after:
        return None
    kind = PAUSED if feed.paused else NOT_READ if feed.caught_up_at else NEVER_READ
    return _Stretch(feed.name, kind, since, until, goes_on=until == end)


def _holes(feed: _Feed, stretches: Sequence[_Stretch]) -> Iterable[Hole]:
    by_kind: dict[str, list[_Stretch]] = defaultdict(list)
    for stretch in stretches:
        by_kind[stretch.kind].append(stretch)
    for kind, found in by_kind.items():
        goes_on = any(stretch.goes_on for stretch in found)
        yield Hole(
            platform=feed.platform,
            account=feed.account,
            feed=feed.name,
            kind=kind,
            times=len(found),
            seconds=_covered(found),
            since=min(stretch.start for stretch in found),
            until=None if goes_on else max(stretch.end for stretch in found),
        )


def _covered(stretches: Sequence[_Stretch]) -> int:
    """Seconds that the stretches cover together; where they overlap, once."""
    total = timedelta()
    reached: datetime | None = None
    for stretch in sorted(stretches, key=lambda found: found.start):
        start = stretch.start if reached is None else max(stretch.start, reached)
        if stretch.end > start:
            total += stretch.end - start
        reached = stretch.end if reached is None else max(reached, stretch.end)
    return round(total.total_seconds())
