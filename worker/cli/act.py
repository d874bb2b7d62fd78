"""`upstander act`: what the platforms were asked for, and what came of it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, Any, Literal

import typer

from worker.cli import running
from worker.cli.queue import Case
from worker.cli.show import say, table, when, write_json

if TYPE_CHECKING:
    from worker.bootstrap import App

cli = typer.Typer(no_args_is_help=True, help="What the platforms were asked for, and what came of it.")

_Reason = Annotated[str, typer.Option(help="Why, in your words.")]
_State = Literal["requested", "carried_out", "outside", "refused", "failed"]


@cli.command("list")
def show(
    context: typer.Context,
    person: running.AsPerson,
    state: Annotated[_State | None, typer.Option(help="Only those in this state.")] = None,
    limit: Annotated[int, typer.Option(min=1, max=1000, help="How many at most, the newest first.")] = 50,
    as_json: running.AsJson = False,
) -> None:
    """Show requested actions and what came of each, the newest first."""
    from worker.review.rights import Right, require

    with running.app(context) as app:
        require(app.store, app.clock, running.acting(app, person), Right.VIEW_QUEUE, "requested_action")
        rows = _rows(app, state, limit)
    if as_json:
        write_json(rows)
        return
    names = ("requested_action_id", "case_id", "kind", "state", "requested_by", "requested_at", "outcome")
    table(
        ("action", "case", "what", "state", "asked by", "asked", "what came of it"),
        [tuple(when(row[name]) if name == "requested_at" else row[name] for name in names) for row in rows],
        empty="Nothing was asked for.",
    )


@cli.command()
def hide(context: typer.Context, case: Case, person: running.AsPerson, reason: _Reason) -> None:
    """Ask again for an upheld comment to be hidden, after the first try was refused or failed."""
    _ask(context, case, person, "hide", reason)


@cli.command()
def unhide(context: typer.Context, case: Case, person: running.AsPerson, reason: _Reason) -> None:
    """Ask for a comment to be shown again. Never waits for a second person."""
    _ask(context, case, person, "unhide", reason)


@cli.command()
def undo(context: typer.Context, case: Case, person: running.AsPerson, reason: _Reason) -> None:
    """Ask for the opposite of what was last done to a case's comment."""
    from worker.errors import Conflict

    with running.app(context) as app:
        # Looking at the case is a look like any other: the stage checks the right and records it.
        done = [
            each
            for each in app.review.show(running.acting(app, person), case).actions
            if each.state == "carried_out"
        ]
    if not done:
        raise Conflict(f"Nothing was done to the comment of case {case} yet.", safe="Nothing was asked for.")
    _ask(context, case, person, "unhide" if done[-1].kind == "hide" else "hide", reason)


@cli.command()
def retry(
    context: typer.Context,
    job: Annotated[
        int, typer.Argument(metavar="JOB", help="Number of a stuck job, as `upstander status` says.")
    ],
    person: running.AsPerson,
) -> None:
    """Let the worker try a stuck job again."""
    from worker import outbox
    from worker.ledger import audit
    from worker.review.rights import Right, permitted

    with running.app(context) as app:
        actor, now = running.acting(app, person), app.clock.now()
        with permitted(app.store, app.clock, actor, Right.RETRY_JOBS, "job", job) as session:
            outbox.retry(session, job, now=now)
            audit.record(session, actor, "retried", "job", job, now=now)
    say(f"Job {job} is tried again.")


def _ask(
    context: typer.Context, case: int, person: str, kind: Literal["hide", "unhide"], reason: str
) -> None:
    with running.app(context) as app:
        ask = app.review.request_hide if kind == "hide" else app.review.request_unhide
        number = ask(running.acting(app, person), case, reason)
    say(f"Action {number}: the worker will {kind} the comment of case {case}.")
    say("`upstander act list` shows what came of it.")


def _rows(app: App, state: str | None, limit: int) -> list[dict[str, Any]]:
    from sqlalchemy import func, select

    from worker.store import tables as t

    asked = t.RequestedAction
    columns = select(
        asked.id.label("requested_action_id"),
        asked.case_id,
        asked.kind,
        asked.state,
        t.Person.name.label("requested_by"),
        asked.requested_at,
        func.coalesce(t.Action.outcome, asked.detail).label("outcome"),
        t.Action.snapshot_id,
        t.Action.calls,
        t.Action.verified_at,
    )
    chosen = (
        columns.join(t.Person, t.Person.id == asked.requested_by)
        .outerjoin(t.Action, t.Action.requested_action_id == asked.id)
        .order_by(asked.id.desc())
        .limit(limit)
    )
    if state is not None:
        chosen = chosen.where(asked.state == state)
    with app.store.read() as session:
        return [dict(row) for row in session.execute(chosen).mappings()]
