"""Polling: one page, one transaction. A crash repeats a page; it never skips one."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import ColumnElement, Select, and_, or_, select, update
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from connectors.contract import Connector, Page, Reading
from connectors.errors import ConnectorError, CursorExpired
from rules.evaluate import RuleSet
from worker import outbox
from worker.clock import Clock
from worker.errors import Conflict, NotFound, UpstanderError
from worker.intake.health import note_fault, note_page
from worker.intake.history import histories
from worker.intake.screening import Screened, screen
from worker.intake.writing import Written, write_page
from worker.log import get
from worker.review.clocks import Clocks
from worker.review.opening import open_again
from worker.settings import Polling
from worker.steps import Steps, unobserved
from worker.store import tables as t
from worker.store.session import Store

_WRITE_TRIES = 3

log = get("intake")


class CursorMoved(Conflict):
    """Another poll of this feed committed a page first; this one's page was rolled back."""


@dataclass(frozen=True)
class Intake:
    """The intake stage.

    Attributes:
        connector_for: gives the connector of an account, by row id.
        feeds_of: the names of the feeds that a platform has.
        rules: gives the live rules; read when first needed, so that a broken rule file stops polling only.
        clocks: when a case is due.
    """

    store: Store
    clock: Clock
    connector_for: Callable[[int], Connector]
    feeds_of: Callable[[str], tuple[str, ...]]
    rules: Callable[[], RuleSet]
    polling: Polling
    clocks: Clocks
    steps: Steps = unobserved

    def schedule(self) -> int:
        """Write a poll job for every feed that is due. Called by the elected scheduler at each tick.

        Returns:
            How many jobs were written.
        """
        now = self.clock.now()
        with self.store.read() as session:
            if not self._missing(session) and session.scalars(self._feeds_due(now).limit(1)).first() is None:
                return 0
        with self.store.write() as session:
            session.add_all(self._missing(session))
            session.flush()
            due = session.scalars(self._feeds_due(now)).all()
            written = sum(self.enqueue(session, feed.id, now=now) is not None for feed in due)
            again = now + timedelta(seconds=self.polling.every_seconds)
            session.execute(
                update(t.Feed).where(t.Feed.id.in_([feed.id for feed in due])).values(next_poll_at=again)
            )
        return written

    def _feeds_due(self, now: datetime) -> Select[t.Feed]:
        feeds = select(t.Feed).join(t.Account, t.Account.id == t.Feed.account_id)
        return feeds.where(t.Account.paused.is_(False), self._due(now))

    def _due(self, now: datetime) -> ColumnElement[bool]:
        # Further off than any wait of ours: written by a clock that was ahead and has been put right.
        longest = timedelta(seconds=max(self.polling.every_seconds, 900))
        return or_(
            t.Feed.next_poll_at.is_(None),
            t.Feed.next_poll_at <= now,
            t.Feed.next_poll_at > now + timedelta(days=1),
            and_(t.Feed.next_poll_at > now + longest, t.Feed.fault_kind.is_distinct_from("rate_limited")),
        )

    def enqueue(self, session: Session, feed_id: int, *, now: datetime) -> int | None:
        """Write a poll job for a feed, unless one waits already."""
        return outbox.enqueue(session, "poll", {"feed_id": feed_id}, now=now, key=f"poll:{feed_id}")

    def poll(self, feed_id: int, finish: outbox.Finish) -> None:
        """Read the next page of a feed and write it, or keep what went wrong on the feed.

        Raises:
            NotFound: there is no such feed.
        """
        feed, account = self._load(feed_id)
        if account.paused:
            self._finish_only(finish)
            return
        try:
            page = self._fetch(feed, account)
        except Exception as error:  # noqa: BLE001 -- whatever stops a feed must be visible on the feed
            self._failed(feed, error, finish)
            return
        self.steps("poll.fetched")
        screened = self._screen(account, page)
        self.steps("poll.screened")
        try:
            written = self._write(feed, account, page, screened, finish)
        except CursorMoved:
            log.info("cursor_moved", feed=feed.id)
            self._finish_only(finish)
            return
        except outbox.LeaseLost:
            raise
        except Exception as error:  # noqa: BLE001 -- a page that cannot be stored stops its feed visibly
            self._failed(feed, error, finish)
            return
        self.steps("poll.committed")
        log.info("page", feed=feed.id, new=written.comments, revisions=written.revisions, cases=written.cases)

    def take_in(self, account_id: int, reading: Reading, *, judged_case: int) -> None:
        """Take in a comment that was read again just before an action and no longer says what was judged.

        Polling might never come across an edit of an older comment. A person wanted to act on it, so its
        new words get a case of their own, as urgent as the judged one, whatever the rules make of them.
        Doing it twice changes nothing.

        Args:
            judged_case: the case whose decision was about the older words.
        """
        exchange = reading.exchanges[0]
        page = Page(
            comments=(reading.comment,),
            posts=(reading.post,) if reading.post else (),
            cursor="",
            more=False,
            body_sha256=hashlib.sha256(exchange.body).hexdigest(),
            received_at=exchange.received_at,
        )
        with self.store.read() as session:
            account = session.get_one(t.Account, account_id)
        screened = self._screen(account, page)
        now = self.clock.now()
        with self.store.write() as session:
            write_page(
                session,
                account,
                page,
                screened,
                pack_version=self.rules().pack_version,
                clocks=self.clocks,
                now=now,
            )
            open_again(session, judged_case, now=now, clocks=self.clocks)

    def _load(self, feed_id: int) -> tuple[t.Feed, t.Account]:
        with self.store.read() as session:
            feed = session.get(t.Feed, feed_id)
            if feed is None:
                raise NotFound(f"There is no feed {feed_id}.")
            account = session.get_one(t.Account, feed.account_id)
        return feed, account

    def _fetch(self, feed: t.Feed, account: t.Account) -> Page:
        connector = self.connector_for(account.id)
        try:
            return connector.poll(feed.name, feed.cursor)
        except CursorExpired as error:
            log.warning("cursor_expired", feed=feed.id, error=str(error))
            return connector.poll(feed.name, None)

    def _screen(self, account: t.Account, page: Page) -> list[Screened]:
        authors = {
            comment.author.external_id
            for comment in page.comments
            if comment.author is not None and comment.author.external_id is not None
        }
        with self.store.read() as session:
            known = histories(session, account.platform, authors) if authors else {}
        return screen(page.comments, self.rules().evaluate, known)

    def _write(
        self, feed: t.Feed, account: t.Account, page: Page, screened: list[Screened], finish: outbox.Finish
    ) -> Written:
        for attempt in range(1, _WRITE_TRIES + 1):
            try:
                return self._write_once(feed, account, page, screened, finish)
            except IntegrityError:
                # Another feed of this account met the same comment or author at this very moment.
                if attempt == _WRITE_TRIES:
                    raise
        raise AssertionError  # pragma: no cover -- the loop returns or raises

    def _write_once(
        self, feed: t.Feed, account: t.Account, page: Page, screened: list[Screened], finish: outbox.Finish
    ) -> Written:
        now = self.clock.now()
        with self.store.write() as session:
            _advance(session, feed, page.cursor)
            written = write_page(
                session,
                account,
                page,
                screened,
                pack_version=self.rules().pack_version,
                clocks=self.clocks,
                now=now,
            )
            note_page(
                session,
                feed,
                caught_up=not page.more,
                unreachable=page.gap,
                late_after=timedelta(seconds=self.polling.late_after_seconds),
                now=now,
            )
            finish(session)
            if page.more:
                self.enqueue(session, feed.id, now=now)
            self.steps("poll.written")
        return written

    def _failed(self, feed: t.Feed, error: Exception, finish: outbox.Finish) -> None:
        now = self.clock.now()
        with self.store.write() as session:
            again = note_fault(
                session,
                session.get_one(t.Feed, feed.id),
                error,
                late_after=timedelta(seconds=self.polling.late_after_seconds),
                now=now,
            )
            finish(session)
        expected = isinstance(error, ConnectorError | UpstanderError)
        log.warning(
            "poll_failed",
            feed=feed.id,
            error=str(error) if expected else type(error).__name__,
            again=again.isoformat(),
            exc_info=None if expected else error,
        )

    def _finish_only(self, finish: outbox.Finish) -> None:
        with self.store.write() as session:
            finish(session)

    def _missing(self, session: Session) -> Sequence[t.Feed]:
        """The feeds that accounts have on their platform and that have no row yet."""
        have = {(row.account_id, row.name) for row in session.scalars(select(t.Feed))}
        return [
            t.Feed(account_id=account.id, name=name, fault_count=0)
            for account in session.scalars(select(t.Account))
            for name in self.feeds_of(account.platform)
            if (account.id, name) not in have
        ]


def _advance(session: Session, feed: t.Feed, cursor: str) -> None:
    """Replace the cursor if it is still the one that the page was fetched with.

    Raises:
        CursorMoved: it is not: this page belongs to a walk that somebody else has gone on with.
    """
    moved = session.execute(
        update(t.Feed)
        .where(t.Feed.id == feed.id, t.Feed.cursor.is_not_distinct_from(feed.cursor))
        .values(cursor=cursor)
        .returning(t.Feed.id)
    ).one_or_none()
    if moved is None:
        raise CursorMoved(f"Feed {feed.id} went on while a page was being read.", safe="Nothing was written.")
