"""Referrals: a case is handed over, acknowledged, chased, closed or withdrawn.

No referral waits for anybody's approval, least of all a call to 999 or 101.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from worker import outbox
from worker.clock import Clock
from worker.errors import Conflict, NotFound
from worker.ledger import audit
from worker.ledger.audit import Actor
from worker.review import duties, welfare
from worker.review.access import check_access, conflicted, held_case
from worker.review.duties import Office
from worker.review.guide import Guide
from worker.review.hand_overs import log_hand_over
from worker.review.locked import locked
from worker.review.machine import NOT_YET, must_lead
from worker.review.recipients import check_reads
from worker.review.referral_tasks import CHASE, READ, ask_to_chase, ask_to_read, end_about, to_chase
from worker.review.referral_words import Handed, NewReferral, incomplete, known_kind, reference_of, words
from worker.review.rights import Right, permitted
from worker.review.telling import TELL
from worker.store import tables as t
from worker.store.session import Store
from worker.working_days import WorkingDays

#: Of suspected abuse imagery nothing but address, ids and times goes anywhere.
_NOTHING: frozenset[str] = frozenset()


@dataclass(frozen=True)
class Referrals:
    """Handing cases over. Each function raises NotAllowed where the right or the access is missing.

    Attributes:
        guide: to whom, by when, with what.
        days: the working days.
    """

    store: Store
    clock: Clock
    guide: Callable[[], Guide]
    days: Callable[[], WorkingDays]

    def make(self, actor: Actor, case_id: int, new: NewReferral) -> int:
        """Hand a case over, as it stands now. What follows from it for others becomes tasks.

        Returns:
            The referral's number.

        Raises:
            ReferralIncomplete: see `NewReferral.check`; or imagery would be shown.
            NotFound: there is no such case or person.
            Conflict: the person has a conflict of interest, or is no longer active.
        """
        office = self._office()
        new.check(office.now)
        with permitted(self.store, self.clock, actor, Right.REFER, "case", case_id) as session:
            case = held_case(session, actor, case_id)
            recipient = office.guide.kinds[new.kind]
            sees = self._sees(case, new, recipient.sees)
            _check_person(session, case_id, new.person_id)
            must_lead("referral", NOT_YET, "made")
            row = t.Referral(
                case_id=case_id,
                revision_id=case.revision_id,
                kind=new.kind,
                recipient=words("recipient", new.recipient),
                recipient_person=new.person_id,
                sees_words="words" in sees,
                sees_author="author" in sees,
                sees_evidence="evidence" in sees,
                sees_files="files" in sees,
                reason=words("reason", new.reason),
                template=_reply(session, case, new.kind),
                state="made",
                made_by=actor.person_id,
                made_at=office.now,
                due_at=recipient.within.after(office.now, office.days),
            )
            session.add(row)
            session.flush()
            detail = {"case_id": case_id, "revision_id": row.revision_id, "kind": row.kind}
            detail |= {"sees": sorted(sees), "recipient_person": new.person_id}
            audit.record(session, actor, "referred", "referral", row.id, now=office.now, detail=detail)
            self._follow(session, actor, row, office, new.notice_at)
            if new.acknowledged is not None:
                _acknowledge(session, actor, row, new.acknowledged, new.reference, office.now)
            if new.handed is not None:
                log_hand_over(session, actor, row, new.handed, now=office.now)
        return row.id

    def acknowledge(self, actor: Actor, referral_id: int, note: str, *, reference: str | None = None) -> None:
        """Note that the recipient has it. The recipient may say so, or whoever may refer.

        Args:
            note: who said so and what, or what the recipient answers.
            reference: theirs, such as a crime reference.
        """
        now = self.clock.now()
        with self._change(actor, Right.READ_REFERRED, referral_id) as (session, row):
            check_reads(session, actor, row, self.guide())
            _acknowledge(session, actor, row, note, reference, now)

    def chase(self, actor: Actor, referral_id: int, note: str) -> int:
        """Note that the recipient was reminded. The referral stays as it is. Returns how often by now."""
        now = self.clock.now()
        with self._change(actor, Right.REFER, referral_id) as (session, row):
            check_access(session, actor, row.case_id)
            _must_stand(row)
            session.add(
                t.ReferralChase(
                    referral_id=row.id, chased_by=actor.person_id, chased_at=now, note=words("note", note)
                )
            )
            session.flush()
            end_about(session, actor, row, (CHASE,), "Chased.", now)
            chased = select(t.ReferralChase.id).where(t.ReferralChase.referral_id == row.id)
            times = len(session.scalars(chased).all())
            detail = {"case_id": row.case_id, "times": times}
            audit.record(session, actor, "chased", "referral", row.id, now=now, detail=detail)
        return times

    def close(self, actor: Actor, referral_id: int, outcome: str, *, reference: str | None = None) -> None:
        """Note what came of it, and their reference. The recipient may, or whoever may refer."""
        now = self.clock.now()
        with self._change(actor, Right.READ_REFERRED, referral_id) as (session, row):
            check_reads(session, actor, row, self.guide())
            if row.state == "made":
                raise Conflict(
                    f"Referral {row.id} was not acknowledged yet.",
                    safe="Nothing was changed.",
                    do=f"Note that first: `upstander refer acknowledge {row.id}`.",
                )
            _end(session, actor, row, "closed", outcome, reference, now)

    def handed_over(self, actor: Actor, referral_id: int, handed: Handed) -> int:
        """Log that the file of an export was handed over: see `log_hand_over`. Returns the entry's number."""
        with self._change(actor, Right.REFER, referral_id) as (session, row):
            check_access(session, actor, row.case_id)
            return log_hand_over(session, actor, row, handed, now=self.clock.now())

    def withdraw(self, actor: Actor, referral_id: int, reason: str) -> None:
        """Take a referral back: from now on the recipient sees nothing of it."""
        now = self.clock.now()
        with self._change(actor, Right.REFER, referral_id) as (session, row):
            check_access(session, actor, row.case_id)
            _end(session, actor, row, "withdrawn", reason, None, now)

    def considered(self, actor: Actor, case_id: int, kind: str, reason: str) -> int:
        """Note that a referral was considered and not made, and why: the decision stands either way."""
        now = self.clock.now()
        known_kind(kind)
        with permitted(self.store, self.clock, actor, Right.REFER, "case", case_id) as session:
            held_case(session, actor, case_id)
            row = t.NotReferred(
                case_id=case_id,
                kind=kind,
                reason=words("reason", reason),
                considered_by=actor.person_id,
                considered_at=now,
            )
            session.add(row)
            session.flush()
            detail = {"case_id": case_id, "kind": kind}
            audit.record(session, actor, "not_referred", "not_referred", row.id, now=now, detail=detail)
            if kind in duties.POLICE:
                outcome = f"Considered and not referred: note {row.id}."
                duties.fulfil(session, actor, case_id, ("consider_police", "call_police"), outcome, now)
        return row.id

    def schedule(self) -> None:
        """Add a task to chase each referral that was due to be acknowledged and was not."""
        office = self._office()
        with self.store.read() as session:
            late = to_chase(session, office)
        for referral_id, case_id in late:
            with self.store.write() as session:
                locked(session, case_id)
                row = session.get_one(t.Referral, referral_id, with_for_update=True)
                ask_to_chase(session, row, office)

    def _follow(
        self, session: Session, actor: Actor, row: t.Referral, office: Office, notice_at: datetime | None
    ) -> None:
        """The tasks that a referral fulfils, and those that it begins."""
        fulfilled = duties.FULFILS.get(row.kind, ())
        duties.fulfil(session, actor, row.case_id, fulfilled, f"Referral {row.id} was made.", office.now)
        role = office.guide.kinds[row.kind].role
        if row.recipient_person is not None or role is not None:
            ask_to_read(session, actor, row, role, office.now)
            payload = {"referral_id": row.id}
            outbox.enqueue(session, TELL, payload, now=office.now, key=f"{TELL}:{row.id}")
        cause, matter = f"referral:{row.id}", duties.one_case(row.case_id)
        if row.kind == "security_specialist":
            duties.begin(session, actor, matter, "call_police", office, cause=cause)
        if notice_at is not None:
            due = office.guide.tasks["answer_notice"].within.after(notice_at, office.days)
            duties.begin(session, actor, matter, "answer_notice", office, cause=cause, due_at=due)

    @staticmethod
    def _sees(case: t.Case, new: NewReferral, usual: frozenset[str]) -> frozenset[str]:
        if case.restriction != "imagery":
            return usual if new.sees is None else frozenset(new.sees)
        if new.sees:
            raise incomplete(
                "Of this case only address, ids and times go to anybody: leave out what they may see."
            )
        return _NOTHING

    @contextmanager
    def _change(self, actor: Actor, right: Right, referral_id: int) -> Iterator[tuple[Session, t.Referral]]:
        with permitted(self.store, self.clock, actor, right, "referral", referral_id) as session:
            row = session.get(t.Referral, referral_id)
            if row is None:
                raise NotFound(
                    f"There is no referral {referral_id}.", do="`upstander refer list` shows them."
                )
            # Its case is held before anybody is asked who sees it, and before the row, as everywhere.
            locked(session, row.case_id)
            session.refresh(row, with_for_update=True)
            yield session, row

    def _office(self) -> Office:
        return Office(self.guide(), self.days(), self.clock.now())


