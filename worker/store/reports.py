"""Reports to the platforms, prepared, filed by a person and followed; and replies that people posted."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import CheckConstraint, ForeignKey, ForeignKeyConstraint, Index, String, Text
from sqlalchemy.orm import Mapped, mapped_column

from worker.store.types import Base, RowId, one_of, same_comment

REPORT_STATES = ("prepared", "filed", "no_answer", "removed", "kept", "withdrawn", "closed")
#: What can come of a report.
REPORT_OUTCOMES = ("removed", "kept", "no_answer")


class PlatformReport(Base):
    """One report to a platform. Cannot exist without its action, which cannot exist without sealed evidence.

    It holds no words of the comment: the packet is put together from the rows whenever somebody looks at it,
    so that what is erased or locked away is not kept here.
    """

    __tablename__ = "platform_reports"
    __table_args__ = (
        ForeignKeyConstraint(
            ["requested_action_id", "comment_id", "kind"],
            ["requested_actions.id", "requested_actions.comment_id", "requested_actions.kind"],
            name="fk_platform_reports_requested",
            ondelete="RESTRICT",
            onupdate="RESTRICT",
        ),
        ForeignKeyConstraint(
            ["requested_action_id"],
            ["actions.requested_action_id"],
            name="fk_platform_reports_action",
            ondelete="RESTRICT",
            onupdate="RESTRICT",
        ),
        same_comment("screenshot_id", "snapshots", "platform_reports"),
        CheckConstraint("kind = 'platform_report'", name="kind"),
        CheckConstraint(one_of("state", REPORT_STATES), name="state"),
        CheckConstraint(f"outcome IS NULL OR {one_of('outcome', REPORT_OUTCOMES)}", name="outcome"),
        CheckConstraint(
            "(filed_at IS NULL) = (filed_by IS NULL) AND (filed_at IS NULL) = (recorded_at IS NULL)"
            " AND (filed_at IS NULL OR reference IS NOT NULL OR screenshot_id IS NOT NULL"
            " OR filing_note IS NOT NULL)",
            name="filing_is_complete",
        ),
        CheckConstraint(
            "(state = 'prepared' AND filed_at IS NULL) OR state = 'withdrawn'"
            " OR (state <> 'prepared' AND filed_at IS NOT NULL)",
            name="filed_by_somebody",
        ),
        CheckConstraint(
            "(outcome IS NULL) = (outcome_at IS NULL) AND (outcome IS NULL) = (outcome_by IS NULL)",
            name="outcome_is_complete",
        ),
        CheckConstraint(
            "state NOT IN ('removed', 'kept', 'no_answer') OR COALESCE(outcome, '') = state",
            name="outcome_is_its_state",
        ),
        CheckConstraint("state <> 'closed' OR outcome IS NOT NULL", name="closed_with_an_outcome"),
        CheckConstraint("(state IN ('withdrawn', 'closed')) = (ended_at IS NOT NULL)", name="ended"),
        CheckConstraint("(ended_at IS NULL) = (ended_reason IS NULL)", name="end_is_complete"),
        Index("ix_platform_reports_state", "state", "prepared_at"),
        Index("ix_platform_reports_comment_id", "comment_id"),
    )

    id: Mapped[int] = mapped_column(RowId, primary_key=True)
    requested_action_id: Mapped[int] = mapped_column(RowId, unique=True)
    comment_id: Mapped[int] = mapped_column(ForeignKey("comments.id", ondelete="RESTRICT"))
    kind: Mapped[str] = mapped_column(String(20))
    state: Mapped[str] = mapped_column(String(20))
    #: Our category, and the platform's reason that it was mapped to when the packet was prepared.
    category: Mapped[str] = mapped_column(String(40))
    reason: Mapped[str | None] = mapped_column(Text)
    prepared_at: Mapped[datetime]
    #: When a person filed it in the platform's own app, by their own word; `recorded_at`: when they said so.
    filed_at: Mapped[datetime | None]
    filed_by: Mapped[int | None] = mapped_column(ForeignKey("people.id", ondelete="RESTRICT"))
    recorded_at: Mapped[datetime | None]
    reference: Mapped[str | None] = mapped_column(Text)
    #: The supplement that holds the screenshot of the platform's confirmation.
    screenshot_id: Mapped[int | None] = mapped_column(RowId)
    filing_note: Mapped[str | None] = mapped_column(Text)
    outcome: Mapped[str | None] = mapped_column(String(20))
    outcome_at: Mapped[datetime | None]
    outcome_by: Mapped[int | None] = mapped_column(ForeignKey("people.id", ondelete="RESTRICT"))
    #: When polling found that the comment is no longer there.
    gone_noted_at: Mapped[datetime | None]
    ended_at: Mapped[datetime | None]
    #: None where nobody ended it: the decision behind it was overturned.
    ended_by: Mapped[int | None] = mapped_column(ForeignKey("people.id", ondelete="RESTRICT"))
    ended_reason: Mapped[str | None] = mapped_column(Text)


class ReportCorrection(Base):
    """What somebody found wrong in the record of a filing. Only ever added: the first word stays."""

    __tablename__ = "platform_report_corrections"
    __table_args__ = (
        CheckConstraint("length(trim(reason)) > 0", name="says_why"),
        CheckConstraint("filed_at IS NOT NULL OR reference IS NOT NULL", name="corrects_something"),
        Index("ix_platform_report_corrections_report_id", "report_id"),
    )

    id: Mapped[int] = mapped_column(RowId, primary_key=True)
    report_id: Mapped[int] = mapped_column(ForeignKey("platform_reports.id", ondelete="RESTRICT"))
    filed_at: Mapped[datetime | None]
    reference: Mapped[str | None] = mapped_column(Text)
    reason: Mapped[str] = mapped_column(Text)
    corrected_by: Mapped[int] = mapped_column(ForeignKey("people.id", ondelete="RESTRICT"))
    corrected_at: Mapped[datetime]


class PostedReply(Base):
    """A person's word that they posted a reply under a case's comment, in the platform's own app."""

    __tablename__ = "posted_replies"
    __table_args__ = (Index("ix_posted_replies_case_id", "case_id"),)

    id: Mapped[int] = mapped_column(RowId, primary_key=True)
    case_id: Mapped[int] = mapped_column(ForeignKey("cases.id", ondelete="RESTRICT"))
    #: The template's id, as the file of templates had it then.
    template: Mapped[str] = mapped_column(String(60))
    #: The address of the reply itself, where the person gave it.
    address: Mapped[str | None] = mapped_column(Text)
    posted_by: Mapped[int] = mapped_column(ForeignKey("people.id", ondelete="RESTRICT"))
    posted_at: Mapped[datetime]
