"""Audit rows: who did or saw what. Written in the transaction of what they tell of."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy.orm import Session

from worker.store.numbers import add_rows
from worker.store.running import Audit


@dataclass(frozen=True, slots=True)
class Actor:
    """Who is acting, and from where.

    Attributes:
        person_id: the person, or None where the worker itself acts.
        source: cli, web, or a job's name.
        os_user: the operating system's user, from a command line, where a name is only claimed; else None.
    """

    person_id: int | None
    source: str
    os_user: str | None = None


def record(
    session: Session,
    actor: Actor,
    verb: str,
    object_type: str,
    object_id: int | None,
    *,
    now: datetime,
    detail: Mapping[str, Any] | None = None,
) -> None:
    """Add one audit row. `detail` holds ids and facts, never a comment's words or a secret."""
    session.add(
        Audit(
            at=now,
            person_id=actor.person_id,
            source=actor.source,
            verb=verb,
            object_type=object_type,
            object_id=object_id,
            detail=dict(detail or {}),
        )
    )


def record_many(
    session: Session,
    actor: Actor,
    verb: str,
    object_type: str,
    details: Mapping[int, Mapping[str, Any]],
    *,
    now: datetime,
) -> None:
    """Add one audit row for each of many objects that one step changed alike, in one statement.

    Args:
        details: the detail of each, by the object's id.
    """
    rows = [
        {
            "at": now,
            "person_id": actor.person_id,
            "source": actor.source,
            "verb": verb,
            "object_type": object_type,
            "object_id": object_id,
            "detail": dict(detail),
        }
        for object_id, detail in details.items()
    ]
    add_rows(session, Audit, rows)
