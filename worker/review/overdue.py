"""Tells people once of each case that passed its due time: one mail for all that newly did, never a storm.

A shared list names no restricted case, for who reads it is not known; people who may see one are told of it
themselves. Who may hear of what is asked when the mails are written, and again when each is sent.
"""

from __future__ import annotations

import hashlib
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import or_, select, true
from sqlalchemy.orm import Session

from worker import outbox
from worker.clock import Clock, for_people
from worker.ledger import audit
from worker.ledger.audit import Actor
from worker.review.access import standing_conflicts, visible
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
_FINDS = "`upstander queue list --overdue --as NAME`"


@dataclass(frozen=True, slots=True)
class _Digest:
    """What one mail tells.

    Attributes:
        named: the cases that whoever gets it may know of.
        unnamed: how many more there are.
    """

    address: str
    named: Sequence[Any]
    unnamed: int = 0


@dataclass(frozen=True)
class Overdue:
    """Notices what became overdue, and mails about it.

    Attributes:
        recipients: addresses that hear of every case, and of restricted ones only how many.
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
            for to, theirs in told.items():
                payload = {"to": to, "case_ids": [case.id for case in theirs]}
                outbox.enqueue(session, "overdue", payload, now=now)
            detail = {"case_ids": sorted(cases), "mails": len(told)}
            audit.record(session, _LOOKING, "overdue_noticed", "queue", None, now=now, detail=detail)
        return len(cases)

    def tell(self, to: str | int, case_ids: Sequence[int], finish: outbox.Finish) -> None:
        """Mail about cases, but for those that were decided meanwhile or may not be told of any more.

        Args:
            to: an address of the shared list, or the number of a person.

        Raises:
            MailFault: the mail server did not take it; the job is tried again.
        """
        now = self.clock.now()
        with self.store.read() as session:
            digest = self._digest(session, to, case_ids)
        if digest is not None and (digest.named or digest.unnamed):
            number = len(digest.named) + digest.unnamed
            cases = "1 case is overdue" if number == 1 else f"{number} cases are overdue"
            known = hashlib.sha256(digest.address.encode()).hexdigest()[:12]
            reference = f"overdue-{min(case_ids)}-{known}"
            self.mail(digest.address, f"Upstander: {cases}", _text(digest, now), reference)
        with self.store.write() as session:
            finish(session)

    def _told(self, session: Session, now: datetime) -> Mapping[str | int, Sequence[t.Case]]:
        """Whom to tell of which cases that nobody was told of: addresses of the list, and people."""
        noticed = select(t.OverdueNotice.id).where(t.OverdueNotice.case_id == t.Case.id).exists()
        claimed = select(t.Claim.case_id, t.Claim.person_id).where(t.Claim.until > now)
        # Without a list nobody hears of the others, and they wait for the day when somebody would.
        somebody = or_(
            true() if self.recipients else t.Case.restriction.is_not(None),
            t.Case.id.in_(claimed.with_only_columns(t.Claim.case_id)),
        )
        new = select(t.Case).where(WAITING, t.Case.due_at < now, ~noticed, somebody)
        cases = session.scalars(new.order_by(*ORDER).limit(_MOST)).all()
        told: dict[str | int, Sequence[t.Case]] = dict.fromkeys(self.recipients, cases) if cases else {}
        holders = {row.case_id: row.person_id for row in session.execute(claimed)} if cases else {}
        for owners in _owners(session).values() if cases else ():
            for person in owners:
                theirs = [each for each in cases if each.restriction or holders.get(each.id) == person.id]
                known = self._known_to(session, person, owners, [case.id for case in theirs])
                if known:
                    told[person.id] = [case for case in theirs if case.id in known]
        return told

    def _digest(self, session: Session, to: str | int, case_ids: Collection[int]) -> _Digest | None:
        """What may be told now, and where; None where nothing is."""
        if isinstance(to, str):
            return self._for_list(session, to, case_ids) if to in self.recipients else None
        person = session.get_one(t.Person, to)
        owners = _owners(session).get(_same(person.email), ()) if person.email else ()
        known = self._known_to(session, person, owners, case_ids)
        return _Digest(person.email, _rows(session, known)) if person.email and known else None

    def _for_list(self, session: Session, address: str, case_ids: Collection[int]) -> _Digest | None:
        """What an address of the list is told.

        Where it is somebody's own, nothing that they have a conflict of interest in, and only cases that
        they may see are named; nothing at all once they have left.
        """
        owners = _owners(session).get(_same(address), ())
        active = [person for person in owners if person.active]
        if owners and not active:
            return None
        rows = _rows(session, set(case_ids) - _conflicts(session, owners))
        numbers = {row.id for row in rows}
        seen = set().union(*(_seen(session, person, numbers) for person in active)) if owners else numbers
        named = [row for row in rows if row.restriction is None and row.id in seen]
        return _Digest(address, named, len(rows) - len(named))

    def _known_to(
        self, session: Session, person: t.Person, owners: Collection[t.Person], case_ids: Collection[int]
    ) -> set[int]:
        """Those of these cases that may be told at a person's address.

        None where it stands on the shared list: then it is a list, and nobody knows who reads it.

        Args:
            owners: everybody who has that address, also those who have left.
        """
        if not case_ids or not person.active or not person.email:
            return set()
        if _same(person.email) in map(_same, self.recipients):
            return set()
        known = set(case_ids) - _conflicts(session, owners)
        for owner in owners:
            known = _seen(session, owner, known) if owner.active else known
        return known


def _same(address: str) -> str:
    """An address as it is compared."""
    return address.strip().casefold()


def _owners(session: Session) -> Mapping[str, Sequence[t.Person]]:
    """Whose each address is, also of those who have left."""
    found: dict[str, list[t.Person]] = {}
    for person in session.scalars(select(t.Person).where(t.Person.email.is_not(None)).order_by(t.Person.id)):
        found.setdefault(_same(person.email or ""), []).append(person)
    return found


def _conflicts(session: Session, people: Collection[t.Person]) -> set[int]:
    """The cases that one of these people has a conflict of interest in."""
    theirs = t.Conflict.person_id.in_([person.id for person in people])
    return set(session.scalars(standing_conflicts().where(theirs)))


def _seen(session: Session, person: t.Person, case_ids: Collection[int]) -> set[int]:
    """Those of these cases that a person may see."""
    return set(session.scalars(select(t.Case.id).where(t.Case.id.in_(case_ids), visible(person))))


def _rows(session: Session, case_ids: Collection[int]) -> Sequence[Any]:
    return session.execute(
        select(t.Case.id, t.Case.severity, t.Case.due_at, t.Case.restriction, t.Comment.platform)
        .join(t.Comment, t.Comment.id == t.Case.comment_id)
        .where(t.Case.id.in_(case_ids), WAITING)
        .order_by(*ORDER)
    ).all()


def _text(digest: _Digest, now: datetime) -> str:
    paragraphs: list[str] = []
    if digest.named:
        head = f"These cases passed their due time and still waited for a decision at {for_people(now)}:"
        paragraphs += [head, "", *_lines(digest.named), ""]
    if digest.unnamed:
        more = "restricted case" if digest.unnamed == 1 else "restricted cases"
        paragraphs += [
            f"{digest.unnamed} {more} passed the due time and waited for a decision at {for_people(now)}:",
            "not named here, for it is not known who reads this mail. Those who may see such a case find it.",
            "",
        ]
    return (
        "\n".join(
            (
                *paragraphs,
                f"{_FINDS} shows what you may see. No second mail comes about them;",
                "`upstander status` goes on counting them until they are decided.",
            )
        )
        + "\n"
    )


def _lines(rows: Sequence[Any]) -> list[str]:
    lines = [
        f"Case {row.id}: {row.severity.replace('_', ' ')}, {row.platform.replace('_', ' ')},"
        f" due {for_people(row.due_at)}{', restricted' if row.restriction else ''}"
        for row in rows[:_NAMED]
    ]
    return lines if len(rows) <= _NAMED else [*lines, f"... and {len(rows) - _NAMED} more."]
