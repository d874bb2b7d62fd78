"""Who is on call: the rota, and acknowledging a call."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import ColumnElement, and_, select
from sqlalchemy.orm import Session

from worker.clock import Clock
from worker.errors import Conflict, NotFound
from worker.ledger import audit
from worker.ledger.audit import Actor
from worker.review import pages
from worker.review.access import conflicted, held_case, may_see
from worker.review.rights import HOLDERS, Right, check, permitted, require
from worker.store import tables as t
from worker.store.session import Store


@dataclass(frozen=True, slots=True)
class Turn:
    """One turn of the rota.

    Attributes:
        rank: who is called first: 1, then 2.
        now: whether it is going on.
    """

    number: int
    person: str
    rank: int
    from_at: datetime
    until_at: datetime
    now: bool


@dataclass(frozen=True)
class OnCallRota:
    """The rota as people keep it. Each function raises NotAllowed where the actor lacks the right."""

    store: Store
    clock: Clock

    def add(self, actor: Actor, person_id: int, *, rank: int, from_at: datetime, until_at: datetime) -> int:
        """Put a person on call for a time.

        Args:
            rank: 1 is called first.

        Returns:
            The turn's number.

        Raises:
            NotFound: there is no such person.
            NotAllowed: that person may not decide on cases.
            Conflict: it is over already or ends before it begins, they have no e-mail address, or that
                rank is taken at that time.
        """
        now = self.clock.now()
        if not from_at < until_at or until_at <= now or rank < 1:
            raise Conflict(
                "A turn on call begins before it ends, ends in the future, and has a rank from 1.",
                safe="Nothing was changed.",
            )
        with permitted(self.store, self.clock, actor, Right.MANAGE_ON_CALL, "on_call") as session:
            person = check(session, Actor(person_id, actor.source), Right.DECIDE)
            _must_be_reachable(person)
            _must_be_free(session, rank, from_at, until_at)
            turn = t.OnCall(
                person_id=person.id,
                rank=rank,
                from_at=from_at,
                until_at=until_at,
                added_by=actor.person_id,
                added_at=now,
            )
            session.add(turn)
            session.flush()
            detail = {
                "person_id": person.id,
                "rank": rank,
                "from": from_at.isoformat(),
                "until": until_at.isoformat(),
            }
            audit.record(session, actor, "on_call_added", "on_call", turn.id, now=now, detail=detail)
            return turn.id

    def remove(self, actor: Actor, number: int) -> None:
        """Take a turn off the rota. What was called meanwhile stays on record.

        Raises:
            NotFound: there is no such turn, or it is over or was taken off already.
        """
        now = self.clock.now()
        with permitted(self.store, self.clock, actor, Right.MANAGE_ON_CALL, "on_call", number) as session:
            turn = session.get(t.OnCall, number, with_for_update=True)
            if turn is None or turn.removed_at is not None or turn.until_at <= now:
                raise NotFound(f"No turn to come has number {number}.", do="See `upstander on-call list`.")
            turn.removed_at, turn.removed_by = now, actor.person_id
            detail = {"person_id": turn.person_id}
            audit.record(session, actor, "on_call_removed", "on_call", number, now=now, detail=detail)

    def turns(self, actor: Actor) -> tuple[Turn, ...]:
        """The turns that go on or are to come, the soonest first."""
        require(self.store, self.clock, actor, Right.VIEW_ON_CALL, "on_call")
        now = self.clock.now()
        with self.store.read() as session:
            rows = session.execute(
                select(t.OnCall, t.Person.name)
                .join(t.Person, t.Person.id == t.OnCall.person_id)
                .where(t.OnCall.removed_at.is_(None), t.OnCall.until_at > now)
                .order_by(t.OnCall.from_at, t.OnCall.rank, t.OnCall.id)
            )
            return tuple(
                Turn(row.id, name, row.rank, row.from_at, row.until_at, now=row.from_at <= now)
                for row, name in rows
            )

    def candidates(self, actor: Actor) -> tuple[tuple[int, str], ...]:
        """Who can be put on call, by name: active, may decide on cases, and has an e-mail address.

        Raises:
            NotAllowed: the actor does not keep the rota.
        """
        require(self.store, self.clock, actor, Right.MANAGE_ON_CALL, "on_call")
        with self.store.read() as session:
            people = _reachable(session, HOLDERS[Right.DECIDE])
            return tuple(sorted(((each.id, each.name) for each in people), key=lambda each: each[1]))

    def acknowledge(self, actor: Actor, case_id: int) -> bool:
        """Say that one has taken up the call about a case: nobody else is called about it.

        Returns:
            Whether it was still calling.

        Raises:
            NotFound: there is no such case, or nobody was ever called about it.
            NotAllowed: they may not see the case; whether it is restricted or about them is not said.
        """
        now = self.clock.now()
        with permitted(self.store, self.clock, actor, Right.ACKNOWLEDGE_PAGE, "case", case_id) as session:
            held_case(session, actor, case_id)
            if session.scalar(select(t.Page.id).where(t.Page.case_id == case_id).limit(1)) is None:
                raise NotFound(f"Nobody was called about case {case_id}.", safe="Nothing was changed.")
            return pages.acknowledge(session, actor, case_id, now=now, by="acknowledging") is not None


def on_call_at(now: datetime) -> ColumnElement[bool]:
    """The SQL that holds of the turns that go on at a moment."""
    return and_(t.OnCall.removed_at.is_(None), t.OnCall.from_at <= now, t.OnCall.until_at > now)


def people_on_call(session: Session, now: datetime) -> Sequence[t.Person]:
    """Everybody on call at a moment who is active and may still decide, the first to be called first."""
    deciding = select(t.PersonRole.person_id).where(t.PersonRole.role.in_(HOLDERS[Right.DECIDE]))
    rows = session.scalars(
        select(t.Person)
        .join(t.OnCall, t.OnCall.person_id == t.Person.id)
        .where(on_call_at(now), t.Person.active, t.Person.id.in_(deciding))
        .order_by(t.OnCall.rank, t.OnCall.id)
    )
    return tuple(dict.fromkeys(rows))


def on_call_managers(session: Session) -> Sequence[t.Person]:
    """Every active on-call manager with an e-mail address: who is told where nobody else can be reached."""
    return _reachable(session, frozenset({"on_call_manager"}))


def called_instead(session: Session, case_id: int) -> Sequence[Sequence[t.Person]]:
    """Who is told of a case where nobody on call can be, or none of them answers: one group after the other.

    The on-call managers who may see it; then everybody who may see it and take the call, HR and the
    Guardian too: a restriction never silences a call.
    """
    groups = (
        on_call_managers(session),
        _reachable(session, HOLDERS[Right.ACKNOWLEDGE_PAGE]),
    )
    return [[each for each in group if may_see(session, each.id, case_id)] for group in groups]


def fetches_somebody(session: Session, case_id: int, now: datetime) -> Sequence[t.Person]:
    """Who has to fetch somebody where nobody who may see a case answers; the case is not named to them.

    Whoever is on call and the on-call managers, else everybody who decides, as far as they may not see it;
    nobody with a conflict of interest in it.
    """
    apart = conflicted(session, case_id)
    close = dict.fromkeys((*people_on_call(session, now), *on_call_managers(session)))
    deciding = _reachable(session, HOLDERS[Right.DECIDE])
    for group in ([each for each in close if each.email], deciding):
        outside = [each for each in group if each.id not in apart and not may_see(session, each.id, case_id)]
        if outside:
            return outside
    return ()


def _reachable(session: Session, roles: frozenset[str]) -> Sequence[t.Person]:
    holders = select(t.PersonRole.person_id).where(t.PersonRole.role.in_(roles))
    return session.scalars(
        select(t.Person)
        .where(t.Person.id.in_(holders), t.Person.active, t.Person.email.is_not(None))
        .order_by(t.Person.id)
    ).all()


def _must_be_reachable(person: t.Person) -> None:
    if not person.email:
        raise Conflict(
            f"{person.name} has no e-mail address, so no call would reach them.",
            safe="Nothing was changed.",
            do=f'Add it: `upstander people change "{person.name}" --email ADDRESS`.',
        )


def _must_be_free(session: Session, rank: int, from_at: datetime, until_at: datetime) -> None:
    taken = session.execute(
        select(t.OnCall.id, t.Person.name)
        .join(t.Person, t.Person.id == t.OnCall.person_id)
        .where(
            t.OnCall.removed_at.is_(None),
            t.OnCall.rank == rank,
            t.OnCall.from_at < until_at,
            t.OnCall.until_at > from_at,
        )
        .limit(1)
    ).one_or_none()
    if taken is not None:
        raise Conflict(
            f"{taken.name} has rank {rank} at that time (turn {taken.id}).",
            safe="Nothing was changed.",
            do=f"Choose another rank, such as --rank {rank + 1}, or take that turn off first:"
            f" `upstander on-call remove {taken.id}`.",
        )
