"""Tasks that a decision or a referral makes necessary, and what fulfils each of them.

A task of a kind stands at most once on a case, and once on cases that were decided on together: who finds the
need for one twice adds it once, and what is fulfilled already is not asked for. What a decision's answers
lead to, and whose advice it wants, is asked for in the same way.
"""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import ColumnElement, Select, and_, or_, select
from sqlalchemy.orm import Session

from worker.ledger.audit import Actor
from worker.review.group_decisions import ABOUT, counting, ever, that_counts
from worker.review.guide import Guide
from worker.review.tasks import NewTask, add_task, bring_forward, end_task
from worker.store import tables as t
from worker.working_days import WorkingDays

POLICE = ("police_999", "police_101")
#: What each kind of referral fulfils.
FULFILS = {
    "police_999": ("consider_police", "call_police"),
    "police_101": ("consider_police", "call_police"),
    "safeguarding": ("refer_welfare",),
    "pals": ("refer_welfare",),
    "samaritans": ("refer_welfare",),
    "legal": ("legal_advice",),
    "insurers": ("tell_insurers",),
    "occupational_health": ("offer_support",),
    "employee_assistance": ("offer_support",),
}
TITLES = {
    "call_police": "{about}: call the police if the member of staff has not. Note it with"
    " `upstander refer make {case} --to police_101`, or why not with `upstander refer considered {case}`.",
    "consider_police": "{about}: consider the police. Refer it with `upstander refer make {case} --to"
    " police_101`, or note why not with `upstander refer considered {case}`. If anybody is in danger now,"
    " call 999.",
    "refer_welfare": "{about}: somebody may harm themselves. Refer it with `upstander refer make {case}"
    " --to safeguarding` (or pals, samaritans). If they are in danger now, call 999.",
    "legal_advice": "{about}: a claim that may be defamatory. Refer it with `upstander refer make {case}"
    " --to legal`.",
    "tell_insurers": "{about}: a claim that may be defamatory. Tell the insurers, and note it with"
    " `upstander refer make {case} --to insurers`.",
    "answer_notice": "{about}: answer the notice of complaint (Defamation Act 2013, section 5) by the"
    " time this task is due: 48 hours, days that are not worked left out.",
    "limitation": "{about}: a claim for defamation has to be begun within one year, which is over on"
    " {over}. Ask for legal advice whether to begin one.",
    "offer_support": "{about}: a member of staff was targeted. Offer them support, and note it with"
    " `upstander support offer {case}`.",
    "debrief": "{about}: hold a debrief with those who were targeted and those who worked on it, before"
    " it is filed away.",
    "record_in_datix": "{about}: record it in Datix (`upstander datix show {case}`) and note the"
    " reference with `upstander datix note {case} REFERENCE`.",
}
NOT_NEEDED = "Not needed: the decision that counts no longer calls for it."


@dataclass(frozen=True, slots=True)
class Office:
    """What tasks are reckoned with.

    Attributes:
        guide: for which role each is, and how long it may take.
        days: the working days.
        now: this moment.
    """

    guide: Guide
    days: WorkingDays
    now: datetime


@dataclass(frozen=True, slots=True)
class Wanted:
    """A task that is called for, before it is about anything.

    Attributes:
        says: what there is to do, with places for `about`, `case` and `over`.
        over: the day that the words of `limitation` name.
    """

    kind: str
    says: str
    role: str
    due_at: datetime
    over: str = ""


@dataclass(frozen=True, slots=True)
class Matter:
    """What a task of these kinds is about: one case, or the cases that were decided on together.

    Attributes:
        called: what its title calls it.
        stands: for the case in the commands that its title names.
        case_id, group_decision: which; one of the two.
    """

    called: str
    stands: str
    case_id: int | None = None
    group_decision: int | None = None

    @property
    def key(self) -> str:
        """What tells it from every other."""
        return f"case:{self.case_id}" if self.group_decision is None else f"{ABOUT}:{self.group_decision}"

    @property
    def cases(self) -> Select[int]:
        """The numbers of its cases."""
        if self.group_decision is None:
            return select(t.Case.id).where(t.Case.id == self.case_id)
        return counting(self.group_decision).with_only_columns(t.Decision.case_id).order_by(None)

    def title(self, wanted: Wanted) -> str:
        """What there is to do, in words for a person."""
        said = wanted.says.format(about=self.called, case=self.stands, over=wanted.over)
        if self.group_decision is None:
            return said
        once = " One record stands for all of them." if wanted.kind == "record_in_datix" else ""
        which = f", {self.stands} is any of them" if f" {self.stands}" in said else ""
        return f"{said}{once} `upstander tasks show` lists the cases{which}."


def one_case(case_id: int) -> Matter:
    """A case by itself."""
    return Matter(f"Case {case_id}", str(case_id), case_id=case_id)


def decided_together(number: int, group_id: int, cases: int | None = None) -> Matter:
    """The cases of a group decision.

    Args:
        cases: how many they are; None while they are still being decided.
    """
    called = f"Group {group_id} ({'cases' if cases is None else f'{cases} cases'} decided together)"
    return Matter(called, "CASE", group_decision=number)


def of_group(number: int) -> Matter:
    """The cases of a group decision, where nothing is said of them in words."""
    return Matter("", "", group_decision=number)


