"""The ledger: a Merkle tree over the audit, its head, its stored nodes, and its signed checkpoints."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy import CheckConstraint, ForeignKey, Index, LargeBinary, String, Text, text
from sqlalchemy.orm import Mapped, mapped_column

from worker.store.types import Base, Json, RowId


class LedgerEntry(Base):
    """One audit row's place in the ledger. A trigger on the audit adds it; the sequencer fills it, once."""

    __tablename__ = "ledger"
    __table_args__ = (
        CheckConstraint(
            "(position IS NULL) = (leaf IS NULL) AND (position IS NULL) = (nonce IS NULL)", name="whole"
        ),
        Index(
            "ix_ledger_waiting",
            "audit_id",
            sqlite_where=text("position IS NULL"),
            postgresql_where=text("position IS NULL"),
        ),
    )

    audit_id: Mapped[int] = mapped_column(
        ForeignKey("audit.id", ondelete="RESTRICT"), primary_key=True, autoincrement=False
    )
    #: 32 random bytes in hex, so that nobody can guess a row from its leaf.
    nonce: Mapped[str | None] = mapped_column(String(64))
    leaf: Mapped[str | None] = mapped_column(String(64))
    #: From 0, without gaps; None until it is appended.
    position: Mapped[int | None] = mapped_column(RowId, unique=True)


class LedgerHead(Base):
    """The ledger's present size and root, in one row that whoever appends must hold."""

    __tablename__ = "ledger_head"
    __table_args__ = (CheckConstraint("id = 1", name="one_row"),)

    id: Mapped[int] = mapped_column(RowId, primary_key=True, autoincrement=False)
    size: Mapped[int] = mapped_column(RowId)
    root: Mapped[str] = mapped_column(String(64))
    #: The roots of the complete subtrees from left to right, in hex.
    peaks: Mapped[list[Any]] = mapped_column(Json)
    appended_at: Mapped[datetime]


class LedgerNode(Base):
    """The root of one complete subtree of 256**level leaves, so that a proof need not read every leaf."""

    __tablename__ = "ledger_nodes"

    level: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    number: Mapped[int] = mapped_column(RowId, primary_key=True, autoincrement=False)
    hash: Mapped[str] = mapped_column(String(64))


class Checkpoint(Base):
    """A signed statement of the ledger's size and root at one moment."""

    __tablename__ = "checkpoints"

    size: Mapped[int] = mapped_column(RowId, primary_key=True, autoincrement=False)
    root: Mapped[str] = mapped_column(String(64))
    made_at: Mapped[datetime]
    #: Exactly what was signed.
    body: Mapped[str] = mapped_column(Text)
    #: Detached CMS, DER.
    signature: Mapped[bytes] = mapped_column(LargeBinary)


class Publication(Base):
    """That a checkpoint was handed to the outside: to which folder or address, and when."""

    __tablename__ = "checkpoint_publications"

    size: Mapped[int] = mapped_column(
        ForeignKey("checkpoints.size", ondelete="RESTRICT"), primary_key=True, autoincrement=False
    )
    place: Mapped[str] = mapped_column(String(400), primary_key=True)
    published_at: Mapped[datetime]
