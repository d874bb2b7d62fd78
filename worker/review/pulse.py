"""What changed in the queue since somebody last looked, for a page that stays open. It tells no words."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import ColumnElement, Select, and_, select
from sqlalchemy.orm import Session

from worker.review.counting import Count, bounded, told
from worker.review.filtering import at_rank
from worker.review.order import WAITING
from worker.store import tables as t

#: Who took a case longer ago than a shift lasts does not look at it any more.
_SHIFT = timedelta(hours=12)
#: What a person does with their claim on a case, as the audit calls it. Renewing one leaves no entry.
_CLAIMED = "claimed"
_ENDED = ("released", "snoozed", "reassigned", "decided")
#: More cases than anybody has at once.
_MOST_LOST = 50


@dataclass(frozen=True, slots=True)
class Pulse:
    """What changed in the queue, of the cases that whoever looks may see.

    Attributes:
        at: when it was looked.
        new: how many cases that wait opened since.
        danger: how many of immediate danger wait about which nobody took the call.
        mine_lost: the cases that this person had until their claim ran out, or somebody else took or decided
            them.
    """

    at: datetime
    new: Count
    danger: Count
    mine_lost: tuple[int, ...]


def pulse(
    session: Session, person_id: int, *, seen: ColumnElement[bool], since: datetime, now: datetime
) -> Pulse:
    """Look at what changed since a moment, in two statements that cost no more in a long queue.

    Args:
        seen: the SQL that holds of the cases that this person may see; of no other anything is told.
    """
    waiting = select(t.Case.id).where(WAITING, seen)
    opened = bounded(waiting.where(t.Case.opened_at > since))
    danger = bounded(waiting.where(at_rank("immediate_danger"), ~_call_taken()))
    new, alone = session.execute(select(opened, danger)).one()
    gone = _ran_out(person_id, since, now).union(_taken_over(person_id, since)).subquery()
    lost = (
        select(t.Case.id)
        .join(gone, gone.c.case_id == t.Case.id)
        .where(seen)
        .order_by(t.Case.id)
        .limit(_MOST_LOST)
    )
    return Pulse(now, told(new), told(alone), tuple(session.scalars(lost)))


def _call_taken() -> ColumnElement[bool]:
    """The SQL that holds of the cases whose call somebody took, unless they were raised anew since."""
    about = select(t.Page.id).where(t.Page.case_id == t.Case.id).correlate(t.Case)
    taken = about.where(t.Page.state == "acknowledged").exists()
    return and_(taken, ~about.where(t.Page.state == "calling").exists())


def _ran_out(person_id: int, since: datetime, now: datetime) -> Select[int]:
    """The cases on which this person's claim ran out since, and that nobody took meanwhile."""
    return select(t.Claim.case_id).where(
        t.Claim.person_id == person_id, t.Claim.until > since, t.Claim.until <= now
    )


def _taken_over(person_id: int, since: datetime) -> Select[int]:
    """The cases that somebody else took or decided since, and that this person had not given up."""
    decided = select(t.Decision.case_id).where(
        t.Decision.decided_at > since, t.Decision.person_id != person_id
    )
    taken = select(t.Claim.case_id).where(t.Claim.claimed_at > since, t.Claim.person_id != person_id)
    others = decided.union(taken).subquery()
    last = (
        select(t.Audit.verb)
        .where(
            t.Audit.object_type == "case",
            t.Audit.object_id == others.c.case_id,
            t.Audit.person_id == person_id,
            t.Audit.verb.in_((_CLAIMED, *_ENDED)),
            t.Audit.at > since - _SHIFT,
        )
        .order_by(t.Audit.id.desc())
        .limit(1)
        .correlate(others)
        .scalar_subquery()
    )
    return select(others.c.case_id).where(last == _CLAIMED)
