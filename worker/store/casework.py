"""What people do with a case: claims, decisions, requested actions."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy import (
    CheckConstraint,
    ForeignKey,
    ForeignKeyConstraint,
    Index,
    String,
    Text,
    UniqueConstraint,
    text,
)
from sqlalchemy.orm import Mapped, mapped_column

from worker.store.platform import SEVERITIES
from worker.store.types import Base, Json, RowId, one_of, same_comment

#: Routed: about a colleague. It went to HR when it was handed in, and is never judged here.
#: Closed: HR is done with it.
CASE_STATES = ("open", "needs_advice", "decided", "routed", "closed")
DECISIONS = ("upheld", "not_upheld", "needs_advice")
#: Why a comment is let stand.
WHY_NOT = ("criticism", "counter_speech", "clinical_language", "reclaimed", "harmless_spam", "other")
#: Whom upheld words are aimed at.
TARGETS = ("named_staff", "staff", "patient", "minor", "trust", "other")
#: Whether it may be an offence, in the eyes of the person who decides; courts say whether it is one.
OFFENCE = ("yes", "no", "unsure")
#: Who is asked for advice.
ADVICE = ("legal", "hr", "safeguarding", "security", "police", "information_governance", "other")
#: Why a case is for named roles only; None: for everybody who works the queue.
RESTRICTIONS = ("safeguarding", "protected", "manager", "intimate_image", "imagery", "staff_on_staff")
ACTION_KINDS = ("hide", "unhide", "delete", "block", "unblock", "mute", "unmute", "platform_report")
REQUEST_STATES = (
    "awaiting_approval",
    "requested",
    "by_hand",
    "carried_out",
    "outside",
    "rehearsed",
    "refused",
    "withdrawn",
    "failed",
)


class Case(Base):
    """A revision queued for a person. `revision_id` moves on when an undecided case's comment is edited.

    One comment has at most one case that is not decided.
    """

    __tablename__ = "cases"
    __table_args__ = (
        CheckConstraint(one_of("state", CASE_STATES), name="state"),
        CheckConstraint(one_of("severity", SEVERITIES), name="severity"),
        CheckConstraint(
            "(state IN ('decided', 'routed', 'closed')) = (closed_at IS NOT NULL)", name="closed"
        ),
        CheckConstraint(f"restriction IS NULL OR {one_of('restriction', RESTRICTIONS)}", name="restriction"),
        UniqueConstraint("id", "comment_id"),
        same_comment("revision_id", "revisions", "cases"),
        Index(
            "uq_cases_comment_undecided",
            "comment_id",
            unique=True,
            sqlite_where=text("state <> 'decided'"),
            postgresql_where=text("state <> 'decided'"),
        ),
        Index(
            "ix_cases_due_at",
            "due_at",
            sqlite_where=text("closed_at IS NULL"),
            postgresql_where=text("closed_at IS NULL"),
        ),
        Index(
            "ix_cases_snoozed_until",
            "snoozed_until",
            sqlite_where=text("closed_at IS NULL AND snoozed_until IS NOT NULL"),
            postgresql_where=text("closed_at IS NULL AND snoozed_until IS NOT NULL"),
        ),
        Index("ix_cases_comment_id", "comment_id"),
        Index("ix_cases_opened_at", "opened_at"),
        # Not over what waits: SQLite would take "closed_at IS NULL" for a value that few cases have.
        Index(
            "ix_cases_closed_at",
            "closed_at",
            sqlite_where=text("closed_at IS NOT NULL"),
            postgresql_where=text("closed_at IS NOT NULL"),
        ),
    )

    id: Mapped[int] = mapped_column(RowId, primary_key=True)
    comment_id: Mapped[int] = mapped_column(ForeignKey("comments.id", ondelete="RESTRICT"))
    revision_id: Mapped[int] = mapped_column(ForeignKey("revisions.id", ondelete="RESTRICT"))
    state: Mapped[str] = mapped_column(String(20))
    severity: Mapped[str] = mapped_column(String(20))
    #: 0 is the most severe, so that the queue is one ascending index scan.
    severity_rank: Mapped[int]
    priority: Mapped[int]
    #: What it was opened with: the rules' own priority, the highest of its wordings. None in older rows.
    base_priority: Mapped[int | None]
    opened_at: Mapped[datetime]
    due_at: Mapped[datetime]
    viewed_at: Mapped[datetime | None]
    closed_at: Mapped[datetime | None]
    #: Put aside until then: "next case" passes over it, the queue shows it as put aside.
    snoozed_until: Mapped[datetime | None]
    restriction: Mapped[str | None] = mapped_column(String(20))
    #: The case whose upheld, taken-down content this one brings back.
    repost_of: Mapped[int | None] = mapped_column(ForeignKey("cases.id", ondelete="RESTRICT"))
    #: The parts of the priority: a list of {"points": n, "words": "..."}, none where only the rules gave it.
    priority_parts: Mapped[list[dict[str, Any]] | None] = mapped_column(Json)


#: The order of worker.review.order: over what is not closed, and over parts of that which may be few in many.
for _name, _where in (
    ("ix_cases_waiting", "closed_at IS NULL"),
    ("ix_cases_needs_advice", "state = 'needs_advice'"),
    ("ix_cases_restricted", "closed_at IS NULL AND restriction IS NOT NULL"),
):
    Index(
        _name,
        Case.severity_rank,
        Case.priority.desc(),
        Case.due_at,
        Case.id,
        sqlite_where=text(_where),
        postgresql_where=text(_where),
    )


class Claim(Base):
    """A reviewer's lease on a case; it runs out by itself."""

    __tablename__ = "claims"

    case_id: Mapped[int] = mapped_column(ForeignKey("cases.id", ondelete="RESTRICT"), primary_key=True)
    person_id: Mapped[int] = mapped_column(ForeignKey("people.id", ondelete="RESTRICT"))
    claimed_at: Mapped[datetime]
    until: Mapped[datetime]
    #: Who handed the case on to this person, until that person takes it up.
    given_by: Mapped[int | None] = mapped_column(ForeignKey("people.id", ondelete="RESTRICT"))


