"""`upstander summary`: the weekly incident summary, to look at or to send."""

from __future__ import annotations

from typing import Annotated, Literal

import typer

from worker.cli import running
from worker.cli.show import say


def summary(
    context: typer.Context,
    week: Annotated[
        str | None, typer.Option(help='ISO week such as "2026-W46"; else the newest that is over.')
    ] = None,
    form: Annotated[
        Literal["text", "html", "json"], typer.Option("--format", help="How to write it.")
    ] = "text",
    send: Annotated[bool, typer.Option("--send", help="Send it to the communications leads.")] = False,
    person: Annotated[
        str | None, typer.Option("--as", metavar="PERSON", help="Who is acting; needed to send.")
    ] = None,
) -> None:
    """Show the summary of a week, or send it. It holds no verbatim abuse, no names and no handles."""
    from worker.summary.weeks import Week

    if send and person is None:
        raise typer.BadParameter("say who you are", param_hint="--as")
    with running.app(context) as app:
        chosen = week or Week.ended_before(app.clock.now()).name
        if send and person is not None:
            app.summaries.send(chosen, lambda _session: None, by=running.acting(app, person))
            say(f"The summary of {chosen} is sent.")
        else:
            say(app.summaries.render(chosen, form).rstrip("\n"))
