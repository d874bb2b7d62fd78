"""An author's history on the Trust's own accounts, and nowhere else: what the rules are handed as context."""

from __future__ import annotations

from collections.abc import Collection

from sqlalchemy import Select, func, select
from sqlalchemy.orm import Session

from rules.schema import Context
from worker.store import tables as t


def histories(session: Session, platform: str, authors: Collection[str]) -> dict[str, Context]:
    """Count what is stored about each author.

    Args:
        authors: the platform's ids.

    Returns:
        A context for each author that is known; the unknown are left out.
    """
    known = dict(
        session.execute(
            select(t.Author.id, t.Author.external_id).where(
                t.Author.platform == platform, t.Author.external_id.in_(authors)
            )
        ).all()
    )
    if not known:
        return {}
    mine = t.Comment.author_id.in_(known)
    comments = _counts(session, select(t.Comment.author_id, func.count()).where(mine))
    cases = (
        select(t.Comment.author_id, func.count()).join(t.Case, t.Case.comment_id == t.Comment.id).where(mine)
    )
    queued = _counts(session, cases)
    superseded = select(t.Decision.supersedes_id).where(t.Decision.supersedes_id.is_not(None))
    incidents = _counts(
        session,
        cases.join(t.Decision, t.Decision.case_id == t.Case.id).where(
            t.Decision.verdict == "upheld", t.Decision.id.not_in(superseded)
        ),
    )
    return {
        external_id: Context(
            author_known=True,
            previous_comments=comments.get(row_id, 0),
            previous_queued=queued.get(row_id, 0),
            previous_incidents=incidents.get(row_id, 0),
        )
        for row_id, external_id in known.items()
    }


def _counts(session: Session, statement: Select[int | None, int]) -> dict[int, int]:
    rows = session.execute(statement.group_by(t.Comment.author_id))
    return {author_id: count for author_id, count in rows if author_id is not None}
