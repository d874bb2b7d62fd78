"""A case and its comment, locked in the one order in which everybody locks them."""

from __future__ import annotations

from sqlalchemy import select
from sqlalchemy.orm import Session

from worker.errors import NotFound
from worker.store import tables as t

#: What a transaction holds, by the case's number.
_HELD = "locked"


def locked(session: Session, case_id: int) -> tuple[t.Comment, t.Case]:
    """A case and its comment, kept from changing until the transaction ends; asked again, the same two.

    Raises:
        NotFound: there is no such case.
    """
    held: dict[int, tuple[t.Comment, t.Case]] = session.info.setdefault(_HELD, {})
    if case_id not in held:
        held[case_id] = _lock(session, case_id)
    return held[case_id]


def _lock(session: Session, case_id: int) -> tuple[t.Comment, t.Case]:
    fresh = {"populate_existing": True}
    # The comment first, as intake does: two that wait for each other would both fail.
    comment = session.scalars(
        select(t.Comment)
        .join(t.Case, t.Case.comment_id == t.Comment.id)
        .where(t.Case.id == case_id)
        .with_for_update(of=t.Comment)
        .execution_options(**fresh)
    ).one_or_none()
    if comment is None:
        raise NotFound(f"There is no case {case_id}.", do="`upstander queue list` shows the open ones.")
    case = session.scalars(
        select(t.Case).where(t.Case.id == case_id).with_for_update().execution_options(**fresh)
    ).one()
    return comment, case
