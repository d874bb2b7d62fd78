"""Recovery codes: each stands in for the authenticator app once, when a telephone is lost."""

from __future__ import annotations

import re
import secrets
from datetime import datetime

from sqlalchemy import delete, update
from sqlalchemy.orm import Session

from worker.signin.ground import Ground
from worker.store import tables as t

HOW_MANY = 8
#: No letters or digits that look alike: these are written down. Twelve of them cannot be guessed.
_READABLE = "abcdefghjkmnpqrstuvwxyz23456789"
_LENGTH = 12
_PURPOSE = "recovery code"


def renew(session: Session, ground: Ground, sign_in_id: int) -> tuple[str, ...]:
    """Make new codes in the place of all earlier ones. They are shown once and kept only as hashes."""
    forget(session, sign_in_id)
    made = [_made() for _ in range(HOW_MANY)]
    session.add_all(
        t.RecoveryCode(sign_in_id=sign_in_id, code_hash=_hash(ground, sign_in_id, code), used_at=None)
        for code in made
    )
    return tuple("-".join(code[at : at + 4] for at in range(0, _LENGTH, 4)) for code in made)


def spend(session: Session, ground: Ground, sign_in_id: int, code: str, now: datetime) -> bool:
    """Take a recovery code, once. False: it is none of this person's, or was used."""
    taken = (
        update(t.RecoveryCode)
        .where(
            t.RecoveryCode.sign_in_id == sign_in_id,
            t.RecoveryCode.code_hash == _hash(ground, sign_in_id, code),
            t.RecoveryCode.used_at.is_(None),
        )
        .values(used_at=now)
    )
    return session.scalar(taken.returning(t.RecoveryCode.sign_in_id)) is not None


def forget(session: Session, sign_in_id: int) -> None:
    """Remove all codes of a sign-in."""
    session.execute(delete(t.RecoveryCode).where(t.RecoveryCode.sign_in_id == sign_in_id))


def _made() -> str:
    return "".join(secrets.choice(_READABLE) for _ in range(_LENGTH))


def _hash(ground: Ground, sign_in_id: int, code: str) -> str:
    plain = re.sub(r"[\s-]", "", code[:100]).casefold()
    return ground.key.hash(_PURPOSE, f"{sign_in_id} {plain}")
