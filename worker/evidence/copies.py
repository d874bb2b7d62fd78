"""Every copy that was made of a comment: its bags, and our own files of what was handed over."""

from __future__ import annotations

from pathlib import Path

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from worker.evidence.standing import RECORD_ONLY
from worker.store import tables as t

#: Where an export is in the making, in the folder of exports; its number follows.
_ASIDE = ".making"


def copies_of(session: Session, mark: t.Mark) -> list[t.Snapshot]:
    """Every snapshot of a marked comment that can have left a copy, its evidence destroyed or not."""
    recorded = func.coalesce(t.Snapshot.source, "") == RECORD_ONLY
    rows = session.scalars(
        select(t.Snapshot).where(t.Snapshot.comment_id == mark.comment_id, ~recorded).order_by(t.Snapshot.id)
    ).all()
    session.expunge_all()
    return list(rows)


def may_be_record(row: t.Snapshot, mark: t.Mark) -> bool:
    """Whether a snapshot was asked for after the mark on its comment: what is in the making is a record then.

    By the clock, which may have run ahead: a whole bag says itself what it holds.
    """
    return row.state == "pending" and row.asked_at >= mark.marked_at


def exports_of(session: Session, comment_id: int) -> list[t.Export]:
    """The exports that were made of any case about a comment, in order."""
    return [row for row in _asked_for(session, comment_id) if row.state == "made"]


def export_files(session: Session, comment_id: int, folder: Path) -> list[Path]:
    """Everything in the folder of exports that holds a comment's evidence, counted as handed over or not."""
    found: list[Path] = []
    for row in _asked_for(session, comment_id):
        found += [folder / Path(row.file_name).name] if row.file_name else half_made(folder, row.id)
    return found


def file_of(export_id: int) -> str:
    """What the file of an export is called."""
    return f"upstander-export-{export_id}.zip"


def aside_of(export_id: int) -> str:
    """How the names begin of what is written while an export is made."""
    return f"{_ASIDE}-{export_id}-"


def half_made(folder: Path, export_id: int) -> list[Path]:
    """What processes that died left of an export that is not counted as made."""
    placed = folder / file_of(export_id)
    return in_the_making(folder, export_id) + ([placed] if placed.exists() else [])


def in_the_making(folder: Path, export_id: int) -> list[Path]:
    """What is written of an export before it gets its place; whoever writes it holds the folder."""
    return sorted(folder.glob(f"{aside_of(export_id)}*"))


def _asked_for(session: Session, comment_id: int) -> list[t.Export]:
    holding = select(t.ExportCase.export_id).join(t.Case, t.Case.id == t.ExportCase.case_id)
    about = t.Export.id.in_(holding.where(t.Case.comment_id == comment_id))
    return list(session.scalars(select(t.Export).where(about).order_by(t.Export.id)))
