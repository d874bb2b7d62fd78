"""`upstander queue questions|note|tick|restrict|...`: a case's file and who may open it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, Literal

import typer

from worker.cli import running
from worker.cli.case_text import tell_law
from worker.cli.next_step import tell_commands
from worker.cli.queue import Case
from worker.cli.show import say, write_json

if TYPE_CHECKING:
    from worker.review.case_file import Asking

_Reason = Annotated[str, typer.Option(help="Why, in your words.")]
_Name = Annotated[str, typer.Argument(metavar="NAME", help="The person's name, as in `people list`.")]
_Kind = Literal["safeguarding", "protected", "manager", "intimate_image", "imagery"]
_Lifted = Literal["safeguarding", "protected", "manager", "intimate_image", "imagery", "staff_on_staff"]


def questions(
    context: typer.Context,
    case: Case,
    *,
    person: running.AsPerson,
    verdict: Annotated[
        Literal["upheld", "not_upheld", "needs_advice"] | None,
        typer.Option(help="Only what is asked for this verdict."),
    ] = None,
    category: Annotated[
        list[str] | None, typer.Option(help="A category that you mean to choose; repeat it for several.")
    ] = None,
    as_json: running.AsJson = False,
) -> None:
    """Show what a decision on a case must answer, and the law map's prompts for evidence."""
    with running.app(context) as app:
        actor = running.acting(app, person)
        asking = app.casework.file.asking(actor, case, verdict=verdict, categories=tuple(category or ()))
    if as_json:
        write_json(asking)
    else:
        _tell(asking, person)


def note(
    context: typer.Context,
    case: Case,
    text: Annotated[str, typer.Argument(metavar="TEXT", help="What to note. It stays as it is.")],
    person: running.AsPerson,
) -> None:
    """Write a note on a case. Nothing is edited away: a later note corrects it."""
    with running.app(context) as app:
        number = app.casework.file.note(running.acting(app, person), case, text)
    say(f"Note {number} is on case {case}.")


def tick(
    context: typer.Context,
    case: Case,
    item: Annotated[str, typer.Argument(metavar="ITEM", help="The item's name, as `queue show` says.")],
    *,
    person: running.AsPerson,
    text: Annotated[str | None, typer.Option("--note", help="What there is to say about it.")] = None,
    off: Annotated[bool, typer.Option("--off", help="Take the tick back.")] = False,
) -> None:
    """Tick an item of a case's evidence checklist, or take the tick back."""
    with running.app(context) as app:
        app.casework.file.tick(running.acting(app, person), case, item, done=not off, note=text)
    say(f"{item} of case {case} is {'open again' if off else 'ticked'}.")


def restrict(
    context: typer.Context,
    case: Case,
    kind: Annotated[_Kind, typer.Argument(metavar="KIND", help="Why it is for named roles only.")],
    person: running.AsPerson,
    reason: _Reason,
) -> None:
    """Keep a case for the roles whose work it is. You may not see it any more afterwards."""
    with running.app(context) as app:
        seeing = app.casework.file.restrict(running.acting(app, person), case, kind, reason)
    roles = ", ".join(sorted(role.replace("_", " ") for role in seeing))
    say(f"Case {case} is restricted. These roles see it: {roles}.")


def unrestrict(
    context: typer.Context,
    case: Case,
    kind: Annotated[
        _Lifted | None,
        typer.Argument(metavar="[KIND]", help="Which restriction. Not needed where only one stands."),
    ] = None,
    *,
    person: running.AsPerson,
    reason: _Reason,
) -> None:
    """Lift one restriction of a case. Any other that stands goes on keeping it for named roles."""
    with running.app(context) as app:
        left = app.casework.file.unrestrict(running.acting(app, person), case, reason, kind)
    if left:
        stand = ", ".join(each.replace("_", " ") for each in left)
        say(f"That restriction of case {case} is lifted. It stays restricted: {stand}.")
    else:
        say(f"Case {case} is open to everybody who works the queue.")


def conflict(
    context: typer.Context,
    case: Case,
    name: _Name,
    *,
    person: running.AsPerson,
    reason: _Reason,
    withdraw: Annotated[bool, typer.Option("--withdraw", help="Take it back.")] = False,
) -> None:
    """Note a conflict of interest: that person neither sees nor decides the case, whatever their roles."""
    with running.app(context) as app:
        actor, file = running.acting(app, person), app.casework.file
        (file.withdraw_conflict if withdraw else file.note_conflict)(actor, case, name, reason)
    say(
        f"{name} has no conflict of interest in case {case} any more."
        if withdraw
        else f"Case {case} is closed to {name}."
    )


def _tell(asking: Asking, person: str) -> None:
    from rules.schema import Category

    say("What a decision says beside its reason:")
    for verdict, needs in asking.needs.items():
        say(f"  {verdict}:")
        for need in needs:
            say(f"    {need.option}")
    say(f"  The categories are {', '.join(Category)}.")
    say("")
    if not asking.questions:
        say("A decision on this case has to answer no further question.")
    for each in asking.questions:
        say(f"{each.id}: {each.words}")
        say(f"  {each.why} Asked for: {', '.join(each.verdicts)}.")
        say(f"  {each.option}")
    say("\nFill one of these in. Of what stands between bars choose one:")
    begins = f"upstander queue decide {asking.case_id} --revision {asking.revision_id}"
    tell_commands(begins, asking.questions, person, tuple(asking.needs))
    if asking.provisions:
        say(f"\nThe law map, version {asking.law_version}, checked on {asking.checked_on:%-d %B %Y}.")
        say(asking.not_advice)
        tell_law(asking.provisions)
