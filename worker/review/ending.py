"""What else people do with a requested action: take it back, or say that they did it by hand."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from worker.errors import Conflict
from worker.ledger.audit import Actor
from worker.review.asked import GLASS_TASK, HAND_TASK, Desk, given
from worker.review.blocks import end_reviews_of_author
from worker.review.requests import KINDS
from worker.review.rights import Right, check
from worker.store import tables as t


@dataclass(frozen=True)
class Ending:
    """Ends requested actions that the worker does not end.

    Attributes:
        unwanted: why a requested action is not wanted any more, in words; None where it still is.
    """

    desk: Desk
    unwanted: Callable[[Session, int, datetime], str | None]

    def withdraw(self, actor: Actor, number: int, reason: str) -> None:
        """Take back what was asked for, before the platform was asked.

        Raises:
            NotAllowed: the actor neither asked for it nor may approve.
            NotFound: there is no such requested action.
            Conflict: it ended, or the platform was asked already; or there is no reason.
        """
        states = ("awaiting_approval", "requested", "by_hand")
        with self.desk.about(actor, Right.DECIDE, number, states) as (session, asked):
            if actor.person_id != asked.requested_by:
                check(session, actor, Right.APPROVE_ACTION)
            why = given(reason, "To withdraw")
            action = session.scalar(select(t.Action).where(t.Action.requested_action_id == number))
            if action is not None and action.calls:
                raise Conflict(
                    "The platform was asked already, and what became of that is being found out.",
                    safe="Nothing was changed.",
                    do="Wait for its outcome in `upstander act list`; then `upstander act undo`.",
                )
            if action is not None:
                action.state, action.finished_at = "failed", self.desk.clock.now()
                action.outcome = "Withdrawn before the platform was asked."
            self.desk.end(asked, "withdrawn", "Withdrawn before anything was done on the platform.")
            self.desk.end_task(session, actor, asked, HAND_TASK, "It was withdrawn.")
            self.desk.end_task(
                session, actor, asked, GLASS_TASK, "It was withdrawn before anything was done."
            )
            self.desk.record(session, actor, "withdrawn", asked, why)

    def done_by_hand(self, actor: Actor, number: int, note: str) -> None:
        """Say that one did in the platform's own app what Upstander cannot do there.

        Raises:
            NotAllowed: the actor may not ask for such actions.
            NotFound: there is no such requested action.
            Conflict: nobody was asked to do it by hand, or not any more; or there is no note.
        """
        now = self.desk.clock.now()
        with self.desk.about(actor, Right.DECIDE, number, ("by_hand",)) as (session, asked):
            check(session, actor, KINDS[asked.kind], now=now)
            note = given(note, "To call it done")
            why = self.unwanted(session, number, now)
            if why is not None:
                raise Conflict(
                    f"Action {number} is not wanted any more: {why}.",
                    safe="Nothing was changed.",
                    do=f"Undo it in the platform's own app, then `upstander act withdraw {number}`.",
                )
            words = "Done by a person in the platform's own app; Upstander cannot read it back."
            action = session.scalar(select(t.Action).where(t.Action.requested_action_id == number))
            if action is not None:  # none where nothing could be sealed: restoring does not wait for that
                action.state, action.outcome, action.finished_at = "outside", words, now
            self.desk.end(asked, "outside", words)
            self.desk.end_task(session, actor, asked, HAND_TASK, "It was done.")
            if asked.kind == "unblock":
                end_reviews_of_author(session, actor, asked.id, now=now)
            self.desk.record(session, actor, "done_by_hand", asked, note)
