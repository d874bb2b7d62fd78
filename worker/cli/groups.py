"""`upstander queue groups` and `group`: cases that belong together, seen as a whole."""

from __future__ import annotations

from typing import Annotated

import typer

from worker.cli import running
from worker.cli.group_text import tell_members
from worker.cli.next_step import tell_commands
from worker.cli.show import say, table, when, write_json

Group = Annotated[int, typer.Argument(metavar="GROUP", help="Number of the group, as `queue groups` says.")]


def show_groups(
    context: typer.Context,
    person: running.AsPerson,
    limit: Annotated[int, typer.Option(min=1, max=1000, help="How many at most.")] = 50,
    as_json: running.AsJson = False,
) -> None:
    """Show cases that belong together: of one author, with one text or picture, in one burst."""
    with running.app(context) as app:
        rows = app.casework.groups.rows(running.acting(app, person), limit=limit)
    if as_json:
        write_json(rows)
        return
    table(
        ("group", "severity", "waiting", "first due", "what they share"),
        [(row.group_id, row.severity, row.waiting, when(row.due_at), row.about) for row in rows],
        empty="No cases that wait belong together.",
    )


def show_group(
    context: typer.Context,
    group: Group,
    person: running.AsPerson,
    limit: Annotated[int, typer.Option(min=1, max=1000, help="How many members at most.")] = 100,
    as_json: running.AsJson = False,
) -> None:
    """Show the waiting cases of a group, and what they say. The look is recorded for each of them."""
    with running.app(context) as app:
        view = app.casework.groups.show(running.acting(app, person), group, limit=limit)
    if as_json:
        write_json(view)
        return
    say(f"Group {view.group_id}: {view.about}")
    tell_members(view.members)
    say("")
    if not view.members:
        say("None of its cases waits.")
        return
    if view.more:
        say(f"{view.more} more wait that are not shown here, and are not decided with these.")
    say("To decide on all of these, and on nothing else, fill one of these in.")
    say("Of what stands between bars choose one:")
    begins = f"upstander queue decide-group {view.group_id} --all-as-shown {view.token}"
    tell_commands(begins, (), person)
    first = view.members[0].case_id
    say(f'What else it has to answer: upstander queue questions {first} --as "{person}"')
