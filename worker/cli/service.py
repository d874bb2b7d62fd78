"""`upstander up`, `work` and `schedule`: the processes that stay."""

from __future__ import annotations

import signal
import threading
from collections.abc import Callable
from typing import TYPE_CHECKING

import typer

from worker.cli import running
from worker.cli.show import tell

if TYPE_CHECKING:
    from worker.bootstrap import App


def up(context: typer.Context) -> None:
    """Run everything in this one process, until stopped (embedded mode): worker, schedule, review site."""
    _stay(context, _with_site, needs="embedded")


def _with_site(app: App, stop: threading.Event, ready: Callable[[], None]) -> None:
    from worker.jobs.run import embedded
    from worker.web.serving import serving

    if not app.settings.web.enabled:
        embedded(app, stop, ready)
        return

    def told() -> None:
        ready()
        tell(f"The review site: {app.settings.web.public_url}")

    with serving(app):
        embedded(app, stop, told)


def work(context: typer.Context) -> None:
    """Run a worker, until stopped (served mode). Any number may run."""
    from worker.jobs.run import work as run_worker

    _stay(context, run_worker, needs="served")


def schedule(context: typer.Context) -> None:
    """Run the scheduler, until stopped (served mode). Several may run; one is elected."""
    from worker.jobs.run import schedule as run_scheduler

    _stay(context, run_scheduler, needs="served")


def until_stopped() -> threading.Event:
    """An event that SIGTERM or SIGINT sets, so that jobs in hand are finished first."""
    stop = threading.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda *_: stop.set())
    return stop


def _stay(context: typer.Context, run: Callable[..., None], *, needs: str) -> None:
    from worker.errors import SettingsError

    with running.app(context, service=True) as app:
        if app.settings.mode != needs:
            other = {"embedded": "`upstander work` and `upstander schedule`", "served": "`upstander up`"}
            raise SettingsError(
                f"This command is for {needs} mode; the setting mode is {app.settings.mode}.",
                safe="Nothing was started.",
                do=f"Use {other[needs]}, or set mode to {needs}.",
            )
        run(app, until_stopped(), lambda: tell("Ready."))
