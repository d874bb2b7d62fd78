"""What waits for people for too long: tasks, and referrals that nobody acknowledged.

Neither a title nor a case is named here, because whoever reads the status may not see every case.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from contextlib import suppress
from datetime import datetime

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from worker.clock import for_people
from worker.errors import SettingsError
from worker.review.access import roles_of
from worker.review.datix_labels import LABELS, load_labels
from worker.review.guide import GUIDE, load_guide
from worker.review.passing_on import SENIORS
from worker.review.worklist import untold
from worker.settings import Settings
from worker.store import tables as t
from worker.store.session import Store
from worker.summary import words
from worker.summary.about_cases import OfCase, for_everybody
from worker.summary.case_file import case_file_problems
from worker.summary.second_people import action_notices


def waiting_for_people(store: Store, settings: Settings, now: datetime) -> tuple[str, ...]:
    """What is overdue, for whom, and what to do about it, one sentence or two each."""
    with store.read() as session:
        return (
            *for_everybody(session, _unacknowledged(session, now)),
            *_overdue(session, now),
            *_for_nobody(session),
            *_untold(session, settings),
            *_tables(settings),
            *case_file_problems(session, settings, now),
        )


def _unacknowledged(session: Session, now: datetime) -> Iterator[OfCase]:
    late = select(t.Referral).where(t.Referral.state == "made", t.Referral.due_at < now)
    for row in session.scalars(late.order_by(t.Referral.due_at, t.Referral.id)):
        chased = session.scalar(
            select(func.count()).select_from(t.ReferralChase).where(t.ReferralChase.referral_id == row.id)
        )
        yield OfCase(
            row.case_id,
            f"Referral {row.id} to {row.kind.replace('_', ' ')} was to be acknowledged by"
            f" {for_people(row.due_at)} and was not ({words.counted(chased or 0, 'reminder')}): remind them,"
            f" and note it with `upstander refer chase {row.id}`.",
            "upstander refer list --overdue --as NAME",
        )


def _overdue(session: Session, now: datetime) -> Iterator[str]:
    late = select(t.Task.for_role, t.Task.for_person, t.Task.due_at)
    late = late.where(t.Task.done_at.is_(None), t.Task.due_at < now).order_by(t.Task.due_at)
    found = session.execute(late).all()
    if not found:
        return
    whose = Counter(role.replace("_", " ") if role else "one person" for role, _, _ in found)
    are = "is" if len(found) == 1 else "are"
    yield (
        f"{words.counted(len(found), 'task')} {are} overdue, the oldest since {for_people(found[0].due_at)}"
        f" (for {', '.join(sorted(whose))}): `upstander tasks list --all` shows them to a senior reviewer or"
        " an on-call manager."
    )


def waiting_notices(store: Store) -> Iterator[str]:
    """What somebody chose or decided alone, and should not be forgotten."""
    with store.read() as session:
        yield from action_notices(session)


def _for_nobody(session: Session) -> Iterator[str]:
    """Tasks that whoever they are for will never do: they left, or nobody has the role."""
    left = select(t.Person.id).where(~t.Person.active)
    theirs = select(t.Task.id).where(t.Task.done_at.is_(None), t.Task.for_person.in_(left))
    if session.scalar(theirs.limit(1)) is not None:
        yield "Tasks wait for somebody who has left: pass them on with `upstander tasks reassign`."
    held: set[str] = set()
    for person in session.scalars(select(t.Person).where(t.Person.active)):
        held |= roles_of(person)
    waiting = Counter(session.scalars(select(t.Task.for_role).where(t.Task.done_at.is_(None))))
    for role in sorted(each for each in waiting if each is not None and each not in held):
        yield _unheld(role, waiting[role], seniors=bool(held & SENIORS))


def _unheld(role: str, count: int, *, seniors: bool) -> str:
    waits, them = ("waits", "it") if count == 1 else ("wait", "them")
    meanwhile = (
        f" Senior reviewers and on-call managers see {them} with `upstander tasks list --all`, and can pass"
        f" {them} on with `upstander tasks reassign`."
        if seniors
        else f" There is neither a senior reviewer nor an on-call manager to work {them} meanwhile."
    )
    return (
        f"{words.counted(count, 'task')} {waits} for the role {role}, and nobody has that role: give it to"
        f" somebody with `upstander people change`.{meanwhile}"
    )


def _untold(session: Session, settings: Settings) -> Iterator[str]:
    """Tasks that are hidden from everybody, because their cases are."""
    with suppress(SettingsError):  # told as a problem of its own
        if found := untold(session, load_guide(settings.reference_dir / GUIDE)):
            wait = "task about a restricted case waits" if found == 1 else "tasks about restricted cases wait"
            yield (
                f"{found} {wait}, and nobody who would do it may see the case: make somebody a senior"
                " reviewer (where it is about a colleague, give them the role hr): `upstander people change`."
            )


def _tables(settings: Settings) -> Iterator[str]:
    for name, load in ((GUIDE, load_guide), (LABELS, load_labels)):
        try:
            load(settings.reference_dir / name)
        except SettingsError as error:
            yield str(error)
