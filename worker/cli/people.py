"""`upstander people`: who works here, and with which roles."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated

import typer

from worker.cli import people_sign_in, running
from worker.cli.show import say, table, write_json

if TYPE_CHECKING:
    from worker.store.people import Person

cli = typer.Typer(
    no_args_is_help=True, help="Who works with Upstander, in which roles, and how they sign in."
)


@cli.command()
def add(
    context: typer.Context,
    name: Annotated[str, typer.Argument(help="Their name, as it will stand in the audit.")],
    role: Annotated[list[str], typer.Option(help="A role; repeat it for several.")],
    email: Annotated[str | None, typer.Option(help="Their e-mail address.")] = None,
    person: Annotated[
        str | None,
        typer.Option("--as", metavar="PERSON", help="Who is acting; not needed for the very first person."),
    ] = None,
    as_json: running.AsJson = False,
) -> None:
    """Add a person. The very first must be an administrator."""
    from worker.ledger.audit import Actor
    from worker.review.people import add_person, list_people

    with running.app(context) as app:
        # Who is said to act for this terminal may be the very one who is added first.
        if person is None or not list_people(app.store):
            actor = Actor(None, "cli")
        else:
            actor = running.acting(app, person)
        number = add_person(app.store, app.clock, actor, name, role, email=email)
    if as_json:
        write_json({"id": number, "name": name, "roles": sorted(set(role))})
    else:
        say(f"{name} was added as {', '.join(sorted(set(role)))}.")


@cli.command()
def change(
    context: typer.Context,
    name: Annotated[str, typer.Argument(help="Who is changed: a name in `people list`.")],
    person: running.AsPerson,
    role: Annotated[
        list[str] | None,
        typer.Option(help="A role they shall have; name them all. None: unchanged."),
    ] = None,
    active: Annotated[
        bool | None, typer.Option("--active/--inactive", help="Whether they may act from now on.")
    ] = None,
    email: Annotated[str | None, typer.Option(help="Their e-mail address from now on.")] = None,
) -> None:
    """Change roles or address, or end or renew somebody's way in. What they did stays under their name."""
    from worker.review.people import change_person, find_person

    if role is None and active is None and email is None:
        raise typer.BadParameter("name at least one --role, --email, or --active or --inactive")
    with running.app(context) as app:
        changed = find_person(app.store, name)
        actor = running.acting(app, person)
        change_person(app.store, app.clock, actor, changed.id, roles=role, active=active, email=email)
    say(f"{changed.name} was changed; `upstander people list` shows how it is now.")


@cli.command("list")
def show(context: typer.Context, as_json: running.AsJson = False) -> None:
    """Show everybody, with their roles."""
    from worker.review.people import list_people

    with running.app(context) as app:
        people = list_people(app.store)
    if as_json:
        write_json(
            [
                {
                    "id": each.id,
                    "name": each.name,
                    "email": each.email,
                    "active": each.active,
                    "roles": _roles(each),
                }
                for each in people
            ]
        )
        return
    table(
        ("name", "roles", "active", "e-mail"),
        [(each.name, ", ".join(_roles(each)), "yes" if each.active else "no", each.email) for each in people],
        empty="Nobody yet. Add the first with: upstander people add NAME --role administrator",
    )


def _roles(person: Person) -> list[str]:
    return sorted(role.role for role in person.roles)


people_sign_in.add(cli)
