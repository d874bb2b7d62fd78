"""Which key signs, in the audit: each change leaves a row, whoever made it and wherever."""

from __future__ import annotations

from collections.abc import Mapping

from sqlalchemy import select

from worker.clock import Clock
from worker.keyring import SigningKey
from worker.ledger import audit
from worker.ledger.audit import Actor
from worker.store import tables as t
from worker.store.session import Store

_SIGNS = "signs_from_now"
_KEY = "signing_key"


def note(
    store: Store, clock: Clock, key: SigningKey, actor: Actor, detail: Mapping[str, str] | None = None
) -> bool:
    """Write down that a key signs from now on, unless that is what was written last.

    The command that makes a key may have no database at hand; then the worker's next checkpoint does it, and
    so it does for a key that was put there past every command.

    Args:
        detail: what else is known, such as the computer's user who made it.

    Returns:
        Whether it was new.
    """
    with store.write() as session:
        last = session.scalars(
            select(t.Audit.detail)
            .where(t.Audit.object_type == _KEY, t.Audit.verb == _SIGNS)
            .order_by(t.Audit.id.desc())
            .limit(1)
        ).one_or_none()
        if last is not None and last.get("fingerprint") == key.fingerprint:
            return False
        facts = {"fingerprint": key.fingerprint, **(detail or {})}
        audit.record(session, actor, _SIGNS, _KEY, None, now=clock.now(), detail=facts)
        return True
