"""What was captured in the same thread as something that is locked: its pictures may show that too.

A page shows what others wrote beside a comment, and so may a person's own screenshot. Pages are opened
without their pictures now; bags that were sealed before may hold them, and no row says which. So one rule
holds for all: beside a locked comment only cores and records, which hold no pictures, are shown or given.

A thread is told by the platform's ids, not by our rows of posts: a mention on X hangs on no post, and is
itself the post that its answers hang on; two accounts each have a row of the same post.
"""

from __future__ import annotations

from sqlalchemy import ColumnElement, or_, select
from sqlalchemy.orm import Session

from worker.evidence.standing import RECORD_ONLY, SUSPECTED
from worker.store import tables as t

#: Why such a snapshot is neither shown nor handed over.
WITHHELD = "its pictures may show something that is locked, under the same post"
#: How far up a thread is followed.
_MOST_ABOVE = 50


def may_show_locked(session: Session, row: t.Snapshot) -> bool:
    """Whether a snapshot holds pictures, and a comment in the same thread is locked."""
    if row.kind == "core" or row.source == RECORD_ONLY:
        return False
    locked = (
        select(t.Mark.id)
        .join(t.Comment, t.Comment.id == t.Mark.comment_id)
        .where(t.Mark.mark == SUSPECTED, _in_one_thread(session, row.comment_id))
    )
    return session.scalar(locked.limit(1)) is not None


def cases_beside(session: Session, comment_id: int) -> tuple[int, ...]:
    """The other cases in the same thread of which pictures were sealed."""
    rows = session.scalars(
        select(t.Snapshot.case_id)
        .join(t.Comment, t.Comment.id == t.Snapshot.comment_id)
        .where(
            _in_one_thread(session, comment_id),
            t.Snapshot.comment_id != comment_id,
            t.Snapshot.kind != "core",
            t.Snapshot.state == "sealed",
            t.Snapshot.destroyed_at.is_(None),
        )
        .distinct()
        .order_by(t.Snapshot.case_id)
    )
    return tuple(rows)


def _in_one_thread(session: Session, comment_id: int) -> ColumnElement[bool]:
    """The SQL that holds of comments that a comment's page may show or that may show it, and of itself."""
    comment = session.get_one(t.Comment, comment_id)
    ids = _ids_up(session, comment)
    posts = (
        select(t.Post.id)
        .join(t.Account, t.Account.id == t.Post.account_id)
        .where(t.Account.platform == comment.platform, t.Post.external_id.in_(ids))
    )
    return (t.Comment.platform == comment.platform) & or_(
        t.Comment.external_id.in_(ids),
        t.Comment.parent_external_id.in_(ids),
        t.Comment.post_id.in_(posts),
    )


def _ids_up(session: Session, comment: t.Comment) -> set[str]:
    """The platform's ids of a comment, of what it answers, as far up as we know, and of their posts."""
    own, posts = set[str](), set[str]()
    above: str | None = comment.external_id
    while above is not None and above not in own and len(own) < _MOST_ABOVE:
        own.add(above)
        line = session.execute(
            select(t.Comment.parent_external_id, t.Post.external_id)
            .outerjoin(t.Post, t.Post.id == t.Comment.post_id)
            .where(t.Comment.platform == comment.platform, t.Comment.external_id == above)
        ).one_or_none()
        above = None if line is None else line[0]
        posts |= set() if line is None or line[1] is None else {line[1]}
    return own | posts
