"""`upstander evidence`: what was sealed, and whether it is still whole."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from worker.cli import running
from worker.cli.progress import progress
from worker.cli.queue import Case
from worker.cli.show import fields, say, when, write_json

if TYPE_CHECKING:
    from worker.evidence.survey import Result

cli = typer.Typer(no_args_is_help=True, help="What was sealed as evidence, and whether it is still whole.")


@cli.command()
def show(
    context: typer.Context, case: Case, person: running.AsPerson, as_json: running.AsJson = False
) -> None:
    """Show the snapshots of a case, each looked at byte by byte. Leaves with 1 if one is not whole."""
    with running.app(context) as app:
        views = app.evidence.show(case, running.acting(app, person))
    if as_json:
        write_json(views)
    elif not views:
        say("This case has no snapshot yet.")
    else:
        for view in views:
            fields(
                [
                    (
                        "snapshot",
                        f"{view.id}, {view.kind}, {view.state}, from {view.source or 'nothing yet'}",
                    ),
                    ("of revision", view.revision_id),
                    ("sealed", when(view.sealed_at)),
                    ("bag", view.bag),
                    ("to look at", view.report),
                    ("manifest", view.manifest_sha256),
                    ("whole", "; ".join(view.problems) if view.problems else "yes" if view.bag else None),
                ]
            )
    if any(view.problems for view in views):
        raise typer.Exit(1)


@cli.command()
def verify(
    context: typer.Context,
    case: Annotated[int | None, typer.Argument(metavar="[CASE]", help="Number of the case.")] = None,
    everything: Annotated[
        bool, typer.Option("--all", help="Every snapshot, and folders that belong to none.")
    ] = False,
    bag: Annotated[
        Path | None, typer.Option(help="A bag's folder, here or from elsewhere; needs no database.")
    ] = None,
    person: Annotated[
        str | None, typer.Option("--as", metavar="PERSON", help="Who is acting; not for --bag.")
    ] = None,
    as_json: running.AsJson = False,
) -> None:
    """Look at every byte of sealed evidence. Leaves with 1 if anything is missing, altered or added."""
    if sum((case is not None, everything, bag is not None)) != 1:
        raise typer.BadParameter("name one case, or write --all, or name a folder with --bag")
    if bag is not None:
        _verify_bag(bag, as_json=as_json)
        return
    if person is None:
        raise typer.BadParameter("say who you are", param_hint="--as")
    with running.app(context) as app, progress("Verifying", None) as advance:
        results = app.evidence.verify(case, running.acting(app, person), progress=advance)
    bad = [result for result in results if not result.ok]
    if as_json:
        write_json({"looked_at": len(results), "problems": len(bad), "results": results})
    else:
        for result in bad:
            say(_told(result))
        say(f"{len(results)} looked at, {len(bad)} with problems.")
    if bad:
        raise typer.Exit(1)


def _verify_bag(folder: Path, *, as_json: bool) -> None:
    from worker.evidence.verify import verify_bag

    report = verify_bag(folder)
    if as_json:
        write_json({"bag": report.folder, "ok": report.ok, "checks": report.checks, "hashes": report.hashes})
    else:
        for check in report.checks:
            say(f"{'ok ' if check.ok else 'BAD'}  {check.name}: {check.found}")
    if not report.ok:
        raise typer.Exit(1)


def _told(result: Result) -> str:
    name = f"snapshot {result.snapshot_id} of case {result.case_id}" if result.snapshot_id else result.bag
    return f"{name} ({result.state}): {'; '.join(result.problems)}"
