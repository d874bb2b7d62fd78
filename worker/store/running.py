"""What keeps the worker running and accountable: outbox, audit, summaries, leases, processes."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy import CheckConstraint, ForeignKey, Index, String, Text, text
from sqlalchemy.orm import Mapped, mapped_column

from worker.store.types import Base, Json, RowId, one_of

JOB_STATES = ("waiting", "done", "stuck")


class Job(Base):
    """A row of the outbox: work that follows from a change, written in the change's own transaction."""

    __tablename__ = "outbox"
    __table_args__ = (
        CheckConstraint(one_of("state", JOB_STATES), name="state"),
        Index(
            "uq_outbox_key_waiting",
            "key",
            unique=True,
            sqlite_where=text("state = 'waiting'"),
            postgresql_where=text("state = 'waiting'"),
        ),
        Index("ix_outbox_due", "state", "due_at"),
    )

    id: Mapped[int] = mapped_column(RowId, primary_key=True)
    kind: Mapped[str] = mapped_column(String(40))
    payload: Mapped[dict[str, Any]] = mapped_column(Json)
    #: At most one waiting job carries a key; None where any number may wait.
    key: Mapped[str | None] = mapped_column(String(200))
    state: Mapped[str] = mapped_column(String(20))
    created_at: Mapped[datetime]
    due_at: Mapped[datetime]
    nudged_at: Mapped[datetime | None]
    lease_token: Mapped[str | None] = mapped_column(String(36))
    lease_until: Mapped[datetime | None]
    attempts: Mapped[int] = mapped_column(default=0)
    last_error: Mapped[str | None] = mapped_column(Text)
    finished_at: Mapped[datetime | None]


class Audit(Base):
    """Who did or saw what. Rows are only ever added: a trigger refuses change and removal."""

    __tablename__ = "audit"
    __table_args__ = (Index("ix_audit_object", "object_type", "object_id"),)

    id: Mapped[int] = mapped_column(RowId, primary_key=True)
    at: Mapped[datetime]
    #: The person, or None where the worker itself acted.
    person_id: Mapped[int | None] = mapped_column(ForeignKey("people.id", ondelete="RESTRICT"))
    #: From where: cli, web, or the job's name.
    source: Mapped[str] = mapped_column(String(60))
    verb: Mapped[str] = mapped_column(String(60))
    object_type: Mapped[str] = mapped_column(String(40))
    object_id: Mapped[int | None] = mapped_column(RowId)
    detail: Mapped[dict[str, Any]] = mapped_column(Json)


class Summary(Base):
    """The weekly incident summary of one ISO week, and whether it was sent."""

    __tablename__ = "summaries"

    week: Mapped[str] = mapped_column(String(8), primary_key=True)
    due_at: Mapped[datetime]
    made_at: Mapped[datetime]
    sent_at: Mapped[datetime | None]
    #: The Message-ID fixed before sending, so that a repeat is recognisable.
    message_id: Mapped[str | None] = mapped_column(String(200))
    #: Who the mail server took it for, and whom it refused.
    recipients: Mapped[list[str]] = mapped_column(Json)
    refused: Mapped[list[str]] = mapped_column(Json)
    #: One sender at a time: who is sending it now, and until when nobody else may try.
    sending_token: Mapped[str | None] = mapped_column(String(36))
    sending_until: Mapped[datetime | None]
    figures: Mapped[dict[str, Any]] = mapped_column(Json)


class Schedule(Base):
    """When a scheduled piece of work last came due, so that one due while the machine was off is not lost."""

    __tablename__ = "schedules"

    name: Mapped[str] = mapped_column(String(60), primary_key=True)
    last_due_at: Mapped[datetime]


class Election(Base):
    """Who holds an office that only one process may hold (the scheduler), and until when."""

    __tablename__ = "elections"

    office: Mapped[str] = mapped_column(String(60), primary_key=True)
    holder: Mapped[str] = mapped_column(String(200))
    until: Mapped[datetime]


class Process(Base):
    """A running process, for the status page: seen lately, or silent."""

    __tablename__ = "processes"

    name: Mapped[str] = mapped_column(String(200), primary_key=True)
    kind: Mapped[str] = mapped_column(String(20))
    started_at: Mapped[datetime]
    seen_at: Mapped[datetime]
