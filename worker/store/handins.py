"""What staff hand in, whose names are protected; major incidents, and who reviews only while one lasts."""

from __future__ import annotations

from datetime import date, datetime

from sqlalchemy import CheckConstraint, Date, ForeignKey, Index, LargeBinary, String, Text, text
from sqlalchemy.orm import Mapped, mapped_column

from worker.store.people import ROLES
from worker.store.types import Base, Json, RowId, one_of

#: By which means it reached the person who hands it in.
HAND_IN_KINDS = ("message", "screenshot", "email", "call", "other")
INCIDENT_STATES = ("on", "over")
#: As what a matter that was never judged here is kept: as if it had been decided so.
CLOSED_AS = ("serious", "upheld", "not_upheld")


class HandIn(Base):
    """What a member of staff handed in, beside its case. The words are in the case's revision.

    Only added, and emptied of what people wrote and of names when its time is up.

    Whoever gave a protected one is in `protected_names` alone: neither who said so nor who typed it is here.
    """

    __tablename__ = "hand_ins"
    __table_args__ = (
        CheckConstraint(one_of("what", HAND_IN_KINDS), name="what"),
        CheckConstraint("protected = (given_by IS NULL)", name="named_unless_protected"),
        CheckConstraint("protected = (entered_by IS NULL)", name="typed_by_nobody_if_protected"),
        Index("ix_hand_ins_received_at", "received_at"),
    )

    id: Mapped[int] = mapped_column(RowId, primary_key=True)
    case_id: Mapped[int] = mapped_column(ForeignKey("cases.id", ondelete="RESTRICT"), unique=True)
    what: Mapped[str] = mapped_column(String(20))
    received_at: Mapped[datetime]
    protected: Mapped[bool]
    #: As they said it: name and role. None where protected.
    given_by: Mapped[str | None] = mapped_column(Text)
    entered_by: Mapped[int | None] = mapped_column(ForeignKey("people.id", ondelete="RESTRICT"))
    service: Mapped[str] = mapped_column(Text)
    #: As it was given; never fetched.
    link: Mapped[str | None] = mapped_column(Text)
    staff_on_staff: Mapped[bool]
    #: The manager that it is about, as they were named; None where it is about no manager.
    about_manager: Mapped[str | None] = mapped_column(Text)


class HandInFile(Base):
    """One file of a hand-in: what it was found to be. The file itself is a supplement.

    Only added, and emptied of its name when its time is up.
    """

    __tablename__ = "hand_in_files"
    __table_args__ = (
        Index("ix_hand_in_files_hand_in_id", "hand_in_id"),
        Index("ix_hand_in_files_sha256", "sha256"),
    )

    snapshot_id: Mapped[int] = mapped_column(
        ForeignKey("snapshots.id", ondelete="RESTRICT"), primary_key=True, autoincrement=False
    )
    hand_in_id: Mapped[int] = mapped_column(ForeignKey("hand_ins.id", ondelete="RESTRICT"))
    #: As it came, made harmless to show. Never used as a path.
    name: Mapped[str] = mapped_column(Text)
    media_type: Mapped[str] = mapped_column(String(100))
    size: Mapped[int] = mapped_column(RowId)
    sha256: Mapped[str] = mapped_column(String(64))


class ProtectedName(Base):
    """Who gave a protected hand-in, encrypted with a key that lies outside the database.

    Only added, and emptied when its time is up: then no key opens it.
    """

    __tablename__ = "protected_names"

    hand_in_id: Mapped[int] = mapped_column(
        ForeignKey("hand_ins.id", ondelete="RESTRICT"), primary_key=True, autoincrement=False
    )
    #: Which key opens it, so that a key of another backup is told from a damaged row.
    key_id: Mapped[str] = mapped_column(String(16))
    sealed: Mapped[bytes] = mapped_column(LargeBinary)


