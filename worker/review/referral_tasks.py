"""The tasks of a referral: that its recipient reads it, and that somebody reminds them."""

from __future__ import annotations

from collections.abc import Collection
from datetime import datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from worker.ledger.audit import Actor
from worker.review.duties import Office
from worker.review.tasks import NewTask, add_task, end_task
from worker.store import tables as t

READ = "read_referral"
CHASE = "chase_referral"


def ask_to_read(session: Session, actor: Actor, row: t.Referral, role: str | None, now: datetime) -> None:
    """Ask the recipient to read it, where it is one of the people of Upstander."""
    person = row.recipient_person
    task = NewTask(
        kind=READ,
        key=f"{READ}:{row.id}",
        title=f"Read referral {row.id} with `upstander refer show {row.id}`, and acknowledge it with"
        f" `upstander refer acknowledge {row.id}`.",
        due_at=row.due_at,
        case_id=row.case_id,
        about=("referral", row.id),
        for_role=None if person is not None else role,
        for_person=person,
    )
    add_task(session, actor, task, now=now)


def ask_to_chase(session: Session, row: t.Referral, times: int, office: Office) -> None:
    """Ask whoever made it to remind the recipient; a senior reviewer where they have left."""
    maker = session.get_one(t.Person, row.made_by)
    task = NewTask(
        kind=CHASE,
        key=f"{CHASE}:{row.id}:{times}",
        title=f"Referral {row.id} ({office.guide.kinds[row.kind].title}, case {row.case_id}) was not"
        f" acknowledged in time: remind them, and note it with `upstander refer chase {row.id}`.",
        due_at=office.days.one_after(office.now),
        case_id=row.case_id,
        about=("referral", row.id),
        for_role=None if maker.active else "senior_reviewer",
        for_person=maker.id if maker.active else None,
    )
    add_task(session, Actor(None, "referrals"), task, now=office.now)


def end_about(
    session: Session, actor: Actor, row: t.Referral, kinds: Collection[str], outcome: str, now: datetime
) -> None:
    """End the waiting tasks of these kinds that are about a referral."""
    waiting = select(t.Task).where(
        t.Task.about_type == "referral",
        t.Task.about_id == row.id,
        t.Task.kind.in_(kinds),
        t.Task.done_at.is_(None),
    )
    for task in session.scalars(waiting):
        end_task(session, actor, task, outcome, now=now)
