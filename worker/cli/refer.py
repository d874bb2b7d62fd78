"""`upstander refer`: hand a case over to a person or body, and follow what becomes of it."""

from __future__ import annotations

from typing import Annotated, Literal

import typer

from worker.cli import refer_options as option
from worker.cli import running
from worker.cli.case_text import tell_checklist
from worker.cli.moments import in_utc
from worker.cli.queue import Case
from worker.cli.refer_text import tell_made, tell_referral, whom
from worker.cli.show import say, table, when, write_json

cli = typer.Typer(
    no_args_is_help=True,
    help="Hand a case over to the police, safeguarding, HR and others. In danger, call 999 first.",
)


@cli.command()
def make(
    context: typer.Context,
    case: Case,
    *,
    person: running.AsPerson,
    to: option.To,
    reason: option.Why,
    recipient: option.Recipient = None,
    colleague: option.Colleague = None,
    sees: option.Sees = None,
    acknowledged: option.Acknowledged = None,
    reference: option.Reference = None,
    notice: option.Notice = None,
    export: option.Export = None,
    handed_to: option.HandedTo = None,
    how: option.How = "in person",
    as_json: running.AsJson = False,
) -> None:
    """Hand a case over. Nobody has to approve it; a call to 999 or 101 never waits, not even for this."""
    from worker.review.people import find_person
    from worker.review.referral_words import Handed, NewReferral

    with running.app(context) as app:
        desk, actor = app.casework.desk, running.acting(app, person)
        whom = recipient or colleague or desk.referrals.guide().kinds[to].title
        new = NewReferral(
            kind=to,
            recipient=whom,
            reason=reason,
            person_id=None if colleague is None else find_person(app.store, colleague).id,
            sees=None if sees is None else [each for each in sees if each != "nothing"],
            acknowledged=acknowledged,
            reference=reference,
            notice_at=None if notice is None else in_utc(notice, app.clock),
            handed=None if export is None else Handed(export, handed_to or whom, how),
        )
        view = desk.referred.show(actor, desk.referrals.make(actor, case, new))
        # After the referral is made: no list holds up a call to the police.
        items = app.casework.file.checklist(actor, case) if to.startswith("police") else ()
    if as_json:
        write_json(view)
    else:
        tell_made(view)
        tell_checklist(items)


@cli.command("list")
def show_list(
    context: typer.Context,
    person: running.AsPerson,
    case: Annotated[int | None, typer.Option(help="Only those of this case.")] = None,
    state: Annotated[
        Literal["made", "acknowledged", "closed", "withdrawn"] | None,
        typer.Option(help="Only in this state."),
    ] = None,
    overdue: Annotated[bool, typer.Option("--overdue", help="Only those not acknowledged in time.")] = False,
    as_json: running.AsJson = False,
) -> None:
    """Show the referrals that you made or received, or may refer: the soonest due first."""
    with running.app(context) as app:
        actor = running.acting(app, person)
        found = app.casework.desk.referred.list(actor, case_id=case, state=state, overdue=overdue)
    if as_json:
        write_json(found)
        return
    table(
        ("referral", "case", "to", "state", "acknowledge by", "reminded", "reference"),
        [
            (
                row.id,
                row.case_id,
                whom(row),
                row.state,
                f"{when(row.due_at)}{' (overdue)' if row.overdue else ''}",
                row.chases,
                row.reference,
            )
            for row in found
        ],
        empty="No referral is like that, or none that is yours to read.",
    )


@cli.command()
def show(
    context: typer.Context,
    referral: option.Referral,
    person: running.AsPerson,
    as_json: running.AsJson = False,
) -> None:
    """Show one referral, with exactly what its recipient may see. The look is recorded."""
    with running.app(context) as app:
        view = app.casework.desk.referred.show(running.acting(app, person), referral)
    if as_json:
        write_json(view)
    else:
        tell_referral(view)


@cli.command()
def acknowledge(
    context: typer.Context,
    referral: option.Referral,
    person: running.AsPerson,
    note: Annotated[str, typer.Option(help="Who said so and what, or your own answer.")],
    reference: option.Reference = None,
) -> None:
    """Note that they have it: the recipient says so, or whoever asked them."""
    with running.app(context) as app:
        app.casework.desk.referrals.acknowledge(
            running.acting(app, person), referral, note, reference=reference
        )
    say(f"Referral {referral} is acknowledged.")


@cli.command()
def chase(
    context: typer.Context,
    referral: option.Referral,
    person: running.AsPerson,
    note: Annotated[str, typer.Option(help="How you reminded them, and what they said.")],
) -> None:
    """Note that you reminded them. The referral stays as it is."""
    with running.app(context) as app:
        times = app.casework.desk.referrals.chase(running.acting(app, person), referral, note)
    say(f"Referral {referral}: reminded {times} time{'' if times == 1 else 's'}.")


@cli.command()
def close(
    context: typer.Context,
    referral: option.Referral,
    person: running.AsPerson,
    outcome: Annotated[str, typer.Option(help="What came of it.")],
    reference: option.Reference = None,
) -> None:
    """Note what came of it. Discipline and its outcome stay with HR: do not write them here."""
    with running.app(context) as app:
        app.casework.desk.referrals.close(running.acting(app, person), referral, outcome, reference=reference)
    say(f"Referral {referral} is closed.")


@cli.command()
def withdraw(
    context: typer.Context,
    referral: option.Referral,
    person: running.AsPerson,
    reason: Annotated[str, typer.Option(help="Why you take it back.")],
) -> None:
    """Take a referral back. From now on the recipient sees nothing of it."""
    with running.app(context) as app:
        app.casework.desk.referrals.withdraw(running.acting(app, person), referral, reason)
    say(f"Referral {referral} is withdrawn.")


@cli.command("hand-over")
def hand_over(
    context: typer.Context,
    referral: option.Referral,
    person: running.AsPerson,
    export: Annotated[int, typer.Option(help="The export whose file was handed over.")],
    handed_to: Annotated[str, typer.Option(help="Who took the files, such as an officer's number.")],
    how: option.How = "in person",
) -> None:
    """Log that the file of an export was handed over with a referral."""
    from worker.review.referral_words import Handed

    with running.app(context) as app:
        actor = running.acting(app, person)
        app.casework.desk.referrals.handed_over(actor, referral, Handed(export, handed_to, how))
    say(f"Export {export} was handed over with referral {referral}.")


@cli.command()
def considered(
    context: typer.Context,
    case: Case,
    person: running.AsPerson,
    reason: Annotated[str, typer.Option(help="Why it is not referred.")],
    to: Annotated[option.Kind, typer.Option(help="To whom it could have gone.")] = "police_101",
) -> None:
    """Note that a referral was considered and not made, so that the decision is on record either way."""
    with running.app(context) as app:
        app.casework.desk.referrals.considered(running.acting(app, person), case, to, reason)
    say(f"Case {case}: considered, not referred to {to}. If anybody is in danger now, call 999.")
