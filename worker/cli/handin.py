"""`upstander handin`: what staff bring to notice: a message, a screenshot, an e-mail, a call."""

from __future__ import annotations

import sys
from contextlib import ExitStack
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, BinaryIO, Literal

import typer

from worker.cli import handin_close, running
from worker.cli.show import fields, say, table, tell, when, write_json
from worker.summary.visible import visible

if TYPE_CHECKING:
    from worker.bootstrap import App
    from worker.intake.hand_in_views import HandInView
    from worker.intake.hand_ins import HandedIn
    from worker.ledger.audit import Actor

cli = typer.Typer(
    no_args_is_help=True, help="What staff bring to notice: a message, a screenshot, an e-mail, a call."
)
cli.command("close")(handin_close.close)

_What = Annotated[
    Literal["message", "screenshot", "email", "call", "other"], typer.Option(help="By which means it came.")
]
_Protected = Annotated[
    bool, typer.Option("--protected", help="Protect the name: it is asked for, or read from standard input.")
]
_Number = Annotated[int, typer.Argument(metavar="HAND-IN", help="Number of the hand-in.")]


@cli.command()
def add(
    context: typer.Context,
    *,
    person: running.AsPerson,
    what: _What,
    service: Annotated[str, typer.Option(help="Which service or department it is about.")],
    given_by: Annotated[
        str | None, typer.Option("--from", metavar="NAME, ROLE", help="Who hands it in.")
    ] = None,
    protected: _Protected = False,
    text: Annotated[str | None, typer.Option(help="The words, or what was said.")] = None,
    text_file: Annotated[
        Path | None, typer.Option(help="A file with the words, as UTF-8 text; - for standard input.")
    ] = None,
    link: Annotated[str | None, typer.Option(help="An address. It is kept, and never opened.")] = None,
    file: Annotated[
        list[Path] | None, typer.Option(help="A screenshot or PDF; repeat it for several.")
    ] = None,
    staff_on_staff: Annotated[
        bool, typer.Option("--staff-on-staff", help="It is about a colleague: it goes to HR.")
    ] = False,
    speak_up: Annotated[
        bool, typer.Option("--speak-up", help="Tell the Freedom to Speak Up Guardian too.")
    ] = False,
    about_manager: Annotated[
        str | None,
        typer.Option(metavar="NAME", help="The manager whom it is about, as `people list` shows their name."),
    ] = None,
    not_a_user: Annotated[
        bool, typer.Option("--not-a-user", help="That manager does not work in Upstander.")
    ] = False,
    as_json: running.AsJson = False,
) -> None:
    """Hand something in. It becomes a case with evidence of its own.

    Never hand in pictures of children being abused, not even as evidence: call the safeguarding lead.
    Never hand in passwords.
    """
    from worker.intake.hand_in import Given

    _must_fit(given_by, text, text_file, protected=protected)
    given = Given(
        what=what,
        text=_words(text_file) if text_file is not None else text,
        link=link,
        service=service,
        name=_protected_name() if given_by is None else given_by,
        protected=protected,
        staff_on_staff=staff_on_staff,
        speak_up=speak_up,
        about_manager=about_manager,
        not_a_user=not_a_user,
    )
    with running.app(context) as app, ExitStack() as opened:
        actor = running.acting(app, person)
        files = [(path.name, _open(opened, path)) for path in file or ()]
        done = app.modes.hand_ins.add(actor, given, files)
    if as_json:
        write_json(done)
    else:
        _tell_done(done, len(files), given.restrictions)
        if about_manager is not None:
            say(_kept_from(about_manager, kept=done.manager_is_user))
    _warn(done, protected=protected)


@cli.command("list")
def show_list(
    context: typer.Context,
    person: running.AsPerson,
    limit: Annotated[int, typer.Option(min=1, max=1000, help="How many at most, the newest first.")] = 50,
    as_json: running.AsJson = False,
) -> None:
    """Show what was handed in, as far as you may see it."""
    from worker.intake.hand_in_views import list_hand_ins

    with running.app(context) as app:
        rows = list_hand_ins(app.store, app.clock, running.acting(app, person), limit=limit)
    if as_json:
        write_json(rows)
        return
    table(
        ("hand-in", "case", "received", "what", "from", "service", "files", "state", "restricted"),
        [
            (
                row.hand_in_id,
                row.case_id,
                when(row.received_at),
                row.what,
                _from(row.given_by),
                row.service,
                row.files,
                row.state,
                row.restriction,
            )
            for row in rows
        ],
        empty="Nothing was handed in that you may see.",
    )


@cli.command()
def show(
    context: typer.Context, number: _Number, person: running.AsPerson, as_json: running.AsJson = False
) -> None:
    """Show one hand-in. The look is recorded."""
    from worker.intake.hand_in_views import show_hand_in

    with running.app(context) as app:
        view = show_hand_in(app.store, app.clock, running.acting(app, person), number)
    if as_json:
        write_json(view)
    else:
        _tell_view(view)


