"""Two people behind the destruction of what is restricted: the first one's word, and who may give the second.

On a command line they are two users of the computer as well, because there a name is only claimed.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from sqlalchemy.orm import Session

from worker.errors import Conflict
from worker.evidence.agreed import DISPOSAL_AGREED, users_who_agreed
from worker.ledger import audit
from worker.ledger.audit import Actor
from worker.review.os_users import must_be_another, must_be_named
from worker.store import tables as t


def waits_for_second(rows: Sequence[t.Disposal]) -> bool:
    """Whether somebody who sees all of it agreed to it already."""
    return bool(rows) and all(row.first_by is not None for row in rows)


def is_first(
    session: Session, rows: Sequence[t.Disposal], case_id: int, actor: Actor, *, one_os_user_will_do: bool
) -> bool:
    """Whether nobody else has agreed to all of this yet.

    Raises:
        NotAllowed: from a command line that does not say who sits there, or where the first sat as well.
        Conflict: this very person has.
    """
    must_be_named(actor.source, actor.os_user)
    agreed = {row.first_by for row in rows}
    if agreed == {actor.person_id}:
        raise Conflict(
            f"You have agreed already that the evidence of case {case_id} is destroyed.",
            safe="Nothing was destroyed: it is restricted, and two people have to agree.",
            do="Somebody else who sees the case, or an evidence officer, approves it too; or it is kept.",
        )
    if len(agreed) != 1 or None in agreed:
        return True
    # Only those words count that stand now: not one of somebody whose agreement was sent back since.
    first = users_who_agreed(session, rows)
    must_be_another(actor, first, "It was agreed to", "approve it", one_will_do=one_os_user_will_do)
    return False


def agree(session: Session, row: t.Disposal, person_id: int, why: str, actor: Actor, now: datetime) -> None:
    """Note the first of two people."""
    row.first_by, row.first_at, row.first_reason = person_id, now, why
    detail = {"disposal_id": row.id, "class": row.retention_class, "reason": why, "os_user": actor.os_user}
    audit.record(session, actor, DISPOSAL_AGREED, "case", row.case_id, now=now, detail=detail)


def forget_first(session: Session, row: t.Disposal, actor: Actor, now: datetime) -> None:
    """Drop the first one's word where one person is enough by now: they may be the one who approves."""
    if row.first_by is None:
        return
    detail = {"disposal_id": row.id, "person_id": row.first_by, "why": "it is not restricted any more"}
    row.first_by, row.first_at, row.first_reason = None, None, None
    audit.record(session, actor, "disposal_word_dropped", "case", row.case_id, now=now, detail=detail)
