"""Progress bars: on standard error, and only where a person watches."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Protocol


class Advance(Protocol):
    """Told how far the work has come, in the total's unit, and perhaps a better total."""

    def __call__(self, done: int, total: int | None = None, /) -> None:
        """Show it."""


def _unseen(done: int, total: int | None = None, /) -> None:
    """Nobody watches."""


@contextmanager
def progress(label: str, total: int | None) -> Iterator[Advance]:
    """Show how far some work has come.

    Args:
        label: what is being done.
        total: what makes it complete, in any unit; None where that is not known.
    """
    if not sys.stderr.isatty():
        yield _unseen
        return
    from rich.console import Console
    from rich.progress import BarColumn, Progress, SpinnerColumn, TextColumn, TimeElapsedColumn

    columns = (
        SpinnerColumn(),
        TextColumn("{task.description}", markup=False),
        BarColumn(),
        TimeElapsedColumn(),
    )
    with Progress(*columns, console=Console(stderr=True), transient=True) as bars:
        task = bars.add_task(label, total=total)

        def advance(done: int, total: int | None = None, /) -> None:
            bars.update(task, completed=done, total=total)

        yield advance
