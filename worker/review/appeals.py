"""Appeals: an author or a member of staff challenges a decision, and a person who had no part in it decides.

Overturning is a new decision that supersedes the challenged one, and asks in the same step for what was
hidden to be shown again. Where nobody else is there to decide, one person goes ahead with a typed reason, and
another looks at it within one working day.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from datetime import datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from worker.clock import Clock
from worker.errors import Conflict, NotAllowed
from worker.ledger import audit
from worker.ledger.audit import Actor
from worker.review import decisions, requests
from worker.review.access import held_case
from worker.review.appeal import Answer, NewAppeal, not_whole
from worker.review.appeal_people import holders, must_have_no_part, role_of, who_else
from worker.review.appeal_view import WAITING, AppealLine, AppealView, appeal_lines, appeal_view, the_appeal
from worker.review.consequences import Procedure
from worker.review.history import latest_decision
from worker.review.locked import locked
from worker.review.machine import NOT_YET, must_lead
from worker.review.os_users import acted_as, must_be_another, must_be_named
from worker.review.restoring import to_restore
from worker.review.rights import Right, check, permitted, require
from worker.review.tasks import NewTask, add_task, end_task
from worker.settings_review import Appeals as AppealSettings
from worker.store import tables as t
from worker.store.appeals import APPEAL_STATES
from worker.store.session import Store
from worker.working_days import WorkingDays

#: The audit's verb for it.
DECIDED = "appeal_decided"


@dataclass(frozen=True)
class Appeals:
    """The stage. Each function raises NotAllowed where the actor lacks the right, and audits that.

    Attributes:
        procedure: how decisions are taken.
        days: the working days, by which an appeal is due.
        replies: the ids of the reply templates that there are.
        one_os_user_will_do: whether one user of the operating system may be two people; for a demo.
    """

    store: Store
    clock: Clock
    procedure: Procedure
    settings: AppealSettings
    days: Callable[[], WorkingDays]
    replies: Callable[[], Collection[str]]
    one_os_user_will_do: bool = False

    def log(self, actor: Actor, appeal: NewAppeal) -> int:
        """Log an appeal against the decision that counts on a case; a task says by when to decide it.

        Returns:
            Its number.

        Raises:
            NotFound: there is no such case.
            Conflict: nobody has decided on it, one waits already, or what was given cannot be.
        """
        now = self.clock.now()
        appeal.check(now)
        with permitted(self.store, self.clock, actor, Right.LOG_APPEAL, "case", appeal.case_id) as session:
            held_case(session, actor, appeal.case_id)
            challenged = _challenged(session, appeal.case_id)
            must_lead("appeal", NOT_YET, "waiting")
            row = t.Appeal(
                case_id=appeal.case_id,
                about_decision_id=challenged.id,
                by_whom=appeal.by_whom,
                channel=appeal.channel,
                words=appeal.words.strip(),
                received_at=appeal.received_at,
                logged_by=check(session, actor, Right.LOG_APPEAL, now=now).id,
                logged_at=now,
                due_at=self.days().days_after(appeal.received_at, self.settings.answer_working_days),
                state="waiting",
            )
            session.add(row)
            session.flush()
            self._add_task(session, actor, row)
            detail = {"case_id": row.case_id, "decision_id": challenged.id, "by": row.by_whom}
            audit.record(session, actor, "appeal_logged", "appeal", row.id, now=now, detail=detail)
            return row.id

    def list(self, actor: Actor, *, all_states: bool = False) -> tuple[AppealLine, ...]:
        """Appeals that wait for somebody, or all of them, the soonest due first, without anybody's words."""
        require(self.store, self.clock, actor, Right.LOG_APPEAL, "appeal")
        with self.store.read() as session:
            states = APPEAL_STATES if all_states else WAITING
            return appeal_lines(session, actor, states, now=self.clock.now())

    def show(self, actor: Actor, appeal_id: int) -> AppealView:
        """One appeal with the words that were judged. The look is audited.

        Raises:
            NotFound: there is no such appeal.
        """
        now = self.clock.now()
        with permitted(self.store, self.clock, actor, Right.LOG_APPEAL, "appeal", appeal_id) as session:
            view = appeal_view(session, actor, appeal_id, now=now)
            detail = {"case_id": view.line.case_id, "revision_id": view.challenged.revision_id}
            audit.record(session, actor, "viewed", "appeal", appeal_id, now=now, detail=detail)
        return view

    def decide(self, actor: Actor, appeal_id: int, answer: Answer) -> int | None:
        """Decide an appeal. See `decisions.decide` for what is refused of a new decision.

        Returns:
            The new decision's number; None where the appeal is dismissed.

        Raises:
            NotFound: there is no such appeal.
            NotAllowed: the actor decided the case before, and somebody else can decide the appeal; or they
                sit there as the same user of the computer as who did, and do not say why they go alone.
            Conflict: it is decided, or the answer is not whole.
        """
        answer.check()
        if answer.reply_template is not None and answer.reply_template not in self.replies():
            raise not_whole(
                f"There is no reply {answer.reply_template}: `upstander replies list` shows them."
            )
        now = self.clock.now()
        with self._deciding(actor, appeal_id) as (session, row, person):
            state = "decided" if answer.alone_because is None else "decided_alone"
            must_lead("appeal", row.state, state)
            _, case = locked(session, row.case_id)
            must_have_no_part(session, row, actor, answer, one_os_user_will_do=self.one_os_user_will_do)
            decision_id = None
            if answer.ruling is not None and answer.revision_id is not None:
                decision_id = self._decide_anew(session, actor, case, answer.revision_id, answer, now)
            row.state, row.outcome, row.decision_id = state, answer.outcome, decision_id
            row.ended_by, row.ended_at, row.reason = person.id, now, answer.reason.strip()
            row.reply_template = answer.reply_template
            row.break_glass_reason = answer.alone_because and answer.alone_because.strip()
            self._end_task(session, actor, row, f"The appeal was decided: {answer.outcome}.")
            if state == "decided_alone":
                self._add_review(session, actor, row, person.id, now)
            detail = {
                "case_id": row.case_id,
                "outcome": answer.outcome,
                "decision_id": decision_id,
                "alone": state == "decided_alone",
                "os_user": actor.os_user,
            }
            audit.record(session, actor, DECIDED, "appeal", row.id, now=now, detail=detail)
            return decision_id

    def review_alone(self, actor: Actor, appeal_id: int) -> None:
        """Say that one has looked at an appeal that somebody decided alone.

        Raises:
            NotFound: there is no such appeal.
            NotAllowed: the actor decided it.
            Conflict: it was not decided alone, or is reviewed.
        """
        now = self.clock.now()
        with self._deciding(actor, appeal_id) as (session, row, person):
            must_lead("appeal", row.state, "reviewed")
            if row.ended_by == person.id:
                raise NotAllowed("Somebody else reviews what you decided alone.", safe="Nothing was changed.")
            first, will_do = acted_as(session, "appeal", row.id, DECIDED), self.one_os_user_will_do
            must_be_another(actor, first, "It was decided alone", "review it", one_will_do=will_do)
            row.state, row.reviewed_by, row.reviewed_at = "reviewed", person.id, now
            self._end_task(session, actor, row, "Reviewed.", kind="appeal_review")
            audit.record(
                session, actor, "appeal_reviewed", "appeal", row.id, now=now, detail={"case_id": row.case_id}
            )

    def withdraw(self, actor: Actor, appeal_id: int, reason: str) -> None:
        """Note that the appellant took the appeal back.

        Raises:
            NotFound: there is no such appeal.
            Conflict: it is decided, or there is no reason.
        """
        if not reason.strip():
            raise not_whole("To withdraw an appeal needs a reason: what the appellant said.")
        now = self.clock.now()
        with permitted(self.store, self.clock, actor, Right.LOG_APPEAL, "appeal", appeal_id) as session:
            row = the_appeal(session, appeal_id, to_change=True)
            held_case(session, actor, row.case_id)
            must_lead("appeal", row.state, "withdrawn")
            person = check(session, actor, Right.LOG_APPEAL, now=now)
            row.state, row.ended_by, row.ended_at = "withdrawn", person.id, now
            row.reason = reason.strip()
            self._end_task(session, actor, row, "The appeal was withdrawn.")
            audit.record(
                session, actor, "appeal_withdrawn", "appeal", row.id, now=now, detail={"case_id": row.case_id}
            )

    @contextmanager
    def _deciding(self, actor: Actor, appeal_id: int) -> Iterator[tuple[Session, t.Appeal, t.Person]]:
        must_be_named(actor.source, actor.os_user)
        with permitted(self.store, self.clock, actor, Right.DECIDE_APPEAL, "appeal", appeal_id) as session:
            row = the_appeal(session, appeal_id, to_change=True)
            held_case(session, actor, row.case_id)
            yield session, row, check(session, actor, Right.DECIDE_APPEAL)

    def _decide_anew(
        self, session: Session, actor: Actor, case: t.Case, revision_id: int, answer: Answer, now: datetime
    ) -> int:
        """The decision that supersedes the one that counts, with what restores."""
        latest = latest_decision(session, case.id)
        ruling = answer.ruling
        if ruling is None or latest is None:
            raise not_whole("There is no decision to overturn.")
        if answer.outcome == "upheld" and ruling.verdict == latest.verdict:
            raise not_whole("An appeal that is upheld overturns the decision: give another verdict.")
        check(session, actor, Right.DECIDE)
        back = () if ruling.verdict == "upheld" else to_restore(session, case)
        actions = tuple(dict.fromkeys((*ruling.actions, *back)))
        for kind in actions:
            if kind in requests.KINDS:
                check(session, actor, requests.KINDS[kind])
        whole = replace(ruling, actions=actions, supersedes=latest.id)
        return decisions.decide(
            session, actor, case.id, revision_id, whole, now=now, procedure=self.procedure
        )

    def _add_task(self, session: Session, actor: Actor, row: t.Appeal) -> None:
        task = NewTask(
            kind="appeal",
            key=f"appeal:{row.id}",
            title=f"Decide on appeal {row.id} about case {row.case_id}: upstander appeal show {row.id}",
            due_at=row.due_at,
            case_id=row.case_id,
            about=("appeal", row.id),
            for_role=role_of(who_else(session, row)),
        )
        add_task(session, actor, task, now=row.logged_at)

    def _add_review(
        self, session: Session, actor: Actor, row: t.Appeal, person_id: int, now: datetime
    ) -> None:
        others = [each for each in holders(session, row.case_id) if each.id != person_id]
        task = NewTask(
            kind="appeal_review",
            key=f"appeal_review:{row.id}",
            title=f"Review appeal {row.id}, which one person decided alone: upstander appeal show {row.id}",
            due_at=self.days().one_after(now),
            case_id=row.case_id,
            about=("appeal", row.id),
            for_role=role_of(others),
        )
        add_task(session, actor, task, now=now)

    @staticmethod
    def _end_task(session: Session, actor: Actor, row: t.Appeal, outcome: str, kind: str = "appeal") -> None:
        task = session.scalars(select(t.Task).where(t.Task.key == f"{kind}:{row.id}")).one_or_none()
        if task is not None and row.ended_at is not None:
            end_task(session, actor, task, outcome, now=row.reviewed_at or row.ended_at)


def _challenged(session: Session, case_id: int) -> t.Decision:
    challenged = latest_decision(session, case_id)
    if challenged is None:
        raise Conflict(
            f"Nobody has decided on case {case_id} yet, so there is nothing to appeal against.",
            safe="Nothing was logged.",
            do="Decide on the case first; what they say can be kept as a note on it.",
        )
    waits = select(t.Appeal.id).where(t.Appeal.case_id == case_id, t.Appeal.state == "waiting").limit(1)
    other = session.scalar(waits)
    if other is not None:
        raise Conflict(
            f"Appeal {other} about case {case_id} waits to be decided.",
            safe="Nothing was logged.",
            do=f"Decide it first: `upstander appeal show {other}`.",
        )
    return challenged
