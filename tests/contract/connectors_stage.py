"""What the connectors' contract tests share: one account of each platform on a sandbox of its own."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any

from connectors.contract import (
    Account,
    ActionKind,
    ActionRequest,
    Comment,
    Connector,
    Page,
    Platform,
    Receipt,
)
from connectors.errors import ReceiptRefused
from connectors.options import ConnectorOptions
from connectors.registry import make_connector
from connectors.sandbox.server import Sandbox
from connectors.sandbox.things import Comment as SandboxComment
from connectors.sandbox.things import Post as SandboxPost

GOOD = Receipt("good")
PLATFORMS = (Platform.X, Platform.FACEBOOK)


@dataclass
class OneReceipt:
    """A gate that admits one receipt, and remembers what it was asked."""

    asked: list[ActionRequest] = field(default_factory=list)

    def admit(self, request: ActionRequest, receipt: Receipt) -> None:
        """Admit the good receipt only."""
        self.asked.append(request)
        if receipt is not GOOD:
            raise ReceiptRefused("no such receipt")


@dataclass
class Stage:
    """One account on one simulated platform, with a connector to it."""

    platform: Platform
    sandbox: Sandbox
    gate: OneReceipt
    token: str
    account: Account
    connector: Connector
    posts: list[SandboxPost] = field(default_factory=list)

    def connect(self, *, token: str | None = None, **options: Any) -> Connector:
        """Make another connector to the same account."""
        chosen = {"connect_timeout": 2.0, "read_timeout": 0.5, "total_timeout": 5.0} | options
        base = self.sandbox.x_url if self.platform == Platform.X else self.sandbox.graph_url
        name = "bearer_token" if self.platform == Platform.X else "access_token"
        return make_connector(
            self.account,
            {name: token or self.token},
            ConnectorOptions(base_url=chosen.pop("base_url", base), **chosen),
            self.gate,
            lambda: datetime.now(UTC),
        )

    def post(self, *, hours_ago: float = 48) -> SandboxPost:
        """Publish a post."""
        world = self.sandbox.world
        account = world.accounts[str(self.platform), self.account.external_id]
        made = world.add_post(account, "Clinic opens at nine", posted_at=ago(hours=hours_ago))
        self.posts.append(made)
        return made

    def comment(
        self, text: str | None = "made-up words", *, post: SandboxPost | None = None, **more: Any
    ) -> SandboxComment:
        """Write a comment under a post (the first, if none is named), an hour ago unless said."""
        world = self.sandbox.world
        account = world.accounts[str(self.platform), self.account.external_id]
        author = world.add_author(str(self.platform), "aperson501", name="A Person")
        given: dict[str, Any] = {
            "author": author,
            "posted_at": ago(hours=1),
            "post": post or self.posts[0],
        } | more
        return world.add_comment(account, text, **given)

    def request(self, external_id: str, kind: ActionKind = ActionKind.HIDE) -> ActionRequest:
        """A change asked of the platform."""
        return ActionRequest(self.account, kind, comment_id=1, revision_id=1, external_id=external_id)

    def requests_made(self) -> int:
        """How many change calls the platform has received."""
        return len(self.sandbox.world.ledger.changes)


@dataclass
class Walked:
    """All that one walk over every feed gave."""

    pages: list[Page]
    cursors: dict[str, str]

    @property
    def comments(self) -> dict[str, Comment]:
        """Every comment by its id."""
        return {each.external_id: each for page in self.pages for each in page.comments}

    @property
    def gaps(self) -> list[str]:
        """Every gap that was told."""
        return [page.gap for page in self.pages if page.gap is not None]


def ago(**how_long: float) -> datetime:
    """A moment in the past, in whole milliseconds as platforms have them."""
    then = datetime.now(UTC) - timedelta(**how_long)
    return then.replace(microsecond=then.microsecond // 1000 * 1000)


def walk(connector: Connector, cursors: dict[str, str] | None = None, *, most: int = 200) -> Walked:
    """Poll every feed to the end of its walk."""
    pages: list[Page] = []
    ends: dict[str, str] = {}
    for feed in connector.feeds():
        cursor = (cursors or {}).get(feed)
        for _ in range(most):
            page = connector.poll(feed, cursor)
            pages.append(page)
            cursor = page.cursor
            if not page.more:
                break
        else:
            raise AssertionError(f"{feed} did not come to an end")
        ends[feed] = cursor or ""
    return Walked(pages, ends)


@contextmanager
def staged(platform: Platform) -> Iterator[Stage]:
    """Start a sandbox with one account and one post."""
    with Sandbox() as sandbox:
        found = sandbox.world.add_account(str(platform), "NorthmoorTrust")
        account = Account(platform, found.id, found.handle)
        gate = OneReceipt()
        stage = Stage(platform, sandbox, gate, found.token, account, connector=None)  # type: ignore[arg-type]  # set just below, it needs the stage
        stage.connector = stage.connect()
        stage.post()
        yield stage
