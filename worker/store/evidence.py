"""Snapshots and the actions that may exist only because of them (promise 1, in the schema)."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import (
    CheckConstraint,
    ForeignKey,
    ForeignKeyConstraint,
    Index,
    String,
    Text,
    UniqueConstraint,
)
from sqlalchemy.orm import Mapped, mapped_column

from worker.store.casework import ACTION_KINDS
from worker.store.types import Base, RowId, one_of, same_comment

SNAPSHOT_KINDS = ("core", "rendered", "supplement")
SNAPSHOT_STATES = ("pending", "sealed")
ACTION_STATES = ("started", "done", "failed", "outside", "rehearsed")

#: Columns that destruction by retention may set on a sealed row; a trigger freezes all others.
DESTRUCTION = ("destroyed_at", "destroyed_by", "destroyed_reason")


class Snapshot(Base):
    """Captured evidence of one comment. Sealed rows are frozen by a trigger."""

    __tablename__ = "snapshots"
    __table_args__ = (
        UniqueConstraint("id", "comment_id", "state"),
        UniqueConstraint("id", "comment_id"),
        CheckConstraint(one_of("kind", SNAPSHOT_KINDS), name="kind"),
        CheckConstraint(one_of("state", SNAPSHOT_STATES), name="state"),
        CheckConstraint("(kind = 'core') = (core_id IS NULL)", name="belongs_to_core"),
        CheckConstraint(
            "state <> 'sealed' OR (sealed_at IS NOT NULL AND bag IS NOT NULL AND source IS NOT NULL"
            " AND manifest_sha256 IS NOT NULL AND tagmanifest_sha256 IS NOT NULL)",
            name="sealed_is_complete",
        ),
        CheckConstraint(
            "(destroyed_at IS NULL) = (destroyed_by IS NULL)"
            " AND (destroyed_at IS NULL) = (destroyed_reason IS NULL)",
            name="destruction_is_complete",
        ),
        same_comment("case_id", "cases", "snapshots"),
        same_comment("revision_id", "revisions", "snapshots"),
        same_comment("core_id", "snapshots", "snapshots"),
        Index("ix_snapshots_case_id", "case_id"),
        Index("ix_snapshots_sealed_at", "sealed_at"),
        Index("ix_snapshots_comment_id", "comment_id"),
    )

    id: Mapped[int] = mapped_column(RowId, primary_key=True)
    case_id: Mapped[int] = mapped_column(ForeignKey("cases.id", ondelete="RESTRICT"))
    comment_id: Mapped[int] = mapped_column(ForeignKey("comments.id", ondelete="RESTRICT"))
    revision_id: Mapped[int] = mapped_column(ForeignKey("revisions.id", ondelete="RESTRICT"))
    kind: Mapped[str] = mapped_column(String(20))
    state: Mapped[str] = mapped_column(String(20))
    #: The core snapshot that a rendered or supplementary one belongs to, and names in its custody.json.
    core_id: Mapped[int | None] = mapped_column(ForeignKey("snapshots.id", ondelete="RESTRICT"))
    asked_at: Mapped[datetime]
    sealed_at: Mapped[datetime | None]
    #: The bag's folder, relative to the bag store.
    bag: Mapped[str | None] = mapped_column(Text)
    #: Core: reread (the comment's own reply, fetched for this), polled (the slice of the page it came in)
    #: or record_only. Rendered: what the live page showed (content, wall, gone...). Supplement: handed_in.
    source: Mapped[str | None] = mapped_column(String(20))
    manifest_sha256: Mapped[str | None] = mapped_column(String(64))
    tagmanifest_sha256: Mapped[str | None] = mapped_column(String(64))
    destroyed_at: Mapped[datetime | None]
    destroyed_by: Mapped[int | None] = mapped_column(ForeignKey("people.id", ondelete="RESTRICT"))
    destroyed_reason: Mapped[str | None] = mapped_column(Text)


class Timestamp(Base):
    """The trusted timestamp of one sealed snapshot. Only ever added: until then it is pending."""

    __tablename__ = "timestamps"

    snapshot_id: Mapped[int] = mapped_column(
        ForeignKey("snapshots.id", ondelete="RESTRICT"), primary_key=True, autoincrement=False
    )
    #: The authority's own time (genTime).
    stamped_at: Mapped[datetime]
    authority: Mapped[str] = mapped_column(Text)
    serial: Mapped[str] = mapped_column(String(100))
    token_sha256: Mapped[str] = mapped_column(String(64))
    #: Whether several snapshots share it through a Merkle root.
    shared: Mapped[bool]
    #: The authority's clock less the host's, in seconds, when it was asked; None where it was entered later.
    clock_offset: Mapped[float | None]
    entered_at: Mapped[datetime]


class Action(Base):
    """A requested action being carried out. Cannot exist without a sealed snapshot of that very comment."""

    __tablename__ = "actions"
    __table_args__ = (
        ForeignKeyConstraint(
            ["snapshot_id", "comment_id", "snapshot_state"],
            ["snapshots.id", "snapshots.comment_id", "snapshots.state"],
            name="fk_actions_sealed_snapshot",
            ondelete="RESTRICT",
            onupdate="RESTRICT",
        ),
        ForeignKeyConstraint(
            ["requested_action_id", "comment_id", "kind"],
            ["requested_actions.id", "requested_actions.comment_id", "requested_actions.kind"],
            name="fk_actions_requested",
            ondelete="RESTRICT",
            onupdate="RESTRICT",
        ),
        CheckConstraint("snapshot_state = 'sealed'", name="snapshot_is_sealed"),
        CheckConstraint(one_of("kind", ACTION_KINDS), name="kind"),
        CheckConstraint(one_of("state", ACTION_STATES), name="state"),
        Index("ix_actions_comment_id", "comment_id"),
        Index("ix_actions_started_at", "started_at"),
    )

    id: Mapped[int] = mapped_column(RowId, primary_key=True)
    requested_action_id: Mapped[int] = mapped_column(RowId, unique=True)
    snapshot_id: Mapped[int] = mapped_column(RowId)
    comment_id: Mapped[int] = mapped_column(ForeignKey("comments.id", ondelete="RESTRICT"))
    snapshot_state: Mapped[str] = mapped_column(String(20))
    kind: Mapped[str] = mapped_column(String(20))
    state: Mapped[str] = mapped_column(String(20))
    #: How often the platform was really asked to change something.
    calls: Mapped[int] = mapped_column(default=0)
    #: What came of it, in words, verified by reading the platform again.
    outcome: Mapped[str | None] = mapped_column(Text)
    started_at: Mapped[datetime]
    finished_at: Mapped[datetime | None]
    verified_at: Mapped[datetime | None]
