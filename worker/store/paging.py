"""Clocks of cases beyond the due time: flags, notices of what is overdue, who is on call, and pages."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import CheckConstraint, ForeignKey, Index, String, Text, text
from sqlalchemy.orm import Mapped, mapped_column

from worker.store.types import Base, RowId, one_of

#: What a reviewer may say of a case, beside what the rules found.
FLAGS = ("named_staff", "patient", "minor", "high_profile", "escalating", "reviewer_is_target", "at_risk_now")
PAGE_STATES = ("calling", "acknowledged")
CHANNELS = ("email", "webhook")


class CaseFlag(Base):
    """A flag that a person put on a case or took off again; the newest row of each flag counts."""

    __tablename__ = "case_flags"
    __table_args__ = (
        CheckConstraint(one_of("flag", FLAGS), name="flag"),
        Index("ix_case_flags_case_id", "case_id", "flag", "id"),
    )

    id: Mapped[int] = mapped_column(RowId, primary_key=True)
    case_id: Mapped[int] = mapped_column(ForeignKey("cases.id", ondelete="RESTRICT"))
    flag: Mapped[str] = mapped_column(String(30))
    #: False where it was taken off.
    raised: Mapped[bool]
    person_id: Mapped[int] = mapped_column(ForeignKey("people.id", ondelete="RESTRICT"))
    at: Mapped[datetime]


class OverdueNotice(Base):
    """That a case passed its due time was noticed, so that people are told of it once."""

    __tablename__ = "overdue_notices"

    id: Mapped[int] = mapped_column(RowId, primary_key=True)
    case_id: Mapped[int] = mapped_column(ForeignKey("cases.id", ondelete="RESTRICT"), unique=True)
    due_at: Mapped[datetime]
    noticed_at: Mapped[datetime]


class OnCall(Base):
    """One person's turn on call. What was entered stays; taking it back fills the last two columns."""

    __tablename__ = "on_call"
    __table_args__ = (
        CheckConstraint("rank >= 1", name="rank"),
        CheckConstraint("until_at > from_at", name="ends_after_it_begins"),
        CheckConstraint("(removed_at IS NULL) = (removed_by IS NULL)", name="removed_is_complete"),
        Index("ix_on_call_until_at", "until_at"),
    )

    id: Mapped[int] = mapped_column(RowId, primary_key=True)
    person_id: Mapped[int] = mapped_column(ForeignKey("people.id", ondelete="RESTRICT"))
    #: Who is called first: 1, then 2 and so on.
    rank: Mapped[int]
    from_at: Mapped[datetime]
    until_at: Mapped[datetime]
    added_by: Mapped[int] = mapped_column(ForeignKey("people.id", ondelete="RESTRICT"))
    added_at: Mapped[datetime]
    removed_by: Mapped[int | None] = mapped_column(ForeignKey("people.id", ondelete="RESTRICT"))
    removed_at: Mapped[datetime | None]


class Page(Base):
    """A case of immediate danger calls whoever is on call, until somebody acknowledges it."""

    __tablename__ = "pages"
    __table_args__ = (
        CheckConstraint(one_of("state", PAGE_STATES), name="state"),
        CheckConstraint(
            "(state = 'acknowledged') = (acknowledged_at IS NOT NULL)"
            " AND (acknowledged_at IS NULL) = (acknowledged_by IS NULL)",
            name="acknowledged_is_complete",
        ),
        Index(
            "uq_pages_case_calling",
            "case_id",
            unique=True,
            sqlite_where=text("state = 'calling'"),
            postgresql_where=text("state = 'calling'"),
        ),
        Index("ix_pages_case_id", "case_id"),
    )

    id: Mapped[int] = mapped_column(RowId, primary_key=True)
    case_id: Mapped[int] = mapped_column(ForeignKey("cases.id", ondelete="RESTRICT"))
    state: Mapped[str] = mapped_column(String(20))
    began_at: Mapped[datetime]
    acknowledged_by: Mapped[int | None] = mapped_column(ForeignKey("people.id", ondelete="RESTRICT"))
    acknowledged_at: Mapped[datetime | None]


class PageSending(Base):
    """One try to reach one person about a page, by one way. Sending comes first, then this row."""

    __tablename__ = "page_sendings"
    __table_args__ = (
        CheckConstraint(one_of("channel", CHANNELS), name="channel"),
        Index("ix_page_sendings_page_id", "page_id"),
    )

    id: Mapped[int] = mapped_column(RowId, primary_key=True)
    page_id: Mapped[int] = mapped_column(ForeignKey("pages.id", ondelete="RESTRICT"))
    #: Which call it was part of: 1 is the first; each falls back to the next person.
    turn: Mapped[int]
    channel: Mapped[str] = mapped_column(String(20))
    #: Whom it was for; None where nobody was on call.
    person_id: Mapped[int | None] = mapped_column(ForeignKey("people.id", ondelete="RESTRICT"))
    at: Mapped[datetime]
    #: What went wrong, in our words; None where it was sent.
    fault: Mapped[str | None] = mapped_column(Text)
