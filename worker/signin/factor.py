"""Setting up a second factor: an authenticator app that showed a right code, and its recovery codes."""

from __future__ import annotations

import json
from dataclasses import dataclass, field

from sqlalchemy import select
from sqlalchemy.orm import Session

from worker.errors import Conflict
from worker.keyring import KeyringFault
from worker.ledger import audit
from worker.ledger.audit import Actor
from worker.signin import recovery, sessions, totp
from worker.signin.errors import NotSignedIn, StillToDo, WrongCode
from worker.signin.ground import SOURCE, Ground
from worker.signin.local import must_be_confirmed
from worker.signin.signed_in import SignedIn
from worker.store import tables as t


@dataclass(frozen=True, slots=True)
class SetUp:
    """What an authenticator app is given. Printing it shows no secret.

    Attributes:
        secret: in base 32, for typing in.
        uri: the same for a square code.
        sealed: the same encrypted, for the form to carry back: nothing is kept until a code was right.
    """

    secret: str = field(repr=False)
    uri: str = field(repr=False)
    sealed: str = field(repr=False)


def begin(ground: Ground, me: SignedIn, sealed: str | None = None) -> SetUp:
    """Make a secret for an authenticator app, or show one again that was just made.

    Args:
        sealed: of a set-up whose code was not right.

    Raises:
        ConfirmAgain: the person signed in a while ago, and has to show again that it is them.
        StillToDo: they have to change their password first.
        Conflict: they have no password here, or what the form carried is not what was made for them.
        KeyringFault: the key of signing in cannot be used.
    """
    _may_set_up(ground, me)
    secret = totp.new_secret() if sealed is None else _opened(ground, me, sealed)
    words = json.dumps({"session": me.session_id, "secret": secret})
    uri = totp.address(secret, me.user_name or me.name, ground.trust_name)
    return SetUp(secret, uri, ground.key.seal(words))


def confirm(ground: Ground, me: SignedIn, sealed: str, code: str) -> tuple[str, ...]:
    """Keep the secret, now that the app has shown a right code. Other sessions of the person end.

    Returns:
        The recovery codes, to be shown once.

    Raises:
        WrongCode: the code is not right.
        ConfirmAgain, StillToDo, Conflict, KeyringFault: see `begin`.
    """
    _may_set_up(ground, me)
    secret = _opened(ground, me, sealed)
    step = totp.step_of(secret, code.replace(" ", ""), ground.phones.now())
    if step is None:
        raise WrongCode
    now, locked = ground.clock.now(), ground.key.seal(secret)
    with ground.store.write() as session:
        row = _own(session, me)
        row.totp_secret, row.totp_confirmed_at, row.last_totp_step = locked, now, step
        sessions.confirmed(session, now, me, second_factor=True)
        others = (t.WebSession.person_id == me.person_id) & (t.WebSession.id != me.session_id)
        sessions.end(session, now, others, "second_factor")
        who = Actor(me.person_id, SOURCE)
        audit.record(session, who, "second_factor_set_up", "person", me.person_id, now=now)
        return recovery.renew(session, ground, row.id)


def new_recovery_codes(ground: Ground, me: SignedIn) -> tuple[str, ...]:
    """Make new recovery codes in the place of all earlier ones.

    Raises:
        ConfirmAgain: the person has to show first that it is them.
        Conflict: they have no second factor.
    """
    must_be_confirmed(ground, me)
    now = ground.clock.now()
    with ground.store.write() as session:
        row = _own(session, me)
        if row.totp_secret is None:
            raise Conflict("There is no second factor that recovery codes could stand in for.")
        sessions.confirmed(session, me.confirmed_at, me)
        who = Actor(me.person_id, SOURCE)
        audit.record(session, who, "recovery_codes_made", "person", me.person_id, now=now)
        return recovery.renew(session, ground, row.id)


def _may_set_up(ground: Ground, me: SignedIn) -> None:
    if me.must_change:
        raise StillToDo("change_password")
    if me.how != "local" or me.user_name is None:
        raise Conflict(
            "You sign in with your Trust's account: its second factor is set up there.",
            safe="Nothing was changed.",
        )
    # Somebody at an unlocked screen must not put their own telephone in the place of its owner's.
    must_be_confirmed(ground, me)


def _opened(ground: Ground, me: SignedIn, sealed: str) -> str:
    """The secret that a form carried, if it was made in this very session."""
    try:
        carried = json.loads(ground.key.open(sealed[:1000]))
    except (KeyringFault, json.JSONDecodeError):
        carried = None
    if not isinstance(carried, dict) or carried.get("session") != me.session_id:
        raise Conflict(
            "That set-up belongs to another session.", safe="Nothing was changed.", do="Begin it again."
        )
    return str(carried["secret"])


def _own(session: Session, me: SignedIn) -> t.SignIn:
    row = session.scalars(
        select(t.SignIn).where(t.SignIn.person_id == me.person_id).with_for_update()
    ).one_or_none()
    if row is None:
        raise NotSignedIn
    return row
