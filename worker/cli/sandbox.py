"""`upstander sandbox`: simulated platforms on this machine, for trying out and training."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from worker.cli.running import AsJson
from worker.cli.show import json_line, say, write_json
from worker.errors import NotFound, UpstanderError

if TYPE_CHECKING:
    from connectors.sandbox.server import Sandbox

cli = typer.Typer(
    no_args_is_help=True, help="Simulated platforms on this machine, for trying out and training."
)

#: X, Graph and the web pages listen here and on the two ports after it.
_PORT = 8790


@cli.command()
def serve(
    port: Annotated[
        int, typer.Option(help="The first of three ports in a row; 0 takes any free ones.")
    ] = _PORT,
    clock_file: Annotated[
        Path | None,
        typer.Option(help="File that moves the sandbox's clock; the worker's setting clock_file."),
    ] = None,
    examples: Annotated[bool, typer.Option("--examples", help="Fill it with written examples.")] = False,
    as_json: AsJson = False,
) -> None:
    """Simulate X and Facebook until interrupted. What is loaded is forgotten at the end."""
    from connectors.sandbox.clock import SandboxClock
    from connectors.sandbox.examples import load_examples
    from connectors.sandbox.server import Sandbox
    from connectors.sandbox.server import serve as serve_until_stopped

    def ready(sandbox: Sandbox) -> None:
        addresses = {"x": sandbox.x_url, "facebook": sandbox.graph_url, "web": sandbox.web_url}
        if as_json:
            say(json_line(addresses))
            return
        say("The sandbox runs until you press Ctrl-C.")
        say("In another terminal, let Upstander use it instead of the real platforms:")
        say(f"  export UPSTANDER_PLATFORMS__X__BASE_URL={sandbox.x_url}")
        say(f"  export UPSTANDER_PLATFORMS__FACEBOOK__BASE_URL={sandbox.graph_url}")
        say(f"Its posts with their comments: {sandbox.web_url}")
        say(f"Fill it: upstander sandbox load FILE --platform x --account HANDLE --url {sandbox.web_url}")

    clock = SandboxClock(clock_file)
    simulated = Sandbox(clock)
    if examples:
        load_examples(simulated.world, now=clock())
    try:
        serve_until_stopped(simulated, port=port, ready=ready)
    except OSError as error:
        raise UpstanderError(
            f"The sandbox cannot listen on ports {port} to {port + 2}: {error.strerror or error}.",
            do="Choose others with --port, or let it choose with --port 0.",
        ) from error


@cli.command()
def load(
    file: Annotated[Path, typer.Argument(help="CSV or JSONL with id and text; perhaps author, posted_at.")],
    platform: Annotated[str, typer.Option(help="x or facebook.")],
    account: Annotated[str, typer.Option(help="Handle of the account that the comments are written to.")],
    seed: Annotated[int, typer.Option(help="The same seed spreads the same file in the same way.")] = 0,
    url: Annotated[
        str, typer.Option(help="Web address of the running sandbox.")
    ] = f"http://127.0.0.1:{_PORT + 2}",
    as_json: AsJson = False,
) -> None:
    """Write the comments of a file to an account of a running sandbox. Harmless to repeat."""
    from dataclasses import asdict

    from connectors.sandbox.loader import FileWrong, read_rows
    from worker.cli.control import SandboxControl

    try:
        rows = read_rows(file)
    except OSError as error:
        raise NotFound(f"{file} cannot be read: {error.strerror}.") from error
    except FileWrong as error:
        raise UpstanderError(str(error), safe="Nothing was loaded.") from error
    control = SandboxControl(url)
    loaded = control.post(
        "load", rows=[asdict(row) for row in rows], platform=platform, account=account, seed=seed
    )
    control.close()
    if as_json:
        write_json(loaded)
        return
    say(
        f"{loaded['added']} comments loaded under {loaded['posts']} posts; {loaded['already']} known already."
    )
    say("To poll this account, keep its token in the secrets folder and add it:")
    say(
        f"  upstander accounts add --as PERSON --platform {platform} --id {loaded['account_id']}"
        f" --handle {account} --credential NAME"
    )
    say(f"  its token: {loaded['token']}")
