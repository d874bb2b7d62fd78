"""What becomes of evidence after it is sealed: marks on comments, holds, exports, disposal."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy import CheckConstraint, ForeignKey, Index, String, Text, text
from sqlalchemy.orm import Mapped, mapped_column

from worker.store.types import Base, Json, RowId, one_of, same_comment

MARKS = ("safe_to_copy", "intimate_image", "suspected_csam")
PURPOSES = ("police", "solicitor", "hr", "subject_access", "platform")
EXPORT_STATES = ("asked", "approved", "refused", "made")
DISPOSAL_STATES = ("proposed", "approved", "kept", "done")
#: Why something is kept for a time, and how long: see the settings under retention.
RETENTION_CLASSES = ("serious", "upheld", "not_upheld", "deleted_on_x")


class Mark(Base):
    """What a person said about a comment's pictures or video. Only ever added; the gravest one counts.

    A trigger lets none be added that names no revision.
    """

    __tablename__ = "marks"
    __table_args__ = (
        CheckConstraint(one_of("mark", MARKS), name="mark"),
        same_comment("revision_id", "revisions", "marks"),
        Index("ix_marks_comment_id", "comment_id"),
    )

    id: Mapped[int] = mapped_column(RowId, primary_key=True)
    comment_id: Mapped[int] = mapped_column(ForeignKey("comments.id", ondelete="RESTRICT"))
    #: The wording that it is about; None where it was given before marks named one.
    revision_id: Mapped[int | None] = mapped_column(ForeignKey("revisions.id", ondelete="RESTRICT"))
    mark: Mapped[str] = mapped_column(String(20))
    reason: Mapped[str | None] = mapped_column(Text)
    marked_by: Mapped[int] = mapped_column(ForeignKey("people.id", ondelete="RESTRICT"))
    marked_at: Mapped[datetime]


class Hold(Base):
    """A legal hold on a case: nothing of it may be destroyed until it is released."""

    __tablename__ = "holds"
    __table_args__ = (
        CheckConstraint(
            "(released_at IS NULL) = (released_by IS NULL)"
            " AND (released_at IS NULL) = (release_reason IS NULL)",
            name="release_is_complete",
        ),
        Index(
            "uq_holds_case_standing",
            "case_id",
            unique=True,
            sqlite_where=text("released_at IS NULL"),
            postgresql_where=text("released_at IS NULL"),
        ),
    )

    id: Mapped[int] = mapped_column(RowId, primary_key=True)
    case_id: Mapped[int] = mapped_column(ForeignKey("cases.id", ondelete="RESTRICT"))
    reason: Mapped[str] = mapped_column(Text)
    placed_by: Mapped[int] = mapped_column(ForeignKey("people.id", ondelete="RESTRICT"))
    placed_at: Mapped[datetime]
    released_by: Mapped[int | None] = mapped_column(ForeignKey("people.id", ondelete="RESTRICT"))
    released_at: Mapped[datetime | None]
    release_reason: Mapped[str | None] = mapped_column(Text)


class Export(Base):
    """One hand-over of evidence: for what, on what legal basis, to whom, asked and approved by whom.

    A trigger keeps what was asked for as it was asked, and lets a row only go forward.
    """

    __tablename__ = "exports"
    __table_args__ = (
        CheckConstraint(one_of("purpose", PURPOSES), name="purpose"),
        CheckConstraint(one_of("state", EXPORT_STATES), name="state"),
        CheckConstraint("(state = 'asked') = (decided_by IS NULL)", name="decided"),
        CheckConstraint("(decided_by IS NULL) = (decided_at IS NULL)", name="decided_when"),
        # Two people, unless somebody broke the glass and wrote why; that is reviewed afterwards.
        CheckConstraint(
            "decided_by IS NULL OR state = 'refused' OR decided_by <> asked_by"
            " OR break_glass_reason IS NOT NULL",
            name="two_people",
        ),
        CheckConstraint(
            "break_glass_reason IS NULL OR (decided_by IS NOT NULL AND decided_by = asked_by"
            " AND state <> 'refused' AND length(trim(break_glass_reason)) > 0)",
            name="glass_broken_by_the_asker",
        ),
        CheckConstraint("state <> 'refused' OR decided_reason IS NOT NULL", name="refused_why"),
        CheckConstraint(
            "(state = 'made') = (made_at IS NOT NULL) AND (made_at IS NULL) = (file_name IS NULL)"
            " AND (made_at IS NULL) = (file_sha256 IS NULL) AND (made_at IS NULL) = (file_bytes IS NULL)",
            name="made_is_complete",
        ),
        CheckConstraint("(reviewed_by IS NULL) = (reviewed_at IS NULL)", name="reviewed_when"),
        CheckConstraint(
            "reviewed_by IS NULL OR (reviewed_by <> asked_by AND break_glass_reason IS NOT NULL)",
            name="reviewed_by_another",
        ),
        CheckConstraint("purpose <> 'subject_access' OR redacted", name="subject_access_is_redacted"),
        CheckConstraint(
            "length(trim(legal_basis)) > 0 AND length(trim(recipient)) > 0 AND length(trim(reason)) > 0",
            name="says_why",
        ),
    )

    id: Mapped[int] = mapped_column(RowId, primary_key=True)
    purpose: Mapped[str] = mapped_column(String(20))
    legal_basis: Mapped[str] = mapped_column(Text)
    recipient: Mapped[str] = mapped_column(Text)
    reason: Mapped[str] = mapped_column(Text)
    redacted: Mapped[bool]
    #: The rest of what was asked for and approved: cases, witness, exhibit, picture regions, exceptions.
    particulars: Mapped[dict[str, Any]] = mapped_column(Json)
    state: Mapped[str] = mapped_column(String(20))
    asked_by: Mapped[int] = mapped_column(ForeignKey("people.id", ondelete="RESTRICT"))
    asked_at: Mapped[datetime]
    decided_by: Mapped[int | None] = mapped_column(ForeignKey("people.id", ondelete="RESTRICT"))
    decided_at: Mapped[datetime | None]
    decided_reason: Mapped[str | None] = mapped_column(Text)
    break_glass_reason: Mapped[str | None] = mapped_column(Text)
    reviewed_by: Mapped[int | None] = mapped_column(ForeignKey("people.id", ondelete="RESTRICT"))
    reviewed_at: Mapped[datetime | None]
    made_at: Mapped[datetime | None]
    file_name: Mapped[str | None] = mapped_column(Text)
    file_sha256: Mapped[str | None] = mapped_column(String(64))
    file_bytes: Mapped[int | None] = mapped_column(RowId)


class ExportCase(Base):
    """One case of an export."""

    __tablename__ = "export_cases"

    export_id: Mapped[int] = mapped_column(ForeignKey("exports.id", ondelete="RESTRICT"), primary_key=True)
    case_id: Mapped[int] = mapped_column(ForeignKey("cases.id", ondelete="RESTRICT"), primary_key=True)


class Disposal(Base):
    """Evidence of a case whose time is up: proposed by the clock, destroyed only after a person approved."""

    __tablename__ = "disposals"
    __table_args__ = (
        CheckConstraint(one_of("state", DISPOSAL_STATES), name="state"),
        CheckConstraint(one_of("retention_class", RETENTION_CLASSES), name="retention_class"),
        CheckConstraint("(state = 'proposed') = (decided_by IS NULL)", name="decided"),
        # Two people, where two had to agree.
        CheckConstraint(
            "(decided_by IS NULL) = (decided_at IS NULL) AND (decided_by IS NULL) = (reason IS NULL)"
            " AND (first_by IS NULL) = (first_at IS NULL) AND (first_by IS NULL) = (first_reason IS NULL)"
            " AND (first_by IS NULL OR state NOT IN ('approved', 'done') OR first_by <> decided_by)",
            name="decided_whole",
        ),
        CheckConstraint("(state = 'done') = (done_at IS NOT NULL)", name="done"),
        Index(
            "uq_disposals_case_open",
            "case_id",
            unique=True,
            sqlite_where=text("state IN ('proposed', 'approved')"),
            postgresql_where=text("state IN ('proposed', 'approved')"),
        ),
    )

    id: Mapped[int] = mapped_column(RowId, primary_key=True)
    case_id: Mapped[int] = mapped_column(ForeignKey("cases.id", ondelete="RESTRICT"))
    retention_class: Mapped[str] = mapped_column(String(20))
    due_at: Mapped[datetime]
    state: Mapped[str] = mapped_column(String(20))
    proposed_at: Mapped[datetime]
    #: Who agreed before the person who decided, where it takes two.
    first_by: Mapped[int | None] = mapped_column(ForeignKey("people.id", ondelete="RESTRICT"))
    first_at: Mapped[datetime | None]
    first_reason: Mapped[str | None] = mapped_column(Text)
    decided_by: Mapped[int | None] = mapped_column(ForeignKey("people.id", ondelete="RESTRICT"))
    decided_at: Mapped[datetime | None]
    reason: Mapped[str | None] = mapped_column(Text)
    done_at: Mapped[datetime | None]
