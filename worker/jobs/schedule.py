"""What happens by the clock: polls, the weekly summary, the sweep. One elected process at a time."""

from __future__ import annotations

import threading
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy.exc import SQLAlchemyError

from worker.clock import Clock
from worker.jobs.election import Office
from worker.jobs.sweep import Sweep
from worker.log import get

log = get("schedule")


@dataclass
class Every:
    """A function that may be called at every tick and does its work only now and then.

    Attributes:
        wait: the least time between two times that it works.
    """

    clock: Clock
    wait: timedelta
    step: Callable[[], object]
    last: datetime | None = None

    def __call__(self) -> None:
        """Do the work if it is time, also after a clock was set back."""
        now = self.clock.now()
        if self.last is None or not self.last <= now < self.last + self.wait:
            self.last = now
            self.step()


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
        # The sweep first, and each for itself: what one of them stumbles over must not stop the others.
        for step in (self.sweep.once, *self.due):
            try:
                step()
            except Exception as error:  # noqa: BLE001 -- told below; the next tick tries again
                self._tell(error)
        return True

    def _tell(self, error: Exception) -> None:
        if isinstance(error, SQLAlchemyError):
            words = str(getattr(error, "orig", None) or type(error).__name__).partition("\n")[0]
            log.warning("tick_failed", error=words)
        else:
            log.error("tick_failed", exc_info=error)

    def run(self, stop: threading.Event) -> None:
        """Tick until stopped. A database that is away for a while does not end the schedule."""
        while not stop.is_set():
            try:
                self.tick()
            except Exception as error:  # noqa: BLE001 -- the schedule goes on whatever happens
                self._tell(error)
            stop.wait(self.every_seconds)
        self.office.leave()
