"""`upstander appeal`: somebody challenges a decision, and a person who had no part in it decides."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING, Annotated, Literal

import typer

from worker.cli import running
from worker.cli.decision_options import with_particulars
from worker.cli.moments import Received, in_utc
from worker.cli.show import fields, say, table, when, write_json
from worker.summary.visible import visible

if TYPE_CHECKING:
    from worker.review.appeal_view import AppealView
    from worker.review.particulars import Particulars

cli = typer.Typer(no_args_is_help=True, help="Challenges to decisions, by authors and by members of staff.")

Appeal = Annotated[int, typer.Argument(metavar="APPEAL", help="Number of the appeal.")]


@cli.command("log")
def log_appeal(
    context: typer.Context,
    case: Annotated[int, typer.Argument(metavar="CASE", help="Number of the case.")],
    *,
    person: running.AsPerson,
    by: Annotated[Literal["author", "staff", "other"], typer.Option(help="Who appeals.")],
    channel: Annotated[
        Literal["email", "letter", "telephone", "in_person", "web_form", "platform", "complaint"],
        typer.Option(help="How it came."),
    ],
    words: Annotated[
        str | None, typer.Option(help="What they say; left out, it is read from standard input.")
    ] = None,
    received: Received = None,
    as_json: running.AsJson = False,
) -> None:
    """Log an appeal against the decision that counts on a case."""
    from worker.review.appeal import NewAppeal

    given = sys.stdin.read() if words is None else words
    with running.app(context) as app:
        came = in_utc(received, app.clock) if received else app.clock.now()
        appeal = NewAppeal(case, by, channel, given, came)
        number = app.casework.appeals.log(running.acting(app, person), appeal)
    if as_json:
        write_json({"appeal_id": number})
        return
    say(f"Appeal {number} is logged. Somebody who did not decide case {case} decides it:")
    say(f'  upstander appeal show {number} --as "THEIR NAME"')


@cli.command("list")
def list_appeals(
    context: typer.Context,
    person: running.AsPerson,
    everything: Annotated[bool, typer.Option("--all", help="Decided and withdrawn ones too.")] = False,
    as_json: running.AsJson = False,
) -> None:
    """Show the appeals that wait for somebody, the soonest due first."""
    with running.app(context) as app:
        lines = app.casework.appeals.list(running.acting(app, person), all_states=everything)
    if as_json:
        write_json(lines)
        return
    table(
        ("appeal", "case", "by", "how", "state", "outcome", "received", "due"),
        [
            (
                line.id,
                line.case_id,
                line.by_whom,
                line.channel,
                _STATES[line.state],
                line.outcome,
                when(line.received_at),
                f"{when(line.due_at)}{' (overdue)' if line.overdue else ''}",
            )
            for line in lines
        ],
        empty="No appeal waits.",
    )


@cli.command()
def show(
    context: typer.Context, appeal: Appeal, person: running.AsPerson, as_json: running.AsJson = False
) -> None:
    """Show an appeal with the words that were judged and the decision on them. The look is recorded."""
    with running.app(context) as app:
        view = app.casework.appeals.show(running.acting(app, person), appeal)
    if as_json:
        write_json(view)
    else:
        _tell(view)


@cli.command()
@with_particulars
def decide(
    context: typer.Context,
    appeal: Appeal,
    outcome: Annotated[
        Literal["upheld", "partly", "dismissed"],
        typer.Argument(help="upheld: the decision is overturned; partly; dismissed: it stands."),
    ],
    *,
    person: running.AsPerson,
    reason: Annotated[str, typer.Option(help="Why, for the record and for the reply.")],
    verdict: Annotated[
        Literal["upheld", "not_upheld", "needs_advice"] | None,
        typer.Option(help="The new decision, where the appeal succeeds."),
    ] = None,
    revision: Annotated[
        int | None, typer.Option(help="The revision that you saw, as `appeal show` says.")
    ] = None,
    category: Annotated[list[str] | None, typer.Option(help="Of the new decision, where it upholds.")] = None,
    severity: Annotated[str | None, typer.Option(help="Of the new decision, where it upholds.")] = None,
    reply: Annotated[str | None, typer.Option(help="A reply's id, as `replies list` shows.")] = None,
    particulars: Particulars,
    break_glass: Annotated[
        str | None,
        typer.Option(help="You decided the case and nobody else can decide this: why. Another reviews it."),
    ] = None,
    as_json: running.AsJson = False,
) -> None:
    """Decide an appeal. Overturning asks in the same step for what was hidden or blocked to be given back."""
    from worker.review.appeal import Answer
    from worker.review.ruling import Ruling

    ruling = None
    if verdict is not None:
        ruling = Ruling(verdict, tuple(category or ()), severity, reason, (), None, particulars=particulars)
    chosen = reply or ("appeal_stands" if outcome == "dismissed" else "appeal_changed")
    judged = Answer(outcome, reason, ruling, revision, chosen, break_glass)
    with running.app(context) as app:
        number = app.casework.appeals.decide(running.acting(app, person), appeal, judged)
    if as_json:
        write_json({"appeal_id": appeal, "outcome": outcome, "decision_id": number})
        return
    say(f"Appeal {appeal} is decided: {outcome}.")
    if number is not None:
        say(f"Decision {number} supersedes the one it challenged; `upstander act list` shows what is undone.")
    if break_glass is not None:
        say("You decided alone: somebody else reviews it within one working day.")
    say(f"A reply to send or post, which Upstander never does by itself: upstander replies show {chosen}")


@cli.command()
def review(context: typer.Context, appeal: Appeal, person: running.AsPerson) -> None:
    """Say that you have looked at an appeal that one person decided alone."""
    with running.app(context) as app:
        app.casework.appeals.review_alone(running.acting(app, person), appeal)
    say(f"Appeal {appeal} is reviewed.")


@cli.command()
def withdraw(
    context: typer.Context,
    appeal: Appeal,
    person: running.AsPerson,
    reason: Annotated[str, typer.Option(help="What the appellant said.")],
) -> None:
    """Note that the appellant took an appeal back."""
    with running.app(context) as app:
        app.casework.appeals.withdraw(running.acting(app, person), appeal, reason)
    say(f"Appeal {appeal} is withdrawn.")


_STATES = {
    "waiting": "waits",
    "decided": "decided",
    "decided_alone": "decided alone, to be reviewed",
    "reviewed": "decided alone, reviewed",
    "withdrawn": "withdrawn",
}


def _tell(view: AppealView) -> None:
    line, challenged = view.line, view.challenged
    categories = f" ({', '.join(challenged.categories)})" if challenged.categories else ""
    gone = "; deleted on the platform, which nothing takes back" if view.deleted else ""
    hidden = {True: "yes", False: "no", None: "the platform does not say"}[view.hidden]
    fields(
        [
            ("appeal", f"{line.id} on case {line.case_id}, {_STATES[line.state]}"),
            ("by", f"{line.by_whom}, {line.channel}, received {when(line.received_at)}"),
            ("logged by", view.logged_by),
            ("due", f"{when(line.due_at)}{' (overdue)' if line.overdue else ''}"),
            (
                "challenges",
                f"decision {challenged.id}: {challenged.verdict}{categories}, {challenged.person}",
            ),
            ("evidence", view.evidence),
            ("hidden", f"{hidden}{gone}"),
            ("not to decide", ", ".join(view.took_part)),
        ]
    )
    say(f"\nThey say:\n{_indented(view.words)}")
    erased = f"(erased {when(view.judged_erased_at)})" if view.judged_erased_at else "(no text)"
    say(f"\nWhat was judged (revision {challenged.revision_id}):\n{_indented(view.judged or erased)}")
    say(f"\nWhy it was decided so:\n{_indented(challenged.reason)}")
    if view.changed:
        which = f"revision {view.revision_id}" if view.own_case is None else f"see case {view.own_case}"
        say(f"\nThe comment now says ({which}):\n{_indented(view.now or '(no text)')}")
        if view.own_case is not None:
            say(f"\nThat has a case of its own. The appeal is decided on revision {view.revision_id}.")
    for decision in view.since:
        say(f"\nSince then: decision {decision.id}, {decision.verdict}\n{_indented(decision.reason)}")
    if view.reason is not None:
        alone = f"\n  Alone, because: {visible(view.break_glass_reason)}" if view.break_glass_reason else ""
        ended = f"{line.outcome or 'withdrawn'} by {view.ended_by}, {when(view.ended_at)}"
        say(f"\nOutcome: {ended}\n{_indented(view.reason)}{alone}")
    if view.reply_template:
        say(f"\nReply: upstander replies show {view.reply_template} --case {line.case_id}")


def _indented(text: str) -> str:
    return "\n".join(f"  {visible(part)}" for part in text.split("\n"))
