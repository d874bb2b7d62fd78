"""What of the evidence needs somebody's eye: sealed lately, not sealed or stamped yet, damaged."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import ColumnElement, UnaryExpression, func, select
from sqlalchemy.orm import Session

from worker.clock import Clock
from worker.evidence.following import unstamped
from worker.evidence.keeping.allowed import TO_VIEW, is_allowed
from worker.ledger import audit
from worker.ledger.audit import Actor
from worker.review.access import visible_to
from worker.review.rights import permitted
from worker.store import tables as t
from worker.store.session import Store

#: Of each list no more are told; what is left out is more of the same.
MOST = 20
_SURVEYED = "evidence_surveyed"


@dataclass(frozen=True, slots=True)
class Brief:
    """One snapshot in a list.

    Attributes:
        since: when it was sealed, or where it is not sealed yet, asked for.
    """

    snapshot_id: int
    case_id: int
    kind: str
    source: str | None
    since: datetime


@dataclass(frozen=True, slots=True)
class Damaged:
    """A case whose evidence was not whole when it was last verified."""

    case_id: int
    problems: int
    found_at: datetime


@dataclass(frozen=True, slots=True)
class Overview:
    """What of the evidence needs somebody's eye; each list holds no more than `MOST`.

    Attributes:
        sealed: the newest first.
        pending: still to be sealed, the longest waiting first.
        unstamped: sealed and without a trusted timestamp, the longest waiting first.
        damaged: by case, as the last verification found.
        whole_at: when all evidence was last verified; None for never.
        whole_problems: how many problems that found.
    """

    sealed: tuple[Brief, ...]
    pending: tuple[Brief, ...]
    unstamped: tuple[Brief, ...]
    damaged: tuple[Damaged, ...]
    whole_at: datetime | None
    whole_problems: int


def overview(store: Store, clock: Clock, actor: Actor) -> Overview:
    """What needs somebody's eye, without the cases that are kept from whoever asks. Leaves a trace.

    Raises:
        NotAllowed: the actor may not view any evidence.
    """
    is_sealed = (t.Snapshot.state == "sealed", t.Snapshot.destroyed_at.is_(None))
    with permitted(store, clock, actor, TO_VIEW.restricted, "snapshot") as session:
        whole = session.scalar(
            select(t.Audit)
            .where(t.Audit.object_type == "case", t.Audit.verb == _SURVEYED, t.Audit.object_id.is_(None))
            .order_by(t.Audit.id.desc())
            .limit(1)
        )
        found = Overview(
            sealed=_some(session, actor, t.Snapshot.id.desc(), *is_sealed),
            pending=_some(session, actor, t.Snapshot.id.asc(), t.Snapshot.state == "pending"),
            unstamped=_some(session, actor, t.Snapshot.id.asc(), unstamped()),
            damaged=tuple(_damaged(session, actor, 0 if whole is None else whole.id)),
            whole_at=None if whole is None else whole.at,
            whole_problems=0 if whole is None else _problems(whole),
        )
        audit.record(session, actor, "evidence_listed", "snapshot", None, now=clock.now())
    return found


def _some(
    session: Session, actor: Actor, order: UnaryExpression[int], *conditions: ColumnElement[bool]
) -> tuple[Brief, ...]:
    rows = session.scalars(
        select(t.Snapshot)
        .join(t.Case, t.Case.id == t.Snapshot.case_id)
        .where(*conditions, visible_to(session, actor))
        .order_by(order)
        .limit(MOST)
    ).all()
    # Who goes on with a case that they closed sees it in the queue, and not its evidence.
    allowed = {
        case_id: is_allowed(session, actor, (case_id,), TO_VIEW) for case_id in {row.case_id for row in rows}
    }
    return tuple(
        Brief(row.id, row.case_id, row.kind, row.source, row.sealed_at or row.asked_at)
        for row in rows
        if allowed[row.case_id]
    )


def _damaged(session: Session, actor: Actor, after: int) -> Iterator[Damaged]:
    """The cases that were verified by themselves since all was, and had problems the last time."""
    newest = (
        select(func.max(t.Audit.id))
        .join(t.Case, t.Case.id == t.Audit.object_id)
        .where(
            t.Audit.object_type == "case",
            t.Audit.verb == _SURVEYED,
            t.Audit.id > after,
            visible_to(session, actor),
        )
        .group_by(t.Audit.object_id)
    )
    rows = session.scalars(select(t.Audit).where(t.Audit.id.in_(newest)).order_by(t.Audit.id.desc()))
    bad = [row for row in rows if row.object_id is not None and _problems(row)]
    for row in bad[:MOST]:
        if row.object_id is not None and is_allowed(session, actor, (row.object_id,), TO_VIEW):
            yield Damaged(row.object_id, _problems(row), row.at)


def _problems(row: t.Audit) -> int:
    found = row.detail.get("problems", 0)
    return found if isinstance(found, int) else 1
