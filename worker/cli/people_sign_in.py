"""`upstander people sign-in` and what goes with it: how somebody signs in to the review site."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated

import typer

from worker.cli import running
from worker.cli.show import say, when, write_json

if TYPE_CHECKING:
    from worker.signin.ways import Invitation

Who = Annotated[str, typer.Argument(metavar="NAME", help="Whose: a name in `people list`.")]


def add(cli: typer.Typer) -> None:
    """Add these commands to `upstander people`."""
    cli.command("sign-in")(sign_in)
    cli.command("reset-sign-in")(reset)
    cli.command("end-sign-in")(end)
    cli.command("end-sessions")(end_sessions)


def sign_in(
    context: typer.Context,
    name: Who,
    user_name: Annotated[
        str | None, typer.Option(help="The user name they type; made from the name if left out.")
    ] = None,
    person: Annotated[
        str | None,
        typer.Option("--as", metavar="PERSON", help="Who is acting; not needed for the very first sign-in."),
    ] = None,
    as_json: running.AsJson = False,
) -> None:
    """Give somebody a sign-in. Shows the user name and a one-time password, once."""
    from worker.ledger.audit import Actor
    from worker.review.people import find_person

    with running.app(context) as app:
        actor = Actor(None, "cli") if person is None else running.acting(app, person)
        made = app.sign_ins.create(actor, find_person(app.store, name).id, user_name)
    _show(made, as_json=as_json)


def reset(
    context: typer.Context, name: Who, person: running.AsPerson, as_json: running.AsJson = False
) -> None:
    """Give somebody a new one-time password. Second factor, recovery codes and sessions go."""
    from worker.review.people import find_person

    with running.app(context) as app:
        made = app.sign_ins.reset(running.acting(app, person), find_person(app.store, name).id)
    _show(made, as_json=as_json)


def end(context: typer.Context, name: Who, person: running.AsPerson) -> None:
    """Take somebody's sign-in away. Who leaves is made inactive as well: `people change --inactive`."""
    from worker.review.people import find_person

    with running.app(context) as app:
        whose = find_person(app.store, name)
        app.sign_ins.end(running.acting(app, person), whose.id)
    say(f"{whose.name} has no sign-in any more, and no session.")


def end_sessions(context: typer.Context, name: Who, person: running.AsPerson) -> None:
    """End all sessions of somebody. They can sign in again."""
    from worker.review.people import find_person

    with running.app(context) as app:
        whose = find_person(app.store, name)
        ended = app.sign_ins.end_all(running.acting(app, person), whose.id)
    say(f"{ended} session{'' if ended == 1 else 's'} of {whose.name} ended.")


def _show(made: Invitation, *, as_json: bool) -> None:
    if as_json:
        write_json({"user_name": made.user_name, "password": made.password, "until": made.until})
        return
    say(f"User name: {made.user_name}")
    say(f"One-time password: {made.password}")
    say(f"Good until {when(made.until)}, for one sign-in: it is changed then. It is not shown again.")
