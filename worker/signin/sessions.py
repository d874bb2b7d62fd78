"""Sessions: begun with a token that only the browser keeps, looked up by its hash, and ended in good time."""

from __future__ import annotations

import hashlib
import secrets
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, cast

from sqlalchemy import ColumnElement, select, update
from sqlalchemy.orm import Session

from worker.ledger import audit
from worker.ledger.audit import Actor
from worker.review.temporary import temporary_roles
from worker.settings_web import Web
from worker.signin.errors import NotSignedIn
from worker.signin.ground import SOURCE, Ground
from worker.signin.preferences import of_row
from worker.signin.signed_in import SecondFactor, SignedIn, Way, needs_second_factor
from worker.store import tables as t

_TOKEN_BYTES = 32
#: That somebody is there is written down no more often than this.
_RENEW = timedelta(minutes=1)


@dataclass(frozen=True, slots=True)
class Found:
    """A session with whose it is."""

    session: t.WebSession
    person: t.Person
    sign_in: t.SignIn | None
    preference: t.Preference | None


@dataclass(frozen=True, slots=True)
class SessionFacts:
    """One session for a list of them: nothing in it opens anything."""

    id: int
    how: Way
    started_at: datetime
    seen_at: datetime
    second_factor: bool


def begin(
    session: Session,
    now: datetime,
    person_id: int,
    how: Way,
    *,
    second_factor: bool,
    since: datetime | None = None,
) -> str:
    """Begin a session, in the transaction of what proved who it is.

    Args:
        since: when the session began that this one goes on with, where it does.

    Returns:
        The token, which is kept nowhere here.
    """
    token = secrets.token_urlsafe(_TOKEN_BYTES)
    row = t.WebSession(
        token_hash=_hash(token),
        person_id=person_id,
        how=how,
        started_at=since or now,
        seen_at=now,
        confirmed_at=now,
        second_factor=second_factor,
    )
    session.add(row)
    session.flush()
    detail = {"session_id": row.id, "how": how, "second_factor": second_factor}
    who = Actor(person_id, SOURCE)
    audit.record(session, who, "signed_in", "person", person_id, now=now, detail=detail)
    return token


def who(ground: Ground, token: str, *, renew: bool = True) -> SignedIn | None:
    """Who is signed in with a token; None where nobody is, or not any more.

    A session that is over is ended as it is found; one in use is noted as seen, at most once a minute.

    Args:
        renew: False for what a page asks by itself: a page left open keeps nobody signed in.
    """
    now = ground.clock.now()
    with ground.store.read() as session:
        found = _find(session, token)
        if found is None:
            return None
        roles = roles_of(session, found.person, now)
    why = _over(ground.web, found, roles, now)
    if why is not None:
        with ground.store.write() as session:
            end(session, now, t.WebSession.id == found.session.id, why)
        return None
    if renew and now - found.session.seen_at >= _RENEW:
        _seen(ground, found.session.id, now)
    return _signed_in(ground.web, token, found, roles)


def live(ground: Ground, token: str) -> SignedIn:
    """Who is signed in with a token that was made or found just now.

    Raises:
        NotSignedIn: it ended meanwhile.
    """
    me = who(ground, token)
    if me is None:
        raise NotSignedIn
    return me


def end(session: Session, now: datetime, which: ColumnElement[bool], why: str) -> Sequence[int]:
    """End those of the sessions that are not over yet, and say so in the audit.

    Args:
        which: the SQL that holds of them.
        why: one of `SESSION_ENDS`.

    Returns:
        Their ids.
    """
    ended = session.execute(
        update(t.WebSession)
        .where(which, t.WebSession.ended_at.is_(None))
        .values(ended_at=now, ended_why=why)
        .returning(t.WebSession.id, t.WebSession.person_id)
        .execution_options(synchronize_session=False)
    ).all()
    for session_id, person_id in ended:
        detail = {"session_id": session_id, "why": why}
        verb = "signed_out" if why == "signed_out" else "session_ended"
        actor = Actor(person_id if why == "signed_out" else None, SOURCE)
        audit.record(session, actor, verb, "person", person_id, now=now, detail=detail)
    return [session_id for session_id, _ in ended]


def sign_out(ground: Ground, token: str) -> None:
    """End the session of a token. A token of none is no error: signing out twice is signing out."""
    with ground.store.write() as session:
        end(session, ground.clock.now(), t.WebSession.token_hash == _hash(token), "signed_out")


