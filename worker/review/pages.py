"""Pages: immediate danger calls whoever is on call, until somebody acknowledges it. Never a queue.

What is here writes rows, in the transaction of what makes it so; `worker.review.paging` sends.
"""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from worker import outbox
from worker.ledger import audit
from worker.ledger.audit import Actor
from worker.review.machine import NOT_YET, must_lead
from worker.store import tables as t

#: What a person in front of such a case is told before anything else.
PROMPT = "If somebody is in danger now, call 999. Do not wait for anyone."
_OPENING = Actor(None, "opening")


@dataclass(frozen=True, slots=True)
class Call:
    """How far the last call about a case is.

    Attributes:
        taken_by, taken_at: who acknowledged it, and when; None while whoever is on call is being called.
    """

    taken_by: str | None
    taken_at: datetime | None


def call_for(session: Session, case_ids: Collection[int], *, now: datetime, actor: Actor = _OPENING) -> None:
    """Begin to call whoever is on call about cases of immediate danger; about each of them once at a time.

    Args:
        actor: whose doing it is: a person's who raised the case, or nobody's.
    """
    if not case_ids:
        return
    calling = set(
        session.scalars(select(t.Page.case_id).where(t.Page.case_id.in_(case_ids), t.Page.state == "calling"))
    )
    for case_id in sorted(set(case_ids) - calling):
        must_lead("page", NOT_YET, "calling")
        page = t.Page(case_id=case_id, state="calling", began_at=now)
        session.add(page)
        session.flush()
        audit.record(session, actor, "page_began", "case", case_id, now=now, detail={"page_id": page.id})
        send_soon(session, page.id, now=now)


def send_soon(session: Session, page_id: int, *, now: datetime, due: datetime | None = None) -> None:
    """Have a page sent, once however often it is asked for.

    Args:
        due: not before then; at once where None.
    """
    outbox.enqueue(session, "page", {"page_id": page_id}, now=now, due=due, key=f"page:{page_id}")


def calls_of(session: Session, case_ids: Collection[int]) -> dict[int, Call]:
    """The last call about each of these cases; those about which nobody was called are left out."""
    rows = session.execute(
        select(t.Page.case_id, t.Person.name, t.Page.acknowledged_at)
        .outerjoin(t.Person, t.Person.id == t.Page.acknowledged_by)
        .where(t.Page.case_id.in_(case_ids))
        .order_by(t.Page.id)
    )
    return {case_id: Call(name, at) for case_id, name, at in rows}


def acknowledge(session: Session, actor: Actor, case_id: int, *, now: datetime, by: str) -> int | None:
    """Note that a person has taken a call up: nobody else is called about it.

    Args:
        by: how: acknowledging, or deciding the case.

    Returns:
        The page's number, or None where nothing was calling.
    """
    page = session.scalars(
        select(t.Page).where(t.Page.case_id == case_id, t.Page.state == "calling").with_for_update()
    ).one_or_none()
    if page is None:
        return None
    must_lead("page", page.state, "acknowledged")
    page.state, page.acknowledged_by, page.acknowledged_at = "acknowledged", actor.person_id, now
    waited = round((now - page.began_at).total_seconds())
    detail = {"page_id": page.id, "by": by, "seconds": waited}
    audit.record(session, actor, "page_acknowledged", "case", case_id, now=now, detail=detail)
    return page.id
