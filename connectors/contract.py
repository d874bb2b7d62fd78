"""What every connector gives and takes. Standard library only.

Times are aware UTC. Ids are the platform's own, as text. Anything a platform left out is None;
anything odd is named in `flaws` and kept raw, never dropped.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from typing import Protocol


class Platform(StrEnum):
    """The platforms a Trust account can be on."""

    X = "x"
    FACEBOOK = "facebook"
    INSTAGRAM = "instagram"


class ActionKind(StrEnum):
    """What a person can ask a platform for (DESIGN.md, *requested action*)."""

    HIDE = "hide"
    UNHIDE = "unhide"
    DELETE = "delete"
    BLOCK = "block"
    UNBLOCK = "unblock"
    MUTE = "mute"
    UNMUTE = "unmute"
    PLATFORM_REPORT = "platform_report"


class Fate(StrEnum):
    """What became of a request to change something."""

    DONE = "done"
    UNKNOWN = "unknown"


@dataclass(frozen=True, slots=True)
class Account:
    """A Trust-owned account on a platform: the only thing that is ever polled."""

    platform: Platform
    external_id: str
    handle: str


@dataclass(frozen=True, slots=True)
class Author:
    """Who wrote a comment, as the platform names them. We never look further."""

    external_id: str | None
    handle: str | None
    name: str | None = None
    raw: bytes = b""


@dataclass(frozen=True, slots=True)
class Media:
    """A picture or video that hangs on a comment: its address only, never its bytes."""

    kind: str
    url: str | None
    external_id: str | None = None
    alt_text: str | None = None


@dataclass(frozen=True, slots=True)
class Post:
    """Something published by, or on, an account; the root of a comment's thread."""

    external_id: str
    text: str | None = None
    permalink: str | None = None
    posted_at: datetime | None = None
    author: Author | None = None


@dataclass(frozen=True, slots=True)
class Comment:
    """What somebody else wrote, at the moment it was read.

    Attributes:
        kind: comment, reply, mention, quote or visitor_post.
        raw: this item's bytes, cut from the reply it came in (JSON, UTF-8).
        hidden: whether the platform shows it as hidden; None where it does not say.
        likes, replies, shares: reach as the platform counts it; None where it does not say.
        flaws: what was odd about the item, as short stable names
            (missing_author, missing_text, missing_time, long_text, control_characters, unreadable).
    """

    platform: Platform
    external_id: str
    kind: str
    text: str | None
    raw: bytes
    author: Author | None = None
    posted_at: datetime | None = None
    post_external_id: str | None = None
    parent_external_id: str | None = None
    permalink: str | None = None
    hidden: bool | None = None
    media: tuple[Media, ...] = ()
    likes: int | None = None
    replies: int | None = None
    shares: int | None = None
    flaws: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Page:
    """One page of a feed.

    Attributes:
        cursor: where to go on, opaque JSON text; store it in the page's own transaction.
        more: whether another page of this walk is waiting now.
        body_sha256: hex SHA-256 of the reply exactly as received, token removed.
        received_at: when the reply came, by the host clock.
        gap: what this walk can no longer reach (for a person), or None.
    """

    comments: Sequence[Comment]
    posts: Sequence[Post]
    cursor: str
    more: bool
    body_sha256: str
    received_at: datetime
    gap: str | None = None


@dataclass(frozen=True, slots=True)
class Exchange:
    """One reply exactly as received, for evidence: secrets removed, nothing else touched.

    Attributes:
        request: method and address without its token.
        headers: the reply's headers in order, less cookies and anything secret.
        body: the reply's bytes; where a token stood in them it is replaced and `redacted` is True.
    """

    request: str
    status: int
    headers: tuple[tuple[str, str], ...]
    body: bytes
    received_at: datetime
    redacted: bool = False


@dataclass(frozen=True, slots=True)
class Reading:
    """A comment read again: what it says now, its thread, and the replies that prove it.

    Attributes:
        parent, post: what the comment answers, where the platform gave it.
        thread: the answers under it and above it that the platform gave: context, not accusation.
        exchanges: every reply that was needed, the comment's own first.
    """

    comment: Comment
    post: Post | None
    parent: Comment | None
    thread: tuple[Comment, ...]
    exchanges: tuple[Exchange, ...]


@dataclass(frozen=True, slots=True)
class Capability:
    """One thing a platform lets this account do, and what it really does there.

    Attributes:
        available: False where the platform has no such call.
        effect: what really happens, in words for a reviewer; where nobody can do it, what to do instead.
        steps: where the platform has no such call: how a person does it in the platform's own app. Empty
            where nobody can.
    """

    kind: ActionKind
    available: bool
    effect: str
    steps: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class ActionRequest:
    """A change asked of a platform, bound to the comment and revision that a person judged.

    Attributes:
        comment_id, revision_id: Upstander's own ids, for the gate.
        external_id: the platform's id of the comment.
    """

    account: Account
    kind: ActionKind
    comment_id: int
    revision_id: int
    external_id: str
    author_external_id: str | None = None


@dataclass(frozen=True, slots=True)
class ActionResult:
    """What the platform said. `fate` is UNKNOWN where no answer came: read before repeating."""

    fate: Fate
    detail: str
    exchange: Exchange | None = None


@dataclass(frozen=True, slots=True)
class Receipt:
    """Proof that a core snapshot of one comment is sealed and was verified just now.

    Opaque: only the evidence stage makes one and only the gate can read it.
    """

    token: str = field(repr=False)


class Gate(Protocol):
    """Asks the evidence stage whether a receipt allows a request. Fails closed."""

    def admit(self, request: ActionRequest, receipt: Receipt) -> None:
        """Use up the receipt for this request.

        Raises:
            ReceiptRefused: unknown, used, expired, or issued for something else.
        """


@dataclass(frozen=True, slots=True)
class CheckLine:
    """One line of `upstander accounts check`: what was asked, what was found, whether it is as expected."""

    name: str
    ok: bool
    found: str


class Connector(Protocol):
    """One account on one platform."""

    account: Account

    def feeds(self) -> tuple[str, ...]:
        """The names of the streams to poll, in order."""

    def poll(self, feed: str, cursor: str | None) -> Page:
        """Read the next page of a feed. Changes nothing.

        Raises:
            ConnectorError: any of the typed errors; the cursor is then still good, except CursorExpired.
        """

    def read(self, external_id: str, *, thread: bool = True) -> Reading:
        """Read one comment again, with its thread if asked.

        Raises:
            ContentGone: it is not there any more.
            ConnectorError: any other of the typed errors.
        """

    def author_state(self, request: ActionRequest) -> bool | None:
        """Read whether the account blocks an author now (block, unblock), or mutes them (mute, unmute).

        Returns:
            None where the platform does not say, or does not say it of an author whose id is not known.

        Raises:
            ConnectorError: any of the typed errors.
        """

    def apply(self, request: ActionRequest, receipt: Receipt) -> ActionResult:
        """Carry out a change, if the gate admits the receipt.

        Raises:
            ReceiptRefused: the gate said no; nothing was sent.
            ConnectorError: the platform refused; nothing was changed. Where no answer came
                the result is `Fate.UNKNOWN` instead.
        """

    def capabilities(self) -> tuple[Capability, ...]:
        """What this account can do on this platform."""

    def check(self) -> tuple[CheckLine, ...]:
        """Look at the real account without changing anything, for `upstander accounts check`."""
