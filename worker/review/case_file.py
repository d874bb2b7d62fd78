"""A case's file: what is asked of it, what people note on it and tick, and who may open it."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import date

from worker.clock import Clock
from worker.errors import Conflict, NotFound
from worker.ledger import audit
from worker.ledger.audit import Actor
from worker.review import restricting
from worker.review.access import check_access, held_case
from worker.review.consequences import Procedure
from worker.review.history import categories_on
from worker.review.law import NOT_ADVICE, Provision
from worker.review.particulars import Lacking
from worker.review.people import find_person
from worker.review.questions import Occasion, Question
from worker.review.rights import Right, permitted
from worker.review.ruling import needed
from worker.review.view import ItemView
from worker.store import tables as t
from worker.store.casework import DECISIONS
from worker.store.session import Store

_LONGEST = 10_000


@dataclass(frozen=True, slots=True)
class Asking:
    """What a decision on a case has to answer, and what the law map says beside it.

    Attributes:
        categories: those found by rules, upheld before, and named by whoever asks.
        revision_id: the wording to decide on.
        needs: what a decision of each verdict says beside its reason and its answers, as it is typed.
        questions: for every verdict and action, unless one verdict was named.
        law_version, checked_on: of the law map; not_advice stands wherever it is shown.
    """

    case_id: int
    revision_id: int
    categories: tuple[str, ...]
    needs: Mapping[str, tuple[Lacking, ...]]
    questions: tuple[Question, ...]
    provisions: tuple[Provision, ...]
    law_version: str
    checked_on: date
    not_advice: str


@dataclass(frozen=True)
class CaseFile:
    """The stage. Each function raises NotAllowed where the actor may not, and audits that.

    Attributes:
        procedure: how decisions are taken: gives the tables.
    """

    store: Store
    clock: Clock
    procedure: Procedure

    def asking(
        self, actor: Actor, case_id: int, *, verdict: str | None = None, categories: Collection[str] = ()
    ) -> Asking:
        """What a decision on a case must answer. The look is recorded.

        Args:
            verdict: only what is asked for this one.
            categories: those that the person means to choose, beside those that were found.

        Raises:
            NotFound: there is no such case.
        """
        now, guidance = self.clock.now(), self.procedure.guidance()
        with permitted(self.store, self.clock, actor, Right.VIEW_QUEUE, "case", case_id) as session:
            case = check_access(session, actor, case_id)
            known = frozenset({*categories_on(session, case), *categories})
            going_on = self.procedure.going_on(now)
            occasion = Occasion(verdict, known, frozenset({case.severity}), None, going_on)
            detail = {"part": "questions", "restriction": case.restriction}
            audit.record(session, actor, "viewed", "case", case_id, now=now, detail=detail)
        law = guidance.law
        return Asking(
            case_id=case_id,
            revision_id=case.revision_id,
            categories=tuple(sorted(known)),
            needs={each: needed(each) for each in DECISIONS if verdict in (None, each)},
            questions=guidance.questions.asked(occasion),
            provisions=law.touched_by(known),
            law_version=law.version,
            checked_on=law.checked_on,
            not_advice=NOT_ADVICE,
        )

    def checklist(self, actor: Actor, case_id: int) -> tuple[ItemView, ...]:
        """What a case's evidence should have, item by item. The look is recorded.

        Raises:
            NotFound: there is no such case.
        """
        now, guidance = self.clock.now(), self.procedure.guidance()
        with permitted(self.store, self.clock, actor, Right.VIEW_QUEUE, "case", case_id) as session:
            case = check_access(session, actor, case_id)
            detail = {"part": "checklist", "restriction": case.restriction}
            audit.record(session, actor, "viewed", "case", case_id, now=now, detail=detail)
            return guidance.checklist.of(session, case, categories_on(session, case))

    def prompts(self, answers: Mapping[str, str]) -> tuple[str, ...]:
        """What somebody is told who gave these answers, 999 first."""
        return self.procedure.guidance().questions.prompts(answers)

    def law_on(self, categories: Collection[str]) -> tuple[Provision, ...]:
        """The provisions that categories may touch: prompts for evidence, never advice."""
        return self.procedure.guidance().law.touched_by(categories)

    def note(self, actor: Actor, case_id: int, text: str) -> int:
        """Write a note on a case. It stays as it is; a later one corrects it.

        Returns:
            Its number.

        Raises:
            NotFound: there is no such case.
            Conflict: there is nothing in it, or too much.
        """
        text, now = text.strip(), self.clock.now()
        with permitted(self.store, self.clock, actor, Right.WRITE_NOTES, "case", case_id) as session:
            held_case(session, actor, case_id)
            if not 0 < len(text) <= _LONGEST:
                raise Conflict(f"A note has 1 to {_LONGEST} characters.", safe="Nothing was noted.")
            row = t.CaseNote(case_id=case_id, text=text, written_by=actor.person_id, written_at=now)
            session.add(row)
            session.flush()
            detail = {"note_id": row.id}
            audit.record(session, actor, "noted", "case", case_id, now=now, detail=detail)
            return row.id

    def tick(
        self, actor: Actor, case_id: int, item: str, *, done: bool = True, note: str | None = None
    ) -> None:
        """Tick an item of a case's evidence checklist, or take the tick back.

        Raises:
            NotFound: there is no such case, or no such item for a person to tick.
            Conflict: the note is empty or too long.
        """
        now = self.clock.now()
        by_hand = [each.id for each in self.procedure.guidance().checklist.items if each.computed is None]
        with permitted(self.store, self.clock, actor, Right.WRITE_NOTES, "case", case_id) as session:
            held_case(session, actor, case_id)
            if item not in by_hand:
                raise NotFound(
                    f"There is no item {item} that a person ticks.", do=f"These are: {', '.join(by_hand)}."
                )
            if note is not None and not 0 < len(note.strip()) <= _LONGEST:
                raise Conflict(f"A note has 1 to {_LONGEST} characters.", safe="Nothing was ticked.")
            row = t.CaseCheck(case_id=case_id, item=item, done=done, checked_at=now)
            row.note, row.checked_by = (note.strip() if note else None), actor.person_id or 0
            session.add(row)
            detail = {"item": item, "done": done}
            audit.record(session, actor, "checked", "case", case_id, now=now, detail=detail)

    def restrict(self, actor: Actor, case_id: int, kind: str, reason: str) -> frozenset[str]:
        """Keep a case for named roles: see `restricting.restrict_case`."""
        return restricting.restrict_case(self.store, self.clock, actor, case_id, kind, reason)

    def unrestrict(self, actor: Actor, case_id: int, reason: str, kind: str | None = None) -> tuple[str, ...]:
        """Lift one restriction of a case: see `restricting.lift_restriction`."""
        return restricting.lift_restriction(self.store, self.clock, actor, case_id, reason, kind)

    def note_conflict(self, actor: Actor, case_id: int, name: str, reason: str) -> None:
        """Close a case to a person who is concerned in it: see `restricting.note_conflict`."""
        person = find_person(self.store, name)
        restricting.note_conflict(self.store, self.clock, actor, case_id, person.id, reason)

    def withdraw_conflict(self, actor: Actor, case_id: int, name: str, reason: str) -> None:
        """Take a conflict of interest back: see `restricting.withdraw_conflict`."""
        person = find_person(self.store, name)
        restricting.withdraw_conflict(self.store, self.clock, actor, case_id, person.id, reason)
