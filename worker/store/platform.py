"""What the platforms told us: accounts, feeds, authors, posts, comments, revisions, findings."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy import CheckConstraint, ForeignKey, Index, LargeBinary, String, Text, UniqueConstraint, text
from sqlalchemy.orm import Mapped, mapped_column

from worker.store.types import Base, Json, RowId, one_of

#: What staff hand in stands beside the platforms. It is no place that could be polled or asked for anything.
HANDED_IN = "handed_in"
PLATFORMS = ("x", "facebook", "instagram", HANDED_IN)
SEVERITIES = ("routine", "concerning", "serious", "immediate_danger")
KINDS = ("comment", "reply", "mention", "quote", "visitor_post", HANDED_IN)


class Account(Base):
    """A Trust-owned account. `credential` names the secret that opens it, never its value."""

    __tablename__ = "accounts"
    __table_args__ = (
        UniqueConstraint("platform", "external_id"),
        CheckConstraint(one_of("platform", PLATFORMS), name="platform"),
    )

    id: Mapped[int] = mapped_column(RowId, primary_key=True)
    platform: Mapped[str] = mapped_column(String(20))
    external_id: Mapped[str] = mapped_column(String(100))
    handle: Mapped[str] = mapped_column(String(200))
    credential: Mapped[str] = mapped_column(String(100))
    paused: Mapped[bool] = mapped_column(default=False)
    created_at: Mapped[datetime]


class Feed(Base):
    """One stream of one account: where the last committed page stopped, and how it is doing.

    `cursor` is compared and replaced in the transaction that stores a page.
    `fault_*` say what stopped polling, since when; all None while polling works.
    """

    __tablename__ = "feeds"
    __table_args__ = (UniqueConstraint("account_id", "name"),)

    id: Mapped[int] = mapped_column(RowId, primary_key=True)
    account_id: Mapped[int] = mapped_column(ForeignKey("accounts.id", ondelete="RESTRICT"))
    name: Mapped[str] = mapped_column(String(50))
    cursor: Mapped[str | None] = mapped_column(Text)
    next_poll_at: Mapped[datetime | None]
    caught_up_at: Mapped[datetime | None]
    page_at: Mapped[datetime | None]
    fault_kind: Mapped[str | None] = mapped_column(String(50))
    fault_text: Mapped[str | None] = mapped_column(Text)
    fault_since: Mapped[datetime | None]
    fault_count: Mapped[int] = mapped_column(default=0)


class Gap(Base):
    """A time in which a feed was not read, or a stretch that it can no longer reach. Never silent."""

    __tablename__ = "gaps"
    __table_args__ = (Index("ix_gaps_feed_open", "feed_id", "ended_at"),)

    id: Mapped[int] = mapped_column(RowId, primary_key=True)
    feed_id: Mapped[int] = mapped_column(ForeignKey("feeds.id", ondelete="RESTRICT"))
    kind: Mapped[str] = mapped_column(String(50))
    detail: Mapped[str] = mapped_column(Text)
    started_at: Mapped[datetime]
    ended_at: Mapped[datetime | None]


class Author(Base):
    """A platform user, by the platform's id and handle only. We never look further."""

    __tablename__ = "authors"
    __table_args__ = (UniqueConstraint("platform", "external_id"),)

    id: Mapped[int] = mapped_column(RowId, primary_key=True)
    platform: Mapped[str] = mapped_column(String(20))
    external_id: Mapped[str] = mapped_column(String(100))
    handle: Mapped[str | None] = mapped_column(String(200))
    name: Mapped[str | None] = mapped_column(Text)
    first_seen_at: Mapped[datetime]


class Post(Base):
    """Something published by, or on, an account."""

    __tablename__ = "posts"
    __table_args__ = (UniqueConstraint("account_id", "external_id"),)

    id: Mapped[int] = mapped_column(RowId, primary_key=True)
    account_id: Mapped[int] = mapped_column(ForeignKey("accounts.id", ondelete="RESTRICT"))
    external_id: Mapped[str] = mapped_column(String(200))
    text: Mapped[str | None] = mapped_column(Text)
    permalink: Mapped[str | None] = mapped_column(Text)
    posted_at: Mapped[datetime | None]
    first_seen_at: Mapped[datetime]


