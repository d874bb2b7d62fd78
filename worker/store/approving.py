"""Second people for what cannot be taken back, the terms of blocks, and switches that stop actions."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import CheckConstraint, ForeignKey, Index, String, Text, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from worker.store.types import Base, RowId, one_of

#: What a person said about an action that needs two: the second person approved or refused it; the asker went
#: ahead alone; somebody else looked at that afterwards.
VOICES = ("approved", "refused", "broke_glass", "reviewed")
SWITCHES = ("stop", "dry_run")
#: Restoring is stopped only where everything is.
SETTINGS = ("off", "takedowns", "everything")


class Approval(Base):
    """What one person said about one requested action, once. Only ever added."""

    __tablename__ = "approvals"
    __table_args__ = (
        UniqueConstraint("requested_action_id", "person_id"),
        CheckConstraint(one_of("verdict", VOICES), name="verdict"),
        CheckConstraint("verdict = 'approved' OR length(reason) > 0", name="has_a_reason"),
    )

    id: Mapped[int] = mapped_column(RowId, primary_key=True)
    requested_action_id: Mapped[int] = mapped_column(ForeignKey("requested_actions.id", ondelete="RESTRICT"))
    person_id: Mapped[int] = mapped_column(ForeignKey("people.id", ondelete="RESTRICT"))
    verdict: Mapped[str] = mapped_column(String(20))
    reason: Mapped[str] = mapped_column(Text)
    #: The operating system's user, from a command line; None where people sign in.
    os_user: Mapped[str | None] = mapped_column(String(200))
    at: Mapped[datetime]


class BlockTerms(Base):
    """Under which terms an author is blocked: warned or why not, and until when. The newest row counts."""

    __tablename__ = "block_terms"
    __table_args__ = (
        CheckConstraint("(warning IS NULL) <> (no_warning_because IS NULL)", name="warned_or_why_not"),
        CheckConstraint("(warning IS NULL) = (warned_at IS NULL)", name="warned_when"),
        CheckConstraint("review_at > set_at", name="is_reviewed_later"),
        Index("ix_block_terms_requested_action_id", "requested_action_id"),
    )

    id: Mapped[int] = mapped_column(RowId, primary_key=True)
    requested_action_id: Mapped[int] = mapped_column(ForeignKey("requested_actions.id", ondelete="RESTRICT"))
    warned_at: Mapped[datetime | None]
    #: What the author was told.
    warning: Mapped[str | None] = mapped_column(Text)
    no_warning_because: Mapped[str | None] = mapped_column(Text)
    review_at: Mapped[datetime]
    set_by: Mapped[int] = mapped_column(ForeignKey("people.id", ondelete="RESTRICT"))
    set_at: Mapped[datetime]
    #: Why the block goes on, where these terms followed earlier ones.
    reason: Mapped[str | None] = mapped_column(Text)


class Switch(Base):
    """One turn of a switch, for one account or for all. Only ever added: the newest of its kind counts."""

    __tablename__ = "switches"
    __table_args__ = (
        CheckConstraint(one_of("switch", SWITCHES), name="switch"),
        CheckConstraint(one_of("setting", SETTINGS), name="setting"),
        CheckConstraint("switch = 'stop' OR setting <> 'takedowns'", name="a_dry_run_is_of_everything"),
        CheckConstraint("length(reason) > 0", name="has_a_reason"),
        Index("ix_switches_account_id", "account_id", "switch"),
    )

    id: Mapped[int] = mapped_column(RowId, primary_key=True)
    #: None: for all accounts.
    account_id: Mapped[int | None] = mapped_column(ForeignKey("accounts.id", ondelete="RESTRICT"))
    switch: Mapped[str] = mapped_column(String(20))
    setting: Mapped[str] = mapped_column(String(20))
    reason: Mapped[str] = mapped_column(Text)
    person_id: Mapped[int] = mapped_column(ForeignKey("people.id", ondelete="RESTRICT"))
    at: Mapped[datetime]
