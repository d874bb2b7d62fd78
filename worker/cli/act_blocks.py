"""`upstander act blocks`: who is blocked, and having a block go on."""

from __future__ import annotations

from typing import TYPE_CHECKING

import typer

from worker.cli import block_options, running
from worker.cli.act_second import Action, Reason
from worker.cli.moments import in_utc
from worker.cli.show import say, table, when, write_json

if TYPE_CHECKING:
    from worker.review.blocks import BlockView


def blocks(context: typer.Context, person: running.AsPerson, as_json: running.AsJson = False) -> None:
    """Show who is blocked, since when, by whom, and when that is looked at again. The look is recorded."""
    with running.app(context) as app:
        found = app.casework.acting.blocks.list(running.acting(app, person))
        contact = app.settings.replies.review_contact
    if as_json:
        write_json(found)
        return
    table(
        ("action", "case", "author", "on", "blocked since", "asked by", "approved by", "warned", "review"),
        [
            (
                each.requested_action_id,
                each.case_id,
                each.author,
                f"{each.platform} {each.account}",
                when(each.since),
                each.asked_by,
                each.approved_by or "nobody: alone",
                _warned(each),
                f"{when(each.review_at)}{' (overdue)' if each.overdue else ''}",
            )
            for each in found
        ],
        empty="Nobody is blocked.",
    )
    if found:
        say(f"Whoever is blocked can ask for it to be looked at again: {contact or 'through PALS'}.")
        say("Log what they say with `upstander appeal log`.")


def keep_block(
    context: typer.Context,
    action: Action,
    person: running.AsPerson,
    reason: Reason,
    review_on: block_options.ReviewOn = None,
) -> None:
    """Have a block go on after you looked at it again, until a day within a year."""
    with running.app(context) as app:
        until = in_utc(review_on, app.clock) if review_on else None
        review_at = app.casework.acting.blocks.keep(running.acting(app, person), action, reason, until)
    say(f"The block goes on, and is looked at again on {when(review_at)}.")


def _warned(each: BlockView) -> str:
    if each.warning is not None:
        return f"{when(each.warned_at)}: {each.warning}"
    return f"no: {each.no_warning_because}"