@cli.command()
def reveal(
    context: typer.Context,
    number: _Number,
    person: running.AsPerson,
    reason: Annotated[str, typer.Option(help="Why you must know. It is recorded with your name.")],
) -> None:
    """Show who gave a protected hand-in. Only the Freedom to Speak Up Guardian may."""
    with running.app(context) as app:
        name = app.modes.hand_ins.reveal(running.acting(app, person), number, reason)
    say(name)


def _must_fit(given_by: str | None, text: str | None, text_file: Path | None, *, protected: bool) -> None:
    """Refuse options of `add` that contradict each other."""
    if protected == (given_by is not None):
        raise typer.BadParameter("write either --from or --protected", param_hint="--from")
    if text is not None and text_file is not None:
        raise typer.BadParameter("write either --text or --text-file", param_hint="--text-file")
    if protected and text_file == Path("-"):
        raise typer.BadParameter("standard input is for the protected name", param_hint="--text-file")


def tell_origin(app: App, actor: Actor, case: int) -> None:
    """Write, below a case that was handed in, where it comes from and what came with it."""
    from worker.intake.hand_in_views import hand_in_of, show_hand_in

    number = hand_in_of(app.store, case)
    if number is not None:
        say("\nHanded in:")
        _tell_facts(show_hand_in(app.store, app.clock, actor, number))


def _tell_done(done: HandedIn, files: int, restrictions: tuple[str, ...]) -> None:
    say(f"Hand-in {done.hand_in_id} was taken in as case {done.case_id}, with {_counted(files)}.")
    if "staff_on_staff" in restrictions:
        # HR sees nothing that came under protection.
        who = "the guardian" if "protected" in restrictions else "HR"
        say(
            f"It is about a colleague: {who} has it now. It waits in no queue, and nobody judges it in"
            " Upstander."
        )
    elif restrictions:
        say(f"Only named roles see it ({', '.join(kind.replace('_', ' ') for kind in restrictions)}).")
    else:
        say("It waits in the queue like every other case.")
    if done.danger:
        say("If somebody is in danger now, call 999. Do not wait for anyone.")


def _warn(done: HandedIn, *, protected: bool) -> None:
    for name in done.known_files:
        tell(f"The file {visible(name)} was handed in before, byte for byte.")
    if done.holds_credentials:
        tell(
            "It seems to hold a password or another secret. Have it changed at once, and tell IT. Upstander "
            "never asks for one; please do not hand in any."
        )
    if protected:
        tell(
            "The name was encrypted and is kept apart. This command, with --as, may still stand in this"
            " terminal's history: remove it there if you typed it for yourself."
        )


def _tell_view(view: HandInView) -> None:
    _tell_facts(view)
    if view.text is not None:
        say("\nThe words:")
        say("\n".join(f"  {visible(line)}" for line in view.text.split("\n")))


def _tell_facts(view: HandInView) -> None:
    row = view.row
    fields(
        [
            ("hand-in", f"{row.hand_in_id}, case {row.case_id}, {row.state}"),
            ("provenance", f"handed in {when(row.received_at)}, as {row.what}; who wrote it is not known"),
            ("from", _from(row.given_by)),
            ("service", row.service),
            ("link", f"{view.link} (not opened by Upstander)" if view.link else None),
            ("about a manager", view.about_manager),
            ("restricted", row.restriction),
            ("judged here", "no: about a colleague, HR has it" if view.staff_on_staff else "yes"),
        ]
    )
    for each in view.files:
        same = f"; the same file as in hand-in {', '.join(map(str, each.same_as))}" if each.same_as else ""
        say(f"\nFile {visible(each.name)}: {each.media_type}, {each.size:,} bytes")
        say(f"  SHA-256 {each.sha256}, snapshot {each.snapshot_id}{same}")


def _protected_name() -> str:
    """The name to protect: asked for without showing it, or one line of standard input."""
    if sys.stdin.isatty():
        name: str = typer.prompt("Name and role of whoever hands it in (not shown)", hide_input=True)
        return name
    return sys.stdin.readline().strip()


def _words(path: Path) -> str:
    from worker.intake.hand_in import HandInIncomplete

    try:
        return sys.stdin.read() if path == Path("-") else path.read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as error:
        raise HandInIncomplete(
            f"{visible(str(path))} cannot be read as text.", safe="Nothing was handed in."
        ) from error


def _open(opened: ExitStack, path: Path) -> BinaryIO:
    from worker.intake.hand_in import HandInIncomplete

    try:
        return opened.enter_context(path.open("rb"))
    except OSError as error:
        raise HandInIncomplete(
            f"{visible(str(path))} cannot be read: {error.strerror}.", safe="Nothing was handed in."
        ) from error


def _kept_from(manager: str, *, kept: bool) -> str:
    """Whether the manager is kept from the case."""
    if kept:
        return f"{visible(manager)} works in Upstander, and is kept from this case."
    return f"{visible(manager)} does not work in Upstander: there is nobody to keep from it."


def _from(given_by: str | None) -> str:
    """Who gave it, as far as that is told; the name goes with the words when its time is up."""
    return "protected" if given_by is None else given_by or "erased"


def _counted(files: int) -> str:
    return "no file" if files == 0 else f"{files} file{'' if files == 1 else 's'}"
