"""A case and its comment, locked in the one order in which everybody locks them."""

from __future__ import annotations

from sqlalchemy import select
from sqlalchemy.orm import Session

from worker.errors import NotFound
from worker.store import tables as t


def locked(session: Session, case_id: int) -> tuple[t.Comment, t.Case]:
    """A case and its comment, kept from changing until the transaction ends.

    Raises:
        NotFound: there is no such case.
    """
    comment_id = session.scalar(select(t.Case.comment_id).where(t.Case.id == case_id))
    if comment_id is None:
        raise NotFound(f"There is no case {case_id}.", do="`upstander queue list` shows the open ones.")
    fresh = {"populate_existing": True}
    # The comment first, as intake does: two that wait for each other would both fail.
    comment = session.scalars(
        select(t.Comment).where(t.Comment.id == comment_id).with_for_update().execution_options(**fresh)
    ).one()
    case = session.scalars(
        select(t.Case).where(t.Case.id == case_id).with_for_update().execution_options(**fresh)
    ).one()
    return comment, case
