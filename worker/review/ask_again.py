"""Somebody behind a request fell away: it is not done, and somebody else decides whether to ask again.

What was to come down stays up meanwhile, so that is told to people at once and not left to be found.
"""

from __future__ import annotations

from collections.abc import Collection
from datetime import datetime, timedelta

from sqlalchemy import Select, select
from sqlalchemy.orm import Session

from worker.ledger.audit import Actor
from worker.review.access import conflicted, role_that_sees
from worker.review.kinds import OPPOSITES, words_of
from worker.review.tasks import NewTask, add_task, end_task
from worker.store import tables as t

TASK = "ask_again"
#: Somebody thought it under way: within an hour a person looks.
_WITHIN = timedelta(hours=1)
#: Whose task it is, the first of these roles that somebody holds who did not fall. All of them may ask.
_ROLES = ("reviewer", "senior_reviewer", "on_call_manager")
_ITSELF = Actor(None, "act")


def leave_to_others(session: Session, asked: t.RequestedAction, *, asker_fell: bool, now: datetime) -> None:
    """Ask somebody to look at what was not done, in the transaction that notes that.

    Nobody is asked where somebody asked anew meanwhile: such a task only a person could end.

    Args:
        asker_fell: whether who asked may not ask any more. Where only the second person fell, they may.
    """
    if _answered(session, asked):
        return
    how = "report ask" if asked.kind == "platform_report" else f"act {asked.kind}"
    task = NewTask(
        kind=TASK,
        key=f"{TASK}:{asked.id}",
        title=(
            f"Case {asked.case_id}: request {asked.id} to {words_of(asked.kind)} was stopped: not everybody"
            " behind it may be that any more. If it is right, ask again with"
            f" `upstander {how} {asked.case_id}`."
        ),
        due_at=now + _WITHIN,
        case_id=asked.case_id,
        about=("requested_action", asked.id),
        for_role=_role(session, asked, {asked.requested_by} if asker_fell else frozenset()),
    )
    add_task(session, _ITSELF, task, now=now)


def asked_anew(session: Session, actor: Actor, case_id: int, kind: str, *, now: datetime) -> None:
    """Somebody asks for this, or for its opposite: that answers the task."""
    tasks = (
        _waiting(case_id)
        .join(t.RequestedAction, t.RequestedAction.id == t.Task.about_id)
        .where(t.RequestedAction.kind.in_(_family(kind)))
    )
    for task in session.scalars(tasks).all():
        end_task(session, actor, task, f"Somebody asked to {words_of(kind)}.", now=now)


def not_wanted(session: Session, case_id: int, why: str, *, now: datetime) -> None:
    """The decision does not uphold the case any more: nobody needs to ask again."""
    for task in session.scalars(_waiting(case_id)).all():
        end_task(session, _ITSELF, task, why, now=now)


def _waiting(case_id: int) -> Select[t.Task]:
    return select(t.Task).where(t.Task.case_id == case_id, t.Task.kind == TASK, t.Task.done_at.is_(None))


def _family(kind: str) -> tuple[str, str]:
    return kind, OPPOSITES.get(kind, kind)


def _answered(session: Session, asked: t.RequestedAction) -> bool:
    """Whether somebody asked for it, or for its opposite, after this request, and that was not called off."""
    later = select(t.RequestedAction.id).where(
        t.RequestedAction.comment_id == asked.comment_id,
        t.RequestedAction.kind.in_(_family(asked.kind)),
        t.RequestedAction.state.not_in(("refused", "withdrawn")),
        t.RequestedAction.id > asked.id,
    )
    return session.scalar(later.limit(1)) is not None


def _role(session: Session, asked: t.RequestedAction, fallen: Collection[int]) -> str:
    """A role of somebody who may ask and has not fallen; where there is nobody, for the status to shout."""
    barred = conflicted(session, asked.case_id).union(fallen)
    held = set(
        session.scalars(
            select(t.PersonRole.role)
            .join(t.Person, t.Person.id == t.PersonRole.person_id)
            .where(t.Person.active, t.Person.id.not_in(barred), t.PersonRole.role.in_(_ROLES))
        )
    )
    wanted = [role for role in _ROLES if role in held]
    return role_that_sees(session, asked.case_id, *wanted, "senior_reviewer")
