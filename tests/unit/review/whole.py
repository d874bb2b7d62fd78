"""Reviewers who are held to the whole procedure of a decision: helpers."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

from sqlalchemy import select

from tests.judging import procedure
from tests.unit.review.scene import CLOCKS, Scene
from worker.review.case_file import CaseFile
from worker.review.guidance import load_guidance
from worker.review.particulars import Particulars
from worker.review.stage import Review
from worker.store import tables as t

SHIPPED = load_guidance(Path(__file__).parents[3] / "config/reference")


def strict(scene: Scene) -> Review:
    """The stage of a Trust that asks the questions that are shipped."""
    return replace(scene.review, procedure=procedure(CLOCKS, SHIPPED))


def file_of(scene: Scene) -> CaseFile:
    """The file's stage of that Trust."""
    return CaseFile(scene.store, scene.clock, procedure(CLOCKS, SHIPPED))


def decide(scene: Scene, verdict: str, particulars: Particulars, *categories: str) -> int:
    """Decide on a fresh case; its number."""
    case_id, _, revision_id = scene.case(f"{verdict}{scene.count(t.Case)}")
    severity = "serious" if verdict == "upheld" else None
    strict(scene).decide(
        scene.reviewer,
        case_id,
        revision_id,
        verdict,
        reason="As it says.",
        categories=categories,
        severity=severity,
        particulars=particulars,
    )
    return case_id


def tasks(scene: Scene) -> list[tuple[str, str | None]]:
    """What there is to do, and for whom."""
    with scene.store.read() as session:
        rows = session.execute(select(t.Task.kind, t.Task.for_role).order_by(t.Task.id))
        return [(row.kind, row.for_role) for row in rows]
