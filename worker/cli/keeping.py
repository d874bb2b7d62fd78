"""What becomes of sealed evidence: `upstander evidence custody|hold|release|holds|retention`."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated

import typer

from worker.cli import running
from worker.cli.plain import PlainGroup
from worker.cli.queue import Case
from worker.cli.show import say, table, when, write_json

if TYPE_CHECKING:
    from worker.evidence.keeping.timeline import Event

retention = typer.Typer(
    cls=PlainGroup, no_args_is_help=True, help="What has come to the end of its time, and what becomes of it."
)

_Reason = Annotated[str, typer.Option(help="Why, in your words.")]


def custody(
    context: typer.Context, case: Case, person: running.AsPerson, as_json: running.AsJson = False
) -> None:
    """Show everything that happened to the evidence of a case. Looking leaves a trace of its own."""
    with running.app(context) as app:
        events = app.keeping.timeline(case, running.acting(app, person))
        copies = app.copies.told(case)
    if as_json:
        write_json([_as_json(event) for event in events])
        return
    table(
        ("when (UTC)", "in London", "who", "what", "from", "audit row"),
        [
            (
                f"{each.at:%Y-%m-%d %H:%M:%S}",
                when(each.at),
                each.who or "Upstander",
                f"{each.what}: {each.facts}" if each.facts else each.what,
                each.source,
                each.audit_id,
            )
            for each in events
        ],
        empty="Nothing happened yet.",
    )
    for snapshot, words in copies.items():
        say(f"Copy of snapshot {snapshot} elsewhere: {words}.")


def hold(context: typer.Context, case: Case, person: running.AsPerson, reason: _Reason) -> None:
    """Place a legal hold on a case: nothing of it is destroyed until it is released."""
    with running.app(context) as app:
        app.keeping.hold(case, running.acting(app, person), reason)
    say(f"Case {case} is held. Nothing of it is destroyed until somebody releases it.")


def release(context: typer.Context, case: Case, person: running.AsPerson, reason: _Reason) -> None:
    """Release the legal hold on a case."""
    with running.app(context) as app:
        app.keeping.release(case, running.acting(app, person), reason)
    say(f"Case {case} is not held any more.")


def holds(context: typer.Context, person: running.AsPerson, as_json: running.AsJson = False) -> None:
    """Show the legal holds that stand."""
    with running.app(context) as app:
        standing = app.keeping.holds(running.acting(app, person))
    if as_json:
        write_json(standing)
        return
    table(
        ("case", "since", "placed by", "why"),
        [(each.case_id, when(each.placed_at), each.placed_by, each.reason) for each in standing],
        empty="No case is held.",
    )


@retention.command("list")
def show(context: typer.Context, person: running.AsPerson, as_json: running.AsJson = False) -> None:
    """Show the cases whose time is up, and what still stands in the way."""
    with running.app(context) as app:
        waiting = app.keeping.waiting(running.acting(app, person))
    if as_json:
        write_json(waiting)
        return
    table(
        ("case", "with", "kept as", "due", "state", "agreed by", "in the way"),
        [
            (
                each.case_id,
                ", ".join(map(str, each.together_with)) or None,
                each.retention_class.replace("_", " "),
                when(each.due_at),
                each.state,
                each.agreed_by,
                "; ".join(each.obstacles) or None,
            )
            for each in waiting
        ],
        empty="Nothing has come to the end of its time.",
    )


@retention.command()
def approve(context: typer.Context, case: Case, person: running.AsPerson, reason: _Reason) -> None:
    """Approve that the evidence of a case, whose time is up, is destroyed. It cannot be undone."""
    with running.app(context) as app:
        approved = app.keeping.approve(case, running.acting(app, person), reason)
    if approved.second_needed:
        say(f"You agree that what is kept of {_named(approved.cases)} is destroyed. It is restricted:")
        say("nothing is destroyed before another person approves that too.")
        return
    say(f"The worker will destroy what is kept of {_named(approved.cases)}. A row that says so stays.")


@retention.command()
def keep(context: typer.Context, case: Case, person: running.AsPerson, reason: _Reason) -> None:
    """Keep a case beyond its time; it is proposed again after a while."""
    with running.app(context) as app:
        cases = app.keeping.keep(case, running.acting(app, person), reason)
    say(f"What is kept of {_named(cases)} stays.")


@retention.command("go-on")
def go_on(context: typer.Context, person: running.AsPerson) -> None:
    """Say that this machine's clock is right, after it was off or was set: retention waits no longer."""
    with running.app(context) as app:
        app.keeping.go_on(running.acting(app, person))
        now = app.clock.now()
    say(f"It is {when(now)} by this machine's clock. Retention goes on now.")


@retention.command("scrub")
def scrub_now(context: typer.Context, person: running.AsPerson) -> None:
    """Rebuild the database's files, so that what was erased cannot be read from them. Writers wait meanwhile.

    On PostgreSQL it signs in with database_owner_url.
    """
    from worker.store.session import make_engine

    with running.app(context) as app:
        owner = app.settings.database_owner_url
        engine = app.store.engine if owner is None else make_engine(owner.get_secret_value())
        try:
            app.keeping.scrub_now(running.acting(app, person), engine)
        finally:
            if engine is not app.store.engine:
                engine.dispose()
    say("Done. What older backups of the database hold stays in them.")


def hang_in(evidence: typer.Typer) -> None:
    """Add these commands to `upstander evidence`."""
    for command in (custody, hold, release, holds):
        evidence.command()(command)
    evidence.add_typer(retention, name="retention")


def _named(cases: tuple[int, ...]) -> str:
    numbers = ", ".join(map(str, cases))
    return f"case {numbers}" if len(cases) == 1 else f"cases {numbers}, which are about the same comment,"


def _as_json(event: Event) -> dict[str, object]:
    from dataclasses import asdict

    return {**asdict(event), "in_london": when(event.at)}
