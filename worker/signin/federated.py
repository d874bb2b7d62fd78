"""Signing in with the Trust's identity provider, whose tokens the review site has checked.

Whom a subject means is kept when they first come, by a verified e-mail address that exactly one active
person has. From then on the subject alone counts: an address that goes to somebody else one day opens
nothing to them.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from worker.ledger import audit
from worker.ledger.audit import Actor
from worker.review.people import follow_roles
from worker.settings_web import Oidc
from worker.signin import sessions
from worker.signin.errors import NotSignedIn
from worker.signin.ground import SOURCE, Ground
from worker.signin.signed_in import SignedIn, needs_second_factor
from worker.store import tables as t


class _Barred(Exception):
    """Why somebody does not get in, for the audit alone."""

    def __init__(self, why: str, person_id: int | None = None) -> None:
        super().__init__(why)
        self.why = why
        self.person_id = person_id


@dataclass(frozen=True, slots=True)
class _Token:
    """What a checked token says."""

    issuer: str
    subject: str
    claims: Mapping[str, Any]


def start(ground: Ground, issuer: str, subject: str, claims: Mapping[str, Any]) -> SignedIn:
    """Begin a session for whom a token of the identity provider means.

    Args:
        issuer, subject, claims: of a token whose signature, audience, time and nonce were checked.

    Raises:
        NotSignedIn: it means nobody who works here, or they lack a role or a second factor.
    """
    token, now = _Token(issuer, subject, claims), ground.clock.now()
    try:
        with ground.store.write() as session:
            person = _person(session, ground, token, now)
        with ground.store.write() as session:
            _follow(session, ground.web.oidc, person, token, now)
        with ground.store.write() as session:
            shown = _second_factor_shown(ground.web.oidc, claims)
            _check(session, ground, person, now, shown=shown)
            made = sessions.begin(session, now, person, "oidc", second_factor=shown)
    except _Barred as barred:
        raise _refused(ground, barred) from None
    return sessions.live(ground, made)


def confirm(ground: Ground, me: SignedIn, issuer: str, subject: str, claims: Mapping[str, Any]) -> SignedIn:
    """Note that the identity provider asked the person again just now.

    Args:
        claims: with `auth_time`, which the provider gives when it is asked to ask again (max_age).

    Raises:
        NotSignedIn: the token means somebody else, or they were not asked again.
    """
    now = ground.clock.now()
    try:
        with ground.store.write() as session:
            linked = _linked(session, issuer, subject)
            if linked is None or linked.person_id != me.person_id:
                raise _Barred("somebody_else", me.person_id)
            span = timedelta(minutes=ground.web.confirm_minutes)
            asked = _asked_at(claims)
            if asked is None or abs(ground.phones.now() - asked) >= span:
                raise _Barred("not_asked_again", me.person_id)
            shown = me.second_factor.shown or _second_factor_shown(ground.web.oidc, claims)
            sessions.confirmed(session, now, me, second_factor=shown)
            detail = {"session_id": me.session_id}
            who = Actor(me.person_id, SOURCE)
            audit.record(session, who, "confirmed", "person", me.person_id, now=now, detail=detail)
    except _Barred as barred:
        raise _refused(ground, barred) from None
    return sessions.live(ground, me.token)


def _person(session: Session, ground: Ground, token: _Token, now: datetime) -> int:
    """The id of the person that a token means; the link is made at their first time."""
    if ground.web.oidc.issuer is None or token.issuer.rstrip("/") != ground.web.oidc.issuer:
        raise _Barred("another_issuer")
    linked = _linked(session, token.issuer, token.subject)
    if linked is not None:
        return linked.person_id
    person = _by_email(session, token.claims)
    of_them = select(t.Federated.id).where(
        t.Federated.person_id == person.id, t.Federated.issuer == token.issuer
    )
    if session.scalar(of_them) is not None:
        raise _Barred("linked_to_another_subject", person.id)
    session.add(t.Federated(person_id=person.id, issuer=token.issuer, subject=token.subject, created_at=now))
    who = Actor(None, SOURCE)
    audit.record(session, who, "identity_linked", "person", person.id, now=now)
    return person.id


def _linked(session: Session, issuer: str, subject: str) -> t.Federated | None:
    same = select(t.Federated).where(t.Federated.issuer == issuer, t.Federated.subject == subject)
    return session.scalars(same).one_or_none()


def _by_email(session: Session, claims: Mapping[str, Any]) -> t.Person:
    address = claims.get("email")
    if not isinstance(address, str) or not address or claims.get("email_verified") is not True:
        raise _Barred("no_verified_email")
    has_it = select(t.Person).where(
        t.Person.active, func.lower(func.trim(t.Person.email)) == address.strip().lower()
    )
    found = session.scalars(has_it.with_for_update()).all()
    if len(found) != 1:
        raise _Barred("nobody_with_this_email" if not found else "several_with_this_email")
    return found[0]


def _follow(session: Session, oidc: Oidc, person_id: int, token: _Token, now: datetime) -> None:
    """Give the person the roles that their token names, where the settings say which those are."""
    if not oidc.roles:
        return
    named = token.claims.get(oidc.role_claim, ())
    values = [named] if isinstance(named, str) else named if isinstance(named, list | tuple) else ()
    wanted = {oidc.roles[each] for each in values if isinstance(each, str) and each in oidc.roles}
    follow_roles(session, Actor(None, SOURCE), person_id, wanted, now=now)


def _check(session: Session, ground: Ground, person_id: int, now: datetime, *, shown: bool) -> None:
    """Refuse whom the token means, if they may not sign in after all."""
    person = session.get(t.Person, person_id)
    if person is None or not person.active:
        raise _Barred("inactive", person_id)
    roles = sessions.roles_of(session, person, now)
    if ground.web.oidc.roles and not roles:
        raise _Barred("no_role", person_id)
    if needs_second_factor(ground.web, roles) and not shown:
        raise _Barred("second_factor", person_id)


def _second_factor_shown(oidc: Oidc, claims: Mapping[str, Any]) -> bool:
    methods = claims.get("amr", ())
    return oidc.second_factor == "trusted" or (isinstance(methods, list | tuple) and "mfa" in methods)


def _asked_at(claims: Mapping[str, Any]) -> datetime | None:
    asked = claims.get("auth_time")
    if not isinstance(asked, int | float) or isinstance(asked, bool) or not 0 <= asked < 2**40:
        return None
    return datetime.fromtimestamp(asked, UTC)


def _refused(ground: Ground, barred: _Barred) -> NotSignedIn:
    detail = {"how": "oidc", "why": barred.why}
    with ground.store.write() as session:
        who, now = Actor(None, SOURCE), ground.clock.now()
        audit.record(session, who, "sign_in_refused", "person", barred.person_id, now=now, detail=detail)
    return NotSignedIn()
