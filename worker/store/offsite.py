"""Copies of sealed core evidence in storage elsewhere: what was sent, read back, locked, and removed."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy import CheckConstraint, ForeignKey, Index, String, Text, UniqueConstraint, text
from sqlalchemy.orm import Mapped, mapped_column

from worker.store.types import Base, Json, RowId, one_of

#: What one row is about: the bag as it was sealed, or the timestamp that came later.
OFFSITE_PARTS = ("bag", "timestamp")
#: How its objects are locked; none where the storage has no Object Lock and the settings allow that.
OFFSITE_MODES = ("governance", "compliance", "none")


class OffsiteCopy(Base):
    """One part of one snapshot in one place. Written before anything is sent, so that nothing is forgotten.

    Triggers keep what was read back as it was, let a lock only grow, and let a row say that a copy was
    removed only once its snapshot is destroyed and its lock is over.
    """

    __tablename__ = "offsite_copies"
    __table_args__ = (
        UniqueConstraint("snapshot_id", "part", "place"),
        CheckConstraint(one_of("part", OFFSITE_PARTS), name="part"),
        CheckConstraint(one_of("mode", OFFSITE_MODES), name="mode"),
        CheckConstraint("(mode = 'none') = (retain_until IS NULL)", name="locked_until"),
        CheckConstraint("removed_at IS NULL OR NOT held", name="held_is_there"),
        Index(
            "ix_offsite_copies_there",
            "place",
            sqlite_where=text("removed_at IS NULL"),
            postgresql_where=text("removed_at IS NULL"),
        ),
    )

    id: Mapped[int] = mapped_column(RowId, primary_key=True)
    snapshot_id: Mapped[int] = mapped_column(ForeignKey("snapshots.id", ondelete="RESTRICT"))
    part: Mapped[str] = mapped_column(String(20))
    #: The address of the storage, with bucket and prefix.
    place: Mapped[str] = mapped_column(Text)
    begun_at: Mapped[datetime]
    mode: Mapped[str] = mapped_column(String(20))
    #: The latest moment that its objects were asked to be locked until; a legal hold comes on top.
    retain_until: Mapped[datetime | None]
    #: When every object was read back and was what had been sent, under its lock; None until then.
    read_back_at: Mapped[datetime | None]
    #: Name, version, SHA-256 and size in bytes of each object; none until it was read back.
    objects: Mapped[list[dict[str, Any]]] = mapped_column(Json, default=list)
    #: Whether the storage holds it by a legal hold.
    held: Mapped[bool] = mapped_column(default=False)
    #: When no version of it was left.
    removed_at: Mapped[datetime | None]
