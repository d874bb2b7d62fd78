"""`upstander datix`: a case in the words of the Trust's own Datix, to be copied there by a person."""

from __future__ import annotations

import csv
import io
import sys
from typing import TYPE_CHECKING, Annotated

import typer

from worker.cli import running
from worker.cli.queue import Case
from worker.cli.show import fields, say, when, write_json
from worker.summary.visible import visible

if TYPE_CHECKING:
    from worker.review.datix import DatixRecord

cli = typer.Typer(
    no_args_is_help=True,
    help="A case in the words of your own Datix. Upstander files nothing there, and harm to patients (LFPSE)"
    " stays out.",
)

_WithWords = Annotated[
    bool, typer.Option("--with-words", help="Also what the comment says. That you asked for it is recorded.")
]
#: A spreadsheet takes what begins so for a formula.
_FORMULA = ("=", "+", "-", "@", "\t", "\r")


@cli.command()
def show(
    context: typer.Context,
    case: Case,
    person: running.AsPerson,
    with_words: _WithWords = False,
    as_json: running.AsJson = False,
) -> None:
    """Show a case as text to copy into Datix. The look is recorded."""
    with running.app(context) as app:
        (record,) = app.casework.desk.datix.records(
            running.acting(app, person), [case], with_words=with_words
        )
    if as_json:
        write_json(record)
        return
    fields(_pairs(record))
    say("Write who was targeted, and the grading, in Datix yourself: Upstander keeps neither.")


@cli.command("csv")
def show_csv(
    context: typer.Context,
    cases: Annotated[list[int], typer.Argument(metavar="CASE...", help="Numbers of the cases.")],
    person: running.AsPerson,
    with_words: _WithWords = False,
) -> None:
    """Write cases as CSV to standard output, harmless to open in a spreadsheet. The look is recorded."""
    with running.app(context) as app:
        records = app.casework.desk.datix.records(running.acting(app, person), cases, with_words=with_words)
    # The mark at the beginning tells a spreadsheet that this is UTF-8.
    sys.stdout.write("\ufeff" + as_csv(records))


@cli.command()
def note(
    context: typer.Context,
    case: Case,
    reference: Annotated[str, typer.Argument(metavar="REFERENCE", help="Its number in Datix.")],
    person: running.AsPerson,
) -> None:
    """Note the reference that a case got in Datix."""
    with running.app(context) as app:
        app.casework.desk.datix.note(running.acting(app, person), case, reference)
    say(f"Case {case} is {reference.strip()} in Datix.")


def as_csv(records: tuple[DatixRecord, ...]) -> str:
    """Records as CSV: one line each under one of headings, no cell that a spreadsheet takes for a formula."""
    text = io.StringIO()
    writer = csv.writer(text, lineterminator="\r\n")
    rows = [_pairs(record) for record in records]
    writer.writerow([name for name, _ in rows[0]])
    for row in rows:
        writer.writerow([_harmless("" if value is None else str(value)) for _, value in row])
    return text.getvalue()


def _harmless(cell: str) -> str:
    cell = visible(cell, lines=True)
    return f"'{cell}" if cell.startswith(_FORMULA) else cell


def _pairs(record: DatixRecord) -> list[tuple[str, object]]:
    """A record under the names that an incident form has."""
    labels = record.labels
    pairs: list[tuple[str, object]] = [
        ("Type", labels.type),
        ("Category", labels.category),
        ("Sub-category", labels.sub_category),
        ("Severity (Datix)", labels.severity),
        ("Location", labels.location),
        ("Date and time of incident", when(record.posted_at or record.seen_at)),
        ("Where", f"{record.platform}, our account {record.account}"),
        ("What (Upstander)", ", ".join(record.categories).replace("_", " ")),
        ("Urgency in Upstander (not a grading)", record.severity.replace("_", " ")),
        ("Who was targeted", (record.target or "not said").replace("_", " ")),
        ("Judged by a person on", when(record.decided_at)),
        ("Sealed evidence (snapshots)", record.evidence),
        ("Asked of the platform", "; ".join(record.actions) or "nothing"),
        ("Referred to", ", ".join(record.referrals).replace("_", " ") or "nobody"),
        ("Offers of support to staff", record.support_offers),
        ("Upstander case", record.case_id),
        ("Cases decided together", record.together),
        ("Datix reference", record.reference),
    ]
    if record.words is not None:
        pairs.append(("Words of the comment", record.words))
    return pairs
