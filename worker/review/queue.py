"""The queue: cases that wait for a person, in the one order of `worker.review.order`."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import ColumnElement, Select, and_, case, func, select
from sqlalchemy.orm import Session

from worker.review.claims import asleep
from worker.review.evidence_state import evidence_states
from worker.review.order import ORDER, WAITING
from worker.review.pages import Call, calls_of
from worker.store import tables as t

#: So much of what a comment says is enough to know a case again.
_BEGINNING = 40
#: So much of it is read: blanks in it count for one.
_READ = 4 * _BEGINNING


@dataclass(frozen=True, slots=True)
class QueueFilter:
    """Which cases of the queue to show; None and False show all.

    Attributes:
        state: open, needs_advice or decided; None shows both that wait.
        category: a category that a rule found in the case's revision.
        claimed_by: the person whose live claims to show.
    """

    platform: str | None = None
    account_id: int | None = None
    severity: str | None = None
    state: str | None = None
    category: str | None = None
    claimed_by: int | None = None
    unclaimed: bool = False
    overdue: bool = False

    @property
    def everything(self) -> bool:
        """Whether nothing narrows it, so that routine work may be folded away."""
        return self == QueueFilter()


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


@dataclass(frozen=True, slots=True)
class QueueCounts:
    """The whole queue in numbers, whatever is filtered.

    Attributes:
        by_severity: how many of each severity; those without any are left out.
    """

    total: int
    by_severity: Mapping[str, int]
    overdue: int
    claimed: int
    needs_advice: int
    snoozed: int = 0


@dataclass(frozen=True, slots=True)
class QueuePage:
    """Some rows of the queue, how many there are under this filter, and the whole in numbers.

    Attributes:
        banners: what everybody who works now should know: a major incident, a time before an election.
        folded: routine cases that are left out while a major incident is on; they are in the counts.
    """

    rows: tuple[QueueRow, ...]
    matching: int
    counts: QueueCounts
    banners: tuple[str, ...] = ()
    folded: int = 0


def queue_page(
    session: Session,
    wanted: QueueFilter,
    *,
    seen: ColumnElement[bool],
    limit: int,
    offset: int,
    now: datetime,
    words: bool,
    fold: bool = False,
) -> QueuePage:
    """A page of the queue, in its order.

    Args:
        seen: the SQL that holds of the cases that whoever looks may see; no other is shown or counted.
        words: whether whoever looks may read how the words begin.
        fold: leave routine cases out.
    """
    conditions = [seen, *_conditions(wanted, now)]
    if fold:
        conditions.append(t.Case.severity != "routine")
    rows = session.execute(
        _columns(now).where(*conditions).order_by(*ORDER).limit(limit).offset(offset)
    ).all()
    matching = session.scalar(
        select(func.count())
        .select_from(t.Case)
        .join(t.Comment, t.Comment.id == t.Case.comment_id)
        .outerjoin(t.Claim, _live_claim(now))
        .where(*conditions)
    )
    categories = categories_of(session, [row.Case.revision_id for row in rows])
    evidence = evidence_states(session, [(row.Case.comment_id, row.Case.revision_id) for row in rows])
    calls = calls_of(session, [row.Case.id for row in rows])
    shown = tuple(_row(row, categories, evidence, calls, words=words, now=now) for row in rows)
    counted = _counts(session, seen, now)
    folded = counted.by_severity.get("routine", 0) if fold else 0
    return QueuePage(shown, matching or 0, counted, folded=folded)


def categories_of(session: Session, revision_ids: Sequence[int]) -> dict[int, tuple[str, ...]]:
    """The categories that rules found in each revision, in alphabetical order."""
    found: dict[int, set[str]] = {}
    for revision_id, category in session.execute(
        select(t.Finding.revision_id, t.Finding.category).where(t.Finding.revision_id.in_(revision_ids))
    ):
        found.setdefault(revision_id, set()).add(category)
    return {revision_id: tuple(sorted(names)) for revision_id, names in found.items()}


def _live_claim(now: datetime) -> ColumnElement[bool]:
    return and_(t.Claim.case_id == t.Case.id, t.Claim.until > now)


def _conditions(wanted: QueueFilter, now: datetime) -> list[ColumnElement[bool]]:
    conditions: list[ColumnElement[bool]] = [t.Case.state == wanted.state if wanted.state else WAITING]
    if wanted.platform is not None:
        conditions.append(t.Comment.platform == wanted.platform)
    if wanted.account_id is not None:
        conditions.append(t.Comment.account_id == wanted.account_id)
    if wanted.severity is not None:
        conditions.append(t.Case.severity == wanted.severity)
    if wanted.category is not None:
        found = select(t.Finding.id).where(
            t.Finding.revision_id == t.Case.revision_id, t.Finding.category == wanted.category
        )
        conditions.append(found.exists())
    if wanted.claimed_by is not None:
        conditions.append(t.Claim.person_id == wanted.claimed_by)
    if wanted.unclaimed:
        conditions.append(t.Claim.case_id.is_(None))
    if wanted.overdue:
        conditions.append(t.Case.due_at < now)
    return conditions


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
        .outerjoin(t.Claim, _live_claim(now))
        .outerjoin(t.Person, t.Person.id == t.Claim.person_id)
    )


def _row(
    row: Any,
    categories: Mapping[int, tuple[str, ...]],
    evidence: Mapping[tuple[int, int], str],
    calls: Mapping[int, Call],
    *,
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
    )


def _beginning(text: str | None) -> str:
    """How a text begins, in one line."""
    line = " ".join((text or "").split())
    return line if len(line) <= _BEGINNING else f"{line[:_BEGINNING].rstrip()}…"


def _counts(session: Session, seen: ColumnElement[bool], now: datetime) -> QueueCounts:
    rows = session.execute(
        select(
            t.Case.severity,
            func.count().label("total"),
            func.sum(case((t.Case.due_at < now, 1), else_=0)).label("overdue"),
            func.sum(case((t.Claim.case_id.is_not(None), 1), else_=0)).label("claimed"),
            func.sum(case((t.Case.state == "needs_advice", 1), else_=0)).label("needs_advice"),
            func.sum(case((asleep(now), 1), else_=0)).label("snoozed"),
        )
        .select_from(t.Case)
        .outerjoin(t.Claim, _live_claim(now))
        .where(seen, t.Case.state.in_(["open", "needs_advice"]))
        .group_by(t.Case.severity)
    ).all()
    return QueueCounts(
        total=sum(row.total for row in rows),
        by_severity={row.severity: row.total for row in rows},
        overdue=sum(row.overdue for row in rows),
        claimed=sum(row.claimed for row in rows),
        needs_advice=sum(row.needs_advice for row in rows),
        snoozed=sum(row.snoozed for row in rows),
    )
