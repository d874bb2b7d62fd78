"""Which cases of the queue somebody wants to see, and the SQL that chooses them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, Select, false, literal_column, select

from worker.review.claims import live_claim
from worker.review.order import BY_RANK, ORDER, WAITING
from worker.store import tables as t


@dataclass(frozen=True, slots=True)
class QueueFilter:
    """Which cases of the queue to show; None and False show all.

    Attributes:
        state: open, needs_advice or decided; None shows both that wait.
        category: a category that a rule found in the case's revision.
        claimed_by: the person whose live claims to show.
        restricted: only cases that are kept for named roles, of those that whoever looks may see.
    """

    platform: str | None = None
    account_id: int | None = None
    severity: str | None = None
    state: str | None = None
    category: str | None = None
    claimed_by: int | None = None
    unclaimed: bool = False
    overdue: bool = False
    restricted: bool = False

    @property
    def everything(self) -> bool:
        """Whether nothing narrows it, so that routine work may be folded away."""
        return self == QueueFilter()

    @property
    def order(self) -> tuple[Any, ...]:
        """The order of what it chooses: the queue's; of decided cases the last decided first."""
        if self.state == "decided":
            return (t.Case.closed_at.desc(), t.Case.id.desc())
        return ORDER


def chosen(wanted: QueueFilter, conditions: Sequence[ColumnElement[bool]], now: datetime) -> Select[int]:
    """The cases under a filter in their order, joined with no more than it asks about.

    Args:
        conditions: those of the filter and any beside.
    """
    chosen = select(t.Case.id)
    if wanted.platform is not None or wanted.account_id is not None:
        chosen = chosen.join(t.Comment, t.Comment.id == t.Case.comment_id)
    if wanted.unclaimed:
        chosen = chosen.outerjoin(t.Claim, live_claim(now))
    return chosen.where(*conditions).order_by(*wanted.order)


def conditions_of(wanted: QueueFilter, now: datetime) -> list[ColumnElement[bool]]:
    """The SQL that holds of the cases under a filter, each condition as the indexes say it."""
    conditions = _in_state(wanted.state)
    if wanted.platform is not None:
        conditions.append(t.Comment.platform == wanted.platform)
    if wanted.account_id is not None:
        conditions.append(t.Comment.account_id == wanted.account_id)
    if wanted.severity is not None:
        conditions.append(at_rank(wanted.severity) if wanted.severity in BY_RANK else false())
    if wanted.category is not None:
        found = select(t.Finding.id).where(
            t.Finding.revision_id == t.Case.revision_id, t.Finding.category == wanted.category
        )
        conditions.append(found.exists())
    if wanted.claimed_by is not None:
        claims = select(t.Claim.case_id).where(t.Claim.person_id == wanted.claimed_by, t.Claim.until > now)
        conditions.append(t.Case.id.in_(claims))
    if wanted.unclaimed:
        conditions.append(t.Claim.case_id.is_(None))
    if wanted.overdue:
        conditions.append(t.Case.due_at < now)
    if wanted.restricted:
        conditions.append(t.Case.restriction.is_not(None))
    return conditions


def at_rank(severity: str) -> ColumnElement[bool]:
    """The SQL that holds of the cases of a severity, which is no parameter: each is planned by itself."""
    return t.Case.severity_rank == literal_column(str(BY_RANK.index(severity)))


def _in_state(state: str | None) -> list[ColumnElement[bool]]:
    """A state as the indexes say it; both that wait where None."""
    if state is None:
        return [WAITING]
    if state == "needs_advice":
        return [WAITING, t.Case.state == literal_column("'needs_advice'")]
    return [t.Case.state == state, WAITING if state == "open" else t.Case.closed_at.is_not(None)]
