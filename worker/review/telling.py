"""Telling a recipient by e-mail that something was referred to them, and nothing of what it is."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from sqlalchemy import select
from sqlalchemy.orm import Session

from worker import outbox
from worker.clock import Clock, for_people
from worker.ledger import audit
from worker.ledger.audit import Actor
from worker.review.guide import Guide
from worker.review.recipients import is_recipient
from worker.store import tables as t
from worker.store.session import Store

#: The job that does it.
TELL = "tell_recipient"
_WORKER = Actor(None, TELL)


@dataclass(frozen=True)
class Telling:
    """Writes to the people of Upstander to whom something was referred.

    Attributes:
        write: sends one mail: address, subject, text, and what tells it from others however often it is
            tried. None where no mail server is set up: their task tells them.
    """

    store: Store
    clock: Clock
    guide: Callable[[], Guide]
    write: Callable[[str, str, str, str], None] | None

    def tell(self, referral_id: int, finish: outbox.Finish) -> None:
        """Write to every recipient who has an address, unless it was acknowledged or taken back meanwhile.

        Raises:
            UpstanderError: the mail server took nothing; to be tried again.
        """
        with self.store.read() as session:
            row = session.get_one(t.Referral, referral_id)
            people = self._recipients(session, row) if row.state == "made" and self.write else ()
        for person in people:
            if self.write is not None and person.email:
                reference = f"upstander-referral-{referral_id}-{person.id}"
                self.write(person.email, f"Referral {referral_id} waits for you", _text(row), reference)
        with self.store.write() as session:
            detail = {"people": [person.id for person in people]}
            now = self.clock.now()
            audit.record(session, _WORKER, "recipient_told", "referral", referral_id, now=now, detail=detail)
            finish(session)

    def _recipients(self, session: Session, row: t.Referral) -> tuple[t.Person, ...]:
        guide = self.guide()
        reachable = select(t.Person).where(t.Person.active, t.Person.email.is_not(None)).order_by(t.Person.id)
        return tuple(
            person for person in session.scalars(reachable) if is_recipient(session, person, row, guide)
        )


def _text(row: t.Referral) -> str:
    return (
        f"A case was referred to you in Upstander: referral {row.id}.\n\n"
        f"Please acknowledge it by {for_people(row.due_at)}.\n\n"
        f"Read it:        upstander refer show {row.id}\n"
        f"Acknowledge it: upstander refer acknowledge {row.id}\n\n"
        "This mail says nothing of the case on purpose. If somebody is in danger now, call 999.\n"
    )