def begin(
    session: Session,
    actor: Actor,
    matter: Matter,
    duty: str,
    office: Office,
    *,
    cause: str,
    due_at: datetime | None = None,
    over: str = "",
) -> None:
    """Add a task, unless one of its kind waits, was done by somebody, or is fulfilled.

    Args:
        cause: what makes it necessary, as a word and a number: once ended as not needed, another cause may
            ask for it again.
        due_at: else by the guide, from now.
        over: the day that the title of `limitation` names.
    """
    if _there(session, duty, _covers(matter)) or fulfilled(session, matter, duty):
        return
    entry = office.guide.tasks[duty]
    due = due_at or entry.within.after(office.now, office.days)
    _add(session, actor, matter, Wanted(duty, TITLES[duty], entry.role, due, over), cause, office.now)


def ask(
    session: Session, actor: Actor, matter: Matter, wanted: Wanted, *, decision_id: int, now: datetime
) -> None:
    """Add a task that a decision asks for; one of its kind that waits is brought forward to the earlier time.

    What was done for an earlier decision on a case is asked for anew; what was done for a group decision is
    done for all of its cases that the same role sees. The caller holds the group decision, where it is one.
    """
    there = and_(_about(matter), t.Task.done_at.is_(None))
    if matter.group_decision is not None:
        there = and_(_covers(matter), or_(t.Task.for_role == wanted.role, t.Task.for_person.is_not(None)))
    held = select(t.Task).where(t.Task.kind == wanted.kind, there).order_by(t.Task.id).with_for_update()
    found = session.scalars(held.execution_options(populate_existing=True)).all()
    if not found:
        _add(session, actor, matter, wanted, f"decision:{decision_id}", now)
    for task in found:
        bring_forward(session, actor, task, wanted.due_at, now=now)


def _there(session: Session, kind: str, covering: ColumnElement[bool]) -> bool:
    return session.scalar(select(t.Task.id).where(t.Task.kind == kind, covering).limit(1)) is not None


def _add(session: Session, actor: Actor, matter: Matter, wanted: Wanted, cause: str, now: datetime) -> None:
    task = NewTask(
        kind=wanted.kind,
        key=f"{wanted.kind}:{matter.key}:{cause}",
        title=matter.title(wanted),
        due_at=wanted.due_at,
        case_id=matter.case_id,
        about=None if matter.group_decision is None else (ABOUT, matter.group_decision),
        for_role=wanted.role,
    )
    add_task(session, actor, task, now=now)


def end(
    session: Session, actor: Actor, matter: Matter, duties: Collection[str], outcome: str, now: datetime
) -> None:
    """End the waiting tasks of these kinds about a case, or about a group decision."""
    for task in waiting(session, matter, duties):
        end_task(session, actor, task, outcome, now=now)


def waiting(session: Session, matter: Matter, duties: Collection[str]) -> Sequence[t.Task]:
    """The waiting tasks of these kinds about a case, or about a group decision."""
    wanted = select(t.Task).where(_about(matter), t.Task.kind.in_(duties), t.Task.done_at.is_(None))
    return session.scalars(wanted.order_by(t.Task.id)).all()


def fulfil(
    session: Session, actor: Actor, case_id: int, duties: Collection[str], outcome: str, now: datetime
) -> None:
    """End the waiting tasks that something on record of a case fulfils: its own, and its group decision's."""
    end(session, actor, one_case(case_id), duties, outcome, now)
    for number in session.scalars(that_counts(case_id)).all():
        # Of a task's need and its fulfilment neither misses the other: who adds the tasks locks it, too.
        session.get_one(t.GroupDecision, number, with_for_update=True)
        together = of_group(number)
        end(session, actor, together, duties, f"Case {case_id}: {outcome}", now)


def fulfilled(session: Session, matter: Matter, duty: str) -> bool:
    """Whether something on record is what a task of this kind would ask for; on any case of a group's."""
    kinds = [kind for kind, duties in FULFILS.items() if duty in duties]
    cases = matter.cases
    on_record: list[Select[int]] = [
        select(t.Referral.id).where(
            t.Referral.case_id.in_(cases), t.Referral.kind.in_(kinds), t.Referral.state != "withdrawn"
        )
    ]
    if duty == "consider_police":
        weighed = select(t.NotReferred.id).where(t.NotReferred.case_id.in_(cases))
        on_record.append(weighed.where(t.NotReferred.kind.in_(POLICE)))
    if duty == "offer_support":
        on_record.append(select(t.SupportOffer.id).where(t.SupportOffer.case_id.in_(cases)))
    if duty == "record_in_datix":
        on_record.append(select(t.DatixReference.id).where(t.DatixReference.case_id.in_(cases)))
    return any(session.scalar(each.limit(1)) is not None for each in on_record)


def _about(matter: Matter) -> ColumnElement[bool]:
    """The SQL that holds of the tasks about a case alone, or about a group decision."""
    if matter.group_decision is None:
        return t.Task.case_id == matter.case_id
    return and_(t.Task.about_type == ABOUT, t.Task.about_id == matter.group_decision)


def _covers(matter: Matter) -> ColumnElement[bool]:
    """The SQL that holds of the tasks that make another of their kind needless.

    A case is covered by the tasks of its group decision too; once its decision was corrected, only by those
    that somebody did.
    """
    by_somebody = t.Task.done_by.is_not(None)
    own = and_(_about(matter), or_(t.Task.done_at.is_(None), by_somebody))
    if matter.case_id is None:
        return own
    waiting = and_(t.Task.done_at.is_(None), t.Task.about_id.in_(that_counts(matter.case_id).order_by(None)))
    done = and_(by_somebody, t.Task.about_id.in_(ever(matter.case_id).order_by(None)))
    return or_(own, and_(t.Task.about_type == ABOUT, or_(waiting, done)))
