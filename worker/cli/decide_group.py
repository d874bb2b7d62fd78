"""`upstander queue decide-group`: one decision on what one was shown of a group, member by member."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Annotated, Any, Literal

import typer

from worker.cli import running
from worker.cli.decision_options import with_particulars
from worker.cli.groups import Group
from worker.cli.queue import Severity
from worker.cli.show import say, tell, write_json

if TYPE_CHECKING:
    from worker.ledger.audit import Actor
    from worker.review.particulars import Particulars
    from worker.review.stage import Review
    from worker.review.together import Together

#: What is asked of the platform for each comment. Blocking is about its author, and asked for once.
_KINDS = ("hide", "unhide", "delete", "platform_report")
_Action = Annotated[
    list[str] | None,
    typer.Option(help=f"What to ask the platform for: {', '.join(_KINDS)}; repeat it for several."),
]


@with_particulars
def decide_group(
    context: typer.Context,
    group: Group,
    *,
    person: running.AsPerson,
    all_as_shown: Annotated[
        str | None, typer.Option(metavar="TOKEN", help="All of the list that `queue group` named so.")
    ] = None,
    revisions: Annotated[
        list[str] | None,
        typer.Option(metavar="CASE:REVISION", help="Only this one, as the list names it; repeat it."),
    ] = None,
    verdict: Annotated[
        Literal["upheld", "not_upheld", "needs_advice"], typer.Option(help="What you decide on each.")
    ],
    reason: Annotated[str, typer.Option(help="Why, in your words.")],
    category: Annotated[list[str] | None, typer.Option(help="What it is; repeat it for several.")] = None,
    severity: Annotated[Severity | None, typer.Option(help="How bad it is; needed where upheld.")] = None,
    action: _Action = None,
    particulars: Particulars,
    as_json: running.AsJson = False,
) -> None:
    """Decide on what you were shown of a group. Each case gets a decision and a record of its own."""
    with running.app(context) as app:
        actor = running.acting(app, person)
        given: dict[str, Any] = {
            "reason": reason,
            "categories": tuple(category or ()),
            "severity": severity,
            "actions": _known(action or ()),
            "particulars": particulars,
        }
        done = app.casework.groups.decide(
            actor,
            group,
            lambda *one: _decide(app.review, actor, verdict, one, given),
            token=all_as_shown,
            pairs=_chosen(all_as_shown, revisions or ()),
        )
    _tell(group, done, as_json=as_json)


def _decide(
    review: Review, actor: Actor, verdict: str, one: tuple[int, int, int | None], given: Mapping[str, Any]
) -> int:
    """Decide on one case at one revision, as part of a group decision."""
    case, revision, together = one
    return review.decide(actor, case, revision, verdict, together=together, **given)


def _chosen(token: str | None, revisions: Sequence[str]) -> tuple[tuple[int, int], ...]:
    """The single members that were named, where no whole list was.

    Raises:
        typer.BadParameter: both were given, or none, or something that is no CASE:REVISION.
    """
    if (token is None) is (not revisions):
        message = "give either --all-as-shown TOKEN or --revisions CASE:REVISION"
        raise typer.BadParameter(message)
    pairs = []
    for each in revisions:
        case_id, _, revision_id = each.partition(":")
        if not (case_id.isdecimal() and revision_id.isdecimal()):
            message = f"{each} is no CASE:REVISION, such as 31:40"
            raise typer.BadParameter(message)
        pairs.append((int(case_id), int(revision_id)))
    return tuple(pairs)


def _known(actions: Sequence[str]) -> tuple[str, ...]:
    """The actions that were asked for.

    Raises:
        typer.BadParameter: one of them is not for whole groups.
    """
    for each in actions:
        if each not in _KINDS:
            message = f"of a group one asks for {', '.join(_KINDS)}; for {each} decide on one case"
            raise typer.BadParameter(message)
    return tuple(actions)


def _tell(group: int, done: Together, *, as_json: bool) -> None:
    """Say what was decided and what was not; leave with 1 where something was left out."""
    if as_json:
        write_json(done)
    else:
        for case_id, decision_id in done.decided:
            say(f"Decision {decision_id} on case {case_id}.")
        for left in done.left_out:
            tell(f"Left out: case {left.case_id} at revision {left.revision_id}. {left.why}")
        say(f"{len(done.decided)} decided, {len(done.left_out)} left out.")
        if done.left_out:
            tell(f"What was left out is as it was. Look at it again: `upstander queue group {group}`.")
    if done.left_out:
        raise typer.Exit(1)
