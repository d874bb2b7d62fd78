"""The tasks of a referral: that its recipient reads it, and that somebody reminds them."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from datetime import datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from worker.ledger.audit import Actor
from worker.review.access import role_that_sees
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


def to_chase(session: Session, office: Office) -> Sequence[tuple[int, int]]:
    """The referrals whose recipient wants reminding and nobody is asked to yet, each with its case."""
    waits = select(t.Task.id).where(
        t.Task.about_type == "referral",
        t.Task.about_id == t.Referral.id,
        t.Task.kind == CHASE,
        t.Task.done_at.is_(None),
    )
    late = select(t.Referral).where(
        t.Referral.state == "made", t.Referral.due_at < office.now, ~waits.exists()
    )
    rows = session.scalars(late.order_by(t.Referral.id)).all()
    return [(row.id, row.case_id) for row in rows if _times_chased(session, row, office) is not None]


def _times_chased(session: Session, row: t.Referral, office: Office) -> int | None:
    """How often a recipient was reminded, where it is time to do so again; None where it is not."""
    if row.state != "made" or row.due_at >= office.now:
        return None
    chases = session.scalars(
        select(t.ReferralChase.chased_at)
        .where(t.ReferralChase.referral_id == row.id)
        .order_by(t.ReferralChase.id)
    ).all()
    return len(chases) if not chases or office.days.one_after(chases[-1]) <= office.now else None


def ask_to_chase(session: Session, row: t.Referral, office: Office) -> None:
    """Ask whoever made it to remind the recipient, if it is time; a senior reviewer where they have left."""
    times = _times_chased(session, row, office)
    if times is None:
        return
    maker = session.get_one(t.Person, row.made_by)
    task = NewTask(
        kind=CHASE,
        key=f"{CHASE}:{row.id}:{times}",
        title=f"Referral {row.id} ({office.guide.kinds[row.kind].title}, case {row.case_id}) was not"
        f" acknowledged in time: remind them, and note it with `upstander refer chase {row.id}`.",
        due_at=office.days.one_after(office.now),
        case_id=row.case_id,
        about=("referral", row.id),
        for_role=None if maker.active else role_that_sees(session, row.case_id, "senior_reviewer"),
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