class Comment(Base):
    """What somebody else wrote. Its words are in its revisions; `revision_id` is the newest."""

    __tablename__ = "comments"
    __table_args__ = (
        UniqueConstraint("platform", "external_id"),
        CheckConstraint(one_of("kind", KINDS), name="kind"),
        Index("ix_comments_author_id", "author_id"),
        Index("ix_comments_first_seen_at", "first_seen_at"),
        Index("ix_comments_post_id", "post_id"),
        Index("ix_comments_parent_external_id", "parent_external_id"),
        Index(
            "ix_comments_gone_at",
            "gone_at",
            sqlite_where=text("gone_at IS NOT NULL"),
            postgresql_where=text("gone_at IS NOT NULL"),
        ),
    )

    id: Mapped[int] = mapped_column(RowId, primary_key=True)
    account_id: Mapped[int] = mapped_column(ForeignKey("accounts.id", ondelete="RESTRICT"))
    platform: Mapped[str] = mapped_column(String(20))
    external_id: Mapped[str] = mapped_column(String(200))
    kind: Mapped[str] = mapped_column(String(20))
    author_id: Mapped[int | None] = mapped_column(ForeignKey("authors.id", ondelete="RESTRICT"))
    post_id: Mapped[int | None] = mapped_column(ForeignKey("posts.id", ondelete="RESTRICT"))
    parent_external_id: Mapped[str | None] = mapped_column(String(200))
    permalink: Mapped[str | None] = mapped_column(Text)
    posted_at: Mapped[datetime | None]
    first_seen_at: Mapped[datetime]
    hidden: Mapped[bool | None]
    gone_at: Mapped[datetime | None]
    revision_id: Mapped[int | None] = mapped_column(RowId)
    revision_hash: Mapped[str] = mapped_column(String(64))


class Revision(Base):
    """One wording of a comment, as received, with the verdict that the rules gave on it.

    `raw` is the item's own slice of the polled page; `page_sha256` is the hash of that whole page.
    """

    __tablename__ = "revisions"
    __table_args__ = (
        UniqueConstraint("comment_id", "number"),
        UniqueConstraint("id", "comment_id"),
        CheckConstraint(f"severity IS NULL OR {one_of('severity', SEVERITIES)}", name="severity"),
        CheckConstraint("priority BETWEEN 0 AND 100", name="priority"),
        Index(
            "ix_revisions_kept",
            "seen_at",
            sqlite_where=text("erased_at IS NULL"),
            postgresql_where=text("erased_at IS NULL"),
        ),
    )

    id: Mapped[int] = mapped_column(RowId, primary_key=True)
    comment_id: Mapped[int] = mapped_column(ForeignKey("comments.id", ondelete="RESTRICT"))
    number: Mapped[int]
    text: Mapped[str | None] = mapped_column(Text)
    revision_hash: Mapped[str] = mapped_column(String(64))
    media: Mapped[list[dict[str, Any]]] = mapped_column(Json)
    flaws: Mapped[list[str]] = mapped_column(Json)
    raw: Mapped[bytes] = mapped_column(LargeBinary)
    page_sha256: Mapped[str] = mapped_column(String(64))
    seen_at: Mapped[datetime]
    severity: Mapped[str | None] = mapped_column(String(20))
    priority: Mapped[int]
    queued: Mapped[bool]
    pack_version: Mapped[str] = mapped_column(String(64))
    #: When retention emptied text, raw and the findings' matched words; the row stays as a stub.
    erased_at: Mapped[datetime | None]


class Finding(Base):
    """One rule matched one revision; the span counts characters of the original text."""

    __tablename__ = "findings"
    __table_args__ = (
        Index("ix_findings_revision_id", "revision_id"),
        # For search: what a rule found, and what was found of a category.
        Index("ix_findings_rule_id", "rule_id", "revision_id"),
        Index("ix_findings_category", "category", "revision_id"),
    )

    id: Mapped[int] = mapped_column(RowId, primary_key=True)
    revision_id: Mapped[int] = mapped_column(ForeignKey("revisions.id", ondelete="RESTRICT"))
    rule_id: Mapped[str] = mapped_column(String(100))
    rule_version: Mapped[int]
    category: Mapped[str] = mapped_column(String(40))
    severity: Mapped[str] = mapped_column(String(20))
    span_start: Mapped[int]
    span_end: Mapped[int]
    matched: Mapped[str] = mapped_column(Text)
    reason: Mapped[str] = mapped_column(Text)
    characteristics: Mapped[list[str]] = mapped_column(Json)
