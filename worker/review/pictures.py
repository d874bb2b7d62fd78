"""Pictures by their looks: once one is captured, its case finds those that look the same.

Suspected child abuse imagery is compared with nothing: its cases are left out on both sides.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from worker.ledger import audit
from worker.ledger.audit import Actor
from worker.review.alike import PDQ_DISTANCE, REMEMBERED, Lead, Newcomer
from worker.review.grouping import join_lead
from worker.review.inheriting import inherit_from_first
from worker.review.recognising import Seen, distance, recognise_picture
from worker.store import tables as t
from worker.store.numbers import add_rows

#: Below it PDQ's makers call the number unreliable: a picture with hardly anything on it.
LEAST_QUALITY = 50
_LOCKED = "imagery"
_ITSELF = Actor(None, "render")


def note_pictures(
    session: Session, case_id: int, revision_id: int, pdqs: Sequence[str], *, now: datetime
) -> None:
    """Keep how the captured pictures of a wording look, and put its case beside those that look the same.

    Args:
        pdqs: of each picture that is good enough to be compared. Captured again, they are not kept again.
    """
    case = session.get_one(t.Case, case_id)
    known = select(t.PicturePrint.id).where(
        t.PicturePrint.revision_id == revision_id, t.PicturePrint.pdq.is_not(None)
    )
    if not pdqs or case.restriction == _LOCKED or session.scalar(known.limit(1)) is not None:
        return
    comment = session.get_one(t.Comment, case.comment_id)
    author = session.get(t.Author, comment.author_id) if comment.author_id is not None else None
    lead = _first_like(session, case_id, pdqs, now)
    rows = [
        {"revision_id": revision_id, "case_id": case_id, "media_id": None, "pdq": pdq, "seen_at": now}
        for pdq in pdqs
    ]
    add_rows(session, t.PicturePrint, rows)
    if lead is not None:
        member = Newcomer(case_id, revision_id, None, None, comment.platform, None, ())
        join_lead(session, "picture", member, lead, now=now)
    if case.repost_of is None and case.closed_at is None:
        seen = Seen(comment.platform, comment.external_id, author.external_id if author else None, None, ())
        _link(session, case, seen, pdqs, now)


def _first_like(session: Session, case_id: int, pdqs: Sequence[str], now: datetime) -> Lead | None:
    """The first captured picture of another case that looks like one of these."""
    prints = session.execute(
        select(t.PicturePrint.revision_id, t.PicturePrint.case_id, t.PicturePrint.pdq)
        .join(t.Case, t.Case.id == t.PicturePrint.case_id)
        .where(
            t.PicturePrint.pdq.is_not(None),
            t.PicturePrint.seen_at > now - REMEMBERED,
            t.PicturePrint.case_id != case_id,
            t.Case.restriction.is_distinct_from(_LOCKED),
        )
        .order_by(t.PicturePrint.id)
    )
    for revision_id, other_case, other in prints:
        if other is not None and any(distance(pdq, other) <= PDQ_DISTANCE for pdq in pdqs):
            return Lead(revision_id, other_case)
    return None


def _link(session: Session, case: t.Case, seen: Seen, pdqs: Sequence[str], now: datetime) -> None:
    for pdq in pdqs:
        found = recognise_picture(session, seen, pdq)
        if found is not None and found.case_id != case.id:
            case.repost_of = found.case_id
            detail = {"repost_of": found.case_id, "by": found.what}
            audit.record(session, _ITSELF, "recognised", "case", case.id, now=now, detail=detail)
            inherit_from_first(session, {case.id: found.case_id}, now=now)
            return
