"""Signing in with a password of Upstander's own, and showing again that it is still the same person."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta

from sqlalchemy import select
from sqlalchemy.orm import Session

from worker.ledger import audit
from worker.ledger.audit import Actor
from worker.signin import lockout, names, passwords, recovery, sessions, totp
from worker.signin.errors import CodeNeeded, ConfirmAgain, NotSignedIn
from worker.signin.ground import SOURCE, Ground
from worker.signin.signed_in import SignedIn
from worker.store import tables as t


@dataclass(frozen=True, slots=True)
class Proved:
    """An attempt whose password was right.

    Attributes:
        second_factor: whether a code was right as well.
    """

    sign_in: t.SignIn
    second_factor: bool


def sign_in(ground: Ground, user_name: str, password: str, code: str | None, address: str) -> SignedIn:
    """Begin a session with a password, and a code where the person has a second factor.

    Args:
        code: six digits of the authenticator app, or a recovery code.
        address: the network address that it came from.

    Raises:
        NotSignedIn: something was not right; which is not said.
        CodeNeeded: the password is right and a code is missing.
        LockedOut: there were too many refusals.
    """
    attempt = lockout.count(ground, names.folded(user_name), address)
    known = _known(ground, user_name)
    if not passwords.matches(password, None if known is None else known.password_hash) or known is None:
        raise refused(ground, attempt, known, "password" if known else "unknown")
    why = _barred(ground, known)
    if why is not None:
        raise refused(ground, attempt, known, why)
    now = ground.clock.now()
    try:
        with ground.store.write() as session:
            proved = _prove(session, ground, known, code)
            _right(session, attempt)
            token = sessions.begin(session, now, known.person_id, "local", second_factor=proved.second_factor)
    except NotSignedIn:
        raise refused(ground, attempt, known, "code") from None
    except CodeNeeded:
        _not_refused(ground, attempt)
        raise
    return sessions.live(ground, token)


def confirm(ground: Ground, me: SignedIn, password: str, code: str | None) -> SignedIn:
    """Have somebody who is signed in show again that it is them, with all that signing in would ask for.

    Raises:
        NotSignedIn: something was not right, or the person has no password here.
        CodeNeeded, LockedOut: see `sign_in`.
    """
    if me.user_name is None:
        raise NotSignedIn
    attempt = lockout.count(ground, me.user_name, None)
    known = _known(ground, me.user_name)
    if not passwords.matches(password, None if known is None else known.password_hash) or known is None:
        raise refused(ground, attempt, known, "password")
    now = ground.clock.now()
    try:
        with ground.store.write() as session:
            proved = _prove(session, ground, known, code)
            _right(session, attempt)
            shown = me.second_factor.shown or proved.second_factor
            sessions.confirmed(session, now, me, second_factor=shown)
            detail = {"session_id": me.session_id}
            who = Actor(me.person_id, SOURCE)
            audit.record(session, who, "confirmed", "person", me.person_id, now=now, detail=detail)
    except NotSignedIn:
        raise refused(ground, attempt, known, "code") from None
    except CodeNeeded:
        _not_refused(ground, attempt)
        raise
    return sessions.live(ground, me.token)


def must_be_confirmed(ground: Ground, me: SignedIn, within: timedelta | None = None) -> None:
    """Refuse what bites to somebody who has not shown for a while that it is them.

    Args:
        within: how long that may be ago; the setting where None.

    Raises:
        ConfirmAgain: it is longer ago.
    """
    span = timedelta(minutes=ground.web.confirm_minutes) if within is None else within
    if ground.clock.now() - me.confirmed_at >= span:
        raise ConfirmAgain


def change_password(ground: Ground, me: SignedIn, old: str, new: str) -> SignedIn:
    """Change somebody's own password, and end all their sessions: whoever has a copy of a cookie is out.

    Returns:
        The person in the session that goes on in the place of theirs.

    Raises:
        NotSignedIn: the old one is not right.
        LockedOut: there were too many refusals.
        PasswordRefused: the new one would be guessed too easily, or is the old one.
    """
    if me.user_name is None:
        raise NotSignedIn
    attempt = lockout.count(ground, me.user_name, None)
    known = _known(ground, me.user_name)
    if not passwords.matches(old, None if known is None else known.password_hash) or known is None:
        raise refused(ground, attempt, known, "password")
    _not_refused(ground, attempt)
    passwords.check_new(old, new, user_name=known.user_name, trust_name=ground.trust_name)
    fresh, now = passwords.hashed(new), ground.clock.now()
    with ground.store.write() as session:
        row = _unchanged(session, known)
        row.password_hash, row.must_change, row.changed_at = fresh, False, now
        theirs = t.WebSession.person_id == me.person_id
        if me.session_id not in sessions.end(session, now, theirs, "password_changed"):
            raise NotSignedIn
        who = Actor(me.person_id, SOURCE)
        audit.record(session, who, "password_changed", "person", me.person_id, now=now)
        shown, since = me.second_factor.shown, me.started_at
        token = sessions.begin(session, now, me.person_id, me.how, second_factor=shown, since=since)
    return sessions.live(ground, token)


def refused(ground: Ground, attempt: lockout.Attempt, known: t.SignIn | None, why: str) -> NotSignedIn:
    """Say in the audit that an attempt was refused, and make the error for it. No user name, no secret."""
    person_id, now = None if known is None else known.person_id, ground.clock.now()
    with ground.store.write() as session:
        nobody = Actor(None, SOURCE)
        audit.record(session, nobody, "sign_in_refused", "person", person_id, now=now, detail={"why": why})
        for by in attempt.last:
            detail = {"counted_by": by, "minutes": ground.web.lockout_minutes}
            whose = person_id if by == "user_name" else None
            audit.record(session, nobody, "locked_out", "person", whose, now=now, detail=detail)
    return NotSignedIn()


def _known(ground: Ground, user_name: str) -> t.SignIn | None:
    named = select(t.SignIn).where(t.SignIn.user_name == names.folded(user_name))
    with ground.store.read() as session:
        return session.scalars(named).one_or_none()


def _barred(ground: Ground, known: t.SignIn) -> str | None:
    """Why somebody with the right password does not get in; None where they do."""
    if not ground.web.local_sign_in:
        return "no_local_sign_in"
    good_for = timedelta(days=ground.web.invitation_days)
    if known.must_change and ground.clock.now() - known.changed_at >= good_for:
        return "invitation_over"
    with ground.store.read() as session:
        person = session.get(t.Person, known.person_id)
        return None if person is not None and person.active else "inactive"


def _prove(session: Session, ground: Ground, known: t.SignIn, code: str | None) -> Proved:
    """Take the code that is needed, in the transaction of what it opens.

    Raises:
        CodeNeeded: it is missing.
        NotSignedIn: it is not right or was used, or the password was changed meanwhile.
    """
    row = _unchanged(session, known)
    if row.totp_secret is None:
        return Proved(row, second_factor=False)
    if not code or not code.strip():
        raise CodeNeeded
    if not _spent(session, ground, row, code.strip()):
        raise NotSignedIn
    return Proved(row, second_factor=True)


def _spent(session: Session, ground: Ground, row: t.SignIn, code: str) -> bool:
    digits = code.replace(" ", "")
    if len(digits) == 6 and digits.isascii() and digits.isdigit() and row.totp_secret is not None:
        step = totp.step_of(ground.key.open(row.totp_secret), digits, ground.phones.now())
        return step is not None and totp.spend(session, row.id, step)
    now = ground.clock.now()
    if not recovery.spend(session, ground, row.id, code, now):
        return False
    who = Actor(row.person_id, SOURCE)
    audit.record(session, who, "recovery_code_used", "person", row.person_id, now=now)
    return True


def _unchanged(session: Session, known: t.SignIn) -> t.SignIn:
    """The row as it is now, if its password is still the one that was looked at."""
    row = session.get(t.SignIn, known.id, with_for_update=True, populate_existing=True)
    if row is None or row.password_hash != known.password_hash:
        raise NotSignedIn
    return row


def _right(session: Session, attempt: lockout.Attempt) -> None:
    """Nothing is held against a person who got in; the address keeps what others were refused from it."""
    (_, name), *_rest = attempt.keys
    lockout.give_back(session, attempt)
    lockout.clear_name(session, name)


def _not_refused(ground: Ground, attempt: lockout.Attempt) -> None:
    with ground.store.write() as session:
        lockout.give_back(session, attempt)
