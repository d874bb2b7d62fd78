"""Tells people once of each case that passed its due time: one mail for all that newly did, never a storm."""

from __future__ import annotations

import hashlib
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import and_, select, true
from sqlalchemy.orm import Session

from worker import outbox
from worker.clock import Clock, for_people
from worker.ledger import audit
from worker.ledger.audit import Actor
from worker.review.access import conflicted
from worker.review.order import ORDER, WAITING
from worker.review.paging import SendMail
from worker.store import tables as t
from worker.store.numbers import add_rows
from worker.store.session import Store

#: Noticed at one time; more follow at the next look.
_MOST = 500
#: Named one by one in a mail; of the rest the number is said.
_NAMED = 50
_LOOKING = Actor(None, "overdue")


@dataclass(frozen=True)
class Overdue:
    """Notices what became overdue, and mails about it.

    Attributes:
        recipients: addresses that hear of every case; whoever works on one hears of it as well.
        can_mail: whether there is a mail server. Without one nothing is noted, so nothing is missed later.
    """

    store: Store
    clock: Clock
    mail: SendMail
    recipients: tuple[str, ...]
    can_mail: bool

    def schedule(self) -> int:
        """Note the cases that became overdue since the last look, and have everybody told in one mail.

        Returns:
            How many cases that were.
        """
        if not self.can_mail:
            return 0
        now = self.clock.now()
        with self.store.read() as session:
            if not self._told(session, now):
                return 0
        with self.store.write() as session:
            told = self._told(session, now)
            cases = {case.id: case for cases in told.values() for case in cases}
            if not cases:
                return 0
            rows = [{"case_id": case.id, "due_at": case.due_at, "noticed_at": now} for case in cases.values()]
            add_rows(session, t.OverdueNotice, rows)
            for address, theirs in told.items():
                payload = {"to": address, "case_ids": [case.id for case in theirs]}
                outbox.enqueue(session, "overdue", payload, now=now)
            detail = {"case_ids": sorted(cases), "mails": len(told)}
            audit.record(session, _LOOKING, "overdue_noticed", "queue", None, now=now, detail=detail)
        return len(cases)

    def tell(self, address: str, case_ids: Sequence[int], finish: outbox.Finish) -> None:
        """Mail one address about cases, but for those that were decided meanwhile.

        Raises:
            MailFault: the mail server did not take it; the job is tried again.
        """
        now = self.clock.now()
        with self.store.read() as session:
            rows = self._rows(session, case_ids)
        if rows:
            cases = "1 case is overdue" if len(rows) == 1 else f"{len(rows)} cases are overdue"
            digest = hashlib.sha256(address.encode()).hexdigest()[:12]
            reference = f"overdue-{min(case_ids)}-{digest}"
            self.mail(address, f"Upstander: {cases}", _text(rows, now), reference)
        with self.store.write() as session:
            finish(session)

    def _told(self, session: Session, now: datetime) -> dict[str, list[t.Case]]:
        """Whom to tell of which cases that nobody was told of."""
        noticed = select(t.OverdueNotice.id).where(t.OverdueNotice.case_id == t.Case.id).exists()
        somebody = true() if self.recipients else t.Person.email.is_not(None)
        found = session.execute(
            select(t.Case, t.Person.email)
            .outerjoin(t.Claim, and_(t.Claim.case_id == t.Case.id, t.Claim.until > now))
            .outerjoin(t.Person, t.Person.id == t.Claim.person_id)
            .where(WAITING, t.Case.due_at < now, ~noticed, somebody)
            .order_by(*ORDER)
            .limit(_MOST)
        ).all()
        shut = _shut_out(session, [case.id for case, _ in found])
        told: dict[str, list[t.Case]] = {}
        for case, holders in found:
            for address in dict.fromkeys([*self.recipients, *([holders] if holders else [])]):
                if address.casefold() not in shut.get(case.id, ()):
                    told.setdefault(address, []).append(case)
        return told

    def _rows(self, session: Session, case_ids: Collection[int]) -> Sequence[Any]:
        return session.execute(
            select(t.Case.id, t.Case.severity, t.Case.due_at, t.Comment.platform)
            .join(t.Comment, t.Comment.id == t.Case.comment_id)
            .where(t.Case.id.in_(case_ids), WAITING)
            .order_by(*ORDER)
        ).all()


def _shut_out(session: Session, case_ids: Collection[int]) -> dict[int, frozenset[str]]:
    """The addresses of people who must not hear of a case, because they have a conflict of interest in it."""
    noted = session.scalars(select(t.Conflict.case_id).where(t.Conflict.case_id.in_(case_ids)).distinct())
    people = {case_id: conflicted(session, case_id) for case_id in noted}
    everybody = frozenset(person for found in people.values() for person in found)
    rows = select(t.Person.id, t.Person.email).where(t.Person.id.in_(everybody), t.Person.email.is_not(None))
    addresses = {person_id: (email or "").casefold() for person_id, email in session.execute(rows)}
    return {
        case_id: frozenset(addresses[person] for person in found if person in addresses)
        for case_id, found in people.items()
    }


def _text(rows: Sequence[Any], now: datetime) -> str:
    lines = [
        f"Case {row.id}: {row.severity.replace('_', ' ')}, {row.platform.replace('_', ' ')},"
        f" due {for_people(row.due_at)}"
        for row in rows[:_NAMED]
    ]
    if len(rows) > _NAMED:
        lines.append(f"... and {len(rows) - _NAMED} more.")
    return (
        "\n".join(
            (
                f"These cases passed their due time and still waited for a decision at {for_people(now)}:",
                "",
                *lines,
                "",
                "`upstander queue list --overdue --as NAME` shows them. No second mail comes about them;",
                "`upstander status` goes on counting them until they are decided.",
            )
        )
        + "\n"
    )
