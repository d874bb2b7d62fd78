"""The command line as a whole: its command groups, and how errors are told."""

from __future__ import annotations

import io
import os
import sys
from pathlib import Path
from typing import Annotated, NoReturn

import typer
from typer.exceptions import TyperException

from worker.cli import (
    accounts,
    act,
    act_blocks,
    act_second,
    act_switches,
    appeal,
    audit,
    backup,
    case_file,
    database,
    datix,
    decide_group,
    demo,
    evidence,
    flags,
    groups,
    handin,
    handing_on,
    incident,
    keys,
    ledger,
    on_call,
    people,
    poll,
    queue,
    refer,
    replies,
    report,
    rules,
    running,
    sandbox,
    screen,
    search,
    service,
    settings,
    status,
    subject,
    summary,
    support,
    tasks,
    web,
)
from worker.cli.plain import PlainGroup
from worker.errors import UpstanderError

cli = typer.Typer(
    name="upstander",
    cls=PlainGroup,
    rich_markup_mode=None,
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
    help="Watches a Trust's own social media accounts, queues suspicious comments for a person to judge, "
    "and seals the evidence before anything is hidden.",
)
cli.add_typer(database.cli, name="db", cls=PlainGroup)
cli.add_typer(settings.cli, name="settings", cls=PlainGroup)
cli.add_typer(sandbox.cli, name="sandbox", cls=PlainGroup)
cli.add_typer(accounts.cli, name="accounts", cls=PlainGroup)
cli.add_typer(people.cli, name="people", cls=PlainGroup)
queue.cli.command("flag")(flags.flag)
for _file_command in (
    case_file.questions,
    case_file.note,
    case_file.tick,
    case_file.restrict,
    case_file.unrestrict,
    case_file.conflict,
):
    queue.cli.command(_file_command.__name__)(_file_command)
queue.cli.command("unflag")(flags.unflag)
queue.cli.command("groups")(groups.show_groups)
queue.cli.command("group")(groups.show_group)
queue.cli.command("decide-group")(decide_group.decide_group)
queue.cli.command("reassign")(handing_on.reassign)
queue.cli.command("snooze")(handing_on.snooze)
queue.cli.command("wake")(handing_on.wake)
cli.add_typer(queue.cli, name="queue", cls=PlainGroup)
cli.add_typer(on_call.cli, name="on-call", cls=PlainGroup)
cli.add_typer(handin.cli, name="handin", cls=PlainGroup)
cli.add_typer(incident.cli, name="incident", cls=PlainGroup)
cli.add_typer(rules.cli, name="rules", cls=PlainGroup)
cli.add_typer(evidence.cli, name="evidence", cls=PlainGroup)
cli.add_typer(keys.cli, name="keys", cls=PlainGroup)
cli.add_typer(ledger.cli, name="ledger", cls=PlainGroup)
cli.add_typer(audit.cli, name="audit", cls=PlainGroup)
cli.add_typer(act.cli, name="act", cls=PlainGroup)
for _name, _command in (
    ("approve", act_second.approve),
    ("refuse", act_second.refuse),
    ("withdraw", act_second.withdraw),
    ("break-glass", act_second.break_glass),
    ("review", act_second.review),
    ("done", act_second.done),
    ("blocks", act_blocks.blocks),
    ("keep-block", act_blocks.keep_block),
    ("stop", act_switches.stop),
    ("go", act_switches.go),
    ("dry-run", act_switches.dry_run),
    ("switches", act_switches.switches),
):
    act.cli.command(_name)(_command)
cli.add_typer(appeal.cli, name="appeal", cls=PlainGroup)
cli.add_typer(subject.cli, name="subject", cls=PlainGroup)
cli.add_typer(report.cli, name="report", cls=PlainGroup)
cli.add_typer(replies.cli, name="replies", cls=PlainGroup)
cli.add_typer(refer.cli, name="refer", cls=PlainGroup)
cli.add_typer(tasks.cli, name="tasks", cls=PlainGroup)
cli.add_typer(support.cli, name="support", cls=PlainGroup)
cli.add_typer(datix.cli, name="datix", cls=PlainGroup)
cli.command("poll")(poll.poll)
cli.command("backup")(backup.backup)
cli.command("restore")(backup.restore)
cli.command("screen")(screen.screen)
cli.command("search")(search.search)
cli.command("summary")(summary.summary)
cli.command("status")(status.status)
cli.command("up")(service.up)
cli.command("work")(service.work)
cli.command("schedule")(service.schedule)
cli.command("web")(web.web)
cli.command("demo")(demo.demo)


def _version(wanted: bool) -> None:
    if wanted:
        from importlib.metadata import version

        typer.echo(version("upstander"))
        raise typer.Exit


@cli.callback()
def _options(
    context: typer.Context,
    config: Annotated[
        Path | None,
        typer.Option(help="The settings file; else UPSTANDER_CONFIG, or config/upstander.yaml."),
    ] = None,
    _version_wanted: Annotated[
        bool, typer.Option("--version", callback=_version, is_eager=True, help="Show the version and leave.")
    ] = False,
) -> None:
    context.obj = running.Options(config)


def run() -> NoReturn:
    """Run one command and leave with its exit code. What goes wrong is told in words, without a traceback."""
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, io.TextIOWrapper):
            stream.reconfigure(encoding="utf-8", errors="backslashreplace")
    # The database, the evidence and what is sealed in it are nobody else's on this machine.
    os.umask(0o077)
    try:
        sys.exit(_left_with())
    except UpstanderError as error:
        _tell(error.happened, error.safe, error.do)
    except Exception as error:  # noqa: BLE001 - the last place that can still say something
        _tell_other(error)
    sys.exit(1)


def _left_with() -> int:
    """Run the command; its exit code. Wrong usage is told like any other error, not as the library does."""
    try:
        return cli(prog_name="upstander", standalone_mode=False) or 0
    except typer.Abort:
        _tell("Stopped before it was done.", "", "")
        return 1
    except TyperException as error:
        from worker.cli.usage import tell_usage

        tell_usage(error)
        return error.exit_code


def _tell(happened: str, safe: str, do: str) -> None:
    from worker.cli.show import tell

    for line in (happened, safe, do):
        if line:
            tell(line.strip())


def _tell_other(error: Exception) -> None:
    from sqlalchemy.exc import DatabaseError

    from connectors.errors import ConnectorError
    from rules.errors import RulesError

    if isinstance(error, ConnectorError | RulesError):
        _tell(str(error), "", "")
        return
    if isinstance(error, DatabaseError):
        reason = str(error.orig).strip().partition("\n")[0]
        closed = "unable to open" in reason or "readonly" in reason
        _tell(
            f"The database cannot be used: {reason}",
            "",
            "May this user of the computer read and write its file and folder? docs/runbook.md tells how a "
            "second person gets at it."
            if closed
            else "`upstander db check` says more once it answers.",
        )
        return
    if isinstance(error, OverflowError):
        _tell("That number is too large to be one of ours.", "Nothing was done.", "")
        return
    from worker import log

    # As JSON whatever the settings say: that traceback holds no values of variables.
    log.configure(level="error", style="json")
    log.get("cli").error("unexpected", exc_info=error)
    _tell(
        f"Something unexpected went wrong: {type(error).__name__}.",
        "Nothing that was already stored was lost.",
        "The log line above says where. `upstander status` shows what is pending.",
    )
