"""What a snapshot is about, as the database knows it when the evidence is captured."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from sqlalchemy import ColumnElement, select
from sqlalchemy.orm import Session

from worker.errors import NotFound
from worker.evidence.bagstore import Identity
from worker.store import tables as t

#: How far up a thread is followed, and how many answers are kept, when the platform is not asked.
_MOST_ABOVE = 10
_MOST_BELOW = 50


@dataclass(frozen=True, slots=True)
class Stored:
    """Another comment of the same thread, as it was polled."""

    comment: t.Comment
    revision: t.Revision
    author: t.Author | None


@dataclass(frozen=True, slots=True)
class Subject:
    """One snapshot with everything that hangs on it.

    Attributes:
        above: what the comment answers, the nearest first.
        below: the answers under it, the oldest first.
    """

    snapshot: t.Snapshot
    account: t.Account
    comment: t.Comment
    revision: t.Revision
    author: t.Author | None
    post: t.Post | None
    findings: Sequence[t.Finding]
    above: Sequence[Stored]
    below: Sequence[Stored]

    @property
    def identity(self) -> Identity:
        """Which snapshot this is."""
        return identity_of(self.snapshot)


def identity_of(snapshot: t.Snapshot) -> Identity:
    """Which snapshot a row is, as its bag's custody.json must say it."""
    return Identity(
        snapshot.id, snapshot.case_id, snapshot.comment_id, snapshot.revision_id, snapshot.asked_at
    )


def load(session: Session, snapshot_id: int) -> Subject:
    """Read a snapshot's row and all that its evidence is made of.

    Raises:
        NotFound: there is no such snapshot.
    """
    snapshot = session.get(t.Snapshot, snapshot_id)
    if snapshot is None:
        raise NotFound(f"There is no snapshot {snapshot_id}.")
    comment = session.get_one(t.Comment, snapshot.comment_id)
    findings = session.scalars(
        select(t.Finding).where(t.Finding.revision_id == snapshot.revision_id).order_by(t.Finding.id)
    ).all()
    about = Subject(
        snapshot=snapshot,
        account=session.get_one(t.Account, comment.account_id),
        comment=comment,
        revision=session.get_one(t.Revision, snapshot.revision_id),
        author=None if comment.author_id is None else session.get_one(t.Author, comment.author_id),
        post=None if comment.post_id is None else session.get_one(t.Post, comment.post_id),
        findings=findings,
        above=_above(session, comment),
        below=_thread(
            session,
            (t.Comment.platform == comment.platform)
            & (t.Comment.parent_external_id == comment.external_id)
            & (t.Comment.id != comment.id),
        ),
    )
    # The rows are used after this look at the database is over.
    session.expunge_all()
    return about


def _above(session: Session, comment: t.Comment) -> list[Stored]:
    found: list[Stored] = []
    seen = {comment.external_id}
    parent = comment.parent_external_id
    while parent is not None and parent not in seen and len(found) < _MOST_ABOVE:
        seen.add(parent)
        rows = _thread(session, (t.Comment.platform == comment.platform) & (t.Comment.external_id == parent))
        if not rows:
            break
        found += rows
        parent = rows[0].comment.parent_external_id
    return found


def _thread(session: Session, condition: ColumnElement[bool]) -> list[Stored]:
    rows = session.execute(
        select(t.Comment, t.Revision, t.Author)
        .join(t.Revision, t.Revision.id == t.Comment.revision_id)
        .outerjoin(t.Author, t.Author.id == t.Comment.author_id)
        .where(condition)
        .order_by(t.Comment.posted_at, t.Comment.id)
        .limit(_MOST_BELOW)
    )
    return [Stored(comment, revision, author) for comment, revision, author in rows]
