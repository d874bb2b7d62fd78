"""What words and pictures were compared by goes with them when they are erased.

A sketch is made of pieces of the words: with patience a short text could be put together from it again.
"""

from __future__ import annotations

from typing import Any

from sqlalchemy import Select, delete, select, update
from sqlalchemy.orm import Session

from worker.store import tables as t


def forget_likeness(session: Session, revisions: Select[Any]) -> None:
    """Empty what these wordings are compared by. A fingerprint keeps its hash: the very same words match.

    Args:
        revisions: the query that gives their numbers.
    """
    taught = select(t.Fingerprint.id).where(t.Fingerprint.revision_id.in_(revisions))
    for statement in (
        update(t.TextLead).where(t.TextLead.revision_id.in_(revisions)).values(exact="", sketch=b""),
        delete(t.TextBand).where(t.TextBand.revision_id.in_(revisions)),
        delete(t.PicturePrint).where(t.PicturePrint.revision_id.in_(revisions)),
        delete(t.FingerprintBand).where(t.FingerprintBand.fingerprint_id.in_(taught)),
        update(t.Fingerprint).where(t.Fingerprint.revision_id.in_(revisions)).values(sketch=None),
    ):
        session.execute(statement.execution_options(synchronize_session=False))
