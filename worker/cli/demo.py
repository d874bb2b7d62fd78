"""`upstander demo`: everything at work against simulated platforms, on this machine alone."""

from __future__ import annotations

import hashlib
import shlex
import tempfile
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Literal

import typer

from worker.cli.service import until_stopped
from worker.cli.show import say

if TYPE_CHECKING:
    import threading

    from worker.cli.demo_site import DemoSignIn
    from worker.cli.demo_steps import Round
    from worker.cli.demo_world import DemoWorld


def demo(
    once: Annotated[
        bool, typer.Option("--once", help="One full round by itself, checked at every stage.")
    ] = False,
    seed: Annotated[int, typer.Option(help="Another seed orders the examples in another way.")] = 0,
    reality: Annotated[
        Literal["on", "off"],
        typer.Option(help="on: log-in walls, missing authors, rate limits, an outage, lost answers."),
    ] = "off",
    data: Annotated[
        Path | None, typer.Option(help="An empty folder to work in and keep; else a temporary one.")
    ] = None,
) -> None:
    """Try Upstander out: simulated platforms with written examples, made-up people, and the worker.

    Nothing outside this machine is contacted. With --once it leaves with 1 unless everything held.
    """
    from worker import log
    from worker.cli.demo_round import run_round
    from worker.cli.demo_world import demo_world

    log.configure(level="error" if once else "warning", style="json")
    stop = until_stopped() if not once else None
    if stop is not None:
        with _folder(data) as folder:
            _run(folder, seed, stop, reality=reality == "on")
        say("The demo is over.")
        return
    with _folder(data) as folder, demo_world(folder, seed=seed, midweek=True) as world:
        done = run_round(world, reality=reality == "on")
        if done is None:
            say("Something did not hold.")
            raise typer.Exit(1)
        _tell_files(done, kept=data is not None)
        say("Everything held." if done.drawn else "Everything that could be tried here held.")


def _run(folder: Path, seed: int, stop: threading.Event, *, reality: bool) -> None:
    """Run the worker and the review site until stopped."""
    from worker.cli.demo_site import invite, listen
    from worker.cli.demo_world import demo_world
    from worker.jobs.run import embedded
    from worker.web.serving import serving

    listening = listen()
    port = listening.getsockname()[1]
    with listening, demo_world(folder, seed=seed, midweek=False, port=port) as world:
        if reality:
            world.control.post("settings", login_wall=True, graph_from=False)
            world.control.post("faults", kind="rate_limited", platform="x", after=1, reset=60)
        ways = invite(world)
        with serving(world.app, listening):
            embedded(world.app, stop, lambda: _tell_where(world, ways))


@contextmanager
def _folder(chosen: Path | None) -> Iterator[Path]:
    if chosen is not None:
        yield chosen.absolute()
        return
    with tempfile.TemporaryDirectory(prefix="upstander-demo-") as made:
        yield Path(made)


def _tell_files(done: Round, *, kept: bool) -> None:
    """Where a person finds what the round made, and what opens it."""
    from worker.cli.demo_world import OFFICER

    if not kept:
        say("What it made lay in a temporary folder and is gone. To keep and read it, name a new folder:")
        say("  make demo ONCE=1 DATA=var/demo")
        return
    world = done.world
    views = world.app.evidence.show(done.to_hand_over, world.people[OFFICER])
    say("To look at, of the case that was handed over:")
    for view in views:
        if view.report is not None:
            opens = "a browser" if view.report.suffix == ".html" else "a PDF viewer"
            say(f"  {view.report}    ({view.kind} evidence: open it with {opens})")
    say(f"  {done.handed_over}    (what the police get: unpack it into an empty folder)")
    if done.handed_over is not None:
        say(f"    its SHA-256: {hashlib.sha256(done.handed_over.read_bytes()).hexdigest()}")
    say(f"  {world.folder / 'handed-over'}    (the same, unpacked: begin with cover-report.pdf)")
    say("The demo moves its own clock, so that days pass in minutes. Its timestamps have the real time: they")
    say("differ from the times of sealing, and reports say that this computer's clock was slow or fast.")
    say("This round is over and its platforms are gone: read what is here, and begin anew to try commands.")
    say("How to check it with public tools is in its verify.txt and in docs/verifying-evidence.md.")


def _tell_where(world: DemoWorld, ways: Sequence[DemoSignIn]) -> None:
    from worker.cli.demo_world import OFFICER, REVIEWER, SENIOR

    say("The demo runs until you press Ctrl-C; then it is over. Everything in it is made up.\n")
    say(f"The review site: {world.app.settings.web.public_url}")
    say(f"Sign in as {REVIEWER}, who works the queue; in another browser as {SENIOR}, who approves:\n")
    for name in (REVIEWER, SENIOR):
        mine = next(each for each in ways if each.name == name)
        say(f"  user name {mine.user_name}    password {mine.password}")
    say("\nThe others, each with the same kind of password:\n")
    for each in ways:
        if each.name not in (REVIEWER, SENIOR):
            say(f"  {each.name}, {each.role.replace('_', ' ')}: {each.user_name}  {each.password}")
    say(f"\nThe posts with their comments, as a visitor sees them: {world.sandbox.web_url}")
    say("\nThe same on the command line: in another terminal, in this folder, type these first:\n")
    say("  . .venv/bin/activate")
    say(f"  export UPSTANDER_CONFIG={shlex.quote(str(world.config))}")
    say("\nThen try:\n")
    say(f'  upstander queue list --as "{REVIEWER}"')
    say(f'  upstander queue next --as "{REVIEWER}"  # ends with what decides it, to be filled in')
    say(f'  upstander queue groups --as "{REVIEWER}"')
    say(f'  upstander on-call acknowledge CASE --as "{SENIOR}"')
    say(f'  upstander act list --as "{REVIEWER}"')
    say(f'  upstander tasks list --as "{SENIOR}"')
    say(f'  upstander evidence show CASE --as "{OFFICER}"  # and where its reports lie')
    say(f'  upstander evidence custody CASE --as "{OFFICER}"')
    say(f'  upstander evidence verify --all --as "{OFFICER}"')
    say(f'  upstander evidence export ask CASE --as "{OFFICER}" --for police --to "PC 4521" \\')
    say('      --basis Trial --reason Trial --break-glass "Nobody else is here"  # and where its ZIP lies')
    say("  upstander status")
