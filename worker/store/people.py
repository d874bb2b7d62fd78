"""People who use Upstander, and their roles."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import CheckConstraint, ForeignKey, String
from sqlalchemy.orm import Mapped, mapped_column, relationship

from worker.store.types import Base, RowId, one_of

#: DESIGN.md's users. One person may hold several; a Trust may have one reviewer.
ROLES = (
    "reviewer",
    "senior_reviewer",
    "on_call_manager",
    "communications_lead",
    "evidence_officer",
    "referral_reader",
    "safeguarding_lead",
    "hr",
    "freedom_to_speak_up_guardian",
    "security_specialist",
    "legal",
    "pals",
    "it",
    "occupational_health",
    "administrator",
)


class Person(Base):
    """Somebody who signs in."""

    __tablename__ = "people"

    id: Mapped[int] = mapped_column(RowId, primary_key=True)
    name: Mapped[str] = mapped_column(String(200), unique=True)
    email: Mapped[str | None] = mapped_column(String(320))
    active: Mapped[bool] = mapped_column(default=True)
    created_at: Mapped[datetime]
    roles: Mapped[list[PersonRole]] = relationship(lazy="selectin")


class PersonRole(Base):
    """One role of one person."""

    __tablename__ = "person_roles"
    __table_args__ = (CheckConstraint(one_of("role", ROLES), name="role"),)

    person_id: Mapped[int] = mapped_column(ForeignKey("people.id", ondelete="RESTRICT"), primary_key=True)
    role: Mapped[str] = mapped_column(String(40), primary_key=True)
