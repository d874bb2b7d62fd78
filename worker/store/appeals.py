"""Appeals against decisions, and what people ask about what is held of them."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import CheckConstraint, ForeignKey, Index, String, Text
from sqlalchemy.orm import Mapped, mapped_column

from worker.store.types import Base, RowId, one_of

APPELLANTS = ("author", "staff", "other")
CHANNELS = ("email", "letter", "telephone", "in_person", "web_form", "platform", "complaint")
APPEAL_STATES = ("waiting", "decided", "decided_alone", "reviewed", "withdrawn")
#: Of an appeal: overturned, overturned in part, or the decision stands.
APPEAL_OUTCOMES = ("upheld", "partly", "dismissed")
SUBJECT_KINDS = ("access", "erasure", "objection", "rectification")
SUBJECT_STATES = ("open", "closed")
SUBJECT_OUTCOMES = ("met", "partly", "refused", "nothing_held", "withdrawn")
#: Why a request is refused, wholly or in part; the words beside it say more.
REFUSALS = (
    "legal_hold",
    "public_task",
    "legal_claims",
    "rights_of_others",
    "crime_and_safeguarding",
    "identity_not_shown",
    "manifestly_unfounded",
)

_DECIDED = "state IN ('decided', 'decided_alone', 'reviewed')"
_ALONE = "state IN ('decided_alone', 'reviewed')"


class Appeal(Base):
    """Somebody challenges the decision that counted on a case. Decided by a person who had no part in it.

    A trigger holds a row to that, unless the glass was broken with a reason; that is reviewed by another.
    """

    __tablename__ = "appeals"
    __table_args__ = (
        CheckConstraint(one_of("by_whom", APPELLANTS), name="by_whom"),
        CheckConstraint(one_of("channel", CHANNELS), name="channel"),
        CheckConstraint(one_of("state", APPEAL_STATES), name="state"),
        CheckConstraint(f"outcome IS NULL OR {one_of('outcome', APPEAL_OUTCOMES)}", name="outcome"),
        CheckConstraint("length(trim(words)) > 0", name="says_what"),
        CheckConstraint("(state = 'waiting') = (ended_by IS NULL)", name="ended"),
        CheckConstraint(
            "(ended_by IS NULL) = (ended_at IS NULL) AND (ended_by IS NULL) = (reason IS NULL)",
            name="ended_whole",
        ),
        CheckConstraint(f"({_DECIDED}) = (outcome IS NOT NULL)", name="decided_has_outcome"),
        # An appeal that succeeds changes the decision; one that fails does not.
        CheckConstraint(
            "(outcome IS NOT NULL AND outcome <> 'dismissed') = (decision_id IS NOT NULL)",
            name="success_decides_anew",
        ),
        CheckConstraint(
            f"({_ALONE}) = (break_glass_reason IS NOT NULL AND length(trim(break_glass_reason)) > 0)",
            name="alone_says_why",
        ),
        CheckConstraint(
            "(state = 'reviewed') = (reviewed_by IS NOT NULL)"
            " AND (reviewed_by IS NULL) = (reviewed_at IS NULL)",
            name="reviewed_whole",
        ),
        CheckConstraint("reviewed_by IS NULL OR reviewed_by <> ended_by", name="reviewed_by_another"),
        Index("ix_appeals_case_id", "case_id"),
        Index("ix_appeals_state", "state", "due_at"),
    )

    id: Mapped[int] = mapped_column(RowId, primary_key=True)
    case_id: Mapped[int] = mapped_column(ForeignKey("cases.id", ondelete="RESTRICT"))
    #: The decision that counted when the appeal came: the one that is challenged.
    about_decision_id: Mapped[int] = mapped_column(ForeignKey("decisions.id", ondelete="RESTRICT"))
    by_whom: Mapped[str] = mapped_column(String(20))
    channel: Mapped[str] = mapped_column(String(20))
    #: What they wrote or said, as received: anybody may have written it.
    words: Mapped[str] = mapped_column(Text)
    received_at: Mapped[datetime]
    logged_by: Mapped[int] = mapped_column(ForeignKey("people.id", ondelete="RESTRICT"))
    logged_at: Mapped[datetime]
    due_at: Mapped[datetime]
    state: Mapped[str] = mapped_column(String(20))
    ended_by: Mapped[int | None] = mapped_column(ForeignKey("people.id", ondelete="RESTRICT"))
    ended_at: Mapped[datetime | None]
    outcome: Mapped[str | None] = mapped_column(String(20))
    reason: Mapped[str | None] = mapped_column(Text)
    #: The decision that supersedes the challenged one.
    decision_id: Mapped[int | None] = mapped_column(ForeignKey("decisions.id", ondelete="RESTRICT"))
    #: The reply that was chosen for the appellant, by its id; a person sends it.
    reply_template: Mapped[str | None] = mapped_column(String(80))
    break_glass_reason: Mapped[str | None] = mapped_column(Text)
    reviewed_by: Mapped[int | None] = mapped_column(ForeignKey("people.id", ondelete="RESTRICT"))
    reviewed_at: Mapped[datetime | None]


class SubjectRequest(Base):
    """What somebody asked about what is held of them: access, erasure, objection, rectification."""

    __tablename__ = "subject_requests"
    __table_args__ = (
        CheckConstraint(one_of("kind", SUBJECT_KINDS), name="kind"),
        CheckConstraint(one_of("state", SUBJECT_STATES), name="state"),
        CheckConstraint(f"outcome IS NULL OR {one_of('outcome', SUBJECT_OUTCOMES)}", name="outcome"),
        CheckConstraint(f"refused_because IS NULL OR {one_of('refused_because', REFUSALS)}", name="refusal"),
        CheckConstraint("length(trim(handle)) > 0", name="names_somebody"),
        CheckConstraint("(extended_at IS NULL) = (extended_because IS NULL)", name="extension_says_why"),
        CheckConstraint(
            "(state = 'closed') = (closed_at IS NOT NULL) AND (closed_at IS NULL) = (closed_by IS NULL)"
            " AND (closed_at IS NULL) = (outcome IS NULL) AND (closed_at IS NULL) = (words IS NULL)",
            name="closed_whole",
        ),
        CheckConstraint(
            "(outcome IS NOT NULL AND outcome IN ('refused', 'partly')) = (refused_because IS NOT NULL)",
            name="refused_says_why",
        ),
        Index("ix_subject_requests_state", "state", "due_at"),
    )

    id: Mapped[int] = mapped_column(RowId, primary_key=True)
    kind: Mapped[str] = mapped_column(String(20))
    platform: Mapped[str | None] = mapped_column(String(20))
    handle: Mapped[str] = mapped_column(String(200))
    received_at: Mapped[datetime]
    logged_by: Mapped[int] = mapped_column(ForeignKey("people.id", ondelete="RESTRICT"))
    logged_at: Mapped[datetime]
    #: One month after it was received, or up to three where it was extended.
    due_at: Mapped[datetime]
    extended_at: Mapped[datetime | None]
    extended_because: Mapped[str | None] = mapped_column(Text)
    state: Mapped[str] = mapped_column(String(20))
    outcome: Mapped[str | None] = mapped_column(String(20))
    refused_because: Mapped[str | None] = mapped_column(String(40))
    words: Mapped[str | None] = mapped_column(Text)
    closed_by: Mapped[int | None] = mapped_column(ForeignKey("people.id", ondelete="RESTRICT"))
    closed_at: Mapped[datetime | None]
