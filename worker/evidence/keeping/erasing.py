"""Emptying what people wrote: the rows stay as stubs, so that the same words are not taken in again.

What stays of a comment: its number and the platform's, when and where it was written, its verdict, and the
SHA-256 of its wording, by which polling knows it. What goes: the words, the raw reply, the media's addresses,
what the rules matched, the pieces by which like words are found, its address (which can hold a handle); the
author's id, handle and name where
nothing else of theirs is kept; and the post of the same number, where the comment was itself a post. Of what
staff handed in also who gave it (the protected name too), the service, the link, the manager and the names of
the files.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, time, timedelta
from typing import Any

from sqlalchemy import ColumnElement, Select, String, and_, case, cast, exists, or_, select, update
from sqlalchemy.orm import Session, aliased

from worker import outbox
from worker.clock import LONDON
from worker.evidence.keeping.periods import ENDED
from worker.review.forgetting import forget_likeness
from worker.settings_evidence import Retention
from worker.store import tables as t

#: The kind of job that makes erased words unreadable in the database's file too.
SCRUB = "scrub"
#: When that is done: it holds up writers for as long as the file takes to be written anew.
_AT_NIGHT = time(3, 0)


def erase(session: Session, comment_ids: Sequence[int], *, now: datetime) -> None:
    """Empty all that is kept of these comments. The database refuses where their evidence is kept."""
    if not comment_ids:
        return
    sqlite = session.get_bind().dialect.name == "sqlite"
    if sqlite:  # what an emptied row occupied is written over at once, not only marked as free
        session.connection().exec_driver_sql("PRAGMA secure_delete=ON")
    of_these = t.Revision.comment_id.in_(comment_ids)
    _change(
        session,
        update(t.Revision)
        .where(of_these, t.Revision.erased_at.is_(None))
        .values(text=None, raw=b"", media=[], erased_at=now),
    )
    revisions = select(t.Revision.id).where(of_these)
    found = update(t.Finding).where(t.Finding.revision_id.in_(revisions), t.Finding.matched != "")
    _change(session, found.values(matched=""))
    forget_likeness(session, revisions)
    _change(session, update(t.Comment).where(t.Comment.id.in_(comment_ids)).values(permalink=None))
    _empty_posts(session, comment_ids)
    _empty_hand_ins(session, comment_ids)
    _forget_authors(session, comment_ids)
    if sqlite:
        outbox.enqueue(session, SCRUB, {}, now=now, due=_next_night(now), key=SCRUB)


def never_queued(session: Session, retention: Retention, *, now: datetime, most: int) -> Sequence[int]:
    """Comments that never became a case and whose time is up, the oldest first.

    Left out: what is the context (what it answers, and its answers) of a case that is held or not decided,
    and what is marked as suspected child sexual abuse imagery.
    """
    newest = and_(t.Revision.id == t.Comment.revision_id, t.Revision.erased_at.is_(None))
    return free_of_cases(
        session,
        select(t.Comment.id)
        .join(t.Revision, newest)
        .where(
            t.Revision.seen_at <= now - timedelta(days=retention.never_queued_days),
            ~exists().where(t.Case.comment_id == t.Comment.id),
            *not_needed(),
        )
        .order_by(t.Revision.seen_at, t.Comment.id)
        .limit(most),
    )


def free_of_cases(session: Session, query: Select[int]) -> Sequence[int]:
    """The comments that a query finds, of those that no case is about, asked again with them held.

    On PostgreSQL a case that is being opened is not seen: its words would be erased under it.
    """
    found = session.scalars(query).all()
    hold_against_opening(session, found)
    return session.scalars(query.where(t.Comment.id.in_(found))).all() if found else ()


def hold_against_opening(session: Session, comment_ids: Sequence[int]) -> None:
    """Wait for every case that is being opened on these comments; one that comes later waits for us."""
    held = select(t.Comment.id).where(t.Comment.id.in_(comment_ids)).order_by(t.Comment.id)
    session.execute(held.with_for_update()).all()


def not_needed() -> tuple[ColumnElement[bool], ...]:
    """Conditions on a comment that nothing but its own cases could need it."""
    other, hold = aliased(t.Comment), aliased(t.Hold)
    in_need = (
        select(other)
        .join(t.Case, t.Case.comment_id == other.id)
        .outerjoin(hold, and_(hold.case_id == t.Case.id, hold.released_at.is_(None)))
        .where(or_(t.Case.state.not_in(ENDED), hold.id.is_not(None)))
    )
    answered = in_need.with_only_columns(other.parent_external_id).where(
        other.parent_external_id.is_not(None)
    )
    return (
        ~exists().where(t.Mark.comment_id == t.Comment.id, t.Mark.mark == "suspected_csam"),
        t.Comment.external_id.not_in(answered),
        or_(
            t.Comment.parent_external_id.is_(None),
            t.Comment.parent_external_id.not_in(in_need.with_only_columns(other.external_id)),
        ),
    )


def _empty_posts(session: Session, comment_ids: Sequence[int]) -> None:
    same = exists().where(
        t.Comment.id.in_(comment_ids),
        t.Comment.account_id == t.Post.account_id,
        t.Comment.external_id == t.Post.external_id,
    )
    # Empty, not NULL: polling fills in a post whose text is not known.
    _change(session, update(t.Post).where(same).values(text="", permalink=None))


def _empty_hand_ins(session: Session, comment_ids: Sequence[int]) -> None:
    """After the words: the database refuses it while any of them are kept."""
    cases = select(t.Case.id).where(t.Case.comment_id.in_(comment_ids))
    theirs = select(t.HandIn.id).where(t.HandIn.case_id.in_(cases))
    named = case((t.HandIn.given_by.is_(None), None), else_="")
    emptied = {"given_by": named, "service": "", "link": None, "about_manager": None}
    _change(session, update(t.HandInFile).where(t.HandInFile.hand_in_id.in_(theirs)).values(name=""))
    sealed = update(t.ProtectedName).where(t.ProtectedName.hand_in_id.in_(theirs)).values(sealed=b"")
    _change(session, sealed)
    _change(session, update(t.HandIn).where(t.HandIn.case_id.in_(cases)).values(emptied))


def _forget_authors(session: Session, comment_ids: Sequence[int]) -> None:
    """Take the platform's id, handle and name from authors of whom no words are kept any more."""
    wrote = select(t.Comment.author_id).where(t.Comment.id.in_(comment_ids))
    # Locked in a look of its own, as polling does: what it wrote of them meanwhile is seen by the next.
    theirs = session.scalars(
        select(t.Author.id).where(t.Author.id.in_(wrote)).order_by(t.Author.id).with_for_update()
    ).all()
    other = aliased(t.Comment)
    kept = exists().where(
        other.author_id == t.Author.id,
        t.Revision.comment_id == other.id,
        t.Revision.erased_at.is_(None),
    )
    nobody = {"external_id": "erased:" + cast(t.Author.id, String), "handle": None, "name": None}
    _change(session, update(t.Author).where(t.Author.id.in_(theirs), ~kept).values(nobody))


def _change(session: Session, statement: Any) -> None:
    session.execute(statement.execution_options(synchronize_session=False))


def _next_night(now: datetime) -> datetime:
    local = now.astimezone(LONDON)
    night = datetime.combine(local.date(), _AT_NIGHT, LONDON)
    return night if night > local else datetime.combine(local.date() + timedelta(days=1), _AT_NIGHT, LONDON)
