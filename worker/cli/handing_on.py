"""`upstander queue reassign`, `snooze` and `wake`: a case changes hands, or waits."""

from __future__ import annotations

from typing import Annotated

import typer

from worker.cli import moments, running
from worker.cli.queue import Case
from worker.cli.show import say, when


def reassign(
    context: typer.Context,
    case: Case,
    to: Annotated[str, typer.Option("--to", help="Who gets it: a name in `people list`.")],
    person: running.AsPerson,
) -> None:
    """Hand a case on to a colleague, who gets it with their next `queue next`. No reason is asked."""
    with running.app(context) as app:
        actor, receiver = running.acting(app, person), running.colleague(app, to)
        held = app.casework.handing_on.reassign(actor, case, receiver.id)
    say(f"Case {case} is with {receiver.name} until {when(held.until)}.")


def snooze(
    context: typer.Context,
    case: Case,
    until: Annotated[
        moments.Moment,
        moments.option(help='Until when, such as "2026-11-24 09:00" or "tomorrow 09:00", London time.'),
    ],
    person: running.AsPerson,
) -> None:
    """Put a case aside until a time, a fortnight off at most. Never one of immediate danger."""
    with running.app(context) as app:
        moment = moments.in_utc(until, app.clock)
        app.casework.handing_on.snooze(running.acting(app, person), case, moment)
    say(f"Case {case} is put aside until {when(moment)}. New words or a higher severity wake it before.")


def wake(context: typer.Context, case: Case, person: running.AsPerson) -> None:
    """Take back that a case was put aside."""
    with running.app(context) as app:
        app.casework.handing_on.wake(running.acting(app, person), case)
    say(f"Case {case} waits in the queue again.")
