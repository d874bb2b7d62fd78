"""What happens by the clock: polls, the weekly summary, the sweep. One elected process at a time."""

from __future__ import annotations

import threading
from collections.abc import Callable
from dataclasses import dataclass

from sqlalchemy.exc import SQLAlchemyError

from worker.jobs.election import Office
from worker.jobs.sweep import Sweep
from worker.log import get

log = get("schedule")


@dataclass(frozen=True)
class Scheduler:
    """Ticks until told to stop.

    Attributes:
        due: functions that write jobs for what has come due; each in a transaction of its own.
    """

    office: Office
    sweep: Sweep
    due: tuple[Callable[[], object], ...]
    every_seconds: float

    def tick(self) -> bool:
        """One tick, if this process holds the office. Returns whether it does."""
        if not self.office.hold():
            return False
        for write_due in self.due:
            write_due()
        self.sweep.once()
        return True

    def run(self, stop: threading.Event) -> None:
        """Tick until stopped. A database that is away for a while does not end the schedule."""
        while not stop.is_set():
            try:
                self.tick()
            except SQLAlchemyError as error:
                log.warning("tick_failed", error=type(error).__name__)
            except Exception:
                log.exception("tick_failed")
            stop.wait(self.every_seconds)
        self.office.leave()
