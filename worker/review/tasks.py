"""Tasks: something that a person has to do by a time. Who finds the need for one twice adds it once."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from worker.ledger import audit
from worker.ledger.audit import Actor
from worker.store import tables as t


@dataclass(frozen=True, slots=True)
class NewTask:
    """A task before it is written: for one person, or for whoever holds a role.

    Attributes:
        kind: what kind of task it is, such as block_review.
        key: what tells it from every other; a second task of the same key is not added.
        title: what there is to do, in words for a person.
        about: the object that it is about beside the case, as the audit names it: type and number.
    """

    kind: str
    key: str
    title: str
    due_at: datetime
    case_id: int | None = None
    about: tuple[str, int] | None = None
    for_role: str | None = None
    for_person: int | None = None


def add_task(session: Session, actor: Actor, task: NewTask, *, now: datetime) -> int:
    """Add a task in the transaction that makes it necessary.

    Returns:
        Its number, or that of the one that was there already.
    """
    there = session.scalar(select(t.Task.id).where(t.Task.key == task.key))
    if there is not None:
        return there
    about_type, about_id = task.about or (None, None)
    row = t.Task(
        kind=task.kind,
        key=task.key,
        title=task.title,
        case_id=task.case_id,
        about_type=about_type,
        about_id=about_id,
        for_role=task.for_role,
        for_person=task.for_person,
        created_at=now,
        due_at=task.due_at,
    )
    session.add(row)
    session.flush()
    detail = {"kind": task.kind, "case_id": task.case_id, "due_at": task.due_at.isoformat()}
    audit.record(session, actor, "task_added", "task", row.id, now=now, detail=detail)
    return row.id


def bring_forward(session: Session, actor: Actor, task: t.Task, due_at: datetime, *, now: datetime) -> None:
    """Have a waiting task done sooner; a later time changes nothing. The caller holds the task's row."""
    if task.done_at is not None or due_at >= task.due_at:
        return
    before, task.due_at = task.due_at, due_at
    detail = {
        "kind": task.kind,
        "case_id": task.case_id,
        "before": before.isoformat(),
        "due_at": due_at.isoformat(),
    }
    audit.record(session, actor, "task_brought_forward", "task", task.id, now=now, detail=detail)


def end_task(session: Session, actor: Actor, task: t.Task, outcome: str, *, now: datetime) -> None:
    """Note that a task is done, or that it is not needed any more; once, a second time changes nothing.

    Args:
        actor: who did it; the worker itself where it is not needed any more.
        outcome: what came of it, in words for a person.
    """
    if task.done_at is not None:
        return
    task.done_at, task.done_by, task.outcome = now, actor.person_id, outcome
    detail = {"kind": task.kind, "case_id": task.case_id}
    audit.record(session, actor, "task_ended", "task", task.id, now=now, detail=detail)
