"""Passing a task on: only to where somebody finds it."""

from __future__ import annotations

from collections.abc import Callable

from sqlalchemy import ColumnElement, select
from sqlalchemy.orm import Session

from worker.errors import Conflict
from worker.review.access import may_see, roles_of
from worker.store import tables as t

#: They see and work everybody's tasks, so that none is left lying.
SENIORS = frozenset({"senior_reviewer", "on_call_manager"})
#: So many people are named who could take a task.
_NAMED = 10


def check_found(session: Session, task: t.Task, told: Callable[[t.Person], ColumnElement[bool]]) -> None:
    """Refuse where nobody whom a task is for now would be told of it.

    Args:
        told: the SQL that holds of the tasks that a person is told of because they are theirs.

    Raises:
        Conflict: that person has left, nobody has that role, or they may not see the case.
    """
    people = session.scalars(select(t.Person).where(t.Person.active).order_by(t.Person.name)).all()
    meant = [person for person in people if task.for_person in (None, person.id)]
    for person in meant:
        if session.scalar(select(t.Task.id).where(t.Task.id == task.id, told(person))) is not None:
            return
    whom = "that person: they have left" if task.for_role is None else "that role: nobody has it"
    could = [person.name for person in people if _could_take(session, person, task)]
    more = f" and {len(could) - _NAMED} more" if len(could) > _NAMED else ""
    raise Conflict(
        f"Task {task.id} cannot be passed on to {whom}, or nobody who may see the case.",
        safe="Nothing was changed.",
        do=f"Choose with --to who can take it: {', '.join(could[:_NAMED])}{more}."
        if could
        else "Nobody can take it: have an administrator give somebody a role that may see the case.",
    )


def _could_take(session: Session, person: t.Person, task: t.Task) -> bool:
    """Whether a person can take a task: they see its case; of one without a case, they are a senior."""
    if task.case_id is None:
        return bool(roles_of(person) & SENIORS)
    return may_see(session, person.id, task.case_id)
