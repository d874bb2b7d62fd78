"""What its author deleted on X: erased within 24 hours where the setting asks for it; told either way."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import ColumnElement, and_, exists, select
from sqlalchemy.orm import Session

from worker.evidence.keeping.disposals import ITSELF
from worker.evidence.keeping.erasing import erase, free_of_cases, not_needed
from worker.ledger import audit
from worker.log import get
from worker.settings_evidence import Retention
from worker.store import tables as t

log = get("retention")


@dataclass(frozen=True, slots=True)
class Followed:
    """What became of a page of deletions, by the comments' ids."""

    erased: Sequence[int]
    kept: Sequence[int]

    @property
    def last(self) -> int:
        """The highest id that was looked at; 0 where there was nothing more."""
        return max((*self.erased, *self.kept), default=0)


def follow(session: Session, retention: Retention, *, now: datetime, after: int, most: int) -> Followed:
    """Follow deletions on X: erase, or keep and say why, once for each deletion.

    Args:
        after: comments with a higher id only.
        most: how many at most.
    """
    newest = and_(t.Revision.id == t.Comment.revision_id, t.Revision.erased_at.is_(None))
    told = exists().where(
        t.Audit.object_type == "comment",
        t.Audit.object_id == t.Comment.id,
        t.Audit.verb == "deleted_on_x_kept",
        t.Audit.at >= t.Comment.gone_at,
    )
    found = session.execute(
        select(t.Comment.id, told.label("told"), _free().label("free"))
        .join(t.Revision, newest)
        .where(t.Comment.platform == "x", t.Comment.gone_at.is_not(None), t.Comment.id > after)
        .order_by(t.Comment.id)
        .limit(most)
    ).all()
    wanted = [row.id for row in found if row.free and retention.x_deletions_within_24h]
    erased = free_of_cases(session, select(t.Comment.id).where(t.Comment.id.in_(wanted), _free()))
    kept = [row.id for row in found if row.id not in set(erased)]
    erase(session, erased, now=now)
    for comment_id in erased:
        _tell(session, comment_id, "deleted_on_x_erased", "its author deleted it on X", now)
    for row in found:
        if row.id in set(kept) and not row.told:
            _tell(session, row.id, "deleted_on_x_kept", _why(session, row.id, retention), now)
    return Followed(erased, kept)


def _free() -> ColumnElement[bool]:
    """Whether nothing but retention's own period keeps a comment: it is no case's, and no case needs it."""
    no_case = ~exists().where(t.Case.comment_id == t.Comment.id)
    return and_(no_case, *not_needed())


def _why(session: Session, comment_id: int, retention: Retention) -> str:
    if not retention.x_deletions_within_24h:
        return "the setting retention.x_deletions_within_24h is off: it is kept for its usual time"
    cases = session.scalars(
        select(t.Case.id).where(t.Case.comment_id == comment_id).order_by(t.Case.id)
    ).all()
    if cases:
        return (
            f"it belongs to case {', '.join(map(str, cases))}: its evidence goes only after a person approved"
        )
    return "it is marked, or is context of a case that is held or not decided"


def _tell(session: Session, comment_id: int, verb: str, why: str, now: datetime) -> None:
    audit.record(session, ITSELF, verb, "comment", comment_id, now=now, detail={"why": why})
    log.info(verb, comment_id=comment_id, why=why)
