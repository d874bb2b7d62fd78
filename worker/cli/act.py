"""`upstander act`: what the platforms are asked for, and what came of it."""

from __future__ import annotations

from typing import Annotated, Literal

import typer

from worker.cli import block_options, running
from worker.cli.act_text import second_in_words, state_in_words
from worker.cli.queue import Case
from worker.cli.show import say, table, when, write_json

cli = typer.Typer(no_args_is_help=True, help="What the platforms were asked for, and what came of it.")

Reason = Annotated[str, typer.Option(help="Why, in your words.")]
_State = Literal[
    "awaiting_approval",
    "requested",
    "by_hand",
    "carried_out",
    "outside",
    "rehearsed",
    "refused",
    "withdrawn",
    "failed",
]


@cli.command("list")
def show(
    context: typer.Context,
    person: running.AsPerson,
    state: Annotated[_State | None, typer.Option(help="Only those in this state.")] = None,
    limit: Annotated[int, typer.Option(min=1, max=1000, help="How many at most, the newest first.")] = 50,
    as_json: running.AsJson = False,
) -> None:
    """Show requested actions and what came of each, the newest first."""
    from worker.cli.act_rows import action_rows

    with running.app(context) as app:
        rows = action_rows(app, running.acting(app, person), state, limit)
    if as_json:
        write_json(rows)
        return
    table(
        ("action", "case", "what", "state", "asked by", "asked", "second person", "what came of it"),
        [
            (
                row["requested_action_id"],
                row["case_id"],
                row["kind"],
                state_in_words(row["kind"], row["state"], row["report_state"]),
                row["requested_by"],
                when(row["requested_at"]),
                second_in_words(row),
                row["outcome"] or "nothing yet",
            )
            for row in rows
        ],
        empty="Nothing was asked for.",
    )


@cli.command()
def hide(context: typer.Context, case: Case, person: running.AsPerson, reason: Reason) -> None:
    """Ask for an upheld comment to be hidden: where its decision did not, or where a first try failed."""
    _ask(context, case, person, "hide", reason)


@cli.command()
def unhide(context: typer.Context, case: Case, person: running.AsPerson, reason: Reason) -> None:
    """Ask for a comment to be shown again. Never waits for a second person."""
    _ask(context, case, person, "unhide", reason)


@cli.command()
def delete(context: typer.Context, case: Case, person: running.AsPerson, reason: Reason) -> None:
    """Ask for an upheld comment to be deleted. Cannot be undone; a second person approves it first."""
    _ask(context, case, person, "delete", reason)


@cli.command()
def block(
    context: typer.Context,
    case: Case,
    *,
    person: running.AsPerson,
    reason: Reason,
    warned_on: block_options.Warned = None,
    warning: block_options.Warning_ = None,
    no_warning_because: block_options.Unwarned = None,
    review_on: block_options.ReviewOn = None,
) -> None:
    """Ask for the author of an upheld comment to be blocked. A last resort; a second person approves it."""
    with running.app(context) as app:
        terms = block_options.terms_of(app.clock, warned_on, warning, no_warning_because, review_on)
        number = app.review.request(running.acting(app, person), case, "block", reason, terms=terms)
    _tell_asked(number, case, "block")


@cli.command()
def unblock(context: typer.Context, case: Case, person: running.AsPerson, reason: Reason) -> None:
    """Ask for the author of a comment to be let in again. Never waits for a second person."""
    _ask(context, case, person, "unblock", reason)


@cli.command()
def mute(context: typer.Context, case: Case, person: running.AsPerson, reason: Reason) -> None:
    """Ask for the author to be kept out of the account's own view. Everybody else still sees them."""
    _ask(context, case, person, "mute", reason)


@cli.command()
def unmute(context: typer.Context, case: Case, person: running.AsPerson, reason: Reason) -> None:
    """Ask for a muting to be ended."""
    _ask(context, case, person, "unmute", reason)


@cli.command()
def undo(context: typer.Context, case: Case, person: running.AsPerson, reason: Reason) -> None:
    """Ask for the opposite of what was last done about a case."""
    from worker.errors import Conflict
    from worker.review.kinds import OPPOSITES

    with running.app(context) as app:
        # Looking at the case is a look like any other: the stage checks the right and records it.
        done = [
            each
            for each in app.review.show(running.acting(app, person), case).actions
            if each.state in ("carried_out", "outside") and each.kind != "platform_report"
        ]
    if not done:
        raise Conflict(f"Nothing was done about case {case} yet.", safe="Nothing was asked for.")
    opposite = OPPOSITES.get(done[-1].kind)
    if opposite is None:
        raise Conflict(
            f"The comment of case {case} was deleted, and nobody can bring it back.",
            safe="Its evidence is kept. Nothing was asked for.",
        )
    _ask(context, case, person, opposite, reason)


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


def _ask(context: typer.Context, case: int, person: str, kind: str, reason: str) -> None:
    with running.app(context) as app:
        number = app.review.request(running.acting(app, person), case, kind, reason)
    _tell_asked(number, case, kind)


def _tell_asked(number: int, case: int, kind: str) -> None:
    from worker.review.kinds import NEEDS_SECOND, words_of

    if kind not in NEEDS_SECOND:
        say(f"Action {number}: the worker will {words_of(kind)} of case {case}.")
    else:
        say(f"Action {number} waits for a second person: to {words_of(kind)} of case {case}.")
        if kind == "delete":
            say("A deletion cannot be undone. Hiding can: `upstander act hide` does not wait for anybody.")
        say("They approve it as their own user of this computer:")
        say(f'  upstander act approve {number} --as "THEIR NAME"')
    say("`upstander act list` shows what came of it.")
