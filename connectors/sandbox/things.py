"""What a simulated platform holds, and the record of the changes asked of it."""

from __future__ import annotations

from bisect import bisect_left, bisect_right, insort
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import datetime

#: What can be made wrong with a comment on purpose (see `broken.spoil`).
BROKEN = frozenset(
    {
        "missing_author",
        "null_text",
        "missing_text",
        "long_text",
        "odd_unicode",
        "unknown_fields",
        "date_without_fraction",
        "number_id",
    }
)


@dataclass
class Account:
    """A Trust's account. `token` acts for it; `app_token` (X only) may read but change nothing."""

    platform: str
    id: str
    handle: str
    name: str
    token: str
    app_token: str
    blocked: list[str] = field(default_factory=list)
    muted: list[str] = field(default_factory=list)


@dataclass
class Author:
    """Somebody who writes comments."""

    id: str
    handle: str
    name: str


@dataclass
class Media:
    """A picture or video on a comment."""

    id: str
    kind: str
    url: str
    alt_text: str | None = None


@dataclass
class Version:
    """One wording of a comment, with the id that it had."""

    id: str
    text: str | None
    at: datetime


@dataclass
class Post:
    """Something an account published."""

    platform: str
    id: str
    account_id: str
    text: str
    posted_at: datetime

    @property
    def writer_id(self) -> str | None:
        """Who wrote it."""
        return self.account_id

    @property
    def conversation(self) -> str:
        """The post at the top of its thread."""
        return self.id


@dataclass
class Comment:
    """What somebody wrote: a `reply`, `mention` or `quote`.

    Attributes:
        id: its first id; `current.id` is another one after an edit on X.
        post_id: the post it is under; None for a mention or quote in a thread of its own.
        parent_id: the comment it answers; None where it answers the post itself.
        mentions: it also shows in the account's mentions (X).
        row_id: its id in the file it was loaded from.
    """

    platform: str
    id: str
    kind: str
    account_id: str
    post_id: str | None
    parent_id: str | None
    author_id: str | None
    posted_at: datetime
    versions: list[Version]
    media: tuple[Media, ...] = ()
    hidden: bool = False
    deleted: bool = False
    mentions: bool = False
    quoted_id: str | None = None
    row_id: str | None = None
    broken: frozenset[str] = frozenset()

    @property
    def current(self) -> Version:
        """Its newest wording."""
        return self.versions[-1]

    @property
    def text(self) -> str | None:
        """What it says now."""
        return self.current.text

    @property
    def writer_id(self) -> str | None:
        """Who wrote it."""
        return self.author_id

    @property
    def conversation(self) -> str:
        """The post at the top of its thread, or itself."""
        return self.post_id or self.id


@dataclass(frozen=True)
class Change:
    """One call that asked for a change, and whether it changed anything.

    Attributes:
        comment_id: of the comment; for a block or a mute, of the person.
    """

    at: datetime
    platform: str
    comment_id: str
    kind: str
    made: bool


@dataclass
class Index:
    """Ids in an order of their own (rising numbers), for quick reading from either end."""

    entries: list[tuple[int, str]] = field(default_factory=list)

    def add(self, order: int, key: str) -> None:
        """Put an id in its place."""
        insort(self.entries, (order, key))

    def remove(self, order: int, key: str) -> None:
        """Take an id out, if it is there."""
        at = bisect_left(self.entries, (order, key))
        if at < len(self.entries) and self.entries[at] == (order, key):
            del self.entries[at]

    def newest(self, *, above: int = -1, below: int | None = None) -> Iterator[tuple[int, str]]:
        """From the highest number down, strictly between the two bounds."""
        end = len(self.entries) if below is None else bisect_left(self.entries, (below, ""))
        for at in range(end - 1, -1, -1):
            if self.entries[at][0] <= above:
                return
            yield self.entries[at]

    def oldest(self, *, above: int = -1) -> Iterator[tuple[int, str]]:
        """From the lowest number up, strictly above the bound."""
        for at in range(bisect_right(self.entries, (above, "\U0010ffff")), len(self.entries)):
            yield self.entries[at]


@dataclass
class Ledger:
    """Every change call received, so that a test can see that none ran twice."""

    changes: list[Change] = field(default_factory=list)

    def received(self, comment_id: str, kind: str) -> int:
        """How many calls of this kind (hide, unhide, delete, block...) came for this comment or person."""
        return sum(1 for each in self.changes if (each.comment_id, each.kind) == (comment_id, kind))

    def made(self, comment_id: str, kind: str) -> int:
        """How many of those calls really changed something."""
        return sum(
            1 for each in self.changes if (each.comment_id, each.kind) == (comment_id, kind) and each.made
        )
