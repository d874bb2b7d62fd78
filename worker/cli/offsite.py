"""Copies of sealed evidence elsewhere: `upstander evidence fetch`, and `evidence verify --offsite`."""

from __future__ import annotations

from collections import Counter
from dataclasses import fields
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from worker.cli import running
from worker.cli.progress import progress
from worker.cli.queue import Case
from worker.cli.show import say, write_json

if TYPE_CHECKING:
    from worker.evidence.stage import SnapshotView

#: What is said of each state, after how many there are.
_STATES = {
    "copied": "copied",
    "pending": "not copied yet",
    "left": "destroyed here, with a copy still there under its lock",
    "removed": "destroyed here and gone there",
    "locked": "locked away here: not looked into",
    "unknown": "there without a row here",
}


def fetch(
    context: typer.Context,
    case: Case,
    into: Annotated[Path, typer.Option(help="A new folder that the bags are put into.")],
    person: running.AsPerson,
    as_json: running.AsJson = False,
) -> None:
    """Bring the bags of a case back from their copies elsewhere. Leaves with 1 if one is not whole."""
    with running.app(context) as app:
        fetched = app.copies.fetch(case, into, running.acting(app, person))
    if as_json:
        write_json(fetched)
    else:
        for each in fetched:
            say(f"snapshot {each.snapshot_id}: {each.folder}: {'; '.join(each.problems) or 'whole'}")
        say(
            "Copies are for looking at and for putting back what was lost; handing over is `evidence export`."
        )
    if any(each.problems for each in fetched):
        raise typer.Exit(1)


def verify(context: typer.Context, case: int | None, person: str, *, as_json: bool) -> None:
    """Read the copies elsewhere back and compare them. Leaves with 1 if one does not hold."""
    with running.app(context) as app, progress("Reading back", None) as advance:
        results = app.copies.verify(case, running.acting(app, person), progress=advance)
    bad = [result for result in results if not result.ok]
    if as_json:
        write_json({"looked_at": len(results), "problems": len(bad), "results": results})
    else:
        for result in bad:
            whose = (
                f"snapshot {result.snapshot_id} of case {result.case_id}" if result.snapshot_id else "copies"
            )
            say(f"{whose} ({result.state}): {'; '.join(result.problems)}")
        states = Counter(result.state for result in results)
        told = ", ".join(f"{states[state]} {words}" for state, words in _STATES.items() if states[state])
        say(f"{len(results)} looked at, {len(bad)} with problems. {told or 'Nothing is sealed yet'}.")
    if bad:
        raise typer.Exit(1)


def plain(view: SnapshotView) -> dict[str, Any]:
    """What a snapshot's view holds, by name."""
    return {each.name: getattr(view, each.name) for each in fields(view)}
