"""`upstander evidence export`: sealed evidence handed over, with two people and a reason."""

from __future__ import annotations

import os
import stat
from pathlib import Path
from typing import TYPE_CHECKING, Any

import typer

from worker.cli import export_options as option
from worker.cli import running
from worker.cli.os_user import os_user
from worker.cli.plain import PlainGroup
from worker.cli.show import fields, say, table, tell, when, write_json

if TYPE_CHECKING:
    from worker.evidence.handover.making import Made
    from worker.evidence.handover.request import Request
    from worker.evidence.handover.stage import ExportView


class _CasesFirst(PlainGroup):
    """Takes `export 12 13 --for police` for what it means: `export ask 12 13 --for police`."""

    def parse_args(self, ctx: Any, args: list[str]) -> list[str]:
        """A number in the place of a command's name is a case to ask for."""
        return super().parse_args(ctx, ["ask", *args] if args and args[0].isdigit() else args)


cli = typer.Typer(
    cls=_CasesFirst,
    no_args_is_help=True,
    help="Hand sealed evidence over: one person asks, another approves, then the file is made.",
)


@cli.command()
def ask(
    context: typer.Context,
    cases: option.Cases,
    *,
    person: running.AsPerson,
    purpose: option.Purpose,
    recipient: option.Recipient,
    basis: option.Basis,
    reason: option.Reason,
    redact: option.Redact = False,
    unredacted: option.Unredacted = None,
    witness: option.Witness = None,
    occupation: option.Occupation = None,
    exhibit: option.Exhibit = None,
    keep: option.Keep = None,
    replace: option.Replace = None,
    region: option.Regions = None,
    intimate_images: option.Intimate = False,
    include_damaged: option.Damaged = None,
    break_glass: option.BreakGlass = None,
    password_file: option.PasswordFile = None,
    password_prompt: option.PasswordPrompt = False,
    as_json: running.AsJson = False,
) -> None:
    """Ask for evidence to be handed over. With --break-glass it is made at once."""
    from worker.evidence.handover.request import REDACTED, Region, Request

    for_what = purpose.replace("-", "_")
    redacted = redact or (for_what in REDACTED and unredacted is None)
    request = Request(
        cases=tuple(cases),
        purpose=for_what,
        legal_basis=basis,
        recipient=recipient,
        reason=reason,
        redacted=redacted,
        unredacted_reason=unredacted,
        witness=None if redacted else witness or person,
        occupation=occupation,
        exhibit=exhibit,
        intimate=intimate_images,
        damaged_reason=include_damaged,
        keep=tuple(keep or ()),
        replace=tuple(replace or ()),
        regions=tuple(Region.parse(each) for each in region or ()),
    )
    if break_glass is None and (password_file is not None or password_prompt):
        raise typer.BadParameter("a password is given when the file is made: `export make`")
    if break_glass is None:
        _asked(context, person, request, as_json=as_json)
        return
    password = _password(password_file, prompt=password_prompt)
    with running.app(context) as app:
        actor, user = running.acting(app, person), os_user()
        number = app.hand_over.ask(actor, request, os_user=user)
        app.hand_over.break_glass(actor, number, break_glass, os_user=user)
        made = app.hand_over.make(actor, number, password=password)
    _tell_made(made, locked=password is not None, as_json=as_json)


@cli.command()
def approve(context: typer.Context, export: option.Export, person: running.AsPerson) -> None:
    """Approve what somebody else asked for."""
    with running.app(context) as app:
        app.hand_over.approve(running.acting(app, person), export, os_user=os_user())
    say(f"Export {export} is approved; `upstander evidence export make {export}` makes its file.")


@cli.command()
def refuse(
    context: typer.Context, export: option.Export, person: running.AsPerson, reason: option.Reason
) -> None:
    """Refuse what somebody asked for, or withdraw your own."""
    with running.app(context) as app:
        app.hand_over.refuse(running.acting(app, person), export, reason, os_user=os_user())
    say(f"Export {export} is refused.")


@cli.command("break-glass")
def break_glass(
    context: typer.Context, export: option.Export, person: running.AsPerson, reason: option.Reason
) -> None:
    """Go ahead alone with what you asked for. Somebody else reviews it within one working day."""
    with running.app(context) as app:
        app.hand_over.break_glass(running.acting(app, person), export, reason, os_user=os_user())
    say(f"Export {export} goes ahead without a second person; somebody else must review it.")


@cli.command()
def make(
    context: typer.Context,
    export: option.Export,
    person: running.AsPerson,
    password_file: option.PasswordFile = None,
    password_prompt: option.PasswordPrompt = False,
    as_json: running.AsJson = False,
) -> None:
    """Make the file of an approved export, and verify it."""
    password = _password(password_file, prompt=password_prompt)
    with running.app(context) as app:
        made = app.hand_over.make(running.acting(app, person), export, password=password)
    _tell_made(made, locked=password is not None, as_json=as_json)


