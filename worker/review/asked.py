"""A requested action that a person does something with: found, kept from others, ended, put on record."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass

from sqlalchemy import select
from sqlalchemy.orm import Session

from worker.clock import Clock
from worker.errors import Conflict, NotFound
from worker.ledger import audit
from worker.ledger.audit import Actor
from worker.review.access import check_access
from worker.review.locked import locked
from worker.review.machine import must_lead
from worker.review.os_users import must_be_named
from worker.review.rights import Right, permitted
from worker.review.tasks import end_task
from worker.store import tables as t
from worker.store.session import Store

GLASS_TASK, HAND_TASK = "glass_review", "act_by_hand"


@dataclass(frozen=True, slots=True)
class Desk:
    """Where people do something with requested actions."""

    store: Store
    clock: Clock

    @contextmanager
    def about(
        self, actor: Actor, right: Right, number: int, states: Sequence[str] | None
    ) -> Iterator[tuple[Session, t.RequestedAction]]:
        """A write that begins with the right, with access to the case, and with the action in a state.

        Args:
            states: those that it may be in; None for any.

        Raises:
            NotAllowed: the actor lacks the right, or may not see the case.
            NotFound: there is no such requested action.
            Conflict: it is in another state.
        """
        must_be_named(actor.source, actor.os_user)
        with permitted(self.store, self.clock, actor, right, "requested_action", number) as session:
            asked = find(session, number)
            check_access(session, actor, asked.case_id)
            if states is not None and asked.state not in states:
                raise Conflict(
                    f"Action {number} is {asked.state.replace('_', ' ')}: that is not possible any more.",
                    safe="Nothing was changed.",
                    do="`upstander act list` shows what came of it.",
                )
            yield session, asked

    def end(self, asked: t.RequestedAction, state: str, words: str) -> None:
        """Note how a requested action ended."""
        must_lead("requested_action", asked.state, state)
        asked.state, asked.detail, asked.finished_at = state, words, self.clock.now()

    def end_task(
        self, session: Session, actor: Actor, asked: t.RequestedAction, kind: str, outcome: str
    ) -> None:
        """End the task of a kind that a requested action made, if there is one."""
        task = session.scalar(select(t.Task).where(t.Task.key == f"{kind}:{asked.id}"))
        if task is not None:
            end_task(session, actor, task, outcome, now=self.clock.now())

    def record(
        self, session: Session, actor: Actor, verb: str, asked: t.RequestedAction, reason: str
    ) -> None:
        """Write the audit row of what somebody did, with the operating system's user."""
        facts = {
            "case_id": asked.case_id,
            "kind": asked.kind,
            "state": asked.state,
            "reason": reason,
            "os_user": actor.os_user,
        }
        audit.record(session, actor, verb, "requested_action", asked.id, now=self.clock.now(), detail=facts)


def find(session: Session, number: int) -> t.RequestedAction:
    """A requested action, nobody else's to change until this transaction is over.

    Raises:
        NotFound: there is none.
    """
    case_id = session.scalar(select(t.RequestedAction.case_id).where(t.RequestedAction.id == number))
    if case_id is None:
        raise NotFound(f"There is no action {number}.", do="`upstander act list` shows them.")
    # The worker takes the case first and the request after it: in the same order nobody waits in a circle.
    locked(session, case_id)
    return session.get_one(t.RequestedAction, number, with_for_update=True, populate_existing=True)


def given(reason: str, what: str) -> str:
    """A reason without the space around it.

    Raises:
        Conflict: there is none.
    """
    if not reason.strip():
        raise Conflict(f"{what} needs a reason.", safe="Nothing was changed.")
    return reason.strip()
