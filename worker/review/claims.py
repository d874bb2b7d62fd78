"""Claims: a reviewer's time-limited lease on a case, so that no two people work on the same one."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import delete, or_, select, update
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.orm import Session

from worker.errors import NotFound
from worker.review.errors import ClaimHeld
from worker.store import tables as t


@dataclass(frozen=True, slots=True)
class Held:
    """A live claim of the person who asked."""

    case_id: int
    until: datetime


def claim(session: Session, case_id: int, person_id: int, *, now: datetime, minutes: int) -> Held:
    """Take a case, or take it for longer. One statement decides who gets it.

    Raises:
        NotFound: there is no such case.
        ClaimHeld: somebody else's claim still runs.
    """
    if session.get(t.Case, case_id) is None:
        raise NotFound(f"There is no case {case_id}.", do="`upstander queue list` shows the open ones.")
    held = _take(session, case_id, person_id, now=now, minutes=minutes)
    if held is None:
        holder = session.execute(
            select(t.Person.name, t.Claim.until)
            .join(t.Person, t.Person.id == t.Claim.person_id)
            .where(t.Claim.case_id == case_id)
        ).one_or_none()
        # None: given back between the two statements.
        raise ClaimHeld(case_id, holder.name if holder else None, holder.until if holder else None)
    return held


def claim_next(session: Session, person_id: int, *, now: datetime, minutes: int) -> Held | None:
    """Take the first open case of the queue that nobody has a claim on.

    Returns:
        The claim, or None where no such case is left.
    """
    live = select(t.Claim.case_id).where(t.Claim.case_id == t.Case.id, t.Claim.until > now)
    first = (
        select(t.Case.id)
        .where(t.Case.state == "open", ~live.exists())
        .order_by(t.Case.severity_rank, t.Case.due_at, t.Case.id)
        .limit(1)
        .with_for_update(skip_locked=True)
    )
    while (case_id := session.scalar(first)) is not None:
        held = _take(session, case_id, person_id, now=now, minutes=minutes)
        if held is not None:
            return held
        # Another reviewer's claim was committed between the two statements: look again.
    return None


def renew(session: Session, case_id: int, person_id: int, *, now: datetime, minutes: int) -> Held:
    """Keep a live claim for longer, from now.

    Raises:
        ClaimHeld: it ran out, or somebody else has the case.
    """
    until = now + timedelta(minutes=minutes)
    renewed = session.scalar(
        update(t.Claim)
        .where(t.Claim.case_id == case_id, t.Claim.person_id == person_id, t.Claim.until > now)
        .values(until=until)
        .returning(t.Claim.case_id)
    )
    if renewed is None:
        raise ClaimHeld(case_id, None, None)
    return Held(case_id, until)


def release(session: Session, case_id: int, person_id: int) -> bool:
    """Give a case back, without giving a reason.

    Returns:
        Whether this person had a claim on it.
    """
    released = session.scalar(
        delete(t.Claim)
        .where(t.Claim.case_id == case_id, t.Claim.person_id == person_id)
        .returning(t.Claim.case_id)
    )
    return released is not None


def _take(session: Session, case_id: int, person_id: int, *, now: datetime, minutes: int) -> Held | None:
    dialect = sqlite if session.get_bind().dialect.name == "sqlite" else postgresql
    until = now + timedelta(minutes=minutes)
    fresh = {"case_id": case_id, "person_id": person_id, "claimed_at": now, "until": until}
    taken = session.scalar(
        dialect.insert(t.Claim)
        .values(fresh)
        .on_conflict_do_update(
            index_elements=[t.Claim.case_id],
            set_={"person_id": person_id, "claimed_at": now, "until": until},
            where=or_(t.Claim.until <= now, t.Claim.person_id == person_id),
        )
        .returning(t.Claim.case_id)
    )
    return None if taken is None else Held(case_id, until)
