"""`upstander evidence mark` and `add`: what a comment's pictures are, and a person's own screenshots."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Literal

import typer

from worker.cli import running
from worker.cli.case_text import tell_changed
from worker.cli.queue import Case
from worker.cli.show import say, write_json

if TYPE_CHECKING:
    from worker.evidence.marking import Marked

_Mark = Literal["safe-to-copy", "intimate-image", "suspected-csam"]


def mark(
    context: typer.Context,
    case: Case,
    what: Annotated[
        _Mark, typer.Argument(metavar="MARK", help="safe-to-copy, intimate-image, suspected-csam.")
    ],
    person: running.AsPerson,
    revision: Annotated[
        int | None,
        typer.Option(help="The revision that you saw, as `queue show` says. Needed for safe-to-copy."),
    ] = None,
    reason: Annotated[
        str | None, typer.Option(help="Why, in your words. Do not describe what you saw.")
    ] = None,
    as_json: running.AsJson = False,
) -> None:
    """Say what the pictures or videos of a case are. The gravest mark counts, and none is taken back.

    Safe to copy is about the revision that you saw. If the comment has changed since, nothing is marked and
    the difference is shown. The other marks hold whatever came since.
    """
    from worker.review.errors import RevisionChanged

    with running.app(context) as app:
        actor, meant = running.acting(app, person), what.replace("-", "_")
        try:
            marked = app.marking.mark(case, meant, actor, reason, revision_id=revision)
        except RevisionChanged as changed:
            tell_changed(changed)
            raise
    if as_json:
        write_json(marked)
        return
    _tell(case, marked)


def add(
    context: typer.Context,
    case: Case,
    file: Annotated[
        Path, typer.Argument(metavar="FILE", exists=True, dir_okay=False, help="Your screenshot or PDF.")
    ],
    person: running.AsPerson,
    note: Annotated[str | None, typer.Option(help="What it shows, and how you came by it.")] = None,
    as_json: running.AsJson = False,
) -> None:
    """Hand in a screenshot or PDF of your own as evidence of a case. It is kept exactly as it is."""
    if not file.is_file():
        raise typer.BadParameter("this is no ordinary file", param_hint="FILE")
    with running.app(context) as app, file.open("rb") as opened:
        actor = running.acting(app, person)
        number = app.supplements.add(case, file.name, opened, actor, note)
    if as_json:
        write_json({"snapshot_id": number, "case_id": case})
        return
    say(f"Taken: the worker seals it as snapshot {number} of case {case}.")
    say("It says that you handed it in, and that Upstander did not capture it.")


def _tell(case: int, marked: Marked) -> None:
    if marked.instruction:
        say(f"Case {case}: suspected child sexual abuse imagery. Nothing of it is copied any more.")
        say("")
        for number, line in enumerate(marked.instruction, start=1):
            say(f"{number:>2}. {line}")
        say("")
        if not marked.lead_has_address:
            say("Nobody is told by e-mail: safeguarding.lead_email is not set. Phone the lead yourself, now.")
        if marked.exports:
            numbers = ", ".join(str(number) for number in marked.exports)
            say(f"Copies left the house before, in export {numbers}. Tell the lead and the police.")
        if marked.beside:
            numbers = ", ".join(str(number) for number in marked.beside)
            say(f"Pictures of the page were sealed for case {numbers} too, and may show it: nobody is shown")
            say("or handed them any more. Whoever was handed them before may have it: tell the lead.")
        _tell_who_sees(case, marked)
        return
    say(f"Case {case} is marked. What counts is: {marked.standing.replace('_', ' ')}.")
    say(f"Its pictures {'may' if marked.may_copy else 'may not'} be copied: {marked.why}.")
    if marked.standing == "intimate_image":
        say("Its evidence is restricted: reviewers may not look at it.")
    _tell_who_sees(case, marked)


def _tell_who_sees(case: int, marked: Marked) -> None:
    """To whoever closed a case to themselves: whose it is now."""
    if marked.still_sees:
        return
    if marked.seen_by:
        roles = ", ".join(role.replace("_", " ") for role in marked.seen_by)
        say(f"You do not see case {case} any more. These roles do: {roles}.")
        return
    say(f"Case {case} is with the safeguarding lead now: you do not see it any more, and no role alone does.")
    say("To close it, an administrator gives the safeguarding lead the role for which it was kept, too.")
