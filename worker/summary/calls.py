"""Who is called about immediate danger, and whether anybody came: what must never go unseen (promise 9)."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime, timedelta

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from worker.clock import for_people
from worker.review.on_call import on_call_at, on_call_managers, people_on_call
from worker.review.pages import PROMPT
from worker.settings import Settings
from worker.store import tables as t
from worker.summary import words
from worker.summary.about_cases import OfCase, for_everybody

#: Whoever keeps the rota is told so long before it ends.
_SOON = timedelta(days=3)
_FOUND_WITH = "upstander queue list --severity immediate_danger --as NAME"


def call_problems(session: Session, now: datetime) -> Iterator[str]:
    """Calls that nobody acknowledged, and that nobody is on call."""
    yield from for_everybody(session, _unanswered(session))
    if _watched(session) and not people_on_call(session, now):
        managers = len(on_call_managers(session))
        instead = (
            f"{words.counted(managers, 'on-call manager')} would be mailed instead."
            if managers
            else "There is no on-call manager with an e-mail address either: nobody would hear of it."
        )
        yield (
            f"Nobody is on call for immediate danger. {instead}"
            " Put somebody on call with `upstander on-call add`."
        )


def _unanswered(session: Session) -> Iterator[OfCase]:
    for page in session.scalars(select(t.Page).where(t.Page.state == "calling").order_by(t.Page.id)):
        since = (
            f"has called since {for_people(page.began_at)}, and nobody has acknowledged it. {PROMPT}"
            f" {_reached(session, page.id)}"
        )
        yield OfCase(
            page.case_id,
            f"IMMEDIATE DANGER: case {page.case_id} {since} Take it with"
            f" `upstander on-call acknowledge {page.case_id} --as NAME`.",
            _FOUND_WITH,
            instead=f"IMMEDIATE DANGER: a restricted case {since} Whoever may see it finds it with"
            f" `{_FOUND_WITH}`, and takes it with `upstander on-call acknowledge`.",
        )


def call_notices(session: Session, settings: Settings, now: datetime) -> Iterator[str]:
    """That the rota ends soon, and pile-ons that go on."""
    ends = _rota_ends(session, now)
    if ends is not None and ends < now + _SOON:
        yield f"The on-call rota ends on {for_people(ends)}. Add who comes next with `upstander on-call add`."
    yield from _pile_ons(session, settings, now)


def _watched(session: Session) -> bool:
    """Whether anything can come in that somebody would have to be called for."""
    return session.scalar(select(t.Account.id).where(~t.Account.paused).limit(1)) is not None


def _reached(session: Session, page_id: int) -> str:
    sent = select(func.count(), func.max(t.PageSending.at)).where(
        t.PageSending.page_id == page_id, t.PageSending.fault.is_(None)
    )
    count, last = session.execute(sent).one()
    if count:
        return f"{words.counted(count, 'message')} went out, the last on {for_people(last)}."
    fault = session.scalar(
        select(t.PageSending.fault)
        .where(t.PageSending.page_id == page_id)
        .order_by(t.PageSending.id.desc())
        .limit(1)
    )
    why = f" ({words.clean(fault).rstrip('.')[:300]})" if fault else ""
    return f"NOBODY WAS REACHED{why}: phone whoever is on call yourself."


def _rota_ends(session: Session, now: datetime) -> datetime | None:
    """Until when somebody is on call without a gap; None where nobody is now."""
    turns = session.execute(
        select(t.OnCall.from_at, t.OnCall.until_at)
        .join(t.Person, t.Person.id == t.OnCall.person_id)
        .where(t.OnCall.removed_at.is_(None), t.OnCall.until_at > now, t.Person.active)
        .order_by(t.OnCall.from_at)
    ).all()
    end = now
    for from_at, until_at in turns:
        if from_at <= end:
            end = max(end, until_at)
    return end if session.scalar(select(t.OnCall.id).where(on_call_at(now)).limit(1)) else None


def _pile_ons(session: Session, settings: Settings, now: datetime) -> Iterator[str]:
    window = timedelta(minutes=settings.review.pile_on_minutes)
    rows = session.execute(
        select(t.Comment.post_id, t.Account.platform, t.Account.handle, func.count(t.Case.id))
        .join(t.Comment, t.Comment.id == t.Case.comment_id)
        .join(t.Account, t.Account.id == t.Comment.account_id)
        .where(t.Case.opened_at > now - window, t.Comment.post_id.is_not(None))
        .group_by(t.Comment.post_id, t.Account.platform, t.Account.handle)
        .having(func.count(t.Case.id) >= settings.review.pile_on_cases)
        .order_by(func.count(t.Case.id).desc(), t.Comment.post_id)
    )
    for _, platform, handle, count in rows:
        yield (
            f"A pile-on: {count} cases under one post of {words.account(platform, handle)} within"
            f" {settings.review.pile_on_minutes} minutes. See `upstander queue groups`."
        )
