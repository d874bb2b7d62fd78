"""Sends the calls about immediate danger: to the first on call, then to the next, then ever wider.

It ends when one acknowledges. That a mail server took a mail is no sign that anybody read it.

Sending comes first and is written down after it: a crash in between calls twice rather than never. A mail
server or a webhook that fails never ends a call.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from worker import outbox
from worker.clock import Clock
from worker.errors import UpstanderError
from worker.ledger import audit
from worker.ledger.audit import Actor
from worker.review.access import conflicted, may_see
from worker.review.on_call import called_instead, fetches_somebody, people_on_call
from worker.review.page_words import Call, fetch_letter, letter, post
from worker.review.pages import send_soon
from worker.store import tables as t
from worker.store.session import Store

#: After a call that reached nobody the next follows as soon as this; after many of them as others do.
_TRY_AGAIN = timedelta(minutes=1)
_SOON_TRIES = 10
#: From this call on whoever can fetch somebody is told too, although mails went out: nobody answered.
_FETCHED_FROM = 2
_CALLING = Actor(None, "page")
_NOBODY = "Nobody who may see the case is on call, or has an e-mail address."

#: Sends one mail: address, subject, text, and a reference that is the same for every try of it.
SendMail = Callable[[str, str, str, str], None]
#: Posts facts to the webhook.
SendPost = Callable[[Mapping[str, Any]], None]


@dataclass(frozen=True, slots=True)
class _Try:
    """One sending that was tried."""

    channel: str
    person_id: int | None
    fault: str | None


@dataclass(frozen=True, slots=True)
class _Plan:
    """Whom one call goes to: the first who can be reached, or a whole group where none can.

    Each call that nobody answers is followed by a wider one. Nobody is told of a case that they may not see.

    Attributes:
        people: those on call.
        instead: groups of people, to be told one group after the other.
        fetching: who is told last that there is a case, and not which.
    """

    call: Call
    people: Sequence[t.Person]
    instead: Sequence[Sequence[t.Person]]
    fetching: Sequence[t.Person]

    @property
    def wider(self) -> int:
        """How many groups are told in any event: one more with each call once all on call had theirs."""
        return self.call.turn - len(self.people)


@dataclass(frozen=True)
class Paging:
    """Calls whoever is on call.

    Attributes:
        post: None where there is no webhook.
        fallback: after so long without an acknowledgement the next person is called.
    """

    store: Store
    clock: Clock
    mail: SendMail
    post: SendPost | None
    fallback: timedelta

    def send(self, page_id: int, finish: outbox.Finish) -> None:
        """Make one call about a page, and plan the next. Nothing is sent that was acknowledged meanwhile."""
        with self.store.read() as session:
            plan = self._plan(session, page_id)
        tries = [] if plan is None else list(self._tries(plan))
        now = self.clock.now()
        with self.store.write() as session:
            page = session.get_one(t.Page, page_id, with_for_update=True)
            finish(session)
            if plan is not None:
                _write(session, page, plan.call.turn, tries, now)
            if page.state == "calling":
                send_soon(session, page_id, now=now, due=now + self._wait(plan, tries))

    def schedule(self) -> int:
        """See that every page that still calls has its job, whatever became of the last one.

        Returns:
            How many pages call.
        """
        now = self.clock.now()
        with self.store.read() as session:
            calling = session.scalars(select(t.Page.id).where(t.Page.state == "calling")).all()
            jobs = select(t.Job.key).where(t.Job.kind == "page", t.Job.state == "waiting")
            waiting = set(session.scalars(jobs)) if calling else set()
        lost = [page_id for page_id in calling if f"page:{page_id}" not in waiting]
        if lost:
            with self.store.write() as session:
                for page_id in lost:
                    send_soon(session, page_id, now=now)
        return len(calling)

    def _wait(self, plan: _Plan | None, tries: Sequence[_Try]) -> timedelta:
        reached = any(each.fault is None for each in tries)
        many = plan is not None and plan.call.turn > _SOON_TRIES
        return self.fallback if reached or many else min(_TRY_AGAIN, self.fallback)

    def _plan(self, session: Session, page_id: int) -> _Plan | None:
        page = session.get_one(t.Page, page_id)
        if page.state != "calling":
            return None
        now = self.clock.now()
        called = _times_called(session, page_id)
        people = [each for each in people_on_call(session, now) if may_see(session, each.id, page.case_id)]
        # The least often called first, then by the rota: one after the other, and round again.
        people.sort(key=lambda person: called.get(person.id, 0))
        return _Plan(
            _call(session, page, now, self.fallback),
            people,
            called_instead(session, page.case_id),
            fetches_somebody(session, page.case_id, now),
        )

    def _tries(self, plan: _Plan) -> Iterator[_Try]:
        if self.post is not None:
            first = plan.people[0] if plan.people else None
            facts = post(plan.call, None if first is None else first.name)
            yield _Try("webhook", first.id if first else None, _fault(lambda: self._post(facts)))
        tried, sent = {person.id for person in plan.people}, False
        for person in plan.people:
            each = self._mail(plan.call, person, letter(plan.call, person.name, on_call=True))
            yield each
            if each.fault is None:
                sent = True
                break
        for place, group in enumerate(plan.instead, start=1):
            if sent and place > plan.wider:
                break
            others = [person for person in group if person.id not in tried]
            tried.update(person.id for person in others)
            told = [
                self._mail(plan.call, person, letter(plan.call, person.name, on_call=False))
                for person in others
            ]
            yield from told
            sent = sent or any(each.fault is None for each in told)
        if not tried:
            yield _Try("email", None, _NOBODY)
        if sent and plan.call.turn < _FETCHED_FROM:
            return
        for person in plan.fetching:
            if person.id not in tried:
                yield self._mail(plan.call, person, fetch_letter(plan.call), names_it=False)

    def _mail(self, call: Call, person: t.Person, words: tuple[str, str], *, names_it: bool = True) -> _Try:
        """Mail one person, who is asked for afresh: mails to others before them may have taken minutes."""
        address = person.email
        if not address:
            return _Try("email", person.id, "They have no e-mail address.")
        with self.store.read() as session:
            if not _may_be_told(session, person.id, call.case_id, names_it=names_it):
                return _Try("email", person.id, "They left, or may not be told of the case any more.")
        subject, text = words
        reference = f"page-{call.page_id}-{call.turn}-{person.id}"
        return _Try("email", person.id, _fault(lambda: self.mail(address, subject, text, reference)))

    def _post(self, facts: Mapping[str, Any]) -> None:
        if self.post is not None:
            self.post(facts)


def _may_be_told(session: Session, person_id: int, case_id: int, *, names_it: bool) -> bool:
    """Whether a person may be told of a case; or only that there is one."""
    if names_it:
        return may_see(session, person_id, case_id)
    return session.get_one(t.Person, person_id).active and person_id not in conflicted(session, case_id)


def _fault(send: Callable[[], None]) -> str | None:
    """Why something could not be sent, in our own words; None where it was."""
    try:
        send()
    except UpstanderError as error:
        return error.happened
    return None


def _write(session: Session, page: t.Page, turn: int, tries: Sequence[_Try], now: datetime) -> None:
    for each in tries:
        row = t.PageSending(
            page_id=page.id,
            turn=turn,
            channel=each.channel,
            person_id=each.person_id,
            at=now,
            fault=each.fault,
        )
        session.add(row)
        verb = "page_sent" if each.fault is None else "page_not_sent"
        detail = {"page_id": page.id, "turn": turn, "channel": each.channel, "to": each.person_id}
        audit.record(session, _CALLING, verb, "case", page.case_id, now=now, detail=detail)


def _times_called(session: Session, page_id: int) -> dict[int, int]:
    rows = session.execute(
        select(t.PageSending.person_id, func.count())
        .where(
            t.PageSending.page_id == page_id,
            t.PageSending.channel == "email",
            t.PageSending.person_id.is_not(None),
        )
        .group_by(t.PageSending.person_id)
    )
    return {person_id: count for person_id, count in rows if person_id is not None}


def _call(session: Session, page: t.Page, now: datetime, fallback: timedelta) -> Call:
    case = session.get_one(t.Case, page.case_id)
    comment = session.get_one(t.Comment, case.comment_id)
    last = session.scalar(select(func.max(t.PageSending.turn)).where(t.PageSending.page_id == page.id))
    return Call(
        page_id=page.id,
        turn=(last or 0) + 1,
        case_id=case.id,
        restricted=case.restriction is not None or bool(conflicted(session, case.id)),
        platform=comment.platform,
        account=session.get_one(t.Account, comment.account_id).handle,
        began_at=page.began_at,
        now=now,
        next_at=now + fallback,
    )
