"""What guides a decision: a Trust's questions, its law map and its evidence checklist, read together."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from worker.review.checklists import CHECKLISTS, Checklist, load_checklist
from worker.review.law import LAW, LawMap, load_law
from worker.review.questions import QUESTIONS, Questions, load_questions


@dataclass(frozen=True, slots=True)
class Guidance:
    """The three tables, as they were when this process first asked for them."""

    questions: Questions
    law: LawMap
    checklist: Checklist


def load_guidance(reference_dir: Path) -> Guidance:
    """Read the three tables.

    Raises:
        SettingsError: one cannot be used. Then nothing is decided: a question left out could cost a life.
    """
    return Guidance(
        load_questions(reference_dir / QUESTIONS),
        load_law(reference_dir / LAW),
        load_checklist(reference_dir / CHECKLISTS),
    )