@cli.command()
def review(context: typer.Context, export: option.Export, person: running.AsPerson) -> None:
    """Say that you have looked at an export that one person made alone."""
    with running.app(context) as app:
        app.hand_over.review(running.acting(app, person), export, os_user=os_user())
    say(f"Export {export} is reviewed.")


@cli.command("remove-file")
def remove_file(context: typer.Context, export: option.Export, person: running.AsPerson) -> None:
    """Remove our own copy of a file that was handed over. Its record and the evidence stay."""
    with running.app(context) as app:
        app.hand_over.remove_file(running.acting(app, person), export)
    say(f"The file of export {export} was removed here.")


@cli.command()
def show(
    context: typer.Context, export: option.Export, person: running.AsPerson, as_json: running.AsJson = False
) -> None:
    """Show one export: what for, to whom, by whom, and its file."""
    with running.app(context) as app:
        view = app.hand_over.show(running.acting(app, person), export)
    if as_json:
        write_json(view)
        return
    request = view.request
    fields(
        [
            ("export", f"{view.id}, {view.state}"),
            ("cases", ", ".join(str(case) for case in request.cases)),
            ("for", _for(view)),
            ("to", request.recipient),
            ("legal basis", request.legal_basis),
            ("reason", request.reason),
            ("damaged evidence", request.damaged_reason),
            ("asked by", f"{view.asked_by}, {when(view.asked_at)}"),
            ("decided by", view.decided_by and f"{view.decided_by}, {when(view.decided_at)}"),
            ("refused because", view.decided_reason),
            ("alone because", view.alone_because),
            ("reviewed by", view.reviewed_by and f"{view.reviewed_by}, {when(view.reviewed_at)}"),
            ("made", when(view.made_at)),
            ("file", view.file or (view.file_name and f"{view.file_name}, removed here")),
            ("sha256", view.file_sha256),
            ("bytes", view.file_bytes),
        ]
    )


@cli.command("list")
def list_exports(
    context: typer.Context,
    person: running.AsPerson,
    limit: option.Limit = 50,
    as_json: running.AsJson = False,
) -> None:
    """Show exports, the newest first."""
    with running.app(context) as app:
        views = app.hand_over.list(running.acting(app, person), limit=limit)
    if as_json:
        write_json(views)
        return
    table(
        ("export", "state", "cases", "for", "to", "asked by", "asked", "decided by", "to review"),
        [
            (
                view.id,
                view.state,
                ", ".join(str(case) for case in view.request.cases),
                _for(view),
                view.request.recipient,
                view.asked_by,
                when(view.asked_at),
                view.decided_by,
                "yes" if view.alone_because and not view.reviewed_by else "",
            )
            for view in views
        ],
        empty="Nothing was handed over.",
    )


def _asked(context: typer.Context, person: str, request: Request, *, as_json: bool) -> None:
    with running.app(context) as app:
        number = app.hand_over.ask(running.acting(app, person), request, os_user=os_user())
    if as_json:
        write_json({"export_id": number, "state": "asked"})
        return
    say(f"Export {number} is asked for. Another person approves it, as their own user of this computer:")
    say(f'  upstander evidence export approve {number} --as "THEIR NAME"')


def _tell_made(made: Made, *, locked: bool, as_json: bool) -> None:
    for warning in made.warnings:
        tell(f"Mind: {warning}")
    if as_json:
        write_json(made)
        return
    say(f"Made and verified: {made.path}")
    fields([("sha256", made.sha256), ("bytes", made.size)])
    if locked:
        say("Give the password another way than the file: by telephone, to the person themselves.")
        say("They need a program that knows AES-256 in ZIP files, such as 7-Zip.")
    if made.redacted:
        say("Read the copy before you hand it over: no program knows every name.")
    say(f"Once it was handed over: upstander evidence export remove-file {made.export_id}")


def _password(file: Path | None, *, prompt: bool) -> str | None:
    """The password, which stands neither in the command nor in the environment; None for none."""
    if file is not None and prompt:
        raise typer.BadParameter("give --password-file or --password-prompt, not both")
    if prompt:
        asked: Any = typer.prompt("Password of the file", hide_input=True, confirmation_prompt=True)
        return str(asked)
    if file is None:
        return None
    try:
        with file.open("rb") as opened:
            if stat.S_IMODE(os.fstat(opened.fileno()).st_mode) & 0o077:
                raise typer.BadParameter("others may read this file", param_hint="--password-file")
            first = opened.readline(1024).decode("utf-8")
    except (OSError, UnicodeDecodeError) as error:
        raise typer.BadParameter("this file cannot be read", param_hint="--password-file") from error
    return first.rstrip("\r\n")


def _for(view: ExportView) -> str:
    purpose = view.request.purpose.replace("_", " ")
    return f"{purpose}, redacted" if view.request.redacted else purpose
