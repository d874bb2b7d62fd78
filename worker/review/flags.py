"""Flags: what a reviewer sees and no rule can, such as who it is aimed at. They move a case up."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy.orm import Session

from rules.schema import Severity
from worker.clock import Clock
from worker.errors import Conflict, NotFound
from worker.ledger import audit
from worker.ledger.audit import Actor
from worker.review.access import held_case
from worker.review.clocks import Clocks
from worker.review.pages import call_for
from worker.review.reckoning import flags_of, reckon
from worker.review.rights import Right, permitted
from worker.store import tables as t
from worker.store.paging import FLAGS
from worker.store.session import Store

#: Makes the case immediate danger, and calls whoever is on call.
AT_RISK = "at_risk_now"


@dataclass(frozen=True)
class Flags:
    """Flags as people put them on cases and take them off."""

    store: Store
    clock: Clock
    clocks: Clocks

    def put(self, actor: Actor, case_id: int, flag: str) -> int:
        """Put a flag on a case. Putting it on twice changes nothing.

        Returns:
            The case's priority from now on.

        Raises:
            NotFound: there is no such case, or no such flag.
            Conflict: the case is closed.
        """
        return self._change(actor, case_id, flag, raised=True)

    def take_off(self, actor: Actor, case_id: int, flag: str) -> int:
        """Take a flag off again. What it raised the severity to stays: only a decision lowers that.

        Returns:
            The case's priority from now on.

        Raises:
            NotFound: there is no such case, or no such flag.
            Conflict: the case is closed.
        """
        return self._change(actor, case_id, flag, raised=False)

    def _change(self, actor: Actor, case_id: int, flag: str, *, raised: bool) -> int:
        if flag not in FLAGS:
            raise NotFound(f"There is no flag {flag}.", do=f"The flags are {', '.join(FLAGS)}.")
        with permitted(self.store, self.clock, actor, Right.FLAG_CASE, "case", case_id) as session:
            case = held_case(session, actor, case_id)
            if case.closed_at is not None:
                raise Conflict(f"Case {case_id} is closed.", safe="Nothing was changed.")
            set_flag(session, actor, case, flag, raised=raised, now=self.clock.now(), clocks=self.clocks)
            return case.priority


def set_flag(
    session: Session,
    actor: Actor,
    case: t.Case,
    flag: str,
    *,
    raised: bool,
    now: datetime,
    clocks: Clocks,
) -> None:
    """Write a flag and what follows from it; nothing where it stands so already.

    Args:
        actor: a person; the caller has checked their rights in this transaction.
        case: locked, and not closed.
    """
    standing = flags_of(session, [case.id]).get(case.id, frozenset())
    if (flag in standing) is raised:
        return
    session.add(t.CaseFlag(case_id=case.id, flag=flag, raised=raised, person_id=actor.person_id, at=now))
    before = {"priority": case.priority, "severity": case.severity}
    if flag == AT_RISK and raised and case.severity != Severity.IMMEDIATE_DANGER:
        case.severity, case.severity_rank = Severity.IMMEDIATE_DANGER.value, 0
        case.due_at = min(case.due_at, clocks.due(case.severity, now))
        call_for(session, [case.id], now=now, actor=actor)
    session.flush()
    reckon(session, [case.id], clocks=clocks)
    session.refresh(case)
    after = {"priority": case.priority, "severity": case.severity}
    detail = {"flag": flag, "before": before, "after": after}
    verb = "flagged" if raised else "unflagged"
    audit.record(session, actor, verb, "case", case.id, now=now, detail=detail)
