"""The connector for one X account."""

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
from connectors.options import ConnectorOptions
from connectors.usage import Usage
from connectors.x.actions import CAPABILITIES, Actions
from connectors.x.check import check
from connectors.x.client import XClient, XCredentials
from connectors.x.feeds import MENTIONS, REPLIES, Feeds
from connectors.x.people import People
from connectors.x.reading import Newest, Reader

_OVERLAP_SECONDS = 60


class XConnector:
    """Mentions of one X account and replies under its posts (see `contract.Connector`).

    Safe to share between threads.

    Args:
        account: `external_id` is the user id, a number.
        credentials: OAuth 1.0a of the account, or an OAuth 2.0 user token.
        options: address, limits, spelling.
        gate: asked before every change.
        now: the host clock (aware UTC).

    Raises:
        ValueError: the base address is neither https nor loopback.
    """

    def __init__(
        self,
        account: Account,
        credentials: XCredentials,
        options: ConnectorOptions,
        gate: Gate,
        now: Callable[[], datetime],
    ) -> None:
        self.account = account
        self._client = XClient(credentials, options, now)
        seconds = _OVERLAP_SECONDS if options.overlap_seconds is None else options.overlap_seconds
        self._feeds = Feeds(self._client, account, timedelta(seconds=seconds), now)
        self._reader = Reader(self._client, account, Newest())
        self._actions = Actions(self._client, account, gate, self._reader, People(self._client, account))

    @property
    def usage(self) -> Usage | None:
        """What X's newest reply said of our allowance."""
        return self._client.usage

    def feeds(self) -> tuple[str, ...]:
        """The streams to poll, in order."""
        return (MENTIONS, REPLIES)

    def poll(self, feed: str, cursor: str | None) -> Page:
        """Read the next page of a feed."""
        return self._feeds.poll(feed, cursor)

    def read(self, external_id: str, *, thread: bool = True) -> Reading:
        """Read one comment again."""
        return self._reader.read(external_id, thread=thread)

    def author_state(self, request: ActionRequest) -> bool | None:
        """Read whether the account mutes an author now; X does not say whether it blocks them."""
        return self._actions.author_state(request)

    def apply(self, request: ActionRequest, receipt: Receipt) -> ActionResult:
        """Carry out a change, if the gate admits the receipt."""
        return self._actions.apply(request, receipt)

    def capabilities(self) -> tuple[Capability, ...]:
        """What this account can do on X."""
        return CAPABILITIES

    def check(self) -> tuple[CheckLine, ...]:
        """Look at the real account without changing anything."""
        return check(self._client, self.account)
