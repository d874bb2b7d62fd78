"""What a decision's answers and its wish for advice lead to: tasks, flags, a restriction."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from sqlalchemy import select
from sqlalchemy.orm import Session

from worker.ledger.audit import Actor
from worker.review import duties
from worker.review.access import role_that_sees
from worker.review.clocks import Clocks
from worker.review.duties import Matter, Wanted, one_case
from worker.review.flags import AT_RISK, set_flag
from worker.review.guidance import Guidance
from worker.review.questions import EMERGENCY, PATIENT, SAFEGUARDING, Answer
from worker.review.restricting import tighten
from worker.store import tables as t
from worker.working_days import WorkingDays

#: The role that sees to what an answer leads to, and what there is to do.
SEEN_TO: Mapping[str, tuple[str, str]] = {
    EMERGENCY: (
        "on_call_manager",
        "{about}: somebody may be at risk now. Make sure that 999 or 101 was called, and note by whom.",
    ),
    SAFEGUARDING: (
        "safeguarding_lead",
        "{about}: a child or an adult may be at risk. Judge it and refer it as your policy says.",
    ),
    PATIENT: (
        "evidence_officer",
        "{about}: a patient may be identifiable. Judge whether it is a breach to report.",
    ),
}
_FLAGS = {EMERGENCY: AT_RISK, PATIENT: "patient"}
ADVICE = "advice"
_ADVICE_WANTED = (
    "{about}: advice is wanted from %s. Whoever does not see the case is shown it with"
    " `upstander refer make {case}`."
)
#: The role that is asked for advice, by from whom it is wanted.
_ADVISERS: Mapping[str, str] = {
    "legal": "legal",
    "hr": "hr",
    "safeguarding": "safeguarding_lead",
    "security": "security_specialist",
    "police": "on_call_manager",
    "information_governance": "evidence_officer",
    "other": "senior_reviewer",
}
#: Within so many working days.
_ADVICE_DAYS = 2


@dataclass(frozen=True)
class Procedure:
    """How a Trust has its decisions taken: handed to whatever stage takes one.

    Attributes:
        minutes: how long a claim on a case lasts.
        guidance: gives the questions, the law map and the checklist; asked when they are needed.
        clocks: gives due times.
        days: gives the working days.
        going_on: what goes on at a moment that changes what is asked, such as pre_election.
    """

    minutes: int
    guidance: Callable[[], Guidance]
    clocks: Clocks
    days: Callable[[], WorkingDays]
    going_on: Callable[[datetime], frozenset[str]]


def follow_answers(
    session: Session,
    actor: Actor,
    case: t.Case,
    decision: t.Decision,
    answered: Iterable[Answer],
    matter: Matter,
    *,
    now: datetime,
    clocks: Clocks,
) -> None:
    """Carry out what the answers of a decision lead to; the case's new state is set already.

    Flags and restrictions are each case's own; the tasks are once for cases that are decided together.

    Args:
        matter: what the tasks are about.
    """
    within: dict[str, int] = {}
    for answer in answered:
        effect = answer.leads_to
        if effect is not None and effect in SEEN_TO:
            within[effect] = min(answer.minutes, within.get(effect, answer.minutes))
    for effect in [each for each in within if each in _FLAGS and case.closed_at is None]:
        set_flag(session, actor, case, _FLAGS[effect], raised=True, now=now, clocks=clocks)
    if SAFEGUARDING in within:
        reason = "The decision says that a child or an adult may be at risk."
        tighten(session, actor, case, "safeguarding", reason, now=now)
    for effect, minutes in within.items():
        role, says = SEEN_TO[effect]
        wanted = Wanted(effect, says, role, now + timedelta(minutes=minutes))
        _ask(session, actor, decision, matter, wanted, now)


def ask_advice(
    session: Session,
    actor: Actor,
    decision: t.Decision,
    matter: Matter,
    *,
    now: datetime,
    days: Callable[[], WorkingDays],
) -> None:
    """Give whoever is asked for advice a task."""
    if decision.advice_from is None:
        return
    role, whom = _ADVISERS[decision.advice_from], decision.advice_from.replace("_", " ")
    wanted = Wanted(ADVICE, _ADVICE_WANTED % whom, role, days().days_after(now, _ADVICE_DAYS))
    _ask(session, actor, decision, matter, wanted, now)


def supersede(
    session: Session,
    actor: Actor,
    decision: t.Decision,
    matter: Matter,
    denied: frozenset[str],
    *,
    now: datetime,
) -> None:
    """Let a case that is decided anew go on from what its earlier decisions led to.

    Its own tasks end where their question is answered with no. What it shared with a group becomes its own
    unless it is answered so: the group's task may end without it.

    Args:
        decision: the new one, before what it leads to.
        denied: what its answers say no to; what is not asked anew is not among it.
    """
    over = f"Decided anew (decision {decision.id})."
    duties.end(session, actor, one_case(decision.case_id), {ADVICE, *denied}, over, now)
    before = select(t.DecidedTogether.group_decision_id).where(
        t.DecidedTogether.decision_id == decision.supersedes_id
    )
    number = session.scalar(before)
    if number is None:
        return
    for task in duties.waiting(session, duties.of_group(number), SEEN_TO.keys() - denied):
        role, says = SEEN_TO[task.kind]
        wanted = Wanted(task.kind, says, role, task.due_at)
        _ask(session, actor, decision, matter, wanted, now)


def _ask(
    session: Session, actor: Actor, decision: t.Decision, matter: Matter, wanted: Wanted, now: datetime
) -> None:
    """Ask for a task; that of a group goes to a role that sees the case, for there nobody stands in."""
    if matter.group_decision is not None:
        wanted = replace(wanted, role=role_that_sees(session, decision.case_id, wanted.role))
    duties.ask(session, actor, matter, wanted, decision_id=decision.id, now=now)
