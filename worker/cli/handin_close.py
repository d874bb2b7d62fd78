"""`upstander handin close`: the end of a matter that HR has, and that is never judged here."""

from __future__ import annotations

from typing import Annotated, Literal

import typer

from worker.cli import running
from worker.cli.show import say


def close(
    context: typer.Context,
    number: Annotated[int, typer.Argument(metavar="HAND-IN", help="Number of the hand-in.")],
    person: running.AsPerson,
    kept_as: Annotated[
        Literal["serious", "upheld", "not-upheld"],
        typer.Option(help="How long it is kept from now on: as a case that was decided so."),
    ],
    reason: Annotated[str, typer.Option(help="How it ended, without anybody's name. It is recorded.")],
) -> None:
    """Close what was handed in about a colleague, once HR is done with it. Its time of keeping begins."""
    from worker.intake.hand_in_closing import close_hand_in

    with running.app(context) as app:
        actor = running.acting(app, person)
        case = close_hand_in(app.store, app.clock, actor, number, kept_as.replace("-", "_"), reason)
    say(f"The matter of hand-in {number} (case {case}) is closed.")
    say("When its time is up, two people decide whether it is destroyed.")
