"""Handing a case over: referrals, what became of them, support that was offered, references in Datix."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import CheckConstraint, ForeignKey, Index, String, Text
from sqlalchemy.orm import Mapped, mapped_column

from worker.store.types import Base, RowId, one_of

#: To whom a case is handed over. The words, clocks and defaults of each are in reference/referrals.yaml.
REFERRAL_KINDS = (
    "police_999",
    "police_101",
    "safeguarding",
    "hr",
    "legal",
    "insurers",
    "security_specialist",
    "freedom_to_speak_up_guardian",
    "pals",
    "it",
    "occupational_health",
    "employee_assistance",
    "samaritans",
    "other",
)
REFERRAL_STATES = ("made", "acknowledged", "closed", "withdrawn")
SUPPORT_KINDS = ("occupational_health", "employee_assistance", "union", "manager")
OFFER_STATES = ("offered", "accepted", "declined")


class Referral(Base):
    """One hand-over of a case to a person or body, with what they may see of it.

    Triggers keep what was referred as it was referred, and let the state go only the ways there are.
    """

    __tablename__ = "referrals"
    __table_args__ = (
        CheckConstraint(one_of("kind", REFERRAL_KINDS), name="kind"),
        CheckConstraint(one_of("state", REFERRAL_STATES), name="state"),
        CheckConstraint("length(trim(recipient)) > 0 AND length(trim(reason)) > 0", name="says_why"),
        CheckConstraint("(acknowledged_by IS NULL) = (acknowledged_at IS NULL)", name="acknowledged_whole"),
        CheckConstraint("state <> 'made' OR acknowledged_at IS NULL", name="made_is_unanswered"),
        CheckConstraint(
            "state NOT IN ('acknowledged', 'closed') OR acknowledged_at IS NOT NULL",
            name="answered_by_somebody",
        ),
        CheckConstraint(
            "(state IN ('closed', 'withdrawn')) = (ended_at IS NOT NULL)"
            " AND (ended_at IS NULL) = (ended_by IS NULL) AND (ended_at IS NULL) = (outcome IS NULL)",
            name="ended_whole",
        ),
        Index("ix_referrals_case_id", "case_id"),
        Index("ix_referrals_waiting", "state", "due_at"),
    )

    id: Mapped[int] = mapped_column(RowId, primary_key=True)
    case_id: Mapped[int] = mapped_column(ForeignKey("cases.id", ondelete="RESTRICT"))
    #: The wording that was referred: the recipient sees this one, whatever the comment says later.
    revision_id: Mapped[int] = mapped_column(ForeignKey("revisions.id", ondelete="RESTRICT"))
    kind: Mapped[str] = mapped_column(String(40))
    recipient: Mapped[str] = mapped_column(Text)
    #: A person who works with Upstander; None where it went to whoever holds the role, or outside.
    recipient_person: Mapped[int | None] = mapped_column(ForeignKey("people.id", ondelete="RESTRICT"))
    sees_words: Mapped[bool]
    sees_author: Mapped[bool]
    sees_evidence: Mapped[bool]
    sees_files: Mapped[bool]
    reason: Mapped[str] = mapped_column(Text)
    #: The supportive reply that was suggested with it, by its id.
    template: Mapped[str | None] = mapped_column(String(60))
    state: Mapped[str] = mapped_column(String(20))
    made_by: Mapped[int] = mapped_column(ForeignKey("people.id", ondelete="RESTRICT"))
    made_at: Mapped[datetime]
    #: Until when it has to be acknowledged.
    due_at: Mapped[datetime]
    acknowledged_by: Mapped[int | None] = mapped_column(ForeignKey("people.id", ondelete="RESTRICT"))
    acknowledged_at: Mapped[datetime | None]
    acknowledged_note: Mapped[str | None] = mapped_column(Text)
    ended_by: Mapped[int | None] = mapped_column(ForeignKey("people.id", ondelete="RESTRICT"))
    ended_at: Mapped[datetime | None]
    outcome: Mapped[str | None] = mapped_column(Text)
    #: Theirs, such as a crime reference.
    reference: Mapped[str | None] = mapped_column(String(200))


class ReferralChase(Base):
    """One time that somebody was reminded of a referral. Only ever added."""

    __tablename__ = "referral_chases"
    __table_args__ = (Index("ix_referral_chases_referral_id", "referral_id"),)

    id: Mapped[int] = mapped_column(RowId, primary_key=True)
    referral_id: Mapped[int] = mapped_column(ForeignKey("referrals.id", ondelete="RESTRICT"))
    chased_by: Mapped[int] = mapped_column(ForeignKey("people.id", ondelete="RESTRICT"))
    chased_at: Mapped[datetime]
    note: Mapped[str] = mapped_column(Text)


class HandOver(Base):
    """An entry of the hand-over log: which exported files went to whom, and how. Only ever added."""

    __tablename__ = "hand_overs"
    __table_args__ = (
        CheckConstraint("length(trim(handed_to)) > 0", name="names_somebody"),
        Index("ix_hand_overs_referral_id", "referral_id"),
    )

    id: Mapped[int] = mapped_column(RowId, primary_key=True)
    referral_id: Mapped[int] = mapped_column(ForeignKey("referrals.id", ondelete="RESTRICT"))
    export_id: Mapped[int] = mapped_column(ForeignKey("exports.id", ondelete="RESTRICT"))
    handed_to: Mapped[str] = mapped_column(Text)
    how: Mapped[str] = mapped_column(Text)
    logged_by: Mapped[int] = mapped_column(ForeignKey("people.id", ondelete="RESTRICT"))
    logged_at: Mapped[datetime]


class NotReferred(Base):
    """A referral that somebody considered and did not make, with why. Only ever added."""

    __tablename__ = "not_referred"
    __table_args__ = (
        CheckConstraint(one_of("kind", REFERRAL_KINDS), name="kind"),
        CheckConstraint("length(trim(reason)) > 0", name="says_why"),
        Index("ix_not_referred_case_id", "case_id"),
    )

    id: Mapped[int] = mapped_column(RowId, primary_key=True)
    case_id: Mapped[int] = mapped_column(ForeignKey("cases.id", ondelete="RESTRICT"))
    kind: Mapped[str] = mapped_column(String(40))
    reason: Mapped[str] = mapped_column(Text)
    considered_by: Mapped[int] = mapped_column(ForeignKey("people.id", ondelete="RESTRICT"))
    considered_at: Mapped[datetime]


class SupportOffer(Base):
    """Support that was offered to a member of staff, who is named by their work and not by name."""

    __tablename__ = "support_offers"
    __table_args__ = (
        CheckConstraint(one_of("kind", SUPPORT_KINDS), name="kind"),
        CheckConstraint(one_of("state", OFFER_STATES), name="state"),
        CheckConstraint("length(trim(offered_to)) > 0", name="names_a_role"),
        CheckConstraint("(state = 'offered') = (answered_at IS NULL)", name="answered_when"),
        Index("ix_support_offers_case_id", "case_id"),
    )

    id: Mapped[int] = mapped_column(RowId, primary_key=True)
    case_id: Mapped[int] = mapped_column(ForeignKey("cases.id", ondelete="RESTRICT"))
    kind: Mapped[str] = mapped_column(String(40))
    offered_to: Mapped[str] = mapped_column(Text)
    #: offered: not known yet what they said.
    state: Mapped[str] = mapped_column(String(20))
    offered_by: Mapped[int] = mapped_column(ForeignKey("people.id", ondelete="RESTRICT"))
    offered_at: Mapped[datetime]
    answered_at: Mapped[datetime | None]


class DatixReference(Base):
    """The number that a case has in Datix. Only ever added; the newest one counts."""

    __tablename__ = "datix_references"
    __table_args__ = (
        CheckConstraint("length(trim(reference)) > 0", name="says_which"),
        Index("ix_datix_references_case_id", "case_id"),
    )

    id: Mapped[int] = mapped_column(RowId, primary_key=True)
    case_id: Mapped[int] = mapped_column(ForeignKey("cases.id", ondelete="RESTRICT"))
    reference: Mapped[str] = mapped_column(String(100))
    noted_by: Mapped[int] = mapped_column(ForeignKey("people.id", ondelete="RESTRICT"))
    noted_at: Mapped[datetime]
