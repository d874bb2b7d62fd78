"""`upstander report`: reports to the platforms, which a person files in the platform's own app."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Literal

import typer

from worker.cli import moments, running
from worker.cli.moments import in_utc
from worker.cli.queue import Case
from worker.cli.report_text import tell_packet
from worker.cli.show import say, table, when, write_json
from worker.errors import NotAllowed

cli = typer.Typer(no_args_is_help=True, help="Reports to the platforms: prepared here, filed by a person.")

Report = Annotated[int, typer.Argument(metavar="REPORT", help="Number of the report, as `report list` says.")]
_Reason = Annotated[str, typer.Option(help="Why, in your words.")]
_When = Annotated[
    moments.Moment | None,
    moments.option(help='When it was filed, such as "2026-11-24 14:30" or "today 14:30", London time.'),
]
_LISTED = "`upstander report list` shows what was reported, to whoever may see the cases."
_State = Literal["prepared", "filed", "no_answer", "removed", "kept", "withdrawn", "closed"]


@cli.command()
def ask(
    context: typer.Context,
    case: Case,
    person: running.AsPerson,
    reason: Annotated[str, typer.Option(help="Why, where the decision's own reason does not say it.")] = "",
) -> None:
    """Ask for a report on an upheld case. The worker prepares its packet once the evidence is sealed."""
    with running.app(context) as app:
        number = app.reporting.reports.ask(running.acting(app, person), case, reason)
    say(f"Action {number}: the worker prepares a report on case {case} for a person to file.")
    say("`upstander report list` shows it within seconds; `upstander act list` says if it was refused.")


@cli.command("list")
def show_all(
    context: typer.Context,
    person: running.AsPerson,
    state: Annotated[_State | None, typer.Option(help="Only those in this state.")] = None,
    as_json: running.AsJson = False,
) -> None:
    """Show the reports on the cases that you may see, the newest first."""
    with running.app(context) as app:
        rows = app.reporting.reports.listing(running.acting(app, person), state)
    if as_json:
        write_json(rows)
        return
    table(
        ("report", "case", "platform", "reason to choose", "state", "prepared", "filed", "reference", "gone"),
        [
            (
                row.report_id,
                row.case_id,
                row.platform,
                row.reason,
                row.state,
                when(row.prepared_at),
                when(row.filed_at),
                row.reference,
                "yes" if row.gone_at else None,
            )
            for row in rows
        ],
        empty="No report is like that." if state else "Nothing was reported to a platform.",
    )


@cli.command()
def show(
    context: typer.Context, report: Report, person: running.AsPerson, as_json: running.AsJson = False
) -> None:
    """Show a report's packet: everything that the platform's form asks for. The look is recorded."""
    with running.app(context) as app:
        try:
            packet = app.reporting.packets.show(running.acting(app, person), report)
        except NotAllowed as refused:
            # Not everybody who follows what was reported files it.
            raise NotAllowed(refused.happened, safe=refused.safe, do=f"{refused.do} {_LISTED}") from refused
    if as_json:
        write_json(packet)
    else:
        tell_packet(packet)


@cli.command("file")
def file_it(
    context: typer.Context,
    report: Report,
    *,
    person: running.AsPerson,
    at: _When = None,
    reference: Annotated[
        str | None, typer.Option(help="The platform's number for it, if it gave one.")
    ] = None,
    screenshot: Annotated[
        Path | None,
        typer.Option(exists=True, dir_okay=False, help="Your screenshot of the confirmation; it is sealed."),
    ] = None,
    note: Annotated[
        str | None, typer.Option(help="How the platform confirmed it, where it gave neither of both.")
    ] = None,
) -> None:
    """Say that you filed a report in the platform's own app. Once: `report correct` adds what was wrong."""
    from worker.review.reports import Filing

    with running.app(context) as app:
        actor = running.acting(app, person)
        filing = Filing(in_utc(at, app.clock) if at else app.clock.now(), reference, note=note)
        if screenshot is None:
            app.reporting.confirmed.file(actor, report, filing)
        else:
            with screenshot.open("rb") as opened:
                filing = app.reporting.confirmed.file(actor, report, filing, (screenshot.name, opened))
    say(f"Report {report} is filed. A task comes up when it is time to look for the platform's answer.")
    if filing.screenshot_id is not None:
        say(f"The worker seals your screenshot as snapshot {filing.screenshot_id}.")


@cli.command()
def correct(
    context: typer.Context,
    report: Report,
    person: running.AsPerson,
    reason: _Reason,
    at: _When = None,
    reference: Annotated[str | None, typer.Option(help="The platform's number for it.")] = None,
) -> None:
    """Add what was noted wrongly about a filing. What was noted first is kept beside it."""
    with running.app(context) as app:
        app.reporting.reports.correct(
            running.acting(app, person),
            report,
            reason,
            at=in_utc(at, app.clock) if at else None,
            reference=reference,
        )
    say(f"Noted. What was noted first about report {report} is kept.")


@cli.command()
def outcome(
    context: typer.Context,
    report: Report,
    what: Annotated[
        Literal["removed", "kept", "no_answer"],
        typer.Argument(metavar="OUTCOME", help="removed, kept or no_answer."),
    ],
    person: running.AsPerson,
) -> None:
    """Say what came of a report: the platform removed the comment, keeps it, or has not answered."""
    with running.app(context) as app:
        app.reporting.reports.note_outcome(running.acting(app, person), report, what)
    say(f"Report {report}: {what.replace('_', ' ')}.")
    if what == "no_answer":
        say(f"You are reminded again in a week. `upstander report close {report}` ends that.")


@cli.command()
def withdraw(context: typer.Context, report: Report, person: running.AsPerson, reason: _Reason) -> None:
    """End a report that is not wanted: before it was filed, or once you told the platform so."""
    with running.app(context) as app:
        app.reporting.reports.withdraw(running.acting(app, person), report, reason)
    say(f"Report {report} is withdrawn.")


@cli.command()
def close(context: typer.Context, report: Report, person: running.AsPerson, reason: _Reason) -> None:
    """End a report that has an outcome: nobody is reminded of it any more."""
    with running.app(context) as app:
        app.reporting.reports.close(running.acting(app, person), report, reason)
    say(f"Report {report} is closed.")
