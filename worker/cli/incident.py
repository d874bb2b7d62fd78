"""`upstander incident`: a time of much more work than usual, with one person who leads."""

from __future__ import annotations

from typing import Annotated

import typer

from worker.cli import moments, running
from worker.cli.show import fields, say, when, write_json

cli = typer.Typer(
    no_args_is_help=True,
    help="A major incident: one person leads, routine work is folded away, others help as reviewers.",
)

_Name = Annotated[str, typer.Argument(metavar="PERSON", help="A name in `people list`.")]


@cli.command()
def start(
    context: typer.Context,
    person: running.AsPerson,
    lead: Annotated[str, typer.Option(help="Who leads: a name in `people list`.")],
    until: Annotated[
        moments.Moment, moments.option(help='When it ends, such as "tomorrow 18:00", London time.')
    ],
    reason: Annotated[str, typer.Option(help="What it is. Everybody who works sees it.")],
) -> None:
    """Declare a major incident. It ends by itself."""
    with running.app(context) as app:
        ends = moments.in_utc(until, app.clock)
        number = app.modes.incidents.start(running.acting(app, person), lead, ends, reason)
        unready = app.summaries.unready
    say(f"Major incident {number} is on until {when(ends)}, led by {lead}.")
    say("Routine cases are folded away in `upstander queue list`; --all shows them.")
    say("A summary is sent each day at 8:00am." if not unready else f"No daily summary is sent. {unready}")


@cli.command()
def end(context: typer.Context, person: running.AsPerson) -> None:
    """End the major incident that is on, and with it every temporary role."""
    with running.app(context) as app:
        number = app.modes.incidents.end(running.acting(app, person))
    say(f"Major incident {number} is over. Temporary reviewers are reviewers no more.")


@cli.command()
def show(context: typer.Context, person: running.AsPerson, as_json: running.AsJson = False) -> None:
    """Show the major incident that is on. Leaves with 1 if there is none."""
    with running.app(context) as app:
        view = app.modes.incidents.show(running.acting(app, person))
    if as_json:
        write_json(view)
    elif view is None:
        say("No major incident is on.")
    else:
        fields(
            [
                ("incident", view.id),
                ("reason", view.reason),
                ("lead", view.lead),
                ("since", when(view.started_at)),
                ("until", when(view.until)),
                ("temporary reviewers", ", ".join(view.reviewers) or "none"),
            ]
        )
    if view is None:
        raise typer.Exit(1)


@cli.command("add-reviewer")
def add_reviewer(context: typer.Context, name: _Name, person: running.AsPerson) -> None:
    """Make somebody a reviewer for as long as the incident lasts."""
    with running.app(context) as app:
        app.modes.incidents.add_reviewer(running.acting(app, person), name)
    say(f"{name} is a reviewer until the incident ends.")


@cli.command("remove-reviewer")
def remove_reviewer(context: typer.Context, name: _Name, person: running.AsPerson) -> None:
    """Take the role back before the incident ends."""
    with running.app(context) as app:
        app.modes.incidents.remove_reviewer(running.acting(app, person), name)
    say(f"{name} is no longer a reviewer.")
