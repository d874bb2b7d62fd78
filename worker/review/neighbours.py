"""What stands beside a case: cases like it, and what was decided on its author before. Never their words."""

from __future__ import annotations

from collections.abc import Sequence

from sqlalchemy import ColumnElement, Select, func, literal, or_, select, union_all
from sqlalchemy.orm import Session, aliased

from rules.text.sketch import sketch
from worker.review.folding import CLOSEST, LASTING
from worker.review.view import BeforeView, SimilarView
from worker.store import tables as t

#: Of each so many: they are to be taken in at a glance. A whole group is a page of its own.
_MOST = 5
#: A case with many pictures is in many groups; the closest of them tell enough.
_MOST_GROUPS = 6
_SAME_WORDS = "text"


def similar_to(
    session: Session, case: t.Case, text: str | None, *, seen: ColumnElement[bool]
) -> tuple[SimilarView, ...]:
    """The cases most like this one, the closest first, of those alike the newest, in two statements.

    Args:
        text: the words that the case is about.
        seen: the SQL that holds of the cases that whoever looks may see; no other is named.
    """
    arms = [_with_the_same_words(case, text, seen)] if text else []
    arms += [
        _of_group(case, place, kind, group_id, seen)
        for place, (kind, group_id) in enumerate(_groups_of(session, case), start=1)
    ]
    if not arms:
        return ()
    # Each arm in brackets of its own: SQLite takes no limit inside a union otherwise.
    near = union_all(*(select(*arm.subquery().c) for arm in arms)).subquery()
    closest = func.min(near.c.place)
    rows = session.execute(
        select(t.Case.id, func.min(near.c.shares), t.Case.state, _last_verdict(), t.Case.opened_at)
        .join(near, near.c.case_id == t.Case.id)
        .group_by(t.Case.id, t.Case.state, t.Case.opened_at)
        .order_by(closest, t.Case.id.desc())
        .limit(_MOST)
    )
    return tuple(SimilarView(*row) for row in rows)


def before_by(
    session: Session, case: t.Case, author_id: int | None, *, seen: ColumnElement[bool]
) -> tuple[BeforeView, ...]:
    """The last decided cases of an author on our accounts, the newest decision first.

    Args:
        author_id: None where the platform did not say who wrote it.
        seen: the SQL that holds of the cases that whoever looks may see; no other is named.
    """
    if author_id is None:
        return ()
    later = aliased(t.Decision)
    rows = session.execute(
        select(t.Case.id, t.Decision.id, t.Decision.verdict, t.Decision.decided_at)
        .join(t.Comment, t.Comment.id == t.Case.comment_id)
        .join(t.Decision, t.Decision.case_id == t.Case.id)
        .where(
            t.Comment.author_id == author_id,
            t.Case.id != case.id,
            t.Case.state == "decided",
            ~select(later.id).where(later.supersedes_id == t.Decision.id).exists(),
            seen,
        )
        .order_by(t.Decision.decided_at.desc(), t.Decision.id.desc())
        .limit(_MOST)
    ).all()
    categories = _upheld(session, [row[1] for row in rows])
    return tuple(
        BeforeView(case_id, verdict, decided_at, tuple(categories.get(decision_id, ())))
        for case_id, decision_id, verdict, decided_at in rows
    )


def _groups_of(session: Session, case: t.Case) -> list[tuple[str, int]]:
    """The groups that a case belongs to with its words, kind and number, the closest first."""
    mine = select(t.Group.kind, t.Group.id).join(t.GroupMember, t.GroupMember.group_id == t.Group.id)
    rows = session.execute(
        mine.where(
            t.GroupMember.case_id == case.id,
            or_(t.Group.kind.in_(LASTING), t.GroupMember.revision_id == case.revision_id),
        )
    )
    found = {(kind, number) for kind, number in rows}
    return sorted(found, key=lambda each: (CLOSEST.index(each[0]), each[1]))[:_MOST_GROUPS]


def _with_the_same_words(case: t.Case, text: str, seen: ColumnElement[bool]) -> Select[int, str, int]:
    """The cases that came first with the very same words, however long ago."""
    return (
        select(literal(0).label("place"), literal(_SAME_WORDS).label("shares"), t.TextLead.case_id)
        .join(t.Case, t.Case.id == t.TextLead.case_id)
        .where(t.TextLead.exact == sketch(text).exact, t.Case.id != case.id, seen)
        .order_by(t.TextLead.seen_at.desc())
        .limit(_MOST)
    )


def _of_group(
    case: t.Case, place: int, kind: str, group_id: int, seen: ColumnElement[bool]
) -> Select[int, str, int]:
    """The newest other cases of a group. By its words a case belongs only while it says them."""
    members = (
        select(literal(place).label("place"), literal(kind).label("shares"), t.GroupMember.case_id)
        .join(t.Case, t.Case.id == t.GroupMember.case_id)
        .where(t.GroupMember.group_id == group_id, t.Case.id != case.id, seen)
        .order_by(t.GroupMember.case_id.desc())
        .limit(_MOST)
    )
    return members if kind in LASTING else members.where(t.GroupMember.revision_id == t.Case.revision_id)


def _last_verdict() -> ColumnElement[str | None]:
    """The verdict that counts on the case of the query around it; none where nobody decided."""
    last = select(t.Decision.verdict).where(t.Decision.case_id == t.Case.id).order_by(t.Decision.id.desc())
    return last.limit(1).correlate(t.Case).scalar_subquery()


def _upheld(session: Session, decision_ids: Sequence[int]) -> dict[int, list[str]]:
    """The categories that each decision upheld, in alphabetical order."""
    found: dict[int, list[str]] = {}
    if decision_ids:
        for decision_id, category in session.execute(
            select(t.DecisionCategory.decision_id, t.DecisionCategory.category)
            .where(t.DecisionCategory.decision_id.in_(decision_ids))
            .order_by(t.DecisionCategory.category)
        ):
            found.setdefault(decision_id, []).append(category)
    return found
