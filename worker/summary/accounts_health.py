"""How each account is doing: whether it is read, whether its token is accepted, what was missed."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy.orm import Session

from worker.store.platform import HANDED_IN
from worker.summary import words
from worker.summary.coverage import Hole, read_coverage
from worker.summary.feeds import FeedState, GapState, feed_problem, read_feeds, read_open_gaps

#: Faults of a feed by which the platform says that the account's token does not open it.
TOKEN_FAULTS = ("credentials_rejected", "permission_missing")


@dataclass(frozen=True, slots=True)
class AccountHealth:
    """One account on a platform.

    Attributes:
        account: the Trust's own handle.
        token_refused_since: since when the platform does not accept the token; None where it does.
        feeds: how each of its feeds is doing.
        problems: what is wrong and what to do, in words; the status says the same.
        open_gaps: gaps that still go on.
        holes: what was not read in the weeks, by feed and kind.
    """

    platform: str
    account: str
    paused: bool
    token_refused_since: datetime | None
    feeds: tuple[FeedState, ...]
    problems: tuple[str, ...]
    open_gaps: tuple[GapState, ...]
    holes: tuple[Hole, ...]


def read_accounts(
    session: Session, since: datetime, now: datetime, late_after: timedelta
) -> tuple[AccountHealth, ...]:
    """Every account that is polled.

    Args:
        since: from when on holes are told.
        late_after: how long a feed may go without being read to its end.
    """
    feeds: dict[tuple[str, str], list[FeedState]] = {}
    for feed in read_feeds(session, now, late_after):
        if feed.platform != HANDED_IN:
            feeds.setdefault((feed.platform, feed.account), []).append(feed)
    gaps = read_open_gaps(session)
    holes = read_coverage(session, since, now, late_after).holes
    return tuple(_health(name, found, gaps, holes) for name, found in feeds.items())


def _health(
    name: tuple[str, str], feeds: Sequence[FeedState], gaps: Sequence[GapState], holes: Sequence[Hole]
) -> AccountHealth:
    refused = [feed.fault_since for feed in feeds if feed.fault_kind in TOKEN_FAULTS and feed.fault_since]
    return AccountHealth(
        platform=name[0],
        account=name[1],
        paused=all(feed.paused for feed in feeds),
        token_refused_since=min(refused, default=None),
        feeds=tuple(feeds),
        problems=tuple(problem for feed in feeds if (problem := feed_problem(feed))),
        open_gaps=tuple(gap for gap in gaps if (gap.platform, gap.account) == name),
        holes=tuple(hole for hole in holes if (hole.platform, words.clean(hole.account)) == name),
    )
