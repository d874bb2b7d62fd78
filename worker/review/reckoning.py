"""Reckons the priorities of cases from what is stored, many at once, and keeps them with their parts."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, func, literal, select, true, update
from sqlalchemy.orm import Session, aliased

from worker.review.clocks import Clocks
from worker.review.order import WAITING
from worker.review.priority import MOST_COUNTED, Facts, parts_of, total
from worker.store import tables as t


def reckon(session: Session, case_ids: Collection[int], *, clocks: Clocks) -> int:
    """Bring the priorities of cases that wait up to date; a handful of statements however many there are.

    Returns:
        How many were not as they should be.
    """
    cases = _cases(session, case_ids)
    if not cases:
        return 0
    categories = _categories(session, [row.revision_id for row in cases])
    flags = flags_of(session, [row.id for row in cases])
    upheld = _upheld(session, {row.author_id for row in cases} - {None})
    posts = {row.post_id for row in cases} - {None}
    comments, bursts = _comments(session, posts), _bursts(session, cases, clocks)
    changes = []
    for row in cases:
        facts = Facts(
            base=row.priority if row.base_priority is None else row.base_priority,
            severity=row.severity,
            categories=categories.get(row.revision_id, ()),
            comments=comments.get(row.post_id, 0),
            burst=bursts.get((row.post_id, row.opened_at), 0),
            pile_on=clocks.pile_on_cases,
            within_minutes=round(clocks.pile_on_window.total_seconds() / 60),
            upheld=upheld.get(row.author_id, 0),
            flags=flags.get(row.id, frozenset()),
        )
        parts = parts_of(facts)
        kept = [part.as_json() for part in parts]
        if (row.priority, row.priority_parts) != (total(parts), kept):
            base = facts.base
            changes.append(
                {"id": row.id, "priority": total(parts), "priority_parts": kept, "base_priority": base}
            )
    if changes:
        session.execute(update(t.Case), changes)
    return len(changes)


def flags_of(session: Session, case_ids: Collection[int]) -> dict[int, frozenset[str]]:
    """The flags that stand on each case; cases without any are left out."""
    standing: dict[int, dict[str, bool]] = {}
    rows = select(t.CaseFlag.case_id, t.CaseFlag.flag, t.CaseFlag.raised)
    for case_id, flag, raised in session.execute(
        rows.where(t.CaseFlag.case_id.in_(case_ids)).order_by(t.CaseFlag.id)
    ):
        standing.setdefault(case_id, {})[flag] = raised
    return {
        case_id: frozenset(flag for flag, raised in flags.items() if raised)
        for case_id, flags in standing.items()
    }


def pile_ons(
    session: Session, *, clocks: Clocks, now: datetime, among: ColumnElement[bool] | None = None
) -> dict[int, int]:
    """The posts under which a pile-on is going on, and how many cases that are.

    Args:
        among: the SQL that holds of the cases that count; None where all do.
    """
    rows = session.execute(
        select(t.Comment.post_id, func.count())
        .join(t.Case, t.Case.comment_id == t.Comment.id)
        .where(
            t.Case.opened_at > now - clocks.pile_on_window,
            t.Comment.post_id.is_not(None),
            true() if among is None else among,
        )
        .group_by(t.Comment.post_id)
        .having(func.count() >= clocks.pile_on_cases)
    )
    return {post_id: count for post_id, count in rows if post_id is not None}


def _cases(session: Session, case_ids: Collection[int]) -> Sequence[Any]:
    columns = (
        t.Case.id,
        t.Case.base_priority,
        t.Case.priority,
        t.Case.priority_parts,
        t.Case.severity,
        t.Case.revision_id,
        t.Case.opened_at,
        t.Comment.author_id,
        t.Comment.post_id,
    )
    wanted = (t.Case.id.in_(case_ids), WAITING)
    return session.execute(
        select(*columns).join(t.Comment, t.Comment.id == t.Case.comment_id).where(*wanted)
    ).all()


def _categories(session: Session, revision_ids: Collection[int]) -> dict[int, tuple[str, ...]]:
    found: dict[int, set[str]] = {}
    rows = select(t.Finding.revision_id, t.Finding.category).where(t.Finding.revision_id.in_(revision_ids))
    for revision_id, category in session.execute(rows):
        found.setdefault(revision_id, set()).add(category)
    return {revision_id: tuple(sorted(names)) for revision_id, names in found.items()}


def _upheld(session: Session, authors: Collection[int]) -> Mapping[int | None, int]:
    """How many cases of each author a person upheld, by the decisions that count."""
    newer = aliased(t.Decision)
    superseded = select(newer.id).where(newer.supersedes_id == t.Decision.id).exists()
    rows = session.execute(
        select(t.Comment.author_id, func.count(func.distinct(t.Case.id)))
        .join(t.Case, t.Case.comment_id == t.Comment.id)
        .join(t.Decision, t.Decision.case_id == t.Case.id)
        .where(t.Comment.author_id.in_(authors), t.Decision.verdict == "upheld", ~superseded)
        .group_by(t.Comment.author_id)
    )
    return dict(rows.all())


def _comments(session: Session, posts: Collection[int]) -> Mapping[int | None, int]:
    """How many comments stand under each post, without counting a post of a hundred thousand to its end."""
    some = (
        select(literal(1).label("one")).where(t.Comment.post_id == t.Post.id).limit(MOST_COUNTED)
    ).correlate(t.Post)
    counted = select(func.count()).select_from(some.subquery()).scalar_subquery()
    return dict(session.execute(select(t.Post.id, counted).where(t.Post.id.in_(posts))).all())


def _bursts(session: Session, cases: Sequence[Any], clocks: Clocks) -> dict[tuple[int, datetime], int]:
    """How many cases opened around each of these under its post: one count for all that opened together."""
    together: dict[datetime, set[int]] = {}
    for row in cases:
        if row.post_id is not None:
            together.setdefault(row.opened_at, set()).add(row.post_id)
    found: dict[tuple[int, datetime], int] = {}
    for opened_at, posts in together.items():
        window = t.Case.opened_at.between(
            opened_at - clocks.pile_on_window, opened_at + clocks.pile_on_window
        )
        rows = session.execute(
            select(t.Comment.post_id, func.count())
            .join(t.Case, t.Case.comment_id == t.Comment.id)
            .where(t.Comment.post_id.in_(posts), window)
            .group_by(t.Comment.post_id)
        )
        found |= {(post_id, opened_at): count for post_id, count in rows if post_id is not None}
    return found
