"""`upstander ledger`: the append-only tree over the audit: how far it is, whether it is whole, and proofs."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from worker.cli import running
from worker.cli.progress import progress
from worker.cli.show import fields, say, when, write_json

if TYPE_CHECKING:
    from worker.bootstrap import App
    from worker.ledger.checking import Progress, Verification

cli = typer.Typer(
    no_args_is_help=True,
    help="The append-only ledger over the audit: whether it is whole, and proofs from it.",
)

Into = Annotated[
    Path | None, typer.Option("--into", metavar="DIR", help="Write the proof's files into this new folder.")
]


@cli.command()
def show(context: typer.Context, as_json: running.AsJson = False) -> None:
    """Show how far the ledger is, what waits, and what was published where."""
    with running.app(context) as app:
        now = app.ledger.show()
    newest = now.checkpoint
    if as_json:
        write_json(
            {
                "size": now.size,
                "root": now.root,
                "appended_at": now.appended_at,
                "waiting": now.lag.waiting,
                "waiting_since": now.lag.since,
                "checkpoint": newest
                and {"size": newest.size, "root": newest.root, "made_at": newest.made_at},
                "published": {
                    place: {"size": size, "published_at": at} for place, (size, at) in now.published.items()
                },
            }
        )
        return
    waiting = f"{now.lag.waiting} since {when(now.lag.since)}" if now.lag.waiting else "nothing"
    fields(
        [
            ("entries", now.size),
            ("root", now.root),
            ("last appended", when(now.appended_at)),
            ("waiting", waiting),
            ("newest checkpoint", f"{newest.size} entries, {when(newest.made_at)}" if newest else None),
            *(
                (f"published to {place}", f"{size} entries, {when(at)}")
                for place, (size, at) in now.published.items()
            ),
        ]
    )


@cli.command()
def verify(
    context: typer.Context,
    person: running.AsPerson,
    published: Annotated[
        Path | None,
        typer.Option(
            metavar="DIR",
            exists=True,
            file_okay=False,
            help="A folder of published checkpoints; else ledger.publish_dir.",
        ),
    ] = None,
    as_json: running.AsJson = False,
) -> None:
    """Check entries, nodes, checkpoints and published copies. Leaves with 1 if anything is wrong."""
    with running.app(context) as app, progress("Verifying", None) as advance:
        found = check(app, person, published, advance)
    if as_json:
        write_json(as_plain(found))
    else:
        tell(found)
    if not found.ok:
        raise typer.Exit(1)


def check(app: App, person: str, published: Path | None, advance: Progress) -> Verification:
    """Check the whole ledger for somebody who may; the audit keeps what it came to."""
    _allowed(app, person)
    found = app.ledger.verify(published, progress=advance)
    names = sorted({each.name for each in found.findings})
    _note(app, person, "verified", None, {"ok": found.ok, "names": names})
    return found


def tell(found: Verification) -> None:
    """Say what checking the ledger found."""
    for each in found.findings:
        say(f"{each.name}: {each.words}")
    say(
        f"Ledger: {found.entries} entries, {found.checkpoints} checkpoints and {found.published} published"
        f" copies looked at, {found.waiting} audit rows wait; {'all is whole' if found.ok else 'NOT WHOLE'}."
    )


def as_plain(found: Verification) -> dict[str, Any]:
    """What checking the ledger found, for machines."""
    from dataclasses import asdict

    return {"ok": found.ok, **asdict(found)}


@cli.command()
def checkpoint(context: typer.Context, person: running.AsPerson, as_json: running.AsJson = False) -> None:
    """Append what waits and sign the ledger as it is now."""
    with running.app(context) as app:
        _allowed(app, person)
        _note(app, person, "asked for a checkpoint", None, {})
        book = app.ledger
        book.append_now()
        made = book.checkpoint(now=True)
    if as_json:
        write_json(
            made and {"size": made.size, "root": made.root, "made_at": made.made_at, "text": made.text}
        )
    else:
        say(made.text.rstrip() if made else "Nothing is new since the last checkpoint.")


@cli.command()
def publish(context: typer.Context, person: running.AsPerson, as_json: running.AsJson = False) -> None:
    """Hand the newest checkpoint to every place now. Leaves with 1 if one could not be reached."""
    from worker.errors import SettingsError

    with running.app(context) as app:
        _allowed(app, person)
        chosen = app.settings.ledger
        if not (chosen.publish_dir or chosen.publish_to):
            raise SettingsError(
                "No place is set to publish checkpoints to.",
                safe="Nothing was published.",
                do="Name one in ledger.publish_dir or ledger.publish_to.",
            )
        handed, failures = app.ledger.publish(now=True)
    if as_json:
        write_json({"published": handed, "failures": failures})
    else:
        for line in (*(f"published to {place}" for place in handed), *failures):
            say(line)
        if not handed and not failures:
            say("Every place has the newest checkpoint.")
    if failures:
        raise typer.Exit(1)


@cli.command()
def prove(
    context: typer.Context,
    audit_id: Annotated[
        int,
        typer.Argument(metavar="AUDIT_ID", help="Number of the audit row, as `evidence custody` shows it."),
    ],
    person: running.AsPerson,
    into: Into = None,
    as_json: running.AsJson = False,
) -> None:
    """Prove that an audit row is in the ledger. The files say how an outsider checks it."""
    with running.app(context) as app:
        _allowed(app, person)
        proof = app.ledger.proof_of(audit_id)
        _note(app, person, "proved", audit_id, {"size": proof.checkpoint.size})
    _hand_out(proof.files(), into, "inclusion", as_json=as_json)


@cli.command()
def consistency(
    context: typer.Context,
    old: Annotated[int, typer.Argument(metavar="OLD", help="The older size.")],
    new: Annotated[int, typer.Argument(metavar="NEW", help="The newer size.")],
    person: running.AsPerson,
    into: Into = None,
    as_json: running.AsJson = False,
) -> None:
    """Prove that the ledger only grew between two sizes."""
    with running.app(context) as app:
        _allowed(app, person)
        proof = app.ledger.consistency(old, new)
    _hand_out(proof.files(), into, "consistency", as_json=as_json)


def _allowed(app: App, name: str) -> None:
    from worker.review.rights import Right, require

    require(app.store, app.clock, running.acting(app, name), Right.VERIFY_LEDGER, "ledger")


def _note(app: App, name: str, verb: str, audit_id: int | None, detail: Mapping[str, Any]) -> None:
    from worker.ledger import audit

    actor, kind = running.acting(app, name), "ledger" if audit_id is None else "audit"
    with app.store.write() as session:
        audit.record(session, actor, verb, kind, audit_id, now=app.clock.now(), detail=detail)


def _hand_out(files: Mapping[str, bytes], into: Path | None, kind: str, *, as_json: bool) -> None:
    import json

    if into is not None:
        _write(files, into)
    if as_json:
        write_json(json.loads(files[f"{kind}.json"]))
    elif into is None:
        say(files[f"{kind}.txt"].decode().rstrip())
    else:
        say(f"Written to {into}: {', '.join(files)}. how-to-check.txt says how an outsider checks it.")


def _write(files: Mapping[str, bytes], into: Path) -> None:
    from worker.errors import Conflict, UpstanderError

    try:
        into.mkdir(parents=True)
        for name, content in files.items():
            (into / name).write_bytes(content)
    except FileExistsError as error:
        raise Conflict(
            f"{into} is there already.", safe="It was left as it is.", do="Name a folder that is not there."
        ) from error
    except OSError as error:
        raise UpstanderError(f"The proof cannot be written to {into}: {error.strerror}.") from error
