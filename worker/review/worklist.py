"""The list of tasks: who has to do what, by when; done with an outcome, or passed on."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import datetime

from sqlalchemy import ColumnElement, and_, func, not_, or_, select, true
from sqlalchemy.orm import InstrumentedAttribute, Session

from worker.clock import Clock
from worker.errors import Conflict, NotFound
from worker.ledger import audit
from worker.ledger.audit import Actor
from worker.review.access import SEES, roles_of, standing_conflicts, standing_restrictions, visible
from worker.review.asked import GLASS_TASK, HAND_TASK
from worker.review.blocks import REVIEW_TASK
from worker.review.group_decisions import ABOUT, counting
from worker.review.guide import Guide
from worker.review.locked import locked
from worker.review.passing_on import SENIORS, check_found
from worker.review.recipients import handed_to
from worker.review.referral_tasks import CHASE
from worker.review.referral_words import words
from worker.review.report_tasks import TO_FILE
from worker.review.rights import Right, check, permitted, require
from worker.review.tasks import end_task
from worker.review.visible_again import TASK as VISIBLE_TASK
from worker.store import tables as t
from worker.store.session import Store

#: Tasks that a second person or a look of its own fulfils: they end with that, not by saying that they did.
_ENDS_WITH = {
    GLASS_TASK: "upstander act review",
    HAND_TASK: "upstander act done` or `upstander act withdraw",
    REVIEW_TASK: "upstander act keep-block` or `upstander act unblock",
    VISIBLE_TASK: "upstander act hide` or `upstander act unhide",
    TO_FILE: "upstander report file` or `upstander report withdraw",
    CHASE: "upstander refer chase",
    "appeal": "upstander appeal decide",
    "appeal_review": "upstander appeal review",
    "read_referral": "upstander refer acknowledge",
    "subject_request": "upstander subject close",
}


@dataclass(frozen=True, slots=True)
class TaskRow:
    """One task.

    Attributes:
        for_whom: a person's name, or a role.
        cases: of a task about cases that were decided together, those that this person may know of; only
            where it is shown by itself.
        about: what it is about beside the case, as the audit names it: type and number.
        by_itself: whether it ends with what it asks for, and not by saying that it is done.
        done_by: None where nobody did it: it was not needed any more.
    """

    id: int
    kind: str
    title: str
    case_id: int | None
    for_whom: str
    created_at: datetime
    due_at: datetime
    overdue: bool
    done_at: datetime | None
    done_by: str | None
    outcome: str | None
    cases: tuple[int, ...] = ()
    about: tuple[str, int] | None = None
    by_itself: bool = False


@dataclass(frozen=True)
class WorkList:
    """Tasks, as people work them. Of a case that somebody may not see they are told of no task either."""

    store: Store
    clock: Clock
    guide: Callable[[], Guide]

    def list(self, actor: Actor, *, everybody: bool = False, done: bool = False) -> tuple[TaskRow, ...]:
        """The tasks for a person and for their roles, the longest overdue first.

        Args:
            everybody: those of everybody, for seniors; others see their own.
            done: those that are done, the newest first.
        """
        require(self.store, self.clock, actor, Right.WORK_TASKS, "task")
        now = self.clock.now()
        with self.store.read() as session:
            person = session.get_one(t.Person, actor.person_id)
            wanted = select(t.Task).where(_theirs(person, self.guide(), everybody=everybody))
            if done:
                wanted = wanted.where(t.Task.done_at.is_not(None)).order_by(t.Task.done_at.desc(), t.Task.id)
            else:
                wanted = wanted.where(t.Task.done_at.is_(None)).order_by(t.Task.due_at, t.Task.id)
            return tuple(_row(session, task, now) for task in session.scalars(wanted))

    def show(self, actor: Actor, task_id: int) -> TaskRow:
        """One task.

        Raises:
            NotFound: there is none of that number that is theirs to see.
        """
        require(self.store, self.clock, actor, Right.WORK_TASKS, "task", task_id)
        with self.store.read() as session:
            task = self._task(session, actor, task_id)
            person = session.get_one(t.Person, actor.person_id)
            row = _row(session, task, self.clock.now())
            return replace(row, cases=self._cases(session, person, task))

    def done(self, actor: Actor, task_id: int, outcome: str) -> None:
        """Say that a task is done, and what came of it.

        Raises:
            NotFound: there is none of that number that is theirs to work.
            Conflict: it is done already; or it ends by itself, with another command.
        """
        with permitted(self.store, self.clock, actor, Right.WORK_TASKS, "task", task_id) as session:
            task = self._waiting(session, actor, task_id)
            if task.kind in _ENDS_WITH:
                raise Conflict(
                    f"Task {task_id} ends by itself with what it asks for.",
                    safe="Nothing was changed.",
                    do=f"Do that with `{_ENDS_WITH[task.kind]}`.",
                )
            end_task(session, actor, task, words("outcome", outcome), now=self.clock.now())

    def reassign(
        self, actor: Actor, task_id: int, *, person_id: int | None = None, role: str | None = None
    ) -> None:
        """Pass a task on, to a person or to a role.

        Raises:
            NotFound: there is no such task of theirs, person or role.
            Conflict: it is done already; or nobody would be told of it any more: that person has left, nobody
                has that role, or they may not see the case.
        """
        if (person_id is None) == (role is None):
            raise Conflict("A task is for a person or for a role.", safe="Nothing was changed.")
        if role is not None and role not in t.ROLES:
            raise NotFound(f"There is no role {role}.", do=f"The roles are {', '.join(t.ROLES)}.")
        with permitted(self.store, self.clock, actor, Right.WORK_TASKS, "task", task_id) as session:
            task = self._waiting(session, actor, task_id)
            if person_id is not None and session.get(t.Person, person_id) is None:
                raise NotFound(f"There is no person {person_id}.")
            before = {"role": task.for_role, "person": task.for_person}
            task.for_role, task.for_person = role, person_id
            session.flush()
            guide = self.guide()
            check_found(session, task, lambda person: _theirs(person, guide, everybody=False))
            after = {"role": role, "person": person_id}
            detail = {"case_id": task.case_id, "before": before, "after": after}
            audit.record(
                session, actor, "task_reassigned", "task", task.id, now=self.clock.now(), detail=detail
            )

    def _waiting(self, session: Session, actor: Actor, task_id: int) -> t.Task:
        case_id = session.scalar(select(t.Task.case_id).where(t.Task.id == task_id))
        if case_id is not None:
            # The case first, as everybody does: who may know of it does not change until this is done.
            locked(session, case_id)
        task = self._task(session, actor, task_id)
        session.refresh(task, with_for_update=True)
        if task.done_at is not None:
            raise Conflict(f"Task {task_id} is done already.", safe="Nothing was changed.")
        return task

    def _task(self, session: Session, actor: Actor, task_id: int) -> t.Task:
        person = check(session, actor, Right.WORK_TASKS, now=self.clock.now())
        wanted = select(t.Task).where(t.Task.id == task_id, _theirs(person, self.guide(), everybody=True))
        task = session.scalar(wanted)
        if task is not None:
            return task
        # Not even whether there is one: a task about a restricted case would tell of the case.
        raise NotFound(f"No task {task_id} is yours.", do="`upstander tasks list` shows yours.")

    def _cases(self, session: Session, person: t.Person, task: t.Task) -> tuple[int, ...]:
        """The cases that were decided together, where a task is about such."""
        if task.about_type != ABOUT or task.about_id is None:
            return ()
        known = _known(person, self.guide(), t.Decision.case_id, true())
        together = counting(task.about_id).with_only_columns(t.Decision.case_id)
        return tuple(session.scalars(together.where(known)))


def untold(session: Session, guide: Guide) -> int:
    """How many tasks about cases kept from some people (restriction, conflict) nobody active is told of."""
    kept = select(t.Case.id).where(or_(t.Case.restriction.is_not(None), t.Case.id.in_(standing_conflicts())))
    about = and_(t.Task.done_at.is_(None), t.Task.case_id.in_(kept))
    waiting = set(session.scalars(select(t.Task.id).where(about)))
    for person in session.scalars(select(t.Person).where(t.Person.active)).all() if waiting else ():
        told = select(t.Task.id).where(about, _theirs(person, guide, everybody=True))
        waiting.difference_update(session.scalars(told))
    return len(waiting)


def _theirs(person: t.Person, guide: Guide, *, everybody: bool) -> ColumnElement[bool]:
    """The SQL that holds of the tasks that a person is told of."""
    roles = roles_of(person)
    addressed = or_(t.Task.for_person == person.id, t.Task.for_role.in_(roles), _instead(person, roles))
    if everybody and roles & SENIORS:
        return and_(_told(person, guide, true()))
    return and_(addressed, _told(person, guide, addressed))


def _told(person: t.Person, guide: Guide, addressed: ColumnElement[bool]) -> ColumnElement[bool]:
    """The SQL that holds of the tasks about no single case, or about one that this person may know of."""
    return or_(t.Task.case_id.is_(None), _known(person, guide, t.Task.case_id, addressed))


def _known(
    person: t.Person,
    guide: Guide,
    case_id: InstrumentedAttribute[int] | InstrumentedAttribute[int | None],
    addressed: ColumnElement[bool],
) -> ColumnElement[bool]:
    """The SQL that holds of the cases that this person may know of, because of a task that is theirs.

    Whoever a task is for may know of an unrestricted case without working the queue; of a restricted one
    only who sees it, or received a referral about it.
    """
    conflicts = standing_conflicts().where(t.Conflict.person_id == person.id)
    seen = select(t.Case.id).where(visible(person))
    unrestricted = select(t.Case.id).where(t.Case.restriction.is_(None))
    handed = select(t.Referral.case_id).where(handed_to(person, guide))
    return and_(
        case_id.not_in(conflicts),
        or_(case_id.in_(seen), and_(addressed, case_id.in_(unrestricted)), case_id.in_(handed)),
    )


def _instead(person: t.Person, roles: frozenset[str]) -> ColumnElement[bool]:
    """The SQL that holds of the tasks about restricted cases that a person does for a role that sees none.

    A senior who sees the case does them; where no senior's role does, everybody who sees it. Not those
    about a referral: whoever received one knows of its case.
    """
    about_referral = func.coalesce(t.Task.about_type, "") == "referral"
    blind = or_(*(and_(t.Task.for_role.not_in(SEES[kind]), _stands(kind)) for kind in SEES))
    sees = {role: not_(or_(*(_stands(kind) for kind in SEES if role not in SEES[kind]))) for role in SENIORS}
    nobody_senior = and_(
        *(not_(each) for each in sees.values()), t.Task.case_id.in_(select(t.Case.id).where(visible(person)))
    )
    by_them = or_(nobody_senior, *(sees[role] for role in SENIORS & roles))
    return and_(~about_referral, blind, by_them)


def _stands(kind: str) -> ColumnElement[bool]:
    """The SQL that holds of the tasks about a case that is restricted for a reason, perhaps among others."""
    return t.Task.case_id.in_(standing_restrictions().where(t.Restriction.kind == kind))


def _row(session: Session, task: t.Task, now: datetime) -> TaskRow:
    return TaskRow(
        id=task.id,
        kind=task.kind,
        title=task.title,
        case_id=task.case_id,
        for_whom=_name(session, task.for_person) or str(task.for_role),
        created_at=task.created_at,
        due_at=task.due_at,
        overdue=task.done_at is None and task.due_at < now,
        done_at=task.done_at,
        done_by=_name(session, task.done_by),
        outcome=task.outcome,
        about=None if task.about_type is None or task.about_id is None else (task.about_type, task.about_id),
        by_itself=task.kind in _ENDS_WITH,
    )


def _name(session: Session, person_id: int | None) -> str | None:
    return None if person_id is None else session.get_one(t.Person, person_id).name