def sign_out_elsewhere(ground: Ground, me: SignedIn) -> int:
    """End the person's other sessions.

    Returns:
        How many there were.
    """
    others = (t.WebSession.person_id == me.person_id) & (t.WebSession.id != me.session_id)
    with ground.store.write() as session:
        return len(end(session, ground.clock.now(), others, "signed_out"))


def confirmed(session: Session, now: datetime, me: SignedIn, **changed: Any) -> None:
    """Note that the person showed again that it is them.

    Args:
        changed: other columns that change with it.

    Raises:
        NotSignedIn: the session ended meanwhile.
    """
    noted = (
        update(t.WebSession)
        .where(t.WebSession.id == me.session_id, t.WebSession.ended_at.is_(None))
        .values(confirmed_at=now, **changed)
    )
    if session.scalar(noted.returning(t.WebSession.id)) is None:
        raise NotSignedIn


def open_sessions(session: Session, web: Web, person_id: int, now: datetime) -> Sequence[SessionFacts]:
    """The sessions of a person that are not over, the newest first."""
    rows = session.scalars(
        select(t.WebSession)
        .where(
            t.WebSession.person_id == person_id,
            t.WebSession.ended_at.is_(None),
            t.WebSession.seen_at > now - timedelta(minutes=web.idle_minutes),
            t.WebSession.started_at > now - timedelta(hours=web.absolute_hours),
        )
        .order_by(t.WebSession.id.desc())
    )
    return [
        SessionFacts(row.id, cast("Way", row.how), row.started_at, row.seen_at, row.second_factor)
        for row in rows
    ]


def roles_of(session: Session, person: t.Person, now: datetime) -> frozenset[str]:
    """The roles that count for a person at a moment, those for a time among them."""
    return frozenset(each.role for each in person.roles) | temporary_roles(session, person.id, now)


def _find(session: Session, token: str) -> Found | None:
    row = session.execute(
        select(t.WebSession, t.Person, t.SignIn, t.Preference)
        .join(t.Person, t.Person.id == t.WebSession.person_id)
        .outerjoin(t.SignIn, t.SignIn.person_id == t.Person.id)
        .outerjoin(t.Preference, t.Preference.person_id == t.Person.id)
        .where(t.WebSession.token_hash == _hash(token), t.WebSession.ended_at.is_(None))
    ).one_or_none()
    return None if row is None else Found(*row)


def _over(web: Web, found: Found, roles: frozenset[str], now: datetime) -> str | None:
    """Why a session is over; None where it is not."""
    session, sign_in = found.session, found.sign_in
    if not found.person.active:
        return "inactive"
    if now - session.started_at >= timedelta(hours=web.absolute_hours):
        return "too_long"
    if now - session.seen_at >= timedelta(minutes=web.idle_minutes):
        return "idle"
    if session.how == "local" and (sign_in is None or not web.local_sign_in):
        return "ended_by_administrator"
    # Who could set one up is asked to (SignedIn.first); who has one, or signs in elsewhere, shows it there.
    elsewhere = session.how == "oidc" or (sign_in is not None and sign_in.totp_secret is not None)
    if elsewhere and not session.second_factor and needs_second_factor(web, roles):
        return "second_factor"
    return None


def _seen(ground: Ground, session_id: int, now: datetime) -> None:
    seen = (
        update(t.WebSession)
        .where(t.WebSession.id == session_id, t.WebSession.ended_at.is_(None), t.WebSession.seen_at < now)
        .values(seen_at=now)
    )
    with ground.store.write() as session:
        session.execute(seen)


def _signed_in(web: Web, token: str, found: Found, roles: frozenset[str]) -> SignedIn:
    session, sign_in = found.session, found.sign_in
    return SignedIn(
        token=token,
        session_id=session.id,
        person_id=found.person.id,
        name=found.person.name,
        user_name=None if sign_in is None else sign_in.user_name,
        roles=roles,
        how=cast("Way", session.how),
        started_at=session.started_at,
        confirmed_at=session.confirmed_at,
        must_change=session.how == "local" and sign_in is not None and sign_in.must_change,
        second_factor=SecondFactor(
            shown=session.second_factor,
            set_up=sign_in is not None and sign_in.totp_secret is not None,
            required=needs_second_factor(web, roles),
        ),
        preferences=of_row(found.preference),
    )


def _hash(token: str) -> str:
    return hashlib.sha256(token.encode("utf-8", "surrogatepass")).hexdigest()
