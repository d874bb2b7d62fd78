"""The stages that take a case from the queue to its outcome."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache
from pathlib import Path

from worker.clock import Clock
from worker.review.stage import Review
from worker.settings import Settings
from worker.store.session import Store
from worker.working_days import TABLE, WorkingDays, load_working_days


@dataclass(frozen=True)
class Casework:
    """What people work with, in one process."""

    review: Review


def make_casework(store: Store, clock: Clock, settings: Settings) -> Casework:
    """Put these stages together."""
    return Casework(review=Review(store, clock, settings.review))


@cache
def working_days(reference_dir: Path) -> WorkingDays:
    """The working days of England, read once in a process when first asked for.

    Raises:
        SettingsError: the table of bank holidays cannot be used.
    """
    return load_working_days(reference_dir / TABLE)
