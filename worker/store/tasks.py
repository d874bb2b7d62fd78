"""Tasks: something that a person has to do by a time, about a case, an action, a referral."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import CheckConstraint, ForeignKey, Index, String, Text
from sqlalchemy.orm import Mapped, mapped_column

from worker.store.types import Base, RowId


class Task(Base):
    """One thing for one person, or for whoever holds a role, until it is done or not needed any more."""

    __tablename__ = "tasks"
    __table_args__ = (
        CheckConstraint("(for_role IS NULL) <> (for_person IS NULL)", name="is_for_somebody"),
        CheckConstraint("(done_at IS NULL) = (outcome IS NULL)", name="done_is_complete"),
        Index("ix_tasks_waiting", "done_at", "due_at"),
        Index("ix_tasks_case_id", "case_id"),
        Index("ix_tasks_about", "about_type", "about_id"),
    )

    id: Mapped[int] = mapped_column(RowId, primary_key=True)
    #: What kind of task it is, such as block_review; the words for people are in `title`.
    kind: Mapped[str] = mapped_column(String(40))
    #: One task of a key exists at most, so that whoever finds the need for it twice adds it once.
    key: Mapped[str] = mapped_column(String(200), unique=True)
    title: Mapped[str] = mapped_column(Text)
    case_id: Mapped[int | None] = mapped_column(ForeignKey("cases.id", ondelete="RESTRICT"))
    #: What it is about beside the case, as the audit names things: object type and number.
    about_type: Mapped[str | None] = mapped_column(String(40))
    about_id: Mapped[int | None] = mapped_column(RowId)
    for_role: Mapped[str | None] = mapped_column(String(40))
    for_person: Mapped[int | None] = mapped_column(ForeignKey("people.id", ondelete="RESTRICT"))
    created_at: Mapped[datetime]
    due_at: Mapped[datetime]
    done_at: Mapped[datetime | None]
    #: None where nobody did it: it was not needed any more.
    done_by: Mapped[int | None] = mapped_column(ForeignKey("people.id", ondelete="RESTRICT"))
    outcome: Mapped[str | None] = mapped_column(Text)
