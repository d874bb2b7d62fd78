"""`upstander evidence tsa-serve`: a timestamp authority on this machine, for trial and training."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from worker.cli.running import AsJson
from worker.cli.show import json_line, say
from worker.errors import UpstanderError

if TYPE_CHECKING:
    from worker.evidence.tsa_serve import AuthorityServer

_HOST = "127.0.0.1"
_PORT = 8795


def tsa_serve(
    folder: Annotated[
        Path, typer.Option(file_okay=False, help="Folder for its certificates; made where there is none.")
    ],
    port: Annotated[int, typer.Option(min=0, max=65535, help="Its port; 0 takes any free one.")] = _PORT,
    as_json: AsJson = False,
) -> None:
    """Run a timestamp authority for trial and training, until interrupted. It proves nothing to a court."""
    from worker.cli.service import until_stopped
    from worker.clock import SystemClock
    from worker.evidence.trial_authority import TrialAuthority
    from worker.evidence.tsa_serve import serve

    ca = TrialAuthority(folder).ca.absolute()

    def ready(server: AuthorityServer) -> None:
        if as_json:
            say(json_line({"tsa_url": server.url, "tsa_ca_file": str(ca)}))
            return
        say("A timestamp authority for trial runs until you press Ctrl-C. It is no proof of time to others.")
        say("In another terminal, let Upstander use it:")
        say(f"  export UPSTANDER_EVIDENCE__TSA_URL={server.url}")
        say(f"  export UPSTANDER_EVIDENCE__TSA_CA_FILE={ca}")

    try:
        # It stamps with the machine's own time, so its certificates are dated by that too.
        serve(folder, _HOST, port, SystemClock().now(), until_stopped(), ready)
    except OSError as error:
        raise UpstanderError(
            f"The timestamp authority cannot run in {folder} on port {port}: {error.strerror or error}.",
            do="Choose another folder with --folder, or another port with --port (0 takes any free one).",
        ) from error
