"""What holds whatever people, the platform and crashes do: looked at after every step, and at the end."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field

from sqlalchemy import func, select, text

from tests.unit.review.floor import Floor
from worker.review.kinds import NEEDS_SECOND, RESTORING
from worker.review.machine import MOVES, NOT_YET
from worker.store import tables as t

#: Each thing that is watched, with its table and the name under which the audit knows it.
_WATCHED = {"case": "cases", "requested_action": "requested_actions", "appeal": "appeals"}
_LEGAL = {(move.thing, move.before, move.after) for move in MOVES}

States = dict[tuple[str, int], str]


@dataclass
class Watch:
    """Compares what is with what was.

    Attributes:
        broken: whether a look found a promise broken; nothing more is to be learnt then.
    """

    floor: Floor
    states: States = field(default_factory=dict)
    audited: int = 0
    broken: bool = False

    def look(self) -> None:
        """After a step: only legal moves, each with an audit row about that very thing."""
        self.broken = True
        now = self._states()
        changed = {
            key: (self.states.get(key, NOT_YET), after)
            for key, after in now.items()
            if self.states.get(key, NOT_YET) != after
        }
        told = self._told()
        for (thing, number), (before, after) in changed.items():
            assert (thing, before, after) in _LEGAL, f"{thing} {number}: {before} -> {after}"
            assert (thing, number) in told, f"{thing} {number} became {after}, and no audit row says so"
        assert set(self.states) <= set(now), "something was removed"
        self.states = now
        self._two_people()
        assert all(times <= 1 for times in self.floor.made.values()), self.floor.made
        self.broken = False

    def _states(self) -> States:
        found: States = {}
        with self.floor.store.read() as session:
            for thing, table in _WATCHED.items():
                for number, state in session.execute(text(f"SELECT id, state FROM {table}")):
                    found[thing, number] = state
        return found

    def _told(self) -> set[tuple[str, int]]:
        with self.floor.store.read() as session:
            rows = session.execute(
                select(t.Audit.id, t.Audit.object_type, t.Audit.object_id).where(t.Audit.id > self.audited)
            ).all()
        self.audited = max((row.id for row in rows), default=self.audited)
        return {(row.object_type, row.object_id) for row in rows if row.object_id is not None}

    def _two_people(self) -> None:
        """No action that needs two people exists without them (promise 3)."""
        with self.floor.store.read() as session:
            begun = session.scalars(
                select(t.Action.requested_action_id).where(t.Action.kind.in_(NEEDS_SECOND))
            ).all()
            for number in begun:
                assert agreed(session.get_one(t.RequestedAction, number), self.floor), number


def agreed(asked: t.RequestedAction, floor: Floor) -> bool:
    """Whether another person approved it, or the asker broke the glass."""
    with floor.store.read() as session:
        voices = session.execute(
            select(t.Approval.person_id, t.Approval.verdict).where(t.Approval.requested_action_id == asked.id)
        ).all()
    return any(
        (verdict == "approved" and person != asked.requested_by)
        or (verdict == "broke_glass" and person == asked.requested_by)
        for person, verdict in voices
    )


def right_now(floor: Floor) -> None:
    """At the very moment that the platform is changed: evidence, two people, the decision that counts."""
    number = floor.carrying_now
    assert number is not None, "the platform was changed by nobody's request"
    with floor.store.read() as session:
        asked = session.get_one(t.RequestedAction, number)
        action = session.scalars(select(t.Action).where(t.Action.requested_action_id == number)).one()
        snapshot = session.get_one(t.Snapshot, action.snapshot_id)
        newest = session.scalars(
            select(t.Decision).where(t.Decision.case_id == asked.case_id).order_by(t.Decision.id.desc())
        ).first()
    assert (snapshot.state, snapshot.comment_id) == ("sealed", asked.comment_id), "evidence before action"
    if asked.kind in NEEDS_SECOND:
        assert agreed(asked, floor), "two people where it bites"
    if asked.kind not in RESTORING:
        assert snapshot.revision_id == asked.revision_id, "the evidence is of what was judged"
        assert newest is not None
        assert newest.verdict == "upheld", "the decision that counts upholds it"


def at_the_end(floor: Floor) -> None:
    """Every action has ended, everything has its audit row, and all of them are in the ledger."""
    with floor.store.read() as session:
        waiting = session.scalars(
            select(t.RequestedAction.id).where(t.RequestedAction.state == "requested")
        ).all()
        assert not waiting, f"lost: {waiting}"
        decided = Counter(
            detail["decision_id"]
            for detail in session.scalars(select(t.Audit.detail).where(t.Audit.verb == "decided"))
        )
        assert decided == Counter(session.scalars(select(t.Decision.id)))
        asked = Counter(session.scalars(select(t.Audit.object_id).where(t.Audit.verb == "requested")))
        assert asked == Counter(session.scalars(select(t.RequestedAction.id)))
        _shown_as_wished(floor)
    floor.evidence.ledger.append_now()
    with floor.store.read() as session:
        rows = session.scalar(select(func.count()).select_from(t.Audit))
        entered = session.scalar(
            select(func.count()).select_from(t.LedgerEntry).where(t.LedgerEntry.position.is_not(None))
        )
    assert rows == entered


def _shown_as_wished(floor: Floor) -> None:
    """What was carried out changed the platform once, or was found done there."""
    with floor.store.read() as session:
        rows = session.execute(
            select(t.RequestedAction.id, t.RequestedAction.state, t.Action.calls)
            .outerjoin(t.Action, t.Action.requested_action_id == t.RequestedAction.id)
            .order_by(t.RequestedAction.id)
        )
        for number, state, calls in rows:
            if floor.made.get(number, 0):
                assert state in ("carried_out", "failed", "refused"), f"{number} was done and is {state}"
                assert calls, f"{number} was done and no call was counted"
