"""How each of the Trust's own accounts does: is it read, does its token work, is anything stopped there."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass
from datetime import timedelta

from sqlalchemy import select

from worker.clock import Clock
from worker.ledger.audit import Actor
from worker.review.rights import Right, require
from worker.review.switches import SwitchView, turned_on
from worker.settings import Polling
from worker.store import tables as t
from worker.store.platform import HANDED_IN
from worker.store.session import Store
from worker.summary import words
from worker.summary.coverage import read_coverage
from worker.summary.feeds import FeedState, read_feeds

#: How far back is told how long an account was not read.
LOOK_BACK = timedelta(days=7)


@dataclass(frozen=True, slots=True)
class AccountState:
    """One account.

    Attributes:
        credential: the name of the secret that opens it.
        is_read: whether there is a platform to read; not for what staff hand in.
        token: what is wrong with its credentials, in words; None where nothing is known to be.
        unread: how long its worst feed was not read in the last week.
    """

    id: int
    platform: str
    handle: str
    external_id: str
    credential: str
    paused: bool
    is_read: bool
    feeds: tuple[FeedState, ...]
    token: str | None
    unread: timedelta


@dataclass(frozen=True, slots=True)
class AccountsView:
    """All accounts, and the switches that are on."""

    accounts: tuple[AccountState, ...]
    switches: tuple[SwitchView, ...]


@dataclass(frozen=True)
class AccountStates:
    """Tells how the accounts are doing."""

    store: Store
    clock: Clock
    polling: Polling

    def show(self, actor: Actor) -> AccountsView:
        """Every account, in the order in which they were added.

        Raises:
            NotAllowed: the actor may not read how things are.
        """
        require(self.store, self.clock, actor, Right.READ_SUMMARY, "account")
        now, late_after = self.clock.now(), timedelta(seconds=self.polling.late_after_seconds)
        feeds: dict[tuple[str, str], list[FeedState]] = defaultdict(list)
        unread: dict[tuple[str, str], int] = defaultdict(int)
        with self.store.read() as session:
            for feed in read_feeds(session, now, late_after):
                feeds[feed.platform, feed.account].append(feed)
            for hole in read_coverage(session, now - LOOK_BACK, now, late_after).holes:
                where = (hole.platform, hole.account)
                unread[where] = max(unread[where], hole.seconds)
            rows = session.scalars(select(t.Account).order_by(t.Account.id)).all()
            switches = turned_on(session)
        return AccountsView(
            tuple(_state(row, feeds[_key(row)], unread[_key(row)]) for row in rows), tuple(switches)
        )


def _key(row: t.Account) -> tuple[str, str]:
    return row.platform, words.clean(row.handle)


def _state(row: t.Account, feeds: list[FeedState], unread_seconds: int) -> AccountState:
    faults = {feed.fault_kind for feed in feeds} & {
        "credentials_rejected",
        "permission_missing",
        "not_configured",
    }
    return AccountState(
        id=row.id,
        platform=row.platform,
        handle=row.handle,
        external_id=row.external_id,
        credential=row.credential,
        paused=row.paused,
        is_read=row.platform != HANDED_IN,
        feeds=tuple(feeds),
        token=words.gap(min(each for each in faults if each)) if faults else None,
        unread=timedelta(seconds=unread_seconds),
    )