class Decision(Base):
    """What a person decided on one revision. Never edited: a correction is a new row that supersedes."""

    __tablename__ = "decisions"
    __table_args__ = (
        CheckConstraint(one_of("verdict", DECISIONS), name="verdict"),
        CheckConstraint(f"severity IS NULL OR {one_of('severity', SEVERITIES)}", name="severity"),
        CheckConstraint("verdict <> 'upheld' OR severity IS NOT NULL", name="upheld_has_severity"),
        *(
            CheckConstraint(
                f"{column} IS NULL OR (verdict = '{only}' AND {one_of(column, words)})", name=column
            )
            for column, only, words in (
                ("why_not", "not_upheld", WHY_NOT),
                ("target", "upheld", TARGETS),
                ("may_be_offence", "upheld", OFFENCE),
                ("advice_from", "needs_advice", ADVICE),
            )
        ),
        UniqueConstraint("id", "case_id", "revision_id", "verdict"),
        Index("ix_decisions_case_id", "case_id"),
        # Of two decisions on one case at most one is the first, and each is superseded at most once.
        Index(
            "uq_decisions_first",
            "case_id",
            unique=True,
            sqlite_where=text("supersedes_id IS NULL"),
            postgresql_where=text("supersedes_id IS NULL"),
        ),
        Index("uq_decisions_supersedes_id", "supersedes_id", unique=True),
        Index("ix_decisions_decided_at", "decided_at"),
    )

    id: Mapped[int] = mapped_column(RowId, primary_key=True)
    case_id: Mapped[int] = mapped_column(ForeignKey("cases.id", ondelete="RESTRICT"))
    revision_id: Mapped[int] = mapped_column(ForeignKey("revisions.id", ondelete="RESTRICT"))
    person_id: Mapped[int] = mapped_column(ForeignKey("people.id", ondelete="RESTRICT"))
    verdict: Mapped[str] = mapped_column(String(20))
    severity: Mapped[str | None] = mapped_column(String(20))
    reason: Mapped[str] = mapped_column(Text)
    #: From here to law_version: none in rows that are older than these columns.
    why_not: Mapped[str | None] = mapped_column(String(30))
    target: Mapped[str | None] = mapped_column(String(20))
    breaks_house_rules: Mapped[bool | None]
    may_be_offence: Mapped[str | None] = mapped_column(String(10))
    #: What it did to people. There is no column for what the author meant: harassment does not need it.
    effect: Mapped[str | None] = mapped_column(Text)
    advice_from: Mapped[str | None] = mapped_column(String(30))
    advice_who: Mapped[str | None] = mapped_column(Text)
    #: Why it is upheld although it also criticises care.
    criticism_yet_upheld: Mapped[str | None] = mapped_column(Text)
    #: The version of the law map that was shown.
    law_version: Mapped[str | None] = mapped_column(String(20))
    supersedes_id: Mapped[int | None] = mapped_column(ForeignKey("decisions.id", ondelete="RESTRICT"))
    decided_at: Mapped[datetime]


