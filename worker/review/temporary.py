"""Roles that somebody has only while a major incident is on."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from worker.store import tables as t


def temporary_roles(session: Session, person_id: int, now: datetime | None) -> frozenset[str]:
    """The roles that a person has for as long as a major incident is on.

    Args:
        now: the moment that counts. None asks only whether nobody has ended the incident or the role: for
            what is shown, never for what is done.
    """
    given = (
        select(t.TemporaryRole.role)
        .join(t.MajorIncident, t.MajorIncident.id == t.TemporaryRole.incident_id)
        .where(
            t.TemporaryRole.person_id == person_id,
            t.TemporaryRole.ended_at.is_(None),
            t.MajorIncident.state == "on",
        )
    )
    if now is not None:
        given = given.where(t.TemporaryRole.until > now, t.MajorIncident.until > now)
    return frozenset(session.scalars(given))
