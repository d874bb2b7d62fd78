"""What a snapshot is about, as the database knows it when the evidence is captured."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from sqlalchemy import ColumnElement, bindparam, select
from sqlalchemy.orm import Session

from worker.errors import NotFound
from worker.evidence.bagstore import Identity
from worker.store import tables as t

#: How far up a thread is followed, and how many answers are kept, when the platform is not asked.
_MOST_ABOVE = 10
_MOST_BELOW = 50
_WHAT_IT_HANGS_ON = (
    select(t.Snapshot, t.Comment, t.Account, t.Revision, t.Author, t.Post)
    .join(t.Comment, t.Comment.id == t.Snapshot.comment_id)
    .join(t.Account, t.Account.id == t.Comment.account_id)
    .join(t.Revision, t.Revision.id == t.Snapshot.revision_id)
    .outerjoin(t.Author, t.Author.id == t.Comment.author_id)
    .outerjoin(t.Post, t.Post.id == t.Comment.post_id)
    .where(t.Snapshot.id == bindparam("snapshot_id"))
)
_FINDINGS = select(t.Finding).where(t.Finding.revision_id == bindparam("revision_id")).order_by(t.Finding.id)


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
    row = session.execute(_WHAT_IT_HANGS_ON, {"snapshot_id": snapshot_id}).one_or_none()
    if row is None:
        raise NotFound(f"There is no snapshot {snapshot_id}.")
    snapshot, comment, account, revision, author, post = row
    about = Subject(
        snapshot=snapshot,
        account=account,
        comment=comment,
        revision=revision,
        author=author,
        post=post,
        findings=session.scalars(_FINDINGS, {"revision_id": revision.id}).all(),
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
