"""What people said about a comment's pictures, and what follows: may they be copied, and who may look.

Marks are only ever added, and the gravest counts: a suspicion is never taken back by a later mark.
"""

from __future__ import annotations

from collections.abc import Collection

from sqlalchemy import ColumnElement, or_, select
from sqlalchemy.orm import Session

from worker.clock import Clock
from worker.errors import NotAllowed, UpstanderError
from worker.ledger import audit
from worker.ledger.audit import Actor
from worker.review.access import SEES, conflicted, kinds_on, refusal, roles_of
from worker.review.requests import must_be_newest, of_comment
from worker.review.restricting import BY_MARK, closes
from worker.review.rights import Right
from worker.store import tables as t
from worker.store.session import Store

SUSPECTED = "suspected_csam"
INTIMATE = "intimate_image"
SAFE = "safe_to_copy"
#: As a snapshot's row and its custody.json name a bag that holds ids and times, and no copy of anything.
RECORD_ONLY = "record_only"
#: The gravest first.
_GRAVITY = (SUSPECTED, INTIMATE, SAFE)


class MarkIncomplete(UpstanderError):
    """A mark that would allow copying does not say which revision the person saw."""


def standing(session: Session, comment_id: int) -> str | None:
    """The gravest mark of a comment; None where nobody said anything yet."""
    marks = _marks(session, comment_id)
    return next((mark for mark in _GRAVITY if mark in marks), None)


def suspicion(session: Session, comment_id: int) -> t.Mark | None:
    """The first mark that says suspected child sexual abuse imagery; None where nobody suspects any."""
    return session.scalars(
        select(t.Mark)
        .where(t.Mark.comment_id == comment_id, t.Mark.mark == SUSPECTED)
        .order_by(t.Mark.id)
        .limit(1)
    ).one_or_none()


def suspected_among(session: Session, comment_ids: Collection[int]) -> frozenset[int]:
    """Those of some comments under which such imagery is suspected."""
    found = select(t.Mark.comment_id).where(t.Mark.comment_id.in_(comment_ids), t.Mark.mark == SUSPECTED)
    return frozenset(session.scalars(found))


def wording_meant(session: Session, case: t.Case, mark: str, revision_id: int | None) -> int:
    """The revision that a mark is given on.

    Safe to copy is about what the person saw (promise 4). The graver marks close, so they hold whatever came
    since, and need no number: then they are written on the newest.

    Args:
        revision_id: as the person named it, if they did.

    Raises:
        MarkIncomplete: safe to copy, without a word about which revision.
        NotFound: the revision is not one of this comment.
        RevisionChanged: safe to copy, and the comment has a newer one.
    """
    comment = session.get_one(t.Comment, case.comment_id)
    if mark != SAFE:
        return of_comment(session, comment, revision_id or comment.revision_id or case.revision_id).id
    if revision_id is None:
        raise MarkIncomplete(
            "Nobody said which revision was looked at.",
            safe="Nothing was marked, and nothing is copied.",
            do=f"`upstander queue show {case.id}` says its number: name it with --revision.",
        )
    must_be_newest(session, comment, revision_id)
    return revision_id


def usable() -> ColumnElement[bool]:
    """The SQL that holds of a snapshot that is not locked away: what a receipt may still be given for."""
    marked = select(t.Mark.id).where(t.Mark.comment_id == t.Snapshot.comment_id, t.Mark.mark == SUSPECTED)
    return or_(t.Snapshot.source == RECORD_ONLY, ~marked.exists())


def may_copy_media(session: Session, comment_id: int, *, unasked: bool) -> tuple[bool, str]:
    """Whether a comment's pictures and videos may be copied, or a page rendered that shows them.

    Args:
        unasked: the setting `evidence.copy_media_unasked`. It never opens what a person marked as grave.

    Returns:
        The answer, and why, in words for custody facts and for people.
    """
    marks = _marks(session, comment_id)
    if SUSPECTED in marks:
        return False, "suspected child sexual abuse imagery is never copied"
    if _kept_as_imagery(session, comment_id):
        return False, "its case is restricted as suspected imagery: nothing is copied while that stands"
    if INTIMATE in marks:
        if SAFE in marks:
            return True, "an intimate image: copied because a person asked for it, into restricted evidence"
        return False, "an intimate image: nobody said that this restricted case needs a copy of it"
    if SAFE in marks:
        return True, "a person marked it safe to copy"
    if unasked:
        return True, "the Trust's settings allow copying before a person has looked"
    return False, "nobody has marked its present wording safe to copy yet"


