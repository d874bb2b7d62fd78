"""Codes of authenticator apps (TOTP, RFC 6238): six digits, a new one each 30 seconds, each good for once."""

from __future__ import annotations

from datetime import datetime

import pyotp
from pyotp.utils import strings_equal
from sqlalchemy import or_, update
from sqlalchemy.orm import Session

from worker.store import tables as t

_SECONDS = 30
#: A telephone may be one step early or late.
_DRIFT = (0, -1, 1)


def new_secret() -> str:
    """A secret for an authenticator app, in base 32."""
    return pyotp.random_base32()


def address(secret: str, user_name: str, trust_name: str) -> str:
    """What an authenticator app reads from a square code (an otpauth:// address)."""
    return pyotp.TOTP(secret).provisioning_uri(name=user_name, issuer_name=f"Upstander, {trust_name}")


def step_of(secret: str, code: str, now: datetime) -> int | None:
    """The step of 30 seconds whose code this is; None where it is none that holds now."""
    here, made = int(now.timestamp()) // _SECONDS, pyotp.TOTP(secret)
    steps = [here + drift for drift in _DRIFT]
    # All are compared, so that how long it takes tells nothing.
    same = [strings_equal(made.generate_otp(step), code) for step in steps]
    return next((step for step, is_same in zip(steps, same, strict=True) if is_same), None)


def spend(session: Session, sign_in_id: int, step: int) -> bool:
    """Take a step's code: neither it nor an earlier one is taken again. False: it was taken before."""
    newer = or_(t.SignIn.last_totp_step.is_(None), t.SignIn.last_totp_step < step)
    taken = update(t.SignIn).where(t.SignIn.id == sign_in_id, newer).values(last_totp_step=step)
    return session.scalar(taken.returning(t.SignIn.id)) is not None
