"""Counting what became of evidence in a week: counts only, no case, no purpose's words, no names."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import ColumnElement, and_, func, or_, select
from sqlalchemy.orm import InstrumentedAttribute, Session

from worker.evidence.standing import usable
from worker.store import tables as t
from worker.store.custody import MARKS, PURPOSES
from worker.summary.counts import Span


@dataclass(frozen=True, slots=True)
class EvidenceFigures:
    """What became of evidence in one week.

    Attributes:
        timestamped: snapshots of any kind that got their trusted timestamp in the week.
        unstamped: those sealed by the week's end that had none then; evidence that was destroyed by then or
            is locked away gets none and does not count.
        rendered: captures of live pages sealed in the week; `unrendered`: those waiting at its end.
        supplements: files that were handed in and sealed in the week.
        exports: hand-overs made in the week, by purpose, zeros too; `exports_waiting`: those that waited for
            a second person at its end.
        broken_glass: hand-overs of the week that one person let go ahead alone; `unreviewed`: those, of any
            week, that no other person had reviewed at its end.
        disposals: cases whose evidence was destroyed in the week, as approved; `disposals_waiting`: those
            that waited for a person at its end.
        marks: how often a person said in the week what a comment's pictures are, by mark, zeros too.
    """

    timestamped: int
    unstamped: int
    rendered: int
    unrendered: int
    supplements: int
    exports: Mapping[str, int]
    exports_waiting: int
    broken_glass: int
    unreviewed: int
    disposals: int
    disposals_waiting: int
    marks: Mapping[str, int]


def read_evidence_figures(session: Session, span: Span) -> EvidenceFigures:
    """Count what became of evidence in a span, and what waited at its end."""
    kind, sealed = t.Snapshot.kind, span.holds(t.Snapshot.sealed_at)
    glass = t.Export.break_glass_reason.is_not(None)
    return EvidenceFigures(
        timestamped=_count(session, span.holds(t.Timestamp.entered_at)),
        unstamped=_unstamped(session, span.end),
        rendered=_count(session, kind == "rendered", sealed),
        unrendered=_count(
            session, kind == "rendered", _open(t.Snapshot.asked_at, t.Snapshot.sealed_at, span.end)
        ),
        supplements=_count(session, kind == "supplement", sealed),
        exports=_by(session, PURPOSES, t.Export.purpose, span.holds(t.Export.made_at)),
        exports_waiting=_count(session, _open(t.Export.asked_at, t.Export.decided_at, span.end)),
        broken_glass=_count(session, glass, span.holds(t.Export.decided_at)),
        unreviewed=_count(session, glass, _open(t.Export.decided_at, t.Export.reviewed_at, span.end)),
        disposals=_count(session, span.holds(t.Disposal.done_at)),
        disposals_waiting=_count(session, _open(t.Disposal.proposed_at, t.Disposal.decided_at, span.end)),
        marks=_by(session, MARKS, t.Mark.mark, span.holds(t.Mark.marked_at)),
    )


def _open(
    began: InstrumentedAttribute[datetime] | InstrumentedAttribute[datetime | None],
    ended: InstrumentedAttribute[datetime | None],
    at: datetime,
) -> ColumnElement[bool]:
    """The condition that something had begun and not ended at a moment."""
    return and_(began < at, or_(ended.is_(None), ended >= at))


def _unstamped(session: Session, at: datetime) -> int:
    in_time = select(t.Timestamp.snapshot_id).where(
        t.Timestamp.snapshot_id == t.Snapshot.id, t.Timestamp.entered_at < at
    )
    return _count(
        session, _open(t.Snapshot.sealed_at, t.Snapshot.destroyed_at, at), ~in_time.exists(), usable()
    )


def _by(
    session: Session,
    names: tuple[str, ...],
    column: InstrumentedAttribute[str],
    *conditions: ColumnElement[bool],
) -> dict[str, int]:
    rows = session.execute(
        select(column.label("name"), func.count().label("number")).where(*conditions).group_by(column)
    )
    return dict.fromkeys(names, 0) | {row.name: row.number for row in rows}


def _count(session: Session, *conditions: ColumnElement[bool]) -> int:
    return session.scalar(select(func.count()).where(*conditions)) or 0
