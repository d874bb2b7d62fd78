"""How each feed of each account is doing now, in words, and what to do about it."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import select
from sqlalchemy.orm import Session

from worker.clock import for_people
from worker.store import tables as t
from worker.summary import words


@dataclass(frozen=True, slots=True)
class FeedState:
    """One feed of one account.

    Attributes:
        account: the Trust's own handle.
        feed: its name, or None where the account has no feed yet.
        late: whether it was not read to its end for longer than it should go unread.
        fault_kind, fault_text, fault_since: what stops it, or None.
        do: what to do about it, or nothing.
    """

    platform: str
    account: str
    feed: str | None
    paused: bool
    caught_up_at: datetime | None
    next_poll_at: datetime | None
    late: bool
    fault_kind: str | None
    fault_text: str | None
    fault_since: datetime | None
    fault_count: int
    do: str


@dataclass(frozen=True, slots=True)
class GapState:
    """A gap that still goes on."""

    platform: str
    account: str
    feed: str
    kind: str
    why: str
    since: datetime


def read_feeds(session: Session, now: datetime, late_after: timedelta) -> tuple[FeedState, ...]:
    """Every feed of every account; an account without one appears too, for it is read by nobody."""
    rows = session.execute(
        select(t.Account, t.Feed)
        .join(t.Feed, t.Feed.account_id == t.Account.id, isouter=True)
        .order_by(t.Account.platform, t.Account.handle, t.Account.id, t.Feed.name)
    )
    return tuple(_state(account, feed, now, late_after) for account, feed in rows)


def read_open_gaps(session: Session) -> tuple[GapState, ...]:
    """The gaps that have not ended, the oldest first."""
    rows = session.execute(
        select(t.Account.platform, t.Account.handle, t.Feed.name, t.Gap.kind, t.Gap.started_at)
        .join(t.Feed, t.Feed.id == t.Gap.feed_id)
        .join(t.Account, t.Account.id == t.Feed.account_id)
        .where(t.Gap.ended_at.is_(None))
        .order_by(t.Gap.started_at, t.Gap.id)
    )
    return tuple(
        GapState(platform, words.clean(handle), feed, kind, words.gap(kind), since)
        for platform, handle, feed, kind, since in rows
    )


def feed_problem(feed: FeedState) -> str:
    """What is wrong with a feed and what to do, or nothing."""
    if feed.paused or not (feed.fault_kind or feed.late):
        return ""
    name = words.account(feed.platform, feed.account)
    if feed.feed:
        name += f", {words.clean(feed.feed).replace('_', ' ')}"
    if feed.fault_kind:
        since = f" since {for_people(feed.fault_since)}" if feed.fault_since else ""
        said = f" ({feed.fault_text.rstrip('.')})" if feed.fault_text else ""
        return f"{name}: not read{since} because {words.gap(feed.fault_kind)}{said}. {feed.do}"
    if feed.caught_up_at is None:
        return f"{name}: {words.gap('never_read')}. {feed.do}"
    return (
        f"{name}: last read to its end on {for_people(feed.caught_up_at)}, which is too long ago. {feed.do}"
    )


def _state(account: t.Account, feed: t.Feed | None, now: datetime, late_after: timedelta) -> FeedState:
    caught_up_at = feed.caught_up_at if feed else None
    late = not account.paused and now - (caught_up_at or account.created_at) > late_after
    fault = feed.fault_kind if feed else None
    trouble = "paused" if account.paused else fault or ("late" if caught_up_at else "never_read")
    return FeedState(
        platform=account.platform,
        account=words.clean(account.handle),
        feed=feed.name if feed else None,
        paused=account.paused,
        caught_up_at=caught_up_at,
        next_poll_at=feed.next_poll_at if feed else None,
        late=late,
        fault_kind=fault,
        fault_text=words.clean(feed.fault_text)[:500] if feed and feed.fault_text else None,
        fault_since=feed.fault_since if feed else None,
        fault_count=feed.fault_count if feed else 0,
        do=words.remedy(trouble) if account.paused or fault or late else "",
    )
