"""What a decision says beside its verdict, what is noted on a case, and who may not see which case."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import CheckConstraint, ForeignKey, Index, String, Text
from sqlalchemy.orm import Mapped, mapped_column

from worker.store.casework import RESTRICTIONS
from worker.store.types import Base, RowId, one_of

#: The nine protected characteristics, and where it shows that it is one of them but not which.
CHARACTERISTICS = (
    "age",
    "disability",
    "gender_reassignment",
    "marriage_civil_partnership",
    "pregnancy_maternity",
    "race",
    "religion_belief",
    "sex",
    "sexual_orientation",
    "unclear",
)


class Restriction(Base):
    """A restriction of a case, or the lifting of one. Only ever added; what nobody lifted stands."""

    __tablename__ = "restrictions"
    __table_args__ = (
        CheckConstraint(f"kind IS NULL OR {one_of('kind', RESTRICTIONS)}", name="kind"),
        CheckConstraint("length(trim(reason)) > 0", name="says_why"),
        CheckConstraint("lifts_id IS NULL OR kind IS NULL", name="notes_or_lifts"),
        Index("ix_restrictions_case_id", "case_id"),
        Index("ix_restrictions_lifts_id", "lifts_id", unique=True),
    )

    id: Mapped[int] = mapped_column(RowId, primary_key=True)
    case_id: Mapped[int] = mapped_column(ForeignKey("cases.id", ondelete="RESTRICT"))
    #: None where this row lifts.
    kind: Mapped[str | None] = mapped_column(String(20))
    #: The row that this one lifts; None where this one restricts. An old row with neither lifted whatever
    #: stood before it.
    lifts_id: Mapped[int | None] = mapped_column(ForeignKey("restrictions.id", ondelete="RESTRICT"))
    reason: Mapped[str] = mapped_column(Text)
    #: None where the worker itself did it, because of what another row says.
    noted_by: Mapped[int | None] = mapped_column(ForeignKey("people.id", ondelete="RESTRICT"))
    noted_at: Mapped[datetime]


class Conflict(Base):
    """A person's conflict of interest in a case, or the withdrawal of one. Only ever added."""

    __tablename__ = "conflicts"
    __table_args__ = (
        CheckConstraint("length(trim(reason)) > 0", name="says_why"),
        CheckConstraint("withdraws_id IS NULL OR noted_by <> person_id", name="withdrawn_by_another"),
        Index("ix_conflicts_case_id", "case_id"),
        Index("ix_conflicts_person_id", "person_id"),
    )

    id: Mapped[int] = mapped_column(RowId, primary_key=True)
    case_id: Mapped[int] = mapped_column(ForeignKey("cases.id", ondelete="RESTRICT"))
    person_id: Mapped[int] = mapped_column(ForeignKey("people.id", ondelete="RESTRICT"))
    #: The row that this one takes back; None where this one notes a conflict.
    withdraws_id: Mapped[int | None] = mapped_column(
        ForeignKey("conflicts.id", ondelete="RESTRICT"), unique=True
    )
    reason: Mapped[str] = mapped_column(Text)
    #: None where it came with a protected hand-in, of which nothing says who typed it.
    noted_by: Mapped[int | None] = mapped_column(ForeignKey("people.id", ondelete="RESTRICT"))
    noted_at: Mapped[datetime]


class DecisionCharacteristic(Base):
    """One protected characteristic that the upheld words were about."""

    __tablename__ = "decision_characteristics"
    __table_args__ = (CheckConstraint(one_of("characteristic", CHARACTERISTICS), name="characteristic"),)

    decision_id: Mapped[int] = mapped_column(
        ForeignKey("decisions.id", ondelete="RESTRICT"), primary_key=True
    )
    characteristic: Mapped[str] = mapped_column(String(40), primary_key=True)


class DecisionAnswer(Base):
    """One answer that a person gave to a question of the Trust's, with their decision."""

    __tablename__ = "decision_answers"

    decision_id: Mapped[int] = mapped_column(
        ForeignKey("decisions.id", ondelete="RESTRICT"), primary_key=True
    )
    question: Mapped[str] = mapped_column(String(60), primary_key=True)
    answer: Mapped[str] = mapped_column(String(20))


class CaseNote(Base):
    """What a person wrote down about a case. Never edited: a later note corrects it."""

    __tablename__ = "case_notes"
    __table_args__ = (
        CheckConstraint("length(trim(text)) > 0", name="says_something"),
        Index("ix_case_notes_case_id", "case_id"),
    )

    id: Mapped[int] = mapped_column(RowId, primary_key=True)
    case_id: Mapped[int] = mapped_column(ForeignKey("cases.id", ondelete="RESTRICT"))
    text: Mapped[str] = mapped_column(Text)
    written_by: Mapped[int] = mapped_column(ForeignKey("people.id", ondelete="RESTRICT"))
    written_at: Mapped[datetime]


class CaseCheck(Base):
    """One time that a person ticked an item of a case's evidence checklist, or took the tick back."""

    __tablename__ = "case_checks"
    __table_args__ = (Index("ix_case_checks_case_id", "case_id"),)

    id: Mapped[int] = mapped_column(RowId, primary_key=True)
    case_id: Mapped[int] = mapped_column(ForeignKey("cases.id", ondelete="RESTRICT"))
    item: Mapped[str] = mapped_column(String(60))
    done: Mapped[bool]
    note: Mapped[str | None] = mapped_column(Text)
    checked_by: Mapped[int] = mapped_column(ForeignKey("people.id", ondelete="RESTRICT"))
    checked_at: Mapped[datetime]
