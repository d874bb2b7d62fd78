"""`upstander support`: support that was offered to staff who were targeted."""

from __future__ import annotations

from typing import Annotated, Literal

import typer

from worker.cli import running
from worker.cli.queue import Case
from worker.cli.show import say, table, when, write_json

cli = typer.Typer(no_args_is_help=True, help="Support that was offered to staff who were targeted.")


@cli.command()
def offer(
    context: typer.Context,
    case: Case,
    person: running.AsPerson,
    kind: Annotated[
        Literal["occupational_health", "employee_assistance", "union", "manager"],
        typer.Option(help="What was offered."),
    ],
    to: Annotated[str, typer.Option(help="The member of staff by their work, not by name.")],
    answer: Annotated[
        Literal["accepted", "declined", "not_known"], typer.Option(help="What they answered.")
    ] = "not_known",
    as_json: running.AsJson = False,
) -> None:
    """Note that support was offered. No name is kept, and no reason for the answer."""
    state = "offered" if answer == "not_known" else answer
    with running.app(context) as app:
        number = app.casework.desk.support.offer(running.acting(app, person), case, kind, to, state=state)
    if as_json:
        write_json({"offer_id": number})
    else:
        say(f"Offer {number} on case {case}: {kind.replace('_', ' ')}, answer {answer.replace('_', ' ')}.")


@cli.command()
def answer(
    context: typer.Context,
    number: Annotated[int, typer.Argument(metavar="OFFER", help="Number of the offer.")],
    given: Annotated[
        Literal["accepted", "declined"], typer.Argument(metavar="ANSWER", help="accepted or declined.")
    ],
    person: running.AsPerson,
) -> None:
    """Note what the member of staff answered, once it is known."""
    with running.app(context) as app:
        app.casework.desk.support.answer(running.acting(app, person), number, given)
    say(f"Offer {number} was {given}.")


@cli.command("list")
def show_list(
    context: typer.Context, case: Case, person: running.AsPerson, as_json: running.AsJson = False
) -> None:
    """Show the offers on a case. The look is recorded."""
    with running.app(context) as app:
        found = app.casework.desk.support.list(running.acting(app, person), case)
    if as_json:
        write_json(found)
        return
    table(
        ("offer", "what", "to", "answer", "when", "by"),
        [
            (
                row.id,
                row.kind,
                row.offered_to,
                "not known" if row.state == "offered" else row.state,
                when(row.offered_at),
                row.offered_by,
            )
            for row in found
        ],
        empty="No support was offered on this case yet.",
    )
