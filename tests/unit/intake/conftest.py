"""An intake over scripted pages, for what no platform can be made to do on command."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any

import pytest
from sqlalchemy.orm import Session

from connectors.contract import (
    Account,
    ActionRequest,
    ActionResult,
    Author,
    Capability,
    CheckLine,
    Comment,
    Page,
    Platform,
    Post,
    Reading,
    Receipt,
)
from connectors.errors import ContentGone, PermissionMissing
from rules.evaluate import RuleSet
from rules.load import load_ruleset
from tests.clocks import StoppedClock
from worker.intake.stage import Intake
from worker.review.clocks import make_clocks
from worker.settings import Polling, Settings
from worker.store import tables as t
from worker.store.session import Store
from worker.working_days import WorkingDays

NOW = datetime(2026, 11, 20, 9, 0, tzinfo=UTC)
#: Words that the starter pack queues, and words that it does not.
THREAT, PRAISE = "I know your shift and I will stab you", "Thank you to everybody on the ward"


@dataclass
class Scripted:
    """A connector that answers each poll with the next page, or raises the next error."""

    script: list[Page | Exception] = field(default_factory=list)
    asked: list[str | None] = field(default_factory=list)
    account: Account = field(default_factory=lambda: Account(Platform.X, "100", "NorthmoorTrust"))

    def feeds(self) -> tuple[str, ...]:
        """One feed."""
        return ("mentions",)

    def poll(self, feed: str, cursor: str | None) -> Page:
        """The next page or error of the script."""
        self.asked.append(cursor)
        answer = self.script.pop(0)
        if isinstance(answer, Exception):
            raise answer
        return answer

    def read(self, external_id: str, *, thread: bool = True) -> Reading:
        """Nothing can be read again."""
        raise ContentGone("not in the script")

    def apply(self, request: ActionRequest, receipt: Receipt) -> ActionResult:
        """Nothing can be changed."""
        raise PermissionMissing("not in the script")

    def author_state(self, request: ActionRequest) -> bool | None:
        """Not asked here."""
        return None

    def capabilities(self) -> tuple[Capability, ...]:
        """None."""
        return ()

    def check(self) -> tuple[CheckLine, ...]:
        """None."""
        return ()


def comment(external_id: str, text: str | None, *, author: str | None = "501", **more: Any) -> Comment:
    """A comment of a made-up author."""
    return Comment(
        platform=Platform.X,
        external_id=external_id,
        kind="reply",
        text=text,
        raw=f'{{"id":"{external_id}"}}'.encode(),
        author=Author(author, f"person{author}") if author else None,
        posted_at=NOW,
        post_external_id="9000",
        **more,
    )


def page(*comments: Comment, cursor: str = "c1", more: bool = False, gap: str | None = None) -> Page:
    """A page of comments under one post."""
    return Page(
        comments=comments,
        posts=(Post("9000", "Clinic opens at 9am"),),
        cursor=cursor,
        more=more,
        body_sha256="ab" * 32,
        received_at=NOW,
        gap=gap,
    )


@pytest.fixture(scope="session")
def ruleset() -> RuleSet:
    """The starter pack."""
    settings = Settings()
    return load_ruleset(settings.rules_dir, settings.reference_dir / "categories.yaml")


@dataclass
class Bench:
    """Everything an intake test touches."""

    store: Store
    clock: StoppedClock
    connector: Scripted
    intake: Intake
    feed_id: int
    finish: Callable[[Session], None]

    def poll(self, *script: Page | Exception) -> None:
        """Poll once for each scripted answer."""
        self.connector.script.extend(script)
        for _ in script:
            self.intake.poll(self.feed_id, self.finish)


@pytest.fixture
def bench(store: Store, ruleset: RuleSet) -> Bench:
    """An intake with one account and one feed."""
    clock, connector = StoppedClock(NOW), Scripted()
    with store.write() as session:
        account = t.Account(
            platform="x", external_id="100", handle="NorthmoorTrust", credential="x", created_at=NOW
        )
        session.add(account)
        session.flush()
        feed = t.Feed(account_id=account.id, name="mentions")
        session.add(feed)
        session.flush()
        feed_id = feed.id
    settings = Settings()
    intake = Intake(
        store=store,
        clock=clock,
        connector_for=lambda _: connector,
        feeds_of=lambda _: ("mentions",),
        rules=lambda: ruleset,
        polling=Polling(),
        clocks=make_clocks(settings.review, WorkingDays),
    )
    return Bench(store, clock, connector, intake, feed_id, lambda _session: None)
