"""`upstander act stop`, `go` and `dry-run`: switches over all actions."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, Literal

import typer

from worker.cli import running
from worker.cli.act_second import Reason
from worker.cli.show import say, table, when, write_json

if TYPE_CHECKING:
    from collections.abc import Sequence

    from worker.bootstrap import App
    from worker.review.switches import SwitchView

Account = Annotated[
    int | None,
    typer.Option(metavar="ACCOUNT", help="Only this account: its number in `accounts list`; else all."),
]


def stop(
    context: typer.Context,
    person: running.AsPerson,
    reason: Reason,
    account: Account = None,
    everything: Annotated[
        bool, typer.Option("--everything", help="Restoring too: else unhide and unblock go on.")
    ] = False,
) -> None:
    """Let nothing reach a platform until somebody says `go`. What is asked for waits."""
    with running.app(context) as app:
        switches = app.casework.acting.switches
        switches.stop(running.acting(app, person), reason, account_id=account, everything=everything)
    what = "All actions" if everything else "Actions that take something away"
    say(f"{what} on {_where(account)} are stopped. `upstander act go` lets them go on.")


def go(context: typer.Context, person: running.AsPerson, reason: Reason, account: Account = None) -> None:
    """Take a stop back. What waited is tried at once."""
    with running.app(context) as app:
        still_on = app.casework.acting.switches.go(running.acting(app, person), reason, account_id=account)
    say(f"The stop of {_where(account)} is taken back.")
    if still_on:
        say("Still on, each to be taken back by itself:")
        _show(still_on)


def dry_run(
    context: typer.Context,
    turn: Annotated[Literal["on", "off"], typer.Argument(help="on or off.")],
    person: running.AsPerson,
    reason: Reason,
    account: Account = None,
) -> None:
    """Have every action end right before the platform would be asked, to rehearse; or end that."""
    with running.app(context) as app:
        switches = app.casework.acting.switches
        switches.dry_run(running.acting(app, person), reason, on=turn == "on", account_id=account)
    if turn == "on":
        say(f"Dry run of {_where(account)}: nothing is sent to a platform. Nothing is really hidden!")
    else:
        say(f"The dry run of {_where(account)} is over. What was rehearsed is not done: ask for it again.")


def switches(context: typer.Context, person: running.AsPerson, as_json: running.AsJson = False) -> None:
    """Show which switches are on."""
    with running.app(context) as app:
        found = _turned_on(app, running.acting(app, person).person_id)
    if as_json:
        write_json(found)
    else:
        _show(found)


def _turned_on(app: App, person_id: int | None) -> Sequence[SwitchView]:
    from worker.ledger.audit import Actor
    from worker.review.rights import Right, require
    from worker.review.switches import turned_on

    require(app.store, app.clock, Actor(person_id, "cli"), Right.VIEW_QUEUE, "switch")
    with app.store.read() as session:
        return turned_on(session)


def _show(found: Sequence[SwitchView]) -> None:
    table(
        ("switch", "of what", "account", "since", "turned by", "why"),
        [
            (
                each.switch.replace("_", " "),
                each.setting,
                each.account or "all",
                when(each.since),
                each.person,
                each.reason,
            )
            for each in found
        ],
        empty="No switch is on: actions are carried out.",
    )


def _where(account: int | None) -> str:
    return "all accounts" if account is None else f"account {account}"
