"""The connector for one Facebook Page."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime, timedelta

from connectors.contract import (
    Account,
    ActionRequest,
    ActionResult,
    Capability,
    CheckLine,
    Gate,
    Page,
    Reading,
    Receipt,
)
from connectors.errors import ContentGone
from connectors.facebook.actions import CAPABILITIES, Actions
from connectors.facebook.certain import make_sure_of_page
from connectors.facebook.check import check
from connectors.facebook.feed import FEED, Feed
from connectors.facebook.reading import Reader
from connectors.graph.client import GraphClient, GraphCredentials
from connectors.options import ConnectorOptions
from connectors.usage import Usage

_OVERLAP_SECONDS = 600


class FacebookConnector:
    """Comments under one Page's posts, and visitors' posts (see `contract.Connector`).

    Safe to share between threads.

    Args:
        account: `external_id` is the Page's id, a number.
        credentials: the Page's token.
        options: address, version, limits, window.
        gate: asked before every change.
        now: the host clock (aware UTC).

    Raises:
        ValueError: the base address is neither https nor loopback, or the version is malformed.
    """

    def __init__(
        self,
        account: Account,
        credentials: GraphCredentials,
        options: ConnectorOptions,
        gate: Gate,
        now: Callable[[], datetime],
    ) -> None:
        self.account = account
        self._client = GraphClient(credentials, options, now)
        seconds = _OVERLAP_SECONDS if options.overlap_seconds is None else options.overlap_seconds
        window = timedelta(days=options.post_window_days)
        self._feed = Feed(self._client, account, timedelta(seconds=seconds), window, now)
        self._reader = Reader(self._client, account)
        self._actions = Actions(self._client, account, gate)

    @property
    def usage(self) -> Usage | None:
        """What Graph's newest reply said of our allowance."""
        return self._client.usage

    def feeds(self) -> tuple[str, ...]:
        """The streams to poll, in order."""
        return (FEED,)

    def poll(self, feed: str, cursor: str | None) -> Page:
        """Read the next page of the feed."""
        return self._feed.poll(feed, cursor)

    def read(self, external_id: str, *, thread: bool = True) -> Reading:
        """Read one comment again. Gone is only what is missing while the Page itself can be read."""
        try:
            return self._reader.read(external_id, thread=thread)
        except ContentGone:
            make_sure_of_page(self._client, self.account)
            raise

    def author_state(self, request: ActionRequest) -> bool | None:
        """Read whether the Page bans an author now."""
        return self._actions.author_state(request)

    def apply(self, request: ActionRequest, receipt: Receipt) -> ActionResult:
        """Carry out a change, if the gate admits the receipt."""
        try:
            return self._actions.apply(request, receipt)
        except ContentGone:
            make_sure_of_page(self._client, self.account)
            raise

    def capabilities(self) -> tuple[Capability, ...]:
        """What this Page can do on Facebook."""
        return CAPABILITIES

    def check(self) -> tuple[CheckLine, ...]:
        """Look at the real Page without changing anything."""
        return check(self._client, self.account, self._feed.reach)
