"""The queue: cases that wait for a person, in the one order of `worker.review.order`."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import ColumnElement, Select, func, select
from sqlalchemy.orm import Session

from worker.review.claims import asleep, live_claim
from worker.review.counting import NONE, Count, bounded, told
from worker.review.evidence_state import evidence_states
from worker.review.filtering import QueueFilter, at_rank, chosen, conditions_of
from worker.review.folding import GroupOf, heads, sizes
from worker.review.pages import Call, calls_of
from worker.review.queue_counts import QueueCounts, queue_counts
from worker.store import tables as t

__all__ = [
    "QueueCounts",
    "QueueFilter",
    "QueuePage",
    "QueueRow",
    "Window",
    "categories_of",
    "queue_page",
]

#: So much of what a comment says is enough to know a case again.
_BEGINNING = 40
#: So much of it is read: blanks in it count for one.
_READ = 4 * _BEGINNING


@dataclass(frozen=True, slots=True)
class QueueRow:
    """One case of the queue, with no more of the comment's words than tell it from the next.

    Attributes:
        author: the handle, else the name, else the platform's id.
        begins: how the words begin, empty where there are none; None where a list is not to show them:
            the case is restricted, or whoever looks sees words only on opening a case.
        call: whether whoever is on call is being called, or who took the call; None where nobody was called.
        age: since it opened.
        claimed_by, claimed_until: whose live claim, and until when.
        evidence: sealed, pending, destroyed or missing.
        snoozed_until: put aside until then; None where it is not put aside now.
        group: where the row stands for more cases than this one, which is the first of them.
    """

    case_id: int
    comment_id: int
    revision_id: int
    platform: str
    account: str
    author: str | None
    state: str
    severity: str
    priority: int
    categories: tuple[str, ...]
    opened_at: datetime
    due_at: datetime
    age: timedelta
    overdue: bool
    claimed_by: str | None
    claimed_until: datetime | None
    evidence: str
    begins: str | None
    call: Call | None
    snoozed_until: datetime | None = None
    group: GroupOf | None = None


@dataclass(frozen=True, slots=True)
class QueuePage:
    """Some rows of the queue, how many there are under this filter, and the whole in numbers.

    Attributes:
        matching: how many cases there are under this filter, those that a row stands for among them.
        more: whether rows follow after these.
        banners: what everybody who works now should know: a major incident, a time before an election.
        folded: routine cases that are left out while a major incident is on; they are in the counts.
    """

    rows: tuple[QueueRow, ...]
    matching: Count
    counts: QueueCounts
    more: bool = False
    banners: tuple[str, ...] = ()
    folded: Count = NONE


@dataclass(frozen=True, slots=True)
class Window:
    """Which rows of the queue to show.

    Attributes:
        grouped: show cases of one group that wait as one row, at the place of the first.
    """

    limit: int = 50
    offset: int = 0
    grouped: bool = False


def queue_page(
    session: Session,
    wanted: QueueFilter,
    window: Window,
    *,
    seen: ColumnElement[bool],
    now: datetime,
    words: bool,
    fold: bool = False,
) -> QueuePage:
    """A page of the queue, in its order; of decided cases the last decided first.

    Args:
        seen: the SQL that holds of the cases that whoever looks may see; no other is shown or counted.
        words: whether whoever looks may read how the words begin.
        fold: leave routine cases out.
    """
    conditions = [seen, *conditions_of(wanted, now)]
    if fold:
        conditions.append(~at_rank("routine"))
    found, groups, more = _found(session, wanted, window, conditions, seen=seen, now=now)
    cases = [row.Case for row in found]
    categories = categories_of(session, [case.revision_id for case in cases])
    evidence = evidence_states(session, [(case.comment_id, case.revision_id) for case in cases])
    calls = calls_of(session, [case.id for case in cases])
    shown = tuple(
        _row(row, categories, evidence, calls, group=groups.get(row.Case.id), words=words, now=now)
        for row in found
    )
    counted = queue_counts(session, seen, now)
    folded = counted.by_severity.get("routine", NONE) if fold else NONE
    if wanted.everything and not fold:
        return QueuePage(shown, counted.total, counted, more=more)
    matching = session.scalar(select(bounded(chosen(wanted, conditions, now))))
    return QueuePage(shown, told(matching or 0), counted, more=more, folded=folded)


def _found(
    session: Session,
    wanted: QueueFilter,
    window: Window,
    conditions: Sequence[ColumnElement[bool]],
    *,
    seen: ColumnElement[bool],
    now: datetime,
) -> tuple[Sequence[Any], Mapping[int, GroupOf], bool]:
    """The rows of a page, the groups that they stand for, and whether more follow."""
    last = window.offset + window.limit
    # What is decided waits in no group.
    if wanted.state == "decided" or not window.grouped:
        listed = _columns(now).where(*conditions).order_by(*wanted.order)
        rows = session.execute(listed.limit(window.limit + 1).offset(window.offset)).all()
        return rows[: window.limit], {}, len(rows) > window.limit
    ordered = chosen(wanted, conditions, now).add_columns(t.Case.revision_id, t.Case.severity_rank)
    all_heads = heads(session, ordered, seen=seen, most=last + 1)
    page = all_heads[window.offset : last]
    waiting = sizes(session, [each.group[0] for each in page if each.group], seen)
    groups = {
        each.case_id: GroupOf(*each.group, waiting[each.group[0]]) for each in page if each.group is not None
    }
    rows_of = {
        row.Case.id: row
        for row in session.execute(_columns(now).where(t.Case.id.in_([each.case_id for each in page])))
    }
    return [rows_of[each.case_id] for each in page], groups, len(all_heads) > last


def categories_of(session: Session, revision_ids: Sequence[int]) -> dict[int, tuple[str, ...]]:
    """The categories that rules found in each revision, in alphabetical order."""
    found: dict[int, set[str]] = {}
    for revision_id, category in session.execute(
        select(t.Finding.revision_id, t.Finding.category).where(t.Finding.revision_id.in_(revision_ids))
    ):
        found.setdefault(revision_id, set()).add(category)
    return {revision_id: tuple(sorted(names)) for revision_id, names in found.items()}


def _columns(now: datetime) -> Select[*tuple[Any, ...]]:
    return (
        select(
            t.Case,
            t.Comment.platform,
            t.Account.handle.label("account"),
            func.coalesce(t.Author.handle, t.Author.name, t.Author.external_id).label("author"),
            func.substr(t.Revision.text, 1, _READ).label("text"),
            t.Person.name.label("claimed_by"),
            t.Claim.until.label("claimed_until"),
            asleep(now).label("asleep"),
        )
        .join(t.Comment, t.Comment.id == t.Case.comment_id)
        .join(t.Account, t.Account.id == t.Comment.account_id)
        .join(t.Revision, t.Revision.id == t.Case.revision_id)
        .outerjoin(t.Author, t.Author.id == t.Comment.author_id)
        .outerjoin(t.Claim, live_claim(now))
        .outerjoin(t.Person, t.Person.id == t.Claim.person_id)
    )


def _row(
    row: Any,
    categories: Mapping[int, tuple[str, ...]],
    evidence: Mapping[tuple[int, int], str],
    calls: Mapping[int, Call],
    *,
    group: GroupOf | None,
    words: bool,
    now: datetime,
) -> QueueRow:
    found: t.Case = row.Case
    begins = _beginning(row.text) if words and found.restriction is None else None
    return QueueRow(
        case_id=found.id,
        comment_id=found.comment_id,
        revision_id=found.revision_id,
        platform=row.platform,
        account=row.account,
        author=row.author,
        state=found.state,
        severity=found.severity,
        priority=found.priority,
        categories=categories.get(found.revision_id, ()),
        opened_at=found.opened_at,
        due_at=found.due_at,
        age=now - found.opened_at,
        overdue=found.due_at < now,
        claimed_by=row.claimed_by,
        claimed_until=row.claimed_until,
        evidence=evidence.get((found.comment_id, found.revision_id), "missing"),
        begins=begins,
        call=calls.get(found.id),
        snoozed_until=found.snoozed_until if row.asleep else None,
        group=group,
    )


def _beginning(text: str | None) -> str:
    """How a text begins, in one line."""
    line = " ".join((text or "").split())
    return line if len(line) <= _BEGINNING else f"{line[:_BEGINNING].rstrip()}…"