def _check_person(session: Session, case_id: int, person_id: int | None) -> None:
    if person_id is None:
        return
    person = session.get(t.Person, person_id)
    if person is None:
        raise NotFound(f"There is no person {person_id}.")
    if not person.active or person_id in conflicted(session, case_id):
        raise Conflict(
            f"Case {case_id} cannot be referred to this person.",
            safe="Nothing was written.",
            do="They have left, or have a conflict of interest. Choose somebody else.",
        )


def _reply(session: Session, case: t.Case, kind: str) -> str | None:
    """The reply that goes with a welfare referral."""
    welfare_route = "refer_welfare" in duties.FULFILS.get(kind, ())
    return welfare.SUPPORTIVE_REPLY if welfare_route and welfare.is_distress(session, case) else None


def _acknowledge(
    session: Session, actor: Actor, row: t.Referral, note: str, reference: str | None, now: datetime
) -> None:
    must_lead("referral", row.state, "acknowledged")
    row.state = "acknowledged"
    row.acknowledged_by, row.acknowledged_at = actor.person_id, now
    row.acknowledged_note = words("note", note)
    row.reference = reference_of(reference) or row.reference
    session.flush()
    end_about(session, actor, row, (READ, CHASE), "Acknowledged.", now)
    detail = {"case_id": row.case_id, "before": "made", "after": row.state}
    audit.record(session, actor, "acknowledged", "referral", row.id, now=now, detail=detail)


def _end(
    session: Session,
    actor: Actor,
    row: t.Referral,
    state: str,
    outcome: str,
    reference: str | None,
    now: datetime,
) -> None:
    must_lead("referral", row.state, state)
    before, row.state = row.state, state
    row.ended_by, row.ended_at, row.outcome = actor.person_id, now, words("outcome", outcome)
    row.reference = reference_of(reference) or row.reference
    session.flush()
    end_about(session, actor, row, (READ, CHASE), f"The referral was {state}.", now)
    detail = {"case_id": row.case_id, "before": before, "after": state}
    audit.record(session, actor, state, "referral", row.id, now=now, detail=detail)


def _must_stand(row: t.Referral) -> None:
    if row.state in ("closed", "withdrawn"):
        raise Conflict(f"Referral {row.id} is {row.state}.", safe="Nothing was changed.")
