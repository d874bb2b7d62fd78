"""Uncovering the words of a case that a page shows masked: first it is on record who reads them."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy.orm import Session

from worker.errors import NotFound
from worker.ledger import audit
from worker.ledger.audit import Actor
from worker.store import tables as t


def reveal(session: Session, actor: Actor, case: t.Case, revision_id: int, *, now: datetime) -> str | None:
    """The words of one wording of a case's comment. That they were uncovered is audited, without the words.

    Args:
        case: one that whoever acts may see.

    Returns:
        The words as they were written; None where it had none, or they were erased.

    Raises:
        NotFound: the comment has no such wording.
    """
    revision = session.get(t.Revision, revision_id)
    if revision is None or revision.comment_id != case.comment_id:
        raise NotFound(
            f"Case {case.id} has no revision {revision_id}.",
            safe="Nothing was shown.",
            do="Open the case again: it says which wordings there are.",
        )
    detail = {"revision_id": revision_id, "restriction": case.restriction}
    audit.record(session, actor, "revealed", "case", case.id, now=now, detail=detail)
    return revision.text
