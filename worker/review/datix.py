"""A case as a record for Datix, in the Trust's own labels; and the reference that it got there.

Upstander files nothing itself, and names nobody: who was targeted is for whoever files it to write in Datix.
Harm to patients stays out: that is recorded under LFPSE, which grades something else.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import ColumnElement, func, select
from sqlalchemy.orm import Session

from worker.clock import Clock
from worker.errors import Conflict
from worker.ledger import audit
from worker.ledger.audit import Actor
from worker.review import duties
from worker.review.access import check_access, held_case, visible_to
from worker.review.datix_labels import Labels, LabelTable
from worker.review.group_decisions import counting, that_counts
from worker.review.history import latest_decision, upheld_categories
from worker.review.referral_words import words
from worker.review.rights import Right, permitted
from worker.store import tables as t
from worker.store.session import Store


@dataclass(frozen=True, slots=True)
class DatixRecord:
    """One upheld case, ready to be copied; one that was decided with others stands for all of them.

    Attributes:
        together: how many cases it stands for: itself, and those decided with it that its reader may see.
            What was asked, captured, referred and offered is that of all of them.
        categories, severity, target: as Upstander has them.
        labels: as Datix has them.
        actions: what was asked of the platform, and how each ended.
        words: of the comment, only where they were asked for.
        reference: the one that it has in Datix, once somebody noted it.
    """

    case_id: int
    together: int
    platform: str
    account: str
    posted_at: datetime | None
    seen_at: datetime
    decided_at: datetime
    categories: tuple[str, ...]
    severity: str
    target: str | None
    labels: Labels
    evidence: int
    actions: tuple[str, ...]
    referrals: tuple[str, ...]
    support_offers: int
    words: str | None
    reference: str | None


@dataclass(frozen=True)
class Datix:
    """Records for Datix. Each function raises NotAllowed where the right or the access is missing."""

    store: Store
    clock: Clock
    labels: Callable[[], LabelTable]

    def records(
        self, actor: Actor, cases: Sequence[int], *, with_words: bool = False
    ) -> tuple[DatixRecord, ...]:
        """Upheld cases as records. The look at each is audited, and whether their words were shown.

        Raises:
            NotFound: there is no such case.
            Conflict: a case is not upheld; or its words were asked for, and it is about imagery.
        """
        now, table = self.clock.now(), self.labels()
        first = cases[0] if cases else None
        with permitted(self.store, self.clock, actor, Right.RECORD_IN_DATIX, "case", first) as session:
            found = []
            for number in dict.fromkeys(cases):
                case = check_access(session, actor, number)
                found.append(_record(session, actor, case, table, with_words=with_words))
                detail = {"with_words": with_words}
                audit.record(session, actor, "datix_shown", "case", number, now=now, detail=detail)
            return tuple(found)

    def note(self, actor: Actor, case_id: int, reference: str) -> None:
        """Note the reference that a case has in Datix; a second one replaces the first, which is kept.

        Raises:
            NotFound: there is no such case.
            Conflict: nobody upheld it; or the reference is too long.
        """
        now = self.clock.now()
        given = words("reference", reference)
        if len(given) > 100:
            raise Conflict("A Datix reference has at most 100 characters.", safe="Nothing was written.")
        with permitted(self.store, self.clock, actor, Right.RECORD_IN_DATIX, "case", case_id) as session:
            held_case(session, actor, case_id)
            _upheld(session, case_id)
            row = t.DatixReference(case_id=case_id, reference=given, noted_by=actor.person_id, noted_at=now)
            session.add(row)
            session.flush()
            outcome = "Its reference in Datix was noted."
            duties.fulfil(session, actor, case_id, ("record_in_datix",), outcome, now)
            detail = {"note_id": row.id}
            audit.record(session, actor, "datix_noted", "case", case_id, now=now, detail=detail)


def _record(
    session: Session, actor: Actor, case: t.Case, table: LabelTable, *, with_words: bool
) -> DatixRecord:
    decision = _upheld(session, case.id)
    comment = session.get_one(t.Comment, case.comment_id)
    account = session.get_one(t.Account, comment.account_id)
    categories = tuple(sorted(upheld_categories(session, decision.id)))
    cases = _cases(session, actor, case.id)
    return DatixRecord(
        case_id=case.id,
        together=len(cases),
        platform=comment.platform,
        account=account.handle,
        posted_at=comment.posted_at,
        seen_at=comment.first_seen_at,
        decided_at=decision.decided_at,
        categories=categories,
        severity=str(decision.severity),
        target=decision.target,
        labels=table.of(categories, str(decision.severity), decision.target),
        evidence=_count(session, t.Snapshot, cases, t.Snapshot.state == "sealed"),
        actions=_actions(session, cases),
        referrals=tuple(
            session.scalars(
                select(t.Referral.kind)
                .where(t.Referral.case_id.in_(cases), t.Referral.state != "withdrawn")
                .order_by(t.Referral.id)
            )
        ),
        support_offers=_count(session, t.SupportOffer, cases),
        words=_words(session, case, decision) if with_words else None,
        reference=_reference(session, [case.id]) or _reference(session, cases),
    )


def _cases(session: Session, actor: Actor, case_id: int) -> tuple[int, ...]:
    """A case, and those that were decided with it and that its reader may see."""
    number = session.scalar(that_counts(case_id))
    if number is None:
        return (case_id,)
    seen = select(t.Case.id).where(visible_to(session, actor))
    others = counting(number).with_only_columns(t.Decision.case_id).where(t.Decision.case_id.in_(seen))
    return tuple(sorted({case_id, *session.scalars(others)}))


def _reference(session: Session, cases: Sequence[int]) -> str | None:
    noted = select(t.DatixReference.reference).where(t.DatixReference.case_id.in_(cases))
    return session.scalar(noted.order_by(t.DatixReference.id.desc()).limit(1))


def _upheld(session: Session, case_id: int) -> t.Decision:
    decision = latest_decision(session, case_id)
    if decision is None or decision.verdict != "upheld":
        raise Conflict(
            f"Case {case_id} is no incident: the decision that counts does not uphold it.",
            safe="Nothing was written.",
            do="Only upheld cases are recorded in Datix.",
        )
    return decision


def _words(session: Session, case: t.Case, decision: t.Decision) -> str | None:
    if case.restriction == "imagery":
        raise Conflict(
            f"Of case {case.id} only address, ids and times go to anybody.", safe="Nothing was shown."
        )
    return session.get_one(t.Revision, decision.revision_id).text


def _actions(session: Session, cases: Sequence[int]) -> tuple[str, ...]:
    found = session.execute(
        select(t.RequestedAction.kind, t.RequestedAction.state)
        .where(t.RequestedAction.case_id.in_(cases))
        .order_by(t.RequestedAction.id)
    )
    counted = Counter(f"{kind.replace('_', ' ')}: {state.replace('_', ' ')}" for kind, state in found)
    return tuple(said if times == 1 else f"{said} ({times} times)" for said, times in counted.items())


def _count(
    session: Session,
    table: type[t.Snapshot | t.SupportOffer],
    cases: Sequence[int],
    *conditions: ColumnElement[bool],
) -> int:
    counted = select(func.count()).select_from(table).where(table.case_id.in_(cases), *conditions)
    return session.scalar(counted) or 0
