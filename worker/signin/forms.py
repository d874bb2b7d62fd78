"""Forms that were sent: a button pressed twice, or a page sent again, does nothing twice (promise 5)."""

from __future__ import annotations

import hashlib

from sqlalchemy.dialects import postgresql, sqlite

from worker.signin.ground import Ground
from worker.store import tables as t


def use(ground: Ground, session_id: int, nonce: str) -> bool:
    """Take note of a form before what it asks for is done.

    Args:
        nonce: what the form was given when it was shown; another for each showing.

    Returns:
        Whether it is the first time. False: it was sent already, and nothing more is to be done.
    """
    dialect = sqlite if ground.store.dialect == "sqlite" else postgresql
    row = {
        "session_id": session_id,
        # A browser may send anything: what is kept has one length.
        "nonce": hashlib.sha256(nonce.encode("utf-8", "surrogatepass")).hexdigest(),
        "used_at": ground.clock.now(),
    }
    noted = dialect.insert(t.UsedForm).values(row).on_conflict_do_nothing().returning(t.UsedForm.session_id)
    with ground.store.write() as session:
        return session.scalar(noted) is not None