class HandInClosing(Base):
    """That the matter of a routed hand-in is closed, by whom and why, and how long it is kept. Only added."""

    __tablename__ = "hand_in_closings"
    __table_args__ = (
        CheckConstraint(one_of("retention_class", CLOSED_AS), name="retention_class"),
        CheckConstraint("length(trim(reason)) > 0", name="says_why"),
    )

    case_id: Mapped[int] = mapped_column(
        ForeignKey("cases.id", ondelete="RESTRICT"), primary_key=True, autoincrement=False
    )
    retention_class: Mapped[str] = mapped_column(String(20))
    reason: Mapped[str] = mapped_column(Text)
    closed_by: Mapped[int] = mapped_column(ForeignKey("people.id", ondelete="RESTRICT"))
    closed_at: Mapped[datetime]


class MajorIncident(Base):
    """A time of much more work than usual, with one person who leads. One is on at a time."""

    __tablename__ = "major_incidents"
    __table_args__ = (
        CheckConstraint(one_of("state", INCIDENT_STATES), name="state"),
        CheckConstraint("(state = 'over') = (ended_at IS NOT NULL)", name="over_has_an_end"),
        CheckConstraint("until > started_at", name="ends_after_it_starts"),
        CheckConstraint("length(trim(reason)) > 0", name="says_why"),
        Index(
            "uq_major_incidents_on",
            "state",
            unique=True,
            sqlite_where=text("state = 'on'"),
            postgresql_where=text("state = 'on'"),
        ),
    )

    id: Mapped[int] = mapped_column(RowId, primary_key=True)
    state: Mapped[str] = mapped_column(String(20))
    lead_id: Mapped[int] = mapped_column(ForeignKey("people.id", ondelete="RESTRICT"))
    reason: Mapped[str] = mapped_column(Text)
    started_by: Mapped[int] = mapped_column(ForeignKey("people.id", ondelete="RESTRICT"))
    started_at: Mapped[datetime]
    until: Mapped[datetime]
    ended_at: Mapped[datetime | None]
    #: None where it ended by itself.
    ended_by: Mapped[int | None] = mapped_column(ForeignKey("people.id", ondelete="RESTRICT"))


class TemporaryRole(Base):
    """A role that somebody has while a major incident is on, and no longer. Counts only while both run."""

    __tablename__ = "temporary_roles"
    __table_args__ = (
        CheckConstraint(one_of("role", ROLES), name="role"),
        Index("ix_temporary_roles_person_id", "person_id"),
        Index(
            "uq_temporary_roles_running",
            "incident_id",
            "person_id",
            "role",
            unique=True,
            sqlite_where=text("ended_at IS NULL"),
            postgresql_where=text("ended_at IS NULL"),
        ),
    )

    id: Mapped[int] = mapped_column(RowId, primary_key=True)
    incident_id: Mapped[int] = mapped_column(ForeignKey("major_incidents.id", ondelete="RESTRICT"))
    person_id: Mapped[int] = mapped_column(ForeignKey("people.id", ondelete="RESTRICT"))
    role: Mapped[str] = mapped_column(String(40))
    until: Mapped[datetime]
    given_by: Mapped[int] = mapped_column(ForeignKey("people.id", ondelete="RESTRICT"))
    given_at: Mapped[datetime]
    #: When it was taken back before its time.
    ended_at: Mapped[datetime | None]


class IncidentMail(Base):
    """The summary of one day of a major incident that the mail server took. Only added."""

    __tablename__ = "incident_mails"

    incident_id: Mapped[int] = mapped_column(
        ForeignKey("major_incidents.id", ondelete="RESTRICT"), primary_key=True, autoincrement=False
    )
    day: Mapped[date] = mapped_column(Date, primary_key=True)
    message_id: Mapped[str] = mapped_column(Text)
    recipients: Mapped[list[str]] = mapped_column(Json)
    refused: Mapped[list[str]] = mapped_column(Json)
    sent_at: Mapped[datetime]
