"""`upstander accounts`: the Trust's own accounts, the only ones that are ever polled."""

from __future__ import annotations

from typing import Annotated

import typer

from worker.cli import running
from worker.cli.show import say, table, tell, write_json

cli = typer.Typer(no_args_is_help=True, help="The Trust's own accounts, the only ones that are ever polled.")

_Account = Annotated[str, typer.Argument(metavar="ACCOUNT", help="Handle or number of the account.")]


@cli.command()
def add(
    context: typer.Context,
    person: running.AsPerson,
    platform: Annotated[str, typer.Option(help="x or facebook.")],
    external_id: Annotated[str, typer.Option("--id", help="The platform's own number for the account.")],
    handle: Annotated[str, typer.Option(help="The account's handle, without @.")],
    credential: Annotated[
        str, typer.Option(help="Name of the secret that opens it (a file in the secrets folder).")
    ],
    as_json: running.AsJson = False,
) -> None:
    """Put one of the Trust's accounts on the list. It is polled from now on."""
    from connectors.contract import Account, Platform
    from worker.errors import SettingsError

    if platform not in ("x", "facebook"):
        raise typer.BadParameter("write x or facebook", param_hint="--platform")
    with running.app(context) as app:
        actor = running.acting(app, person)
        account = Account(Platform(platform), external_id, handle.removeprefix("@"))
        number = app.accounts.add(actor, account, credential=credential)
    if as_json:
        write_json({"id": number, "platform": platform, "handle": account.handle})
    else:
        say(f"{platform} account {account.handle} was added with number {number}.")
    try:
        running.settings(context).secrets.credentials(credential)
    except SettingsError as error:
        tell(f"It cannot be polled yet. {error}")


@cli.command("list")
def show(context: typer.Context, as_json: running.AsJson = False) -> None:
    """Show every account on the list."""
    from worker.store.platform import HANDED_IN

    with running.app(context) as app:
        rows = [
            {
                "id": each.id,
                "platform": each.platform,
                "handle": each.handle,
                "external_id": each.external_id,
                "credential": each.credential,
                "paused": each.paused,
            }
            for each in app.accounts.list()
        ]
    if as_json:
        write_json(rows)
        return
    table(
        ("number", "platform", "handle", "platform's id", "credential", "state"),
        [
            (
                *(each[key] for key in ("id", "platform", "handle", "external_id", "credential")),
                "not polled" if each["platform"] == HANDED_IN else "paused" if each["paused"] else "polled",
            )
            for each in rows
        ],
        empty="No account yet. Add one with: upstander accounts add",
    )


@cli.command()
def check(
    context: typer.Context, account: _Account, person: running.AsPerson, as_json: running.AsJson = False
) -> None:
    """Look at the real account, without changing anything. Leaves with 1 if not all is well."""
    with running.app(context) as app:
        app.accounts.may_manage(running.acting(app, person))
        lines = app.connector_for(app.accounts.find(account).id).check()
    if as_json:
        write_json([{"name": line.name, "ok": line.ok, "found": line.found} for line in lines])
    else:
        for line in lines:
            say(f"{'ok  ' if line.ok else 'LOOK'}  {line.name}: {line.found}")
    if not all(line.ok for line in lines):
        raise typer.Exit(1)


@cli.command()
def pause(context: typer.Context, account: _Account, person: running.AsPerson) -> None:
    """Stop polling an account. The time until it is resumed counts as a coverage gap."""
    _set_paused(context, account, person, paused=True)


@cli.command()
def resume(context: typer.Context, account: _Account, person: running.AsPerson) -> None:
    """Go on polling an account, from where it stopped."""
    _set_paused(context, account, person, paused=False)


def _set_paused(context: typer.Context, account: str, person: str, *, paused: bool) -> None:
    with running.app(context) as app:
        found = app.accounts.find(account)
        app.accounts.pause(running.acting(app, person), found.id, paused=paused)
    say(f"{found.platform} account {found.handle} is {'paused' if paused else 'polled again'}.")
