"""`upstander audit`: who did or saw what, to look at or as a file. Either is itself recorded."""

from __future__ import annotations

import json
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from worker.cli import running
from worker.cli.moments import Moment, in_utc, option
from worker.cli.show import say, table, when, write_json

if TYPE_CHECKING:
    from worker.bootstrap import App
    from worker.review.audit_reading import AuditFilter, AuditRow

cli = typer.Typer(
    no_args_is_help=True,
    help="Who did or saw what. Rows about cases that are kept from you are left out; each look is recorded.",
)

By = Annotated[
    str | None, typer.Option("--by", metavar="PERSON", help="Only what this person did: a name, in full.")
]
What = Annotated[str | None, typer.Option(metavar="WORD", help="Only this, such as viewed or decided.")]
About = Annotated[str | None, typer.Option(metavar="KIND", help="Only about this kind of thing, as case.")]
Number = Annotated[int | None, typer.Option(help="With --about: only about the thing of this number.")]
Since = Annotated[
    Moment | None, option("--since", help="From then on, London time: 2026-11-24, or with a time.")
]
Until = Annotated[Moment | None, option("--until", help="Until then, London time.")]


@cli.command("list")
def list_rows(
    context: typer.Context,
    person: running.AsPerson,
    *,
    by: By = None,
    what: What = None,
    about: About = None,
    number: Number = None,
    since: Since = None,
    until: Until = None,
    before: Annotated[
        int | None, typer.Option(metavar="ROW", help="Go on below the row of this number.")
    ] = None,
    limit: Annotated[int, typer.Option(min=1, max=500, help="At most so many rows.")] = 50,
    as_json: running.AsJson = False,
) -> None:
    """Show what was done and seen, the newest first."""
    with running.app(context) as app:
        wanted = _filter(app, by, what, about, number, since, until)
        page = app.audit_book.search(running.acting(app, person), wanted, before=before, limit=limit)
    if as_json:
        write_json(page)
        return
    table(
        ["row", "time", "who", "from", "what", "about", "facts"],
        [_row(each) for each in page.rows],
        empty="Nothing fits that.",
    )
    if page.before is not None:
        say(f"There are more: go on with --before {page.before}.")


@cli.command()
def export(
    context: typer.Context,
    file: Annotated[Path, typer.Argument(metavar="FILE", help="A new file to write, as audit.csv.")],
    person: running.AsPerson,
    *,
    by: By = None,
    what: What = None,
    about: About = None,
    number: Number = None,
    since: Since = None,
    until: Until = None,
) -> None:
    """Write what was done and seen into a CSV file, harmless to open in a spreadsheet."""
    from worker.errors import Conflict, UpstanderError

    if file.exists():
        raise Conflict(
            f"{file} is there already.", safe="It was left as it is.", do="Name a file that is not there."
        )
    with running.app(context) as app:
        wanted = _filter(app, by, what, about, number, since, until)
        made = app.audit_book.export(running.acting(app, person), wanted)
    try:
        with file.open("xb") as new:
            new.write(made)
    except OSError as error:
        raise UpstanderError(f"{file} cannot be written: {error.strerror}.") from error
    say(f"Written to {file}. It tells who did what: keep it as you keep the audit.")


def _filter(
    app: App,
    by: str | None,
    what: str | None,
    about: str | None,
    number: int | None,
    since: Moment | None,
    until: Moment | None,
) -> AuditFilter:
    from worker.review.audit_reading import AuditFilter
    from worker.review.people import find_person

    return AuditFilter(
        # Also of those who have left.
        person=find_person(app.store, by).id if by else None,
        verb=what,
        object_type=about,
        object_id=number,
        since=in_utc(since, app.clock) if since else None,
        until=in_utc(until, app.clock) if until else None,
    )


def _row(row: AuditRow) -> tuple[object, ...]:
    about = row.object_type if row.object_id is None else f"{row.object_type} {row.object_id}"
    facts = json.dumps(row.detail, ensure_ascii=False, sort_keys=True) if row.detail else None
    return (row.id, when(row.at), row.person or "Upstander", row.source, row.verb, about, facts)
