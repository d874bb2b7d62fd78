"""A search as conditions on wordings: on what is found, and on whom it is shown to."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date, datetime, time
from typing import Any

from sqlalchemy import ColumnElement, Select, and_, collate, exists, func, or_, select, union
from sqlalchemy.orm import Session, aliased

from worker.clock import LONDON
from worker.ledger.audit import Actor
from worker.review.access import WORK_THE_QUEUE, roles_of, visible_to
from worker.review.search.wanted import SearchFilter, kept, written
from worker.store import tables as t

#: The case that a wording is shown with: the one about it, else the newest of its comment.
shown_case = aliased(t.Case)
#: Whom lists name as the author.
AUTHOR = func.coalesce(t.Author.handle, t.Author.name, t.Author.external_id)
_LAST = "\U0010ffff"
_BIGGEST = 2**63 - 1


def case_of_wording() -> ColumnElement[bool]:
    """The condition that joins a wording with the case that it is shown with."""
    any_case = aliased(t.Case)
    newest = select(func.max(any_case.id)).where(any_case.comment_id == t.Revision.comment_id)
    about_it = newest.where(any_case.revision_id == t.Revision.id)
    return shown_case.id == func.coalesce(
        about_it.correlate(t.Revision).scalar_subquery(), newest.correlate(t.Revision).scalar_subquery()
    )


def may_see(session: Session, actor: Actor) -> ColumnElement[bool]:
    """The SQL that holds of the wordings of comments that are not kept from whoever searches.

    A comment with a case that they may not see is kept from them with all its wordings, as if there were
    none. What never became a case is for those who work the queue.
    """
    theirs, any_case = aliased(t.Case), aliased(t.Case)
    seen = exists().where(t.Case.id == theirs.id, visible_to(session, actor)).correlate(theirs)
    kept_from = select(theirs.id).where(theirs.comment_id == t.Revision.comment_id, ~seen)
    open_to_them = ~kept_from.correlate(t.Revision).exists()
    person = session.get_one(t.Person, actor.person_id)
    if roles_of(person) & WORK_THE_QUEUE:
        return open_to_them
    has_case = select(any_case.id).where(any_case.comment_id == t.Revision.comment_id)
    return and_(open_to_them, has_case.correlate(t.Revision).exists())


def conditions(wanted: SearchFilter, dialect: str) -> Iterator[ColumnElement[bool]]:
    """What holds of every wording that the filters let through; the words are asked for apart.

    Where few rows can be meant they are looked up first, so that not every wording is gone through.
    """
    if wanted.handle is not None:
        yield t.Comment.author_id.in_(_authors(wanted.handle, dialect))
    if wanted.rule_id is not None:
        yield t.Revision.id.in_(
            select(t.Finding.revision_id).where(t.Finding.rule_id == kept(wanted.rule_id))
        )
    if wanted.category is not None:
        yield t.Revision.id.in_(_of_category(wanted.category))
    if wanted.platform is not None:
        yield t.Comment.platform == wanted.platform
    if wanted.account_id is not None:
        yield t.Comment.account_id == min(wanted.account_id, _BIGGEST)
    if wanted.severity is not None:
        yield from _of_severity(wanted.severity)
    if wanted.since is not None:
        yield t.Revision.seen_at >= _at(wanted.since, time.min)
    if wanted.until is not None:
        yield t.Revision.seen_at <= _at(wanted.until, time.max)
    yield from _of_the_case(wanted)


def _of_the_case(wanted: SearchFilter) -> Iterator[ColumnElement[bool]]:
    states = [] if wanted.state is None else [{wanted.state}]
    if wanted.decided is not None:
        states.append({"decided"} if wanted.decided else {"open", "needs_advice"})
    if states:
        possible = set.intersection(*states)
        such = aliased(t.Case)
        yield t.Revision.comment_id.in_(select(such.comment_id).where(such.state.in_(possible)))
        yield shown_case.state.in_(possible)


def _of_severity(severity: str) -> Iterator[ColumnElement[bool]]:
    # The first costs little and leaves few; which case counts is looked up for those alone.
    such = aliased(t.Case)
    of_such = select(such.comment_id).where(such.severity == severity)
    yield or_(t.Revision.severity == severity, t.Revision.comment_id.in_(of_such))
    yield func.coalesce(shown_case.severity, t.Revision.severity) == severity


def _authors(handle: str, dialect: str) -> Select[int]:
    typed, prefix = written(handle)
    # SQLite makes capitals of A to Z small and no others; under this collation so does PostgreSQL.
    shown: Any = AUTHOR if dialect == "sqlite" else collate(AUTHOR, "C")
    shown = func.lower(shown)
    if not prefix:
        return select(t.Author.id).where(shown == typed)
    return select(t.Author.id).where(shown >= typed, shown < typed + _LAST)


def _of_category(category: str) -> Any:
    """The wordings in which a rule found it, or that were upheld as it by a decision that counts."""
    later = aliased(t.Decision)
    superseded = select(later.id).where(later.supersedes_id == t.Decision.id)
    decided = (
        select(t.Decision.revision_id)
        .join(t.DecisionCategory, t.DecisionCategory.decision_id == t.Decision.id)
        .where(t.DecisionCategory.category == category, ~superseded.correlate(t.Decision).exists())
    )
    return union(select(t.Finding.revision_id).where(t.Finding.category == category), decided)


def _at(day: date, moment: time) -> datetime:
    return datetime.combine(day, moment, LONDON)
