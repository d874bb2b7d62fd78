"""Ways in: who is given a sign-in of Upstander's own, gets a new one-time password, or loses it."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import delete, func, select, text
from sqlalchemy.orm import Session

from worker.errors import Conflict, NotAllowed, NotFound
from worker.ledger import audit
from worker.ledger.audit import Actor
from worker.review.rights import Right, permitted, require
from worker.signin import lockout, names, passwords, recovery, sessions
from worker.signin.ground import Ground
from worker.store import tables as t


@dataclass(frozen=True, slots=True)
class Invitation:
    """What an administrator passes on to somebody. Printing it shows no secret.

    Attributes:
        password: good for one sign-in, at which it is changed.
        until: how long it is good for.
    """

    user_name: str
    password: str = field(repr=False)
    until: datetime


@dataclass(frozen=True, slots=True)
class WayIn:
    """How somebody signs in, for the list of people.

    Attributes:
        user_name: None where they have no sign-in of Upstander's own.
        second_factor: whether an authenticator app belongs to it.
        must_change: whether they have not yet changed their one-time password.
        federated: whether the identity provider knows them.
        seen_at: when they last did anything on the review site, of the sessions that are still kept.
    """

    person_id: int
    user_name: str | None
    second_factor: bool
    must_change: bool
    federated: bool
    seen_at: datetime | None


def create(ground: Ground, actor: Actor, person_id: int, user_name: str | None) -> Invitation:
    """Give somebody a sign-in. The very first is for an administrator, by whoever has the command line.

    Args:
        user_name: None: the one that goes without saying.

    Raises:
        NotAllowed: the actor is no administrator.
        NotFound: there is no such person.
        Conflict: they are not active, have one already, or the user name cannot be used.
    """
    if not ground.web.local_sign_in:
        raise Conflict(
            "Nobody signs in with a password of Upstander's own: web.local_sign_in is off.",
            safe="No sign-in was made.",
        )
    password, now = passwords.one_time(), ground.clock.now()
    kept = passwords.hashed(password)
    with _changing(ground, actor, person_id) as session:
        person = _person(session, person_id)
        if not person.active:
            raise Conflict(f"{person.name} is no longer active.", safe="No sign-in was made.")
        name = names.usable(names.from_person(person.name) if user_name is None else user_name)
        _not_taken(session, person, name)
        session.add(
            t.SignIn(
                person_id=person_id,
                user_name=name,
                password_hash=kept,
                must_change=True,
                created_at=now,
                changed_at=now,
            )
        )
        audit.record(session, actor, "sign_in_made", "person", person_id, now=now, detail=_from_where(actor))
    return _invitation(ground, name, password, now)


def reset(ground: Ground, actor: Actor, person_id: int) -> Invitation:
    """Give somebody a new one-time password; second factor, recovery codes, lock-out and sessions go.

    Raises:
        NotAllowed: the actor is no administrator.
        NotFound: the person has no sign-in.
        KeyringFault: the key of signing in cannot be used.
    """
    password, now = passwords.one_time(), ground.clock.now()
    kept = passwords.hashed(password)
    with permitted(ground.store, ground.clock, actor, Right.MANAGE_PEOPLE, "person", person_id) as session:
        row = _own(session, person_id)
        row.password_hash, row.must_change, row.changed_at = kept, True, now
        # The last step stays: a code that was taken is never taken again, even with the old secret.
        row.totp_secret, row.totp_confirmed_at = None, None
        recovery.forget(session, row.id)
        lockout.clear_name(session, lockout.name_key(ground, row.user_name))
        sessions.end(session, now, t.WebSession.person_id == person_id, "reset")
        audit.record(session, actor, "sign_in_reset", "person", person_id, now=now, detail=_from_where(actor))
        name = row.user_name
    return _invitation(ground, name, password, now)


def end(ground: Ground, actor: Actor, person_id: int) -> None:
    """Take somebody's ways in away: their sign-in, whom the identity provider meant, and their sessions.

    Somebody who stays active can come back over the identity provider; who leaves is made inactive.

    Raises:
        NotAllowed: the actor is no administrator.
        NotFound: there is no such person.
    """
    now = ground.clock.now()
    with permitted(ground.store, ground.clock, actor, Right.MANAGE_PEOPLE, "person", person_id) as session:
        _person(session, person_id)
        own = session.scalar(select(t.SignIn.id).where(t.SignIn.person_id == person_id))
        if own is not None:
            recovery.forget(session, own)
            session.execute(delete(t.SignIn).where(t.SignIn.id == own))
        session.execute(delete(t.Federated).where(t.Federated.person_id == person_id))
        sessions.end(session, now, t.WebSession.person_id == person_id, "ended_by_administrator")
        audit.record(session, actor, "sign_in_ended", "person", person_id, now=now, detail=_from_where(actor))


def end_sessions(ground: Ground, actor: Actor, person_id: int) -> int:
    """End all sessions of somebody; they can sign in again.

    Returns:
        How many there were.

    Raises:
        NotAllowed: the actor is neither the person nor an administrator.
    """
    now = ground.clock.now()
    if actor.person_id != person_id:
        require(ground.store, ground.clock, actor, Right.MANAGE_PEOPLE, "person", person_id)
    with ground.store.write() as session:
        ended = sessions.end(session, now, t.WebSession.person_id == person_id, "ended_by_administrator")
        detail = {"sessions": len(ended), **_from_where(actor)}
        audit.record(session, actor, "sessions_ended", "person", person_id, now=now, detail=detail)
    return len(ended)


def sessions_of(ground: Ground, actor: Actor, person_id: int) -> Sequence[sessions.SessionFacts]:
    """The open sessions of somebody, for themselves or an administrator.

    Raises:
        NotAllowed: the actor is neither.
    """
    if actor.person_id != person_id:
        require(ground.store, ground.clock, actor, Right.MANAGE_PEOPLE, "person", person_id)
    with ground.store.read() as session:
        return sessions.open_sessions(session, ground.web, person_id, ground.clock.now())


def ways_in(ground: Ground, actor: Actor) -> Sequence[WayIn]:
    """How everybody signs in, by name.

    Raises:
        NotAllowed: the actor is no administrator.
    """
    require(ground.store, ground.clock, actor, Right.MANAGE_PEOPLE, "person")
    with ground.store.read() as session:
        known = frozenset(session.scalars(select(t.Federated.person_id)))
        own = {row.person_id: row for row in session.scalars(select(t.SignIn))}
        newest = select(t.WebSession.person_id, func.max(t.WebSession.seen_at))
        found = session.execute(newest.group_by(t.WebSession.person_id))
        seen: dict[int, datetime] = {whose: seen_at for whose, seen_at in found}  # noqa: C416 -- a row is no pair to mypy
        people = session.scalars(select(t.Person.id).order_by(t.Person.name)).all()
    return [_way_in(each, own.get(each), seen.get(each), federated=each in known) for each in people]


def _way_in(person_id: int, own: t.SignIn | None, seen_at: datetime | None, *, federated: bool) -> WayIn:
    return WayIn(
        person_id=person_id,
        user_name=None if own is None else own.user_name,
        second_factor=own is not None and own.totp_secret is not None,
        must_change=own is not None and own.must_change,
        federated=federated,
        seen_at=seen_at,
    )


@contextmanager
def _changing(ground: Ground, actor: Actor, person_id: int) -> Iterator[Session]:
    if actor.person_id is not None or actor.source != "cli":
        with permitted(
            ground.store, ground.clock, actor, Right.MANAGE_PEOPLE, "person", person_id
        ) as session:
            yield session
        return
    with ground.store.write() as session:
        # Of two who begin at once, the second is refused (an SQLite writer is alone anyway).
        if session.get_bind().dialect.name == "postgresql":
            session.execute(text("LOCK TABLE sign_ins IN SHARE ROW EXCLUSIVE MODE"))
        first = session.scalar(select(func.count()).select_from(t.SignIn)) == 0
        administrates = session.get(t.PersonRole, (person_id, "administrator")) is not None
        if not (first and administrates):
            raise NotAllowed(
                "Only the very first sign-in, an administrator's, is made without saying who you are.",
                safe="No sign-in was made.",
                do="Say who you are with --as.",
            )
        yield session


def _person(session: Session, person_id: int) -> t.Person:
    person = session.get(t.Person, person_id)
    if person is None:
        raise NotFound(f"There is no person {person_id}.")
    return person


def _own(session: Session, person_id: int) -> t.SignIn:
    person = _person(session, person_id)
    row = session.scalars(
        select(t.SignIn).where(t.SignIn.person_id == person_id).with_for_update()
    ).one_or_none()
    if row is None:
        raise NotFound(
            f"{person.name} has no sign-in of Upstander's own.",
            do="`upstander people sign-in` with their name makes one.",
        )
    return row


def _not_taken(session: Session, person: t.Person, name: str) -> None:
    if session.scalar(select(t.SignIn.id).where(t.SignIn.person_id == person.id)) is not None:
        raise Conflict(
            f"{person.name} has a sign-in already.",
            safe="It is as it was.",
            do="`upstander people reset-sign-in` gives them a new one-time password.",
        )
    if session.scalar(select(t.SignIn.id).where(t.SignIn.user_name == name)) is not None:
        raise Conflict(
            f"Somebody else has the user name {name}.",
            safe="No sign-in was made.",
            do="Name another one with --user-name.",
        )


def _invitation(ground: Ground, user_name: str, password: str, now: datetime) -> Invitation:
    return Invitation(user_name, password, now + timedelta(days=ground.web.invitation_days))


def _from_where(actor: Actor) -> dict[str, Any]:
    """Which user of the computer sat at the command line, where a name is only claimed."""
    return {} if actor.os_user is None else {"os_user": actor.os_user}
