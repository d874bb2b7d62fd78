"""What a decision's answers and its wish for advice lead to: tasks, flags, a restriction."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import select
from sqlalchemy.orm import Session

from worker.ledger.audit import Actor
from worker.review.clocks import Clocks
from worker.review.flags import AT_RISK, set_flag
from worker.review.guidance import Guidance
from worker.review.questions import EMERGENCY, PATIENT, SAFEGUARDING, Answer
from worker.review.restricting import tighten
from worker.review.tasks import NewTask, add_task, end_task
from worker.store import tables as t
from worker.working_days import WorkingDays

#: The role that sees to what an answer leads to, and what there is to do.
_SEEN_TO: Mapping[str, tuple[str, str]] = {
    EMERGENCY: (
        "on_call_manager",
        "Case {case}: somebody may be at risk now. Make sure that 999 or 101 was called, and note by whom.",
    ),
    SAFEGUARDING: (
        "safeguarding_lead",
        "Case {case}: a child or an adult may be at risk. Judge it and refer it as your policy says.",
    ),
    PATIENT: (
        "evidence_officer",
        "Case {case}: a patient may be identifiable. Judge whether it is a breach to report.",
    ),
}
_FLAGS = {EMERGENCY: AT_RISK, PATIENT: "patient"}
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
_ADVICE = "advice"


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
    decision_id: int,
    answered: Iterable[Answer],
    *,
    now: datetime,
    clocks: Clocks,
) -> None:
    """Carry out what the answers of a decision lead to; the case's new state is set already."""
    within: dict[str, int] = {}
    for answer in answered:
        effect = answer.leads_to
        if effect is not None and effect in _SEEN_TO:
            within[effect] = min(answer.minutes, within.get(effect, answer.minutes))
    for effect, minutes in within.items():
        role, title = _SEEN_TO[effect]
        task = NewTask(
            kind=effect,
            key=f"{effect}:{decision_id}",
            title=title.format(case=case.id),
            due_at=now + timedelta(minutes=minutes),
            case_id=case.id,
            about=("decision", decision_id),
            for_role=role,
        )
        add_task(session, actor, task, now=now)
        if effect in _FLAGS and case.closed_at is None:
            set_flag(session, actor, case, _FLAGS[effect], raised=True, now=now, clocks=clocks)
    if SAFEGUARDING in within:
        reason = "The decision says that a child or an adult may be at risk."
        tighten(session, actor, case, "safeguarding", reason, now=now)


def ask_advice(
    session: Session, actor: Actor, case: t.Case, decision: t.Decision, *, now: datetime, days: WorkingDays
) -> None:
    """Give whoever is asked for advice a task, and end those that an earlier decision gave."""
    waiting = select(t.Task).where(
        t.Task.case_id == case.id, t.Task.kind == _ADVICE, t.Task.done_at.is_(None)
    )
    for asked in session.scalars(waiting).all():
        end_task(session, actor, asked, f"Decided anew (decision {decision.id}).", now=now)
    if decision.advice_from is None:
        return
    whom = decision.advice_from.replace("_", " ")
    title = (
        f"Case {case.id}: advice is wanted from {whom}. Whoever does not see the case is shown it with"
        f" `upstander refer make {case.id}`."
    )
    task = NewTask(
        kind=_ADVICE,
        key=f"{_ADVICE}:{decision.id}",
        title=title,
        due_at=days.days_after(now, _ADVICE_DAYS),
        case_id=case.id,
        about=("decision", decision.id),
        for_role=_ADVISERS[decision.advice_from],
    )
    add_task(session, actor, task, now=now)
