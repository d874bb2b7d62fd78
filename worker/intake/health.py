"""How a feed is doing: what stopped it, since when, and the gap that this leaves (promise 9)."""

from __future__ import annotations

from datetime import datetime, timedelta

from sqlalchemy import select, update
from sqlalchemy.orm import Session

from connectors.errors import ConnectorError, RateLimited
from worker.errors import UpstanderError
from worker.store import tables as t

_LONGEST_WAIT = timedelta(minutes=15)
_FIRST_WAIT = timedelta(seconds=5)


def fault_of(error: Exception) -> tuple[str, str]:
    """A short stable name and the words for what stopped a poll. Words of unknown errors stay in the log."""
    if isinstance(error, ConnectorError):
        return error.kind, str(error)
    if isinstance(error, UpstanderError):
        return "not_configured", str(error)
    return "fault", f"Upstander itself failed ({type(error).__name__}); the log has the details."


def note_fault(
    session: Session, feed: t.Feed, error: Exception, *, late_after: timedelta, now: datetime
) -> datetime:
    """Keep what stopped a feed and open its gap; also the gap before it, if nobody was polling then.

    Args:
        late_after: how long a feed may go without being read to its end.

    Returns:
        When to try again: when the platform said, else later with each failure, 15 minutes at most.
    """
    kind, words = fault_of(error)
    since: datetime = feed.fault_since or now
    _note_lateness(session, feed, late_after, now)
    if feed.fault_kind != kind:
        _close_gaps(session, feed.id, now)
        session.add(t.Gap(feed_id=feed.id, kind=kind, detail=words, started_at=now))
    wait = min(_FIRST_WAIT * 2 ** min(feed.fault_count, 10), _LONGEST_WAIT)
    again: datetime = now + wait
    if isinstance(error, RateLimited) and error.until is not None:
        again = max(error.until, now + timedelta(seconds=1))
    session.execute(
        update(t.Feed)
        .where(t.Feed.id == feed.id)
        .values(
            fault_kind=kind,
            fault_text=words,
            fault_since=since,
            fault_count=feed.fault_count + 1,
            next_poll_at=again,
        )
    )
    return again


def note_page(
    session: Session,
    feed: t.Feed,
    *,
    caught_up: bool,
    unreachable: str | None,
    late_after: timedelta,
    now: datetime,
) -> None:
    """Keep that a page was read; at the end of a walk also end the gaps, and record one that was too long.

    Args:
        caught_up: whether this page was the last that waited.
        unreachable: what the platform can no longer give, in words.
        late_after: how long a feed may go without being read to its end.
    """
    if unreachable is not None:
        session.add(
            t.Gap(feed_id=feed.id, kind="unreachable", detail=unreachable, started_at=now, ended_at=now)
        )
    values: dict[str, object] = {
        "page_at": now,
        "fault_kind": None,
        "fault_text": None,
        "fault_since": None,
        "fault_count": 0,
    }
    if caught_up:
        _note_lateness(session, feed, late_after, now)
        _close_gaps(session, feed.id, now)
        values["caught_up_at"] = now
    session.execute(update(t.Feed).where(t.Feed.id == feed.id).values(values))


def _note_lateness(session: Session, feed: t.Feed, late_after: timedelta, now: datetime) -> None:
    """Record that nobody read a feed for too long. A fault's time is a gap of its own, still open here."""
    if feed.caught_up_at is None or now - feed.caught_up_at <= late_after:
        return
    if session.scalar(select(t.Gap.id).where(t.Gap.feed_id == feed.id, t.Gap.ended_at.is_(None)).limit(1)):
        return
    words = "Nothing read this feed to its end for longer than it should go unread."
    session.add(t.Gap(feed_id=feed.id, kind="late", detail=words, started_at=feed.caught_up_at, ended_at=now))


def _close_gaps(session: Session, feed_id: int, now: datetime) -> None:
    session.execute(
        update(t.Gap).where(t.Gap.feed_id == feed_id, t.Gap.ended_at.is_(None)).values(ended_at=now)
    )
