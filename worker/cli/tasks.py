"""`upstander tasks`: what people have to do by a time."""

from __future__ import annotations

from typing import Annotated

import typer

from worker.cli import running
from worker.cli.show import fields, say, table, when, write_json

cli = typer.Typer(no_args_is_help=True, help="What people have to do by a time: yours, and your roles'.")

_Task = Annotated[int, typer.Argument(metavar="TASK", help="Number of the task.")]


@cli.command("list")
def show_list(
    context: typer.Context,
    person: running.AsPerson,
    everybody: Annotated[
        bool, typer.Option("--all", help="Everybody's, for senior reviewers and on-call managers.")
    ] = False,
    done: Annotated[bool, typer.Option("--done", help="Those that are done, the newest first.")] = False,
    as_json: running.AsJson = False,
) -> None:
    """Show tasks, the longest overdue first."""
    with running.app(context) as app:
        found = app.casework.desk.tasks.list(running.acting(app, person), everybody=everybody, done=done)
    if as_json:
        write_json(found)
        return
    table(
        ("task", "done" if done else "due", "for", "case", "what"),
        [
            (
                row.id,
                when(row.done_at) if done else f"{when(row.due_at)}{' (overdue)' if row.overdue else ''}",
                row.for_whom,
                row.case_id,
                row.title,
            )
            for row in found
        ],
        empty="No task is done yet." if done else "No task waits for you.",
    )


@cli.command()
def show(
    context: typer.Context, task: _Task, person: running.AsPerson, as_json: running.AsJson = False
) -> None:
    """Show one task in full."""
    with running.app(context) as app:
        row = app.casework.desk.tasks.show(running.acting(app, person), task)
    if as_json:
        write_json(row)
        return
    fields(
        (
            ("task", row.id),
            ("what", row.title),
            ("for", row.for_whom),
            ("case", row.case_id),
            ("cases", ", ".join(map(str, row.cases)) or None),
            ("since", when(row.created_at)),
            ("due", f"{when(row.due_at)}{' (overdue)' if row.overdue else ''}"),
            ("done", when(row.done_at)),
            ("by", row.done_by or ("nobody: not needed any more" if row.done_at else None)),
            ("outcome", row.outcome),
        )
    )


@cli.command()
def done(
    context: typer.Context,
    task: _Task,
    person: running.AsPerson,
    outcome: Annotated[str, typer.Option(help="What came of it, in your words.")],
) -> None:
    """Say that a task is done, and what came of it."""
    with running.app(context) as app:
        app.casework.desk.tasks.done(running.acting(app, person), task, outcome)
    say(f"Task {task} is done.")


@cli.command()
def reassign(
    context: typer.Context,
    task: _Task,
    person: running.AsPerson,
    to: Annotated[str | None, typer.Option(help="A person: a name in `people list`.")] = None,
    role: Annotated[str | None, typer.Option(help="Or a role: whoever holds it.")] = None,
) -> None:
    """Pass a task on, to a person or to whoever holds a role. No reason is asked."""
    from worker.review.people import find_person

    if (to is None) == (role is None):
        raise typer.BadParameter("name either --to or --role")
    with running.app(context) as app:
        receiver = None if to is None else find_person(app.store, to)
        person_id = None if receiver is None else receiver.id
        actor = running.acting(app, person)
        app.casework.desk.tasks.reassign(actor, task, person_id=person_id, role=role)
    say(f"Task {task} is for {role if receiver is None else receiver.name} now.")
