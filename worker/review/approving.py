"""The second person: a delete or a block is approved by somebody else, or the glass is broken for it.

Rights are looked at each time, for everybody who had a hand in it: somebody who lost the right since has
approved nothing. On a command line two people are also two of the operating system's users, because there a
name is only claimed; the setting of a demo, and a web page that one signs in to, may say otherwise.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass

from sqlalchemy import select
from sqlalchemy.orm import Session

from worker import outbox
from worker.errors import Conflict, NotAllowed
from worker.ledger.audit import Actor
from worker.review.access import role_that_sees
from worker.review.asked import GLASS_TASK, Desk, given
from worker.review.kinds import words_of
from worker.review.machine import must_lead
from worker.review.os_users import acted_as, must_be_another
from worker.review.requests import ASKED, KINDS
from worker.review.rights import HOLDERS, Right, check
from worker.review.tasks import NewTask, add_task
from worker.store import tables as t
from worker.working_days import WorkingDays

APPROVED, GLASS_BROKEN, REVIEWED = "approved", "glass_broken", "glass_reviewed"
#: Whoever did what in which words in the table of approvals.
_VERBS = {
    "approved": APPROVED,
    "refused": "refused_by_second",
    "broke_glass": GLASS_BROKEN,
    "reviewed": REVIEWED,
}


@dataclass(frozen=True)
class Approving:
    """What a second person does between asking and carrying out.

    Attributes:
        working_days: for when a broken glass is reviewed at the latest.
        one_os_user_will_do: whether one user of the operating system may be both people; for a demo.
    """

    desk: Desk
    working_days: Callable[[], WorkingDays]
    one_os_user_will_do: bool = False

    def approve(self, actor: Actor, number: int, reason: str = "") -> None:
        """Approve what somebody else asked for. The worker checks both people again before it goes ahead.

        Raises:
            NotAllowed: the actor asked for it, or may not approve; or the asker lost the right.
            NotFound: there is no such requested action.
            Conflict: it does not wait for approval.
        """
        with self._as_second(actor, number, ("awaiting_approval",)) as (session, asked):
            self._must_be_another(session, actor, asked, "approve it")
            check(session, Actor(asked.requested_by, actor.source), KINDS[asked.kind])
            self._voice(session, actor, asked, "approved", reason)
            self._go_ahead(session, asked)

    def refuse(self, actor: Actor, number: int, reason: str) -> None:
        """Refuse what somebody else asked for.

        Raises:
            NotAllowed, NotFound, Conflict: as `approve`; also where there is no reason.
        """
        with self._as_second(actor, number, ("awaiting_approval",)) as (session, asked):
            if actor.person_id == asked.requested_by:
                raise _own("refuse it", "Withdraw it instead: `upstander act withdraw`.")
            self._voice(session, actor, asked, "refused", given(reason, "To refuse"))
            self.desk.end(asked, "refused", "The second person refused it. Nothing was done on the platform.")

    def break_glass(self, actor: Actor, number: int, reason: str) -> None:
        """Go ahead alone with what one asked for; somebody else reviews it within one working day.

        Raises:
            NotAllowed: the actor is not the one who asked, or may not ask any more.
            NotFound, Conflict: as `approve`; also where there is no reason.
        """
        now = self.desk.clock.now()
        with self.desk.about(actor, Right.BREAK_GLASS, number, ("awaiting_approval",)) as (session, asked):
            if asked.requested_by != actor.person_id:
                raise NotAllowed(
                    "Only the person who asked goes ahead alone.",
                    safe="Nothing was done.",
                    do="You are a second person: approve it.",
                )
            check(session, actor, KINDS[asked.kind])
            self._voice(session, actor, asked, "broke_glass", given(reason, "To go ahead alone"))
            task = NewTask(
                kind=GLASS_TASK,
                key=f"{GLASS_TASK}:{asked.id}",
                title=(
                    f"One person alone went ahead to {words_of(asked.kind)} of case {asked.case_id}:"
                    f" look at it, then `upstander act review {asked.id}`."
                ),
                due_at=self.working_days().one_after(now),
                case_id=asked.case_id,
                about=("requested_action", asked.id),
                for_role=_second_role(session, asked),
            )
            add_task(session, actor, task, now=now)
            self._go_ahead(session, asked)

    def review(self, actor: Actor, number: int, finding: str) -> None:
        """Say what one found on looking at an action that somebody went ahead with alone.

        Raises:
            NotAllowed: the actor asked for it, or may not approve.
            NotFound: there is no such requested action.
            Conflict: the glass was not broken, it was reviewed before, or nothing was said.
        """
        with self._as_second(actor, number, None) as (session, asked):
            voices = _voices(session, number)
            broken = next((each for each in voices if each.verdict == "broke_glass"), None)
            if broken is None or any(each.verdict == "reviewed" for each in voices):
                raise Conflict(f"Action {number} does not wait for a review.", safe="Nothing was changed.")
            self._must_be_another(session, actor, asked, "review it")
            self._voice(session, actor, asked, "reviewed", given(finding, "A review"))
            self.desk.end_task(session, actor, asked, GLASS_TASK, "It was looked at by another person.")

    @contextmanager
    def _as_second(
        self, actor: Actor, number: int, states: Sequence[str] | None
    ) -> Iterator[tuple[Session, t.RequestedAction]]:
        with self.desk.about(actor, Right.APPROVE_ACTION, number, states) as found:
            yield found

    def _must_be_another(self, session: Session, actor: Actor, asked: t.RequestedAction, to: str) -> None:
        if actor.person_id == asked.requested_by:
            raise _own(to, "Another person who may approve does that.")
        # Whoever goes ahead alone may do so as another user than the one as whom they asked.
        first = acted_as(session, "requested_action", asked.id, ASKED, GLASS_BROKEN)
        will_do = self.one_os_user_will_do
        must_be_another(actor, first, "It was asked for", to, one_will_do=will_do)

    def _voice(
        self, session: Session, actor: Actor, asked: t.RequestedAction, verdict: str, reason: str
    ) -> None:
        row = t.Approval(
            requested_action_id=asked.id,
            person_id=actor.person_id,
            verdict=verdict,
            reason=reason.strip(),
            os_user=actor.os_user,
            at=self.desk.clock.now(),
        )
        session.add(row)
        session.flush()
        self.desk.record(session, actor, _VERBS[verdict], asked, reason.strip())

    def _go_ahead(self, session: Session, asked: t.RequestedAction) -> None:
        """Hand it to the worker, which carries it out once its evidence is sealed."""
        must_lead("requested_action", asked.state, "requested")
        asked.state = "requested"
        now = self.desk.clock.now()
        outbox.enqueue(session, "act", {"requested_action_id": asked.id}, now=now, key=f"act:{asked.id}")


def _voices(session: Session, number: int) -> Sequence[t.Approval]:
    return session.scalars(select(t.Approval).where(t.Approval.requested_action_id == number)).all()


def _second_role(session: Session, asked: t.RequestedAction) -> str:
    """The role of somebody else who may approve; who reviews where nobody may is for the status to shout."""
    wanted = []
    for role in ("senior_reviewer", "on_call_manager"):
        held = (
            select(t.Person.id)
            .join(t.PersonRole, t.PersonRole.person_id == t.Person.id)
            .where(t.PersonRole.role == role, t.Person.active, t.Person.id != asked.requested_by)
        )
        if role in HOLDERS[Right.APPROVE_ACTION] and session.scalar(held.limit(1)) is not None:
            wanted.append(role)
    return role_that_sees(session, asked.case_id, *wanted, "senior_reviewer")


def _own(to: str, do: str) -> NotAllowed:
    return NotAllowed(f"Who asked for an action cannot {to}.", safe="Nothing was done.", do=do)
