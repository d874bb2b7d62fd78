"""Claims: a reviewer's time-limited lease on a case, so that no two people work on the same one."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import ColumnElement, Select, and_, case, delete, or_, select, update
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.orm import Session

from worker.review.errors import ClaimHeld
from worker.review.order import ORDER
from worker.store import tables as t


@dataclass(frozen=True, slots=True)
class Held:
    """A live claim of the person who asked."""

    case_id: int
    until: datetime


def claim(session: Session, case_id: int, person_id: int, *, now: datetime, minutes: int) -> Held:
    """Take a case, or take it for longer. One statement decides who gets it.

    The caller holds the case's row: the case before its claim, as "next case" does. Two that wait for each
    other would both fail.

    Raises:
        ClaimHeld: somebody else's claim still runs.
    """
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


def claim_next(
    session: Session, person_id: int, *, seen: ColumnElement[bool], now: datetime, minutes: int
) -> Held | None:
    """Take the first open case of the queue that nobody has a claim on and that is not put aside.

    What a colleague handed on to this person comes before everything else.

    Args:
        seen: the SQL that holds of the cases that this person may see.

    Returns:
        The claim, or None where no such case is left.
    """
    given = session.scalar(_given_to(person_id, seen=seen, now=now))
    if given is not None:
        return _take(session, given, person_id, now=now, minutes=minutes)
    first = _free(seen=seen, now=now)
    tried = False
    while (case_id := session.scalar(first.with_for_update(skip_locked=True, key_share=True))) is not None:
        held = _take(session, case_id, person_id, now=now, minutes=minutes)
        if held is not None:
            return held
        # Another reviewer's claim was committed between the two statements: look again.
        tried = True
    if tried:
        return None
    # What was passed over may only have been looked at: wait for it, while nothing else is held here.
    waited = session.scalar(first.with_for_update(key_share=True))
    return None if waited is None else _take(session, waited, person_id, now=now, minutes=minutes)


def live_claim(now: datetime) -> ColumnElement[bool]:
    """The SQL that joins a case with the claim on it that has not run out."""
    return and_(t.Claim.case_id == t.Case.id, t.Claim.until > now)


def asleep(now: datetime) -> ColumnElement[bool]:
    """The SQL that holds of cases that are put aside. Immediate danger is never put aside."""
    return and_(t.Case.snoozed_until.is_not(None), t.Case.snoozed_until > now, t.Case.severity_rank > 0)


def renew(session: Session, case_id: int, person_id: int, *, now: datetime, minutes: int) -> Held:
    """Keep a live claim for longer, from now.

    Raises:
        ClaimHeld: it ran out, or somebody else has the case.
    """
    until = session.scalar(
        update(t.Claim)
        .where(t.Claim.case_id == case_id, t.Claim.person_id == person_id, t.Claim.until > now)
        .values(until=_later(now + timedelta(minutes=minutes)), given_by=None)
        .returning(t.Claim.until)
    )
    if until is None:
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


def give(
    session: Session, case_id: int, person_id: int, *, given_by: int, now: datetime, minutes: int
) -> Held:
    """Hand a case on: its claim becomes this person's, whoever had it. The caller holds the case's row."""
    until = now + timedelta(minutes=minutes)
    fresh = {
        "case_id": case_id,
        "person_id": person_id,
        "claimed_at": now,
        "until": until,
        "given_by": given_by,
    }
    session.execute(
        _insert(session)
        .values(fresh)
        .on_conflict_do_update(index_elements=[t.Claim.case_id], set_=fresh)
        .execution_options(synchronize_session=False)
    )
    return Held(case_id, until)


def _take(session: Session, case_id: int, person_id: int, *, now: datetime, minutes: int) -> Held | None:
    until = now + timedelta(minutes=minutes)
    fresh = {
        "case_id": case_id,
        "person_id": person_id,
        "claimed_at": now,
        "until": until,
        "given_by": None,
    }
    taken = session.scalar(
        _insert(session)
        .values(fresh)
        .on_conflict_do_update(
            index_elements=[t.Claim.case_id],
            set_=fresh | {"until": _later(until)},
            where=or_(t.Claim.until <= now, t.Claim.person_id == person_id),
        )
        .returning(t.Claim.until)
    )
    return None if taken is None else Held(case_id, taken)


def _insert(session: Session) -> sqlite.Insert | postgresql.Insert:
    if session.get_bind().dialect.name == "sqlite":
        return sqlite.insert(t.Claim)
    return postgresql.insert(t.Claim)


def _later(until: datetime) -> ColumnElement[datetime]:
    """A claim that was handed on lasts longer than an ordinary one: taking it up does not shorten it."""
    return case((t.Claim.until > until, t.Claim.until), else_=until)


def _free(*, seen: ColumnElement[bool], now: datetime) -> Select[int]:
    live = select(t.Claim.case_id).where(t.Claim.case_id == t.Case.id, t.Claim.until > now)
    return (
        select(t.Case.id)
        .where(t.Case.state == "open", t.Case.closed_at.is_(None), ~asleep(now), seen, ~live.exists())
        .order_by(*ORDER)
        .limit(1)
    )


def _given_to(person_id: int, *, seen: ColumnElement[bool], now: datetime) -> Select[int]:
    given = select(t.Claim.case_id).where(
        t.Claim.person_id == person_id, t.Claim.given_by.is_not(None), t.Claim.until > now
    )
    return (
        select(t.Case.id)
        .where(t.Case.id.in_(given), t.Case.closed_at.is_(None), seen)
        .order_by(*ORDER)
        .limit(1)
        .with_for_update(of=t.Case, key_share=True)
    )
