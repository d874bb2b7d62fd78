"""Run a worker process that kills itself with SIGKILL right after a named step.

    python -m tests.faults.driver up|work|schedule STEP

The settings come from the environment, as for the real commands. Without a step (`-`) it just runs.
"""

from __future__ import annotations

import os
import signal
import sys
import threading

from worker import log
from worker.bootstrap import build
from worker.jobs.run import embedded, schedule, work
from worker.settings_load import load
from worker.steps import Steps, unobserved


def kill_at(wanted: str) -> Steps:
    """An observer that ends this process, without any clean-up, the moment the step was passed."""

    def observe(name: str) -> None:
        if name == wanted:
            os.kill(os.getpid(), signal.SIGKILL)

    return observe


def main(way: str, step: str) -> None:
    """Run until killed, by the step or by the test."""
    loaded = load(None, os.environ)
    log.configure(level="info", style="json")
    app = build(loaded.settings, loaded.secrets, steps=unobserved if step == "-" else kill_at(step))
    stop = threading.Event()
    signal.signal(signal.SIGTERM, lambda *_: stop.set())
    {"up": embedded, "work": work, "schedule": schedule}[way](app, stop, lambda: None)


if __name__ == "__main__":
    main(sys.argv[1], sys.argv[2])
