"""`upstander queue`: the cases that wait for a person."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, Literal

import typer

from worker.cli import block_options, running
from worker.cli.case_text import tell_case, tell_changed, tell_prompts
from worker.cli.decision_options import EXAMPLES, with_particulars
from worker.cli.handin import tell_origin
from worker.cli.next_step import tell_decide
from worker.cli.queue_text import tell_page
from worker.cli.show import say, tell, when, write_json

if TYPE_CHECKING:
    from worker.bootstrap import App
    from worker.ledger.audit import Actor
    from worker.review.particulars import Particulars

cli = typer.Typer(no_args_is_help=True, help="The cases that wait for a person.")

Case = Annotated[int, typer.Argument(metavar="CASE", help="Number of the case.")]
Severity = Literal["routine", "concerning", "serious", "immediate_danger"]


Actions = Annotated[
    list[str] | None,
    typer.Option(
        help="What to ask the platform for: hide, unhide, delete, block, unblock, mute, unmute or"
        " platform_report; repeat it for several."
    ),
]


@cli.command("list")
def show_queue(
    context: typer.Context,
    *,
    person: running.AsPerson,
    platform: Annotated[str | None, typer.Option(help="Only this platform.")] = None,
    account: Annotated[str | None, typer.Option(help="Only this account (handle or number).")] = None,
    severity: Annotated[Severity | None, typer.Option(help="Only this severity.")] = None,
    state: Annotated[
        Literal["open", "needs_advice", "decided"] | None, typer.Option(help="Else open and needs_advice.")
    ] = None,
    category: Annotated[str | None, typer.Option(help="Only cases in which a rule found this.")] = None,
    mine: Annotated[bool, typer.Option("--mine", help="Only cases that you have claimed.")] = False,
    unclaimed: Annotated[
        bool, typer.Option("--unclaimed", help="Only cases that nobody has claimed.")
    ] = False,
    overdue: Annotated[bool, typer.Option("--overdue", help="Only cases past their due time.")] = False,
    restricted: Annotated[
        bool, typer.Option("--restricted", help="Only cases kept for named roles, yours among them.")
    ] = False,
    grouped: Annotated[
        bool,
        typer.Option("--grouped", help="Cases of one group as one line, where the first of them stands."),
    ] = False,
    limit: Annotated[int, typer.Option(min=1, max=1000, help="How many lines at most.")] = 50,
    offset: Annotated[int, typer.Option(min=0, help="How many lines to pass over.")] = 0,
    everything: Annotated[
        bool, typer.Option("--all", help="Routine cases too, while a major incident folds them away.")
    ] = False,
    as_json: running.AsJson = False,
) -> None:
    """Show the queue: the most severe first, then the soonest due."""
    from worker.review.queue import QueueFilter

    with running.app(context) as app:
        actor = running.acting(app, person)
        wanted = QueueFilter(
            platform=platform,
            account_id=None if account is None else app.accounts.find(account).id,
            severity=severity,
            state=state,
            category=category,
            claimed_by=actor.person_id if mine else None,
            unclaimed=unclaimed,
            overdue=overdue,
            restricted=restricted,
        )
        page = app.review.queue(
            actor, wanted, limit=limit, offset=offset, unfolded=everything, grouped=grouped
        )
    if as_json:
        write_json(page)
    else:
        tell_page(page)


@cli.command()
def show(
    context: typer.Context, case: Case, person: running.AsPerson, as_json: running.AsJson = False
) -> None:
    """Show one case with everything about it. The look is recorded."""
    with running.app(context) as app:
        _show(app, running.acting(app, person), case, person, as_json=as_json)


@cli.command("next")
def take_next(context: typer.Context, person: running.AsPerson, as_json: running.AsJson = False) -> None:
    """Take the first case that nobody works on, and show it. Leaves with 1 if there is none."""
    with running.app(context) as app:
        actor = running.acting(app, person)
        held = app.review.claim_next(actor)
        if held is None:
            tell("No case waits that nobody works on.")
            raise typer.Exit(1)
        _show(app, actor, held.case_id, person, as_json=as_json)


@cli.command()
def claim(
    context: typer.Context, case: Case, person: running.AsPerson, as_json: running.AsJson = False
) -> None:
    """Take a case, so that nobody else works on it meanwhile."""
    with running.app(context) as app:
        held = app.review.claim(running.acting(app, person), case)
    if as_json:
        write_json(held)
    else:
        say(f"Case {held.case_id} is yours until {when(held.until)}.")


@cli.command()
def release(context: typer.Context, case: Case, person: running.AsPerson) -> None:
    """Give a case back. No reason is asked."""
    with running.app(context) as app:
        released = app.review.release(running.acting(app, person), case)
    say(f"Case {case} is free." if released else f"You did not have case {case}. Nothing was changed.")


@cli.command(epilog=EXAMPLES)
@with_particulars
def decide(
    context: typer.Context,
    case: Case,
    *,
    person: running.AsPerson,
    revision: Annotated[int, typer.Option(help="The revision that you saw, as `queue show` says.")],
    verdict: Annotated[
        Literal["upheld", "not_upheld", "needs_advice"], typer.Option(help="What you decide.")
    ],
    reason: Annotated[str, typer.Option(help="Why, in your words.")],
    category: Annotated[list[str] | None, typer.Option(help="What it is; repeat it for several.")] = None,
    severity: Annotated[Severity | None, typer.Option(help="How bad it is; needed where upheld.")] = None,
    action: Actions = None,
    warned_on: block_options.Warned = None,
    warning: block_options.Warning_ = None,
    no_warning_because: block_options.Unwarned = None,
    review_on: block_options.ReviewOn = None,
    supersedes: Annotated[int | None, typer.Option(help="The decision that this one corrects.")] = None,
    particulars: Particulars,
    as_json: running.AsJson = False,
) -> None:
    """Decide on the words that you saw. If they have changed since, nothing is decided and that is shown."""
    from worker.review.errors import RevisionChanged

    with running.app(context) as app:
        try:
            number = app.review.decide(
                running.acting(app, person),
                case,
                revision,
                verdict,
                reason=reason,
                categories=tuple(category or ()),
                severity=severity,
                actions=tuple(action or ()),
                terms=block_options.terms_of(app.clock, warned_on, warning, no_warning_because, review_on),
                particulars=particulars,
                supersedes=supersedes,
            )
        except RevisionChanged as changed:
            tell_changed(changed)
            raise
        prompts = app.casework.file.prompts(particulars.answers)
        offence = particulars.may_be_offence in ("yes", "unsure")
        law = app.casework.file.law_on(category or ()) if offence else ()
    if as_json:
        write_json({"decision_id": number})
        return
    say(f"Decision {number} on case {case}: {verdict}.")
    for prompt in prompts:
        say(prompt)
    for kind in action or ():
        _tell_asked(kind)
    if law:
        tell_prompts(law, f'upstander queue questions {case} --as "{person}"')


def _tell_asked(kind: str) -> None:
    from worker.review.kinds import NEEDS_SECOND, words_of

    if kind == "platform_report":
        say("The worker prepares a packet to report with; `upstander report list` shows it.")
    elif kind in NEEDS_SECOND:
        say(f"A second person has to approve it: to {words_of(kind)}. See `upstander act list`.")
    else:
        say(f"The worker will {words_of(kind)}; `upstander act list` shows what came of it.")


def _show(app: App, actor: Actor, case: int, person: str, *, as_json: bool) -> None:
    view = app.review.show(actor, case)
    if as_json:
        write_json(view)
        return
    tell_case(view)
    if view.platform == "handed_in":
        tell_origin(app, actor, case)
    tell_decide(view, person)
