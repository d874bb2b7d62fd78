"""The sweep: tells the broker again of everything that is due. Losing the broker loses nothing."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import timedelta

from worker import outbox
from worker.clock import Clock
from worker.settings import Jobs
from worker.store.session import Nudges, Store


@dataclass(frozen=True)
class Sweep:
    """Finds due jobs that nobody holds and that were not told of lately."""

    store: Store
    clock: Clock
    settings: Jobs
    nudge: Callable[[Nudges], None]

    def once(self) -> int:
        """Tell the broker of what is due. Returns how many jobs that were."""
        now, again = self.clock.now(), timedelta(seconds=self.settings.resend_seconds)
        with self.store.read() as session:
            if not outbox.is_due(session, now=now, resend_after=again):
                return 0
        with self.store.write() as session:
            due = outbox.take_due(session, now=now, resend_after=again)
        if due:
            self.nudge(due)
        return len(due)
