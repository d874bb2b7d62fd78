"""Deciding the cases of a group together: each member gets a decision, actions and audit of its own."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from worker.clock import Clock
from worker.errors import UpstanderError
from worker.ledger import audit
from worker.ledger.audit import Actor
from worker.review import group_decisions
from worker.review.access import visible_to
from worker.review.errors import DecisionIncomplete
from worker.review.group_progress import Progress, progress_of
from worker.review.groups import GroupRow, GroupView, group_rows, show_group, shown_pairs
from worker.review.rights import Right, permitted, require
from worker.store.session import Store


@dataclass(frozen=True, slots=True)
class LeftOut:
    """A member that was not decided, and why."""

    case_id: int
    revision_id: int
    why: str


@dataclass(frozen=True, slots=True)
class Together:
    """What came of deciding together.

    Attributes:
        decided: case and decision of each member that was decided.
        number: the group decision's; None where it was about one member.
    """

    decided: tuple[tuple[int, int], ...]
    left_out: tuple[LeftOut, ...]
    number: int | None = None


@dataclass(frozen=True, slots=True)
class ShownAgain:
    """What came of showing again what a group decision had hidden: the cases asked for, and those not."""

    asked: tuple[int, ...]
    left_out: tuple[int, ...]


@dataclass(frozen=True)
class Groups:
    """Cases that belong together. Each function raises NotAllowed where the right lacks, and audits that."""

    store: Store
    clock: Clock

    def rows(self, actor: Actor, *, limit: int = 50) -> tuple[GroupRow, ...]:
        """The groups in which at least two cases wait, that with the most severe first."""
        require(self.store, self.clock, actor, Right.VIEW_QUEUE, "group")
        with self.store.read() as session:
            return group_rows(session, seen=visible_to(session, actor), limit=limit)

    def show(self, actor: Actor, group_id: int, *, limit: int = 100) -> GroupView:
        """The waiting members of a group, with their words. The look is audited for each of them.

        Args:
            limit: how many members at most; the list's token stands for those alone.

        Raises:
            NotFound: there is no such group.
        """
        now = self.clock.now()
        with permitted(self.store, self.clock, actor, Right.VIEW_QUEUE, "group", group_id) as session:
            seen = visible_to(session, actor)
            return show_group(session, actor, group_id, seen=seen, limit=limit, now=now)

    def decide(
        self,
        actor: Actor,
        group_id: int,
        decide_one: Callable[[int, int, int | None], int],
        *,
        token: str | None = None,
        pairs: Sequence[tuple[int, int]] = (),
    ) -> Together:
        """Decide on members of a group, each in a transaction of its own. What was not shown is not decided.

        A member that changed since, that somebody else works on or has decided, is left out and named.

        Args:
            decide_one: decides on one case at one revision, as the review stage does, as part of the group
                decision of that number (None: by itself), and gives the decision's number.
            token: all of the list that this person was shown under it.
            pairs: instead, case and revision of single members that this person was shown.

        Raises:
            NotFound: this person was not shown that list, or none of this group.
            DecisionIncomplete: nothing could be decided, because the decision itself is not whole.
        """
        require(self.store, self.clock, actor, Right.DECIDE, "group", group_id)
        with self.store.read() as session:
            shown = shown_pairs(session, actor, group_id, token)
        wanted = shown if token is not None else tuple(dict.fromkeys(pairs))
        number = self._begin(actor, group_id, token) if len(wanted) > 1 else None
        decided: list[tuple[int, int]] = []
        left_out: list[LeftOut] = []
        for case_id, revision_id in wanted:
            if (case_id, revision_id) not in shown:
                left_out.append(LeftOut(case_id, revision_id, "You were not shown these words of it."))
                continue
            try:
                decided.append((case_id, decide_one(case_id, revision_id, number)))
            except DecisionIncomplete as incomplete:
                if not decided and not left_out:
                    raise
                left_out.append(LeftOut(case_id, revision_id, incomplete.happened))
            except UpstanderError as refusal:
                left_out.append(LeftOut(case_id, revision_id, refusal.happened))
        done = Together(tuple(decided), tuple(left_out), number)
        self._note(actor, group_id, token, number, done)
        return done

    def progress(self, actor: Actor, number: int) -> Progress:
        """How far a group decision is, as far as the actor may see its cases.

        Raises:
            NotFound: there is none of that number, or nothing of it is theirs to see.
        """
        require(self.store, self.clock, actor, Right.VIEW_QUEUE, group_decisions.ABOUT, number)
        with self.store.read() as session:
            return progress_of(session, number, visible_to(session, actor))

    def show_again(self, actor: Actor, number: int, unhide_one: Callable[[int], int]) -> ShownAgain:
        """Ask for every comment that a group decision had hidden to be shown again, each by itself.

        The decisions stand; whoever was wrong about them corrects each on its own case.

        Args:
            unhide_one: asks for one case, as the review stage does, and gives the request's number.

        Raises:
            NotFound: there is none of that number, or nothing of it is theirs to see.
        """
        require(self.store, self.clock, actor, Right.REQUEST_UNHIDE, group_decisions.ABOUT, number)
        asked, left_out = [], []
        for case_id in self.progress(actor, number).hidden:
            try:
                unhide_one(case_id)
            except UpstanderError:
                left_out.append(case_id)
            else:
                asked.append(case_id)
        detail = {"cases": asked, "left_out": left_out}
        now = self.clock.now()
        with self.store.write() as session:
            thing = group_decisions.ABOUT
            audit.record(session, actor, "shown_again_together", thing, number, now=now, detail=detail)
        return ShownAgain(tuple(asked), tuple(left_out))

    def _begin(self, actor: Actor, group_id: int, token: str | None) -> int:
        with self.store.write() as session:
            return group_decisions.begin(session, actor, group_id, token, now=self.clock.now())

    def _note(
        self, actor: Actor, group_id: int, token: str | None, number: int | None, done: Together
    ) -> None:
        detail = {
            "token": token,
            "group_decision": number,
            "decided": [list(each) for each in done.decided],
            "left_out": [each.case_id for each in done.left_out],
        }
        with self.store.write() as session:
            if number is not None:
                group_decisions.end(session, number, now=self.clock.now())
            audit.record(
                session, actor, "decided_together", "group", group_id, now=self.clock.now(), detail=detail
            )