class DecisionCategory(Base):
    """One category that a decision upheld."""

    __tablename__ = "decision_categories"

    decision_id: Mapped[int] = mapped_column(
        ForeignKey("decisions.id", ondelete="RESTRICT"), primary_key=True
    )
    category: Mapped[str] = mapped_column(String(40), primary_key=True)


class RequestedAction(Base):
    """What a decision asks the platform for. Needs no snapshot yet; approvals hang on it.

    Tied to its own decision: about that case, that revision, that comment, and, unless it restores,
    one that upheld the case.
    """

    __tablename__ = "requested_actions"
    __table_args__ = (
        UniqueConstraint("id", "comment_id", "kind"),
        CheckConstraint("verdict = 'upheld' OR kind IN ('unhide', 'unblock', 'unmute')", name="upheld"),
        same_comment("case_id", "cases", "requested_actions"),
        same_comment("revision_id", "revisions", "requested_actions"),
        ForeignKeyConstraint(
            ["decision_id", "case_id", "revision_id", "verdict"],
            ["decisions.id", "decisions.case_id", "decisions.revision_id", "decisions.verdict"],
            name="fk_requested_actions_decision",
            ondelete="RESTRICT",
        ),
        CheckConstraint(one_of("kind", ACTION_KINDS), name="kind"),
        CheckConstraint(one_of("state", REQUEST_STATES), name="state"),
        Index("ix_requested_actions_case_id", "case_id"),
        Index("ix_requested_actions_finished_at", "finished_at"),
    )

    id: Mapped[int] = mapped_column(RowId, primary_key=True)
    case_id: Mapped[int] = mapped_column(ForeignKey("cases.id", ondelete="RESTRICT"))
    comment_id: Mapped[int] = mapped_column(ForeignKey("comments.id", ondelete="RESTRICT"))
    revision_id: Mapped[int] = mapped_column(ForeignKey("revisions.id", ondelete="RESTRICT"))
    decision_id: Mapped[int] = mapped_column(ForeignKey("decisions.id", ondelete="RESTRICT"))
    #: The decision's, so that the database itself can hold a hide to an upheld case.
    verdict: Mapped[str] = mapped_column(String(20))
    kind: Mapped[str] = mapped_column(String(20))
    state: Mapped[str] = mapped_column(String(20))
    detail: Mapped[str | None] = mapped_column(Text)
    requested_by: Mapped[int] = mapped_column(ForeignKey("people.id", ondelete="RESTRICT"))
    requested_at: Mapped[datetime]
    finished_at: Mapped[datetime | None]
    #: Why, in the asker's words, for whoever approves it.
    reason: Mapped[str | None] = mapped_column(Text)
