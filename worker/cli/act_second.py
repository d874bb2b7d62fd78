"""`upstander act approve` and what goes with it: the second person, going ahead alone, taking back."""

from __future__ import annotations

from typing import Annotated

import typer

from worker.cli import running
from worker.cli.show import say

Action = Annotated[int, typer.Argument(metavar="ACTION", help="Number of the action, as `act list` says.")]
Reason = Annotated[str, typer.Option(help="Why, in your words.")]


def approve(
    context: typer.Context,
    action: Action,
    person: running.AsPerson,
    reason: Annotated[str, typer.Option(help="Why, if there is more to say.")] = "",
) -> None:
    """Approve a deletion or a block that somebody else asked for."""
    with running.app(context) as app:
        app.casework.acting.approving.approve(running.acting(app, person), action, reason)
    say(f"Action {action} is approved; the worker carries it out once its evidence is sealed.")


def refuse(context: typer.Context, action: Action, person: running.AsPerson, reason: Reason) -> None:
    """Refuse a deletion or a block that somebody else asked for."""
    with running.app(context) as app:
        app.casework.acting.approving.refuse(running.acting(app, person), action, reason)
    say(f"Action {action} is refused.")


def withdraw(context: typer.Context, action: Action, person: running.AsPerson, reason: Reason) -> None:
    """Take back what you asked for, as long as the platform was not asked."""
    with running.app(context) as app:
        app.casework.acting.ending.withdraw(running.acting(app, person), action, reason)
    say(f"Action {action} is withdrawn.")


def break_glass(context: typer.Context, action: Action, person: running.AsPerson, reason: Reason) -> None:
    """Go ahead alone with what you asked for. Somebody else reviews it within one working day."""
    with running.app(context) as app:
        app.casework.acting.approving.break_glass(running.acting(app, person), action, reason)
    say(f"Action {action} goes ahead without a second person; somebody else must review it:")
    say(f'  upstander act review {action} --finding "..." --as "THEIR NAME"')


def review(
    context: typer.Context,
    action: Action,
    person: running.AsPerson,
    finding: Annotated[str, typer.Option(help="What you found, in your words.")],
) -> None:
    """Say that you have looked at an action that one person went ahead with alone."""
    with running.app(context) as app:
        app.casework.acting.approving.review(running.acting(app, person), action, finding)
    say(f"Action {action} is reviewed.")


def done(
    context: typer.Context,
    action: Action,
    person: running.AsPerson,
    note: Annotated[str, typer.Option(help="What you did and saw, in your words.")],
) -> None:
    """Say that you did in the platform's own app what Upstander cannot do there."""
    with running.app(context) as app:
        app.casework.acting.ending.done_by_hand(running.acting(app, person), action, note)
    say(f"Action {action} is done, outside Upstander.")
