"""`upstander search`: comments and cases by what they say, who wrote them, and what was found and decided."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, Literal

import typer

from worker.cli import running
from worker.cli.moments import Moment, in_utc, option
from worker.cli.show import say, table, when, write_json

if TYPE_CHECKING:
    from datetime import date

    from worker.clock import Clock
    from worker.review.search.results import SearchPage, SearchRow

_State = Literal["open", "needs_advice", "decided", "routed", "closed"]
_Severity = Literal["routine", "concerning", "serious", "immediate_danger"]


def search(
    context: typer.Context,
    words: Annotated[
        list[str] | None,
        typer.Argument(
            help="Words that must all be there. nurs* is any word that begins so; '\"car park\"' with both"
            " kinds of quotes is a phrase."
        ),
    ] = None,
    *,
    person: running.AsPerson,
    handle: Annotated[
        str | None, typer.Option(help="Only this author: a handle, or how it begins such as some*.")
    ] = None,
    rule: Annotated[str | None, typer.Option(help="Only what this rule found something in.")] = None,
    category: Annotated[
        str | None, typer.Option(help="Only what a rule or a decision put into this category.")
    ] = None,
    platform: Annotated[str | None, typer.Option(help="Only this platform.")] = None,
    since: Annotated[
        Moment | None,
        option("--from", word="DAY", help="Only what was first seen on this day or later."),
    ] = None,
    until: Annotated[
        Moment | None, option("--to", word="DAY", help="Only what was first seen on this day or earlier.")
    ] = None,
    state: Annotated[_State | None, typer.Option(help="Only cases in this state.")] = None,
    severity: Annotated[_Severity | None, typer.Option(help="Only this severity.")] = None,
    decided: Annotated[
        bool | None, typer.Option("--decided/--undecided", help="Only cases with or without a decision.")
    ] = None,
    limit: Annotated[int, typer.Option(min=1, max=200, help="How many at most.")] = 50,
    before: Annotated[
        int | None, typer.Option(metavar="REVISION", help="Go on behind this one, as the page before says.")
    ] = None,
    as_json: running.AsJson = False,
) -> None:
    """Search comments and cases, the newest first. The search is recorded, without what was typed."""
    from worker.review.search.wanted import SearchFilter

    with running.app(context) as app:
        wanted = SearchFilter(
            words=" ".join(words) if words else None,
            handle=handle,
            rule_id=rule,
            category=category,
            platform=platform,
            state=state,
            severity=severity,
            since=_day(since, app.clock),
            until=_day(until, app.clock),
            decided=decided,
        )
        page = app.casework.search.find(running.acting(app, person), wanted, limit=limit, before=before)
    if as_json:
        write_json(page)
    else:
        _tell(page)


def _day(typed: Moment | None, clock: Clock) -> date | None:
    from worker.clock import LONDON

    return None if typed is None else in_utc(typed, clock).astimezone(LONDON).date()


def _tell(page: SearchPage) -> None:
    table(
        ("case", "revision", "seen", "platform", "author", "severity", "state", "found", "words"),
        [
            (
                row.case_id,
                row.revision_id,
                when(row.seen_at),
                row.platform,
                row.author or "not known",
                row.severity,
                _state(row),
                ", ".join(row.categories) or "by no rule",
                _words(row),
            )
            for row in page.rows
        ],
        empty="Nothing is like that.",
    )
    if page.total:
        say(f"{len(page.rows)} shown of {page.total}.")
    if page.next_before is not None:
        say(f"The next ones: the same search with --before {page.next_before}")


def _state(row: SearchRow) -> str:
    if row.state is None:
        return "no case"
    about = "" if row.case_revision_id == row.revision_id else " on another wording"
    return row.state.replace("_", " ") + about


def _words(row: SearchRow) -> str:
    if row.snippet is None:
        return "shown on opening it"
    return "".join(segment.text for segment in row.snippet) or "(no words)"
