"""`upstander replies`: what a person may post under a comment. Upstander never posts a reply by itself."""

from __future__ import annotations

from typing import Annotated

import typer

from worker.cli import running
from worker.cli.queue import Case
from worker.cli.show import say, table, tell, write_json

cli = typer.Typer(no_args_is_help=True, help="Replies for a person to post; nothing is posted by itself.")

Template = Annotated[str, typer.Argument(metavar="ID", help="The reply, as `replies list` says.")]
_Reason = Annotated[
    str | None, typer.Option(help="Only those for this: a category, or hidden, warning, welfare...")
]


@cli.command("list")
def show_all(
    context: typer.Context,
    person: running.AsPerson,
    reason: _Reason = None,
    as_json: running.AsJson = False,
) -> None:
    """Show the replies that may be used now: before an election only the neutral ones."""
    with running.app(context) as app:
        found = app.reporting.replies.listing(running.acting(app, person), reason)
    if as_json:
        write_json(found)
        return
    table(
        ("id", "for", "reasons", "neutral"),
        [(each.id, each.title, ", ".join(each.reasons), "yes" if each.neutral else "no") for each in found],
        empty="No reply fits that.",
    )


@cli.command()
def show(
    context: typer.Context,
    template: Template,
    case: Annotated[int, typer.Option(help="Number of the case that it is for.")],
    person: running.AsPerson,
    as_json: running.AsJson = False,
) -> None:
    """Show a reply, filled, for you to post in the platform's own app. That it was shown is recorded."""
    with running.app(context) as app:
        reply = app.reporting.replies.show(running.acting(app, person), template, case)
    if as_json:
        write_json(reply)
        return
    say(reply.words)
    tell(f"Post it yourself, if it fits. Then: upstander replies posted {case} {reply.template}")


@cli.command()
def posted(
    context: typer.Context,
    case: Case,
    template: Template,
    person: running.AsPerson,
    address: Annotated[str | None, typer.Option(help="The address of your reply.")] = None,
) -> None:
    """Say that you posted a reply."""
    with running.app(context) as app:
        app.reporting.replies.posted(running.acting(app, person), case, template, address)
    say(f"Noted on case {case}: you posted the reply {template}.")
