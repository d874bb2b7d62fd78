"""`upstander subject`: what people ask about themselves, and what is held of them on our own accounts."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Literal

import typer

from worker.cli import running
from worker.cli.moments import Received, in_utc
from worker.cli.show import fields, say, table, tell, when, write_json

cli = typer.Typer(
    no_args_is_help=True,
    help="What people ask about themselves: access, erasure, objection, putting right.",
)

Request = Annotated[int, typer.Argument(metavar="REQUEST", help="Number of the request.")]
Handle = Annotated[str, typer.Argument(help="Their handle, or the platform's id of them.")]
Platform = Annotated[str | None, typer.Option(help="Only on this platform, such as facebook or x.")]


#: What one does with a request that was just logged.
_NEXT = {
    "access": "subject export {request} --into FOLDER",
    "erasure": "subject erase {request}",
    "objection": 'subject close {request} "met|partly|refused" --words "WHAT THEY ARE TOLD"',
    "rectification": 'subject close {request} "met|partly|refused" --words "WHAT THEY ARE TOLD"',
}


@cli.command()
def search(
    context: typer.Context,
    handle: Handle,
    person: running.AsPerson,
    platform: Platform = None,
    as_json: running.AsJson = False,
) -> None:
    """Count what is held of an author. Looks at our own accounts and nowhere else; the search is recorded."""
    with running.app(context) as app:
        found = app.casework.subjects.search(running.acting(app, person), handle, platform)
    if as_json:
        write_json(found)
        return
    if not found:
        say("Nothing is held of anybody of that handle or id.")
    for each in found:
        cases = ", ".join(f"{count} {state.replace('_', ' ')}" for state, count in each.cases.items())
        actions = ", ".join(f"{count} {kind}" for kind, count in each.actions.items())
        fields(
            [
                ("author", f"{each.handle or each.name or '-'} on {each.platform} (id {each.external_id})"),
                ("first seen", when(each.first_seen_at)),
                ("comments", f"{each.comments}, in {each.wordings} wordings, {each.erased} of them erased"),
                ("cases", f"{cases or 'none'}; {each.restricted} restricted, {each.held} under a legal hold"),
                ("decisions", each.decisions),
                ("done", actions or "nothing"),
                ("blocked", "yes, by us" if each.blocked else "not by us"),
                ("appeals", each.appeals),
            ]
        )


@cli.command("log")
def log_request(
    context: typer.Context,
    kind: Annotated[
        Literal["access", "erasure", "objection", "rectification"], typer.Argument(help="What is asked for.")
    ],
    handle: Handle,
    *,
    person: running.AsPerson,
    received: Received = None,
    platform: Platform = None,
    as_json: running.AsJson = False,
) -> None:
    """Log what somebody asked. It is due one calendar month after it was received."""
    with running.app(context) as app:
        actor, stage = running.acting(app, person), app.casework.subjects
        came = in_utc(received, app.clock) if received else app.clock.now()
        number, due_at = stage.log(actor, kind, handle, came, platform)
        obstacles = stage.obstacles(actor, number) if kind == "erasure" else ()
    if as_json:
        write_json({"request_id": number, "due_at": due_at, "kept_because": obstacles})
        return
    where = f"on {platform}" if platform else "on every platform; --platform would name one"
    say(f"Request {number} is logged; answer it by {when(due_at)}. It is about {handle} {where}.")
    say("Next:")
    say(f'  upstander {_NEXT[kind].format(request=number)} --as "{person}"')
    if obstacles:
        say("Not all of it can be erased now:")
        say("\n".join(f"  {each}" for each in obstacles))


@cli.command("list")
def list_requests(
    context: typer.Context,
    person: running.AsPerson,
    closed: Annotated[bool, typer.Option("--all", help="Closed ones too.")] = False,
    as_json: running.AsJson = False,
) -> None:
    """Show the requests that wait for an answer, the soonest due first."""
    with running.app(context) as app:
        lines = app.casework.subjects.list(running.acting(app, person), closed=closed)
    if as_json:
        write_json(lines)
        return
    table(
        ("request", "kind", "of", "received", "due", "clock", "outcome", "refused because"),
        [
            (
                line.id,
                line.kind,
                f"{line.handle}{f' on {line.platform}' if line.platform else ''}",
                when(line.received_at),
                when(line.due_at),
                "overdue" if line.overdue else ("extended" if line.extended else None),
                line.outcome,
                line.refused_because,
            )
            for line in lines
        ],
        empty="No request waits.",
    )


@cli.command()
def extend(
    context: typer.Context,
    request: Request,
    person: running.AsPerson,
    reason: Annotated[str, typer.Option(help="Why, as the person is told within the first month.")],
) -> None:
    """Take up to two months more, where a request is complex or one of many."""
    with running.app(context) as app:
        due_at = app.casework.subjects.extend(running.acting(app, person), request, reason)
    say(f"Request {request} is due by {when(due_at)}. Tell the person so, and why, within the first month.")


@cli.command()
def export(
    context: typer.Context,
    request: Request,
    person: running.AsPerson,
    into: Annotated[Path, typer.Option(help="A folder that is there; a new one is made in it.")],
    as_json: running.AsJson = False,
) -> None:
    """Write the copy for a request for access: their own words, and what was decided and done about them."""
    with running.app(context) as app:
        made = app.casework.subjects.export(running.acting(app, person), request, into)
    if as_json:
        write_json(made)
        return
    say(f"The copy lies in {made.folder}: {', '.join(made.files)}.")
    say(f"It holds {made.comments} comments; {made.replaced} names or numbers of others became letters.")
    say("Left out:")
    say("\n".join(f"  {what}: {why}" for what, why in made.withheld))
    if made.for_officer:
        tell("For you alone: this is left out too, and the copy does not say so. Do not pass it on.")
        say("\n".join(f"  {what}: {why}" for what, why in made.for_officer))
    tell("Read it before you hand it over: no program knows every name. Remove the folder afterwards.")
    say("Sealed evidence goes by `upstander evidence export --for subject-access`, with a second person.")


@cli.command()
def erase(
    context: typer.Context, request: Request, person: running.AsPerson, as_json: running.AsJson = False
) -> None:
    """Erase, for a request for erasure, what the person wrote that never became a case."""
    with running.app(context) as app:
        erased = app.casework.subjects.erase(running.acting(app, person), request)
    if as_json:
        write_json(erased)
        return
    say(f"{erased.comments} comments were erased.")
    if erased.kept:
        say("Kept, because:")
        say("\n".join(f"  {each}" for each in erased.kept))


@cli.command()
def close(
    context: typer.Context,
    request: Request,
    outcome: Annotated[
        Literal["met", "partly", "refused", "nothing_held", "withdrawn"],
        typer.Argument(help="What came of it."),
    ],
    *,
    person: running.AsPerson,
    words: Annotated[str, typer.Option(help="What the person is told.")],
    refused_because: Annotated[
        Literal[
            "legal_hold",
            "public_task",
            "legal_claims",
            "rights_of_others",
            "crime_and_safeguarding",
            "identity_not_shown",
            "manifestly_unfounded",
        ]
        | None,
        typer.Option(help="Needed where it is refused, wholly or partly."),
    ] = None,
) -> None:
    """Close a request with its outcome. What is not so is refused, such as a hold that does not stand."""
    from worker.evidence.subjects.register import Closing

    with running.app(context) as app:
        closing = Closing(outcome, refused_because, words)
        app.casework.subjects.close(running.acting(app, person), request, closing)
    say(f"Request {request} is closed: {outcome.replace('_', ' ')}.")
    if refused_because:
        say(
            "Tell the person why, that they may complain to you and to the Information Commissioner, and how."
        )
