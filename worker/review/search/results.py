"""What a search gives: wordings, newest first, a page at a time, and how many there are."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, Select, select
from sqlalchemy.orm import Session, aliased

from worker.ledger.audit import Actor
from worker.review.counting import Count, bounded, told
from worker.review.queue import categories_of
from worker.review.search.conditions import AUTHOR, case_of_wording, conditions, may_see, shown_case
from worker.review.search.snippets import Segment, snippet
from worker.review.search.wanted import SearchFilter
from worker.store import tables as t
from worker.store.searching import Term, matching

_BIGGEST = 2**63 - 1


@dataclass(frozen=True, slots=True)
class SearchRow:
    """One wording of a comment, with the case about it, else the newest case of its comment.

    Attributes:
        case_id: None where the comment never became a case.
        case_revision_id: the wording that the case is about, which need not be this one.
        author: the handle, else the name, else the platform's id.
        seen_at: when Upstander first saw this wording.
        state: of the case; None without one.
        severity: of the case, else the rules' own; None where no rule found anything.
        categories: found by rules or upheld by the decision that counts, in alphabetical order.
        snippet: a stretch of the words, empty where there are none (any more); None where a list is not to
            show them: the case is restricted, or whoever looks sees words only on opening a case.
    """

    case_id: int | None
    case_revision_id: int | None
    comment_id: int
    revision_id: int
    platform: str
    account: str
    author: str | None
    posted_at: datetime | None
    seen_at: datetime
    state: str | None
    severity: str | None
    categories: tuple[str, ...]
    snippet: tuple[Segment, ...] | None


@dataclass(frozen=True, slots=True)
class SearchPage:
    """Some of what was found.

    Attributes:
        total: how many wordings in all.
        next_before: what to ask the next page with; None where this is the last.
    """

    rows: tuple[SearchRow, ...]
    total: Count
    next_before: int | None


def search_page(
    session: Session,
    actor: Actor,
    wanted: SearchFilter,
    terms: Sequence[Term],
    *,
    limit: int,
    before: int | None,
    words: bool,
) -> SearchPage:
    """A page of what is found.

    Args:
        terms: the words of the search; whoever may not read words in lists must not be given any.
        limit: rows at most.
        before: only wordings with a smaller number: the last page's `next_before`.
        words: whether whoever searches may read words in a list.
    """
    found, number = _found(session, actor, wanted, terms)
    counted = session.scalar(select(bounded(found))) or 0
    page = found if before is None else found.where(number < min(before, _BIGGEST))
    numbers = session.scalars(page.order_by(number.desc()).limit(limit + 1)).all()
    rows = _rows(session, numbers[:limit], terms, words=words)
    return SearchPage(rows, told(counted), next_before=numbers[limit - 1] if len(numbers) > limit else None)


def _found(
    session: Session, actor: Actor, wanted: SearchFilter, terms: Sequence[Term]
) -> tuple[Select[int], ColumnElement[int]]:
    """The query of the numbers of what is found, in no order, and the number to order it by."""
    dialect = session.get_bind().dialect.name
    by_words = matching(dialect, terms) if terms else None
    number: ColumnElement[int] = t.Revision.id.expression if by_words is None else by_words.number
    query = select(number).select_from(t.Revision)
    if by_words is not None:
        query = query.join(by_words.source, by_words.number == t.Revision.id).where(by_words.holds)
    query = query.join(t.Comment, t.Comment.id == t.Revision.comment_id)
    if {wanted.state, wanted.severity, wanted.decided} != {None}:
        query = query.outerjoin(shown_case, case_of_wording())
    return query.where(*conditions(wanted, dialect), may_see(session, actor)), number


def _rows(
    session: Session, numbers: Sequence[int], terms: Sequence[Term], *, words: bool
) -> tuple[SearchRow, ...]:
    """The rows of these wordings, in their order."""
    found = session.execute(
        select(
            t.Revision,
            t.Comment.platform,
            t.Comment.posted_at,
            t.Account.handle.label("account"),
            AUTHOR.label("author"),
            shown_case.id.label("case_id"),
            shown_case.revision_id.label("case_revision_id"),
            shown_case.state,
            shown_case.severity.label("case_severity"),
            _restricted().label("restricted"),
        )
        .join(t.Comment, t.Comment.id == t.Revision.comment_id)
        .join(t.Account, t.Account.id == t.Comment.account_id)
        .outerjoin(t.Author, t.Author.id == t.Comment.author_id)
        .outerjoin(shown_case, case_of_wording())
        .where(t.Revision.id.in_(numbers))
        .order_by(t.Revision.id.desc())
    ).all()
    categories = _categories(session, numbers)
    return tuple(_row(row, categories.get(row.Revision.id, ()), terms, words=words) for row in found)


def _restricted() -> ColumnElement[bool]:
    """Whether any case of a wording's comment is restricted: then no list shows its words."""
    other = aliased(t.Case)
    such = select(other.id).where(other.comment_id == t.Revision.comment_id, other.restriction.is_not(None))
    return such.correlate(t.Revision).exists()


def _categories(session: Session, numbers: Sequence[int]) -> dict[int, tuple[str, ...]]:
    """What was found in each wording, or upheld by the decision on it that counts."""
    later = aliased(t.Decision)
    superseded = select(later.id).where(later.supersedes_id == t.Decision.id).correlate(t.Decision)
    decided: Iterable[Any] = session.execute(
        select(t.Decision.revision_id, t.DecisionCategory.category)
        .join(t.DecisionCategory, t.DecisionCategory.decision_id == t.Decision.id)
        .where(t.Decision.revision_id.in_(numbers), ~superseded.exists())
    )
    all_of = {number: set(names) for number, names in categories_of(session, numbers).items()}
    for number, category in decided:
        all_of.setdefault(number, set()).add(category)
    return {number: tuple(sorted(names)) for number, names in all_of.items()}


def _row(row: Any, categories: tuple[str, ...], terms: Sequence[Term], *, words: bool) -> SearchRow:
    wording: t.Revision = row.Revision
    shown = words and not row.restricted
    return SearchRow(
        case_id=row.case_id,
        case_revision_id=row.case_revision_id,
        comment_id=wording.comment_id,
        revision_id=wording.id,
        platform=row.platform,
        account=row.account,
        author=row.author,
        posted_at=row.posted_at,
        seen_at=wording.seen_at,
        state=row.state,
        severity=row.case_severity or wording.severity,
        categories=categories,
        snippet=snippet(wording.text, terms) if shown else None,
    )
