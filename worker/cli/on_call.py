"""`upstander on-call`: who is called about immediate danger, and taking a call."""

from __future__ import annotations

from typing import Annotated

import typer

from worker.cli import moments, running
from worker.cli.moments import in_utc
from worker.cli.queue import Case
from worker.cli.show import say, table, when, write_json

cli = typer.Typer(no_args_is_help=True, help="Who is called about immediate danger.")


@cli.command()
def add(
    context: typer.Context,
    name: Annotated[str, typer.Argument(help="Who is on call: a name in `people list`.")],
    *,
    person: running.AsPerson,
    begins: Annotated[
        moments.Moment,
        moments.option("--from", help='From when on, such as "2026-11-24 17:00", London time.'),
    ],
    ends: Annotated[
        moments.Moment, moments.option("--until", help='Until when, such as "2026-11-25 09:00", London time.')
    ],
    rank: Annotated[int, typer.Option(min=1, help="Who is called first: 1, then 2.")] = 1,
    as_json: running.AsJson = False,
) -> None:
    """Put somebody on call for a time, in London time."""
    from worker.review.people import find_person

    with running.app(context) as app:
        from_at, until_at = in_utc(begins, app.clock), in_utc(ends, app.clock)
        actor = running.acting(app, person)
        known = find_person(app.store, name)
        number = app.alarms.rota.add(actor, known.id, rank=rank, from_at=from_at, until_at=until_at)
    if as_json:
        write_json({"turn": number})
    else:
        times = f"from {when(from_at)} until {when(until_at)}"
        say(f"Turn {number}: {known.name} is on call {times}, rank {rank}.")


@cli.command("list")
def show(context: typer.Context, person: running.AsPerson, as_json: running.AsJson = False) -> None:
    """Show who is on call now and next."""
    with running.app(context) as app:
        turns = app.alarms.rota.turns(running.acting(app, person))
    if as_json:
        write_json(turns)
        return
    table(
        ("turn", "person", "rank", "from", "until", "now"),
        [
            (
                turn.number,
                turn.person,
                turn.rank,
                when(turn.from_at),
                when(turn.until_at),
                "on call" if turn.now else None,
            )
            for turn in turns
        ],
        empty="Nobody is on call, now or later. On-call managers are mailed about immediate danger instead.",
    )


@cli.command()
def remove(
    context: typer.Context,
    turn: Annotated[int, typer.Argument(metavar="TURN", help="Number of the turn in `on-call list`.")],
    person: running.AsPerson,
) -> None:
    """Take a turn off the rota."""
    with running.app(context) as app:
        app.alarms.rota.remove(running.acting(app, person), turn)
    say(f"Turn {turn} is off the rota. `upstander status` says so if nobody else is on call.")


@cli.command()
def acknowledge(context: typer.Context, case: Case, person: running.AsPerson) -> None:
    """Say that you have taken a call: nobody else is called about the case."""
    from worker.review.pages import PROMPT

    with running.app(context) as app:
        was_calling = app.alarms.rota.acknowledge(running.acting(app, person), case)
    say(PROMPT)
    say(
        f"You have taken case {case}; nobody else is called about it. It still needs a decision:"
        f" `upstander queue show {case}`."
        if was_calling
        else f"Case {case} does not call any more: somebody took it before, or decided it."
    )