def _kept_as_imagery(session: Session, comment_id: int) -> bool:
    """Whether a case of the comment is restricted as a mark would: what comes back is suspected unseen."""
    kept = select(t.Case.id).where(t.Case.comment_id == comment_id, t.Case.restriction == BY_MARK[SUSPECTED])
    return session.scalar(kept.limit(1)) is not None


def restrictions(session: Session, case_id: int) -> frozenset[str]:
    """Why the evidence of a case is restricted: all that its case is for, and what its pictures were marked.

    A case that does not exist is restricted: this guard fails closed.
    """
    case = session.get(t.Case, case_id)
    if case is None:
        return frozenset(SEES)
    kinds = kinds_on(session, case_id)
    mark = standing(session, case.comment_id)
    return frozenset({*kinds, *((BY_MARK[mark],) if mark in BY_MARK and closes(kinds, mark) else ())})


def check_may_view(session: Session, actor: Actor, case_id: int) -> None:
    """Refuse those who may not look at the evidence of a restricted case; others pass.

    Comes on top of the right to view evidence, which is checked as always. What is restricted, and for whom,
    is review's to say; its finder, who goes on with the case, does not look at the pictures again.

    Raises:
        NotAllowed: the case is restricted and no role of theirs may look, or they are concerned in it.
    """
    if actor.person_id in conflicted(session, case_id):
        raise refusal(case_id)
    kinds = restrictions(session, case_id)
    if not kinds:
        return
    person = session.get(t.Person, actor.person_id) if actor.person_id is not None else None
    roles = roles_of(person) if person is not None and person.active else frozenset()
    if not all(SEES[kind] & roles for kind in kinds):
        raise refusal(case_id)


def may_view(session: Session, actor: Actor, *case_ids: int) -> bool:
    """Whether somebody may look at the evidence of all of these cases; lists leave out the others."""
    try:
        for case_id in case_ids:
            check_may_view(session, actor, case_id)
    except NotAllowed:
        return False
    return True


def right_in(session: Session, case_ids: Collection[int], usual: Right, restricted: Right) -> Right:
    """The right that something takes with these cases together: another where one of them is restricted.

    Who sees which restricted case is asked apart.
    """
    return restricted if any(restrictions(session, case_id) for case_id in case_ids) else usual


def right_to_view(store: Store, case_id: int) -> Right:
    """The right that looking at a case's evidence takes; who sees which restricted case is asked apart."""
    with store.read() as session:
        return right_in(session, (case_id,), Right.VIEW_EVIDENCE, Right.VIEW_RESTRICTED_EVIDENCE)


def require_may_view(store: Store, clock: Clock, actor: Actor, case_id: int) -> None:
    """As `check_may_view`; a refusal is audited. Not to be called inside a write.

    Raises:
        NotAllowed: the case is restricted, and no role of theirs may look.
    """
    try:
        with store.read() as session:
            check_may_view(session, actor, case_id)
    except NotAllowed:
        detail = {"right": "view_restricted_evidence", "why": NotAllowed.__name__}
        with store.write() as session:
            audit.record(session, actor, "refused", "case", case_id, now=clock.now(), detail=detail)
        raise


def _marks(session: Session, comment_id: int) -> frozenset[str]:
    """The marks of a comment that hold of what it is now.

    What was called safe on another wording was another picture, perhaps: an author could swap it. A mark that
    names no wording was given when that was not asked; nobody can say what the person saw.
    """
    newest = select(t.Comment.revision_id).where(t.Comment.id == comment_id).scalar_subquery()
    holds = or_(t.Mark.mark != SAFE, t.Mark.revision_id == newest)
    return frozenset(session.scalars(select(t.Mark.mark).where(t.Mark.comment_id == comment_id, holds)))
