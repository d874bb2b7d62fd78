"""How far a decision on a whole group is: what was decided, and what became of what it asked for."""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import ColumnElement, func, select
from sqlalchemy.orm import Session

from worker.errors import NotFound
from worker.review.group_decisions import counting
from worker.store import tables as t

#: A hide that the platform did, may do yet, or that a person may have done by hand.
_MAY_STAND = ("requested", "by_hand", "carried_out", "outside")


@dataclass(frozen=True, slots=True)
class Asked:
    """How many of the cases were asked for the same thing and are equally far with it."""

    kind: str
    state: str
    cases: int


@dataclass(frozen=True, slots=True)
class DecidedCase:
    """One case of the group decision. What it asked for and how far that is, the oldest first."""

    case_id: int
    verdict: str
    asked: tuple[tuple[str, str], ...]


@dataclass(frozen=True, slots=True)
class Progress:
    """One group decision, as far as whoever looks may see its cases.

    Attributes:
        person: who decided.
        ended_at: None while members are being decided, and where that was cut off.
        cases: those for which it still counts; `corrected`: how many were decided anew since.
        hidden: of these the cases whose comment it had hidden and nobody asked to show again.
    """

    number: int
    group_id: int
    person: str
    begun_at: datetime
    ended_at: datetime | None
    cases: tuple[DecidedCase, ...]
    corrected: int
    asked: tuple[Asked, ...]
    hidden: tuple[int, ...]


def progress_of(session: Session, number: int, seen: ColumnElement[bool]) -> Progress:
    """How far a group decision is.

    Args:
        seen: the SQL that holds of the cases that whoever looks may see.

    Raises:
        NotFound: there is none of that number, or nothing of it is theirs to see.
    """
    row = session.get(t.GroupDecision, number)
    theirs = t.Decision.case_id.in_(select(t.Case.id).where(seen))
    ever = session.scalar(
        select(func.count())
        .select_from(t.DecidedTogether)
        .join(t.Decision, t.Decision.id == t.DecidedTogether.decision_id)
        .where(t.DecidedTogether.group_decision_id == number, theirs)
    )
    if row is None or not ever:
        raise NotFound(f"There is no group decision {number}.")
    decided = session.scalars(counting(number).where(theirs)).all()
    asked = _asked(session, [each.case_id for each in decided])
    return Progress(
        number=number,
        group_id=row.group_id,
        person=session.get_one(t.Person, row.person_id).name,
        begun_at=row.begun_at,
        ended_at=row.ended_at,
        cases=tuple(DecidedCase(each.case_id, each.verdict, asked.get(each.case_id, ())) for each in decided),
        corrected=ever - len(decided),
        asked=_counted(asked),
        hidden=tuple(case_id for case_id, each in asked.items() if _is_hidden(each)),
    )


def _asked(session: Session, case_ids: Collection[int]) -> Mapping[int, tuple[tuple[str, str], ...]]:
    """What was asked for on each of these cases, and how far that is."""
    rows = session.execute(
        select(t.RequestedAction.case_id, t.RequestedAction.kind, t.RequestedAction.state)
        .where(t.RequestedAction.case_id.in_(case_ids))
        .order_by(t.RequestedAction.id)
    )
    found: dict[int, tuple[tuple[str, str], ...]] = {}
    for case_id, kind, state in rows:
        found[case_id] = (*found.get(case_id, ()), (kind, state))
    return found


def _counted(asked: Mapping[int, tuple[tuple[str, str], ...]]) -> tuple[Asked, ...]:
    counted = Counter(each for of_case in asked.values() for each in of_case)
    return tuple(Asked(kind, state, cases) for (kind, state), cases in sorted(counted.items()))


def _is_hidden(asked: tuple[tuple[str, str], ...]) -> bool:
    """Whether the newest request to hide or show a comment hides it, and may have come to be."""
    last = next((each for each in reversed(asked) if each[0] in ("hide", "unhide")), None)
    return last is not None and last[0] == "hide" and last[1] in _MAY_STAND
