"""`upstander web`: the review site as a process of its own."""

from __future__ import annotations

import typer

from worker.cli import running
from worker.cli.service import until_stopped
from worker.cli.show import tell


def web(context: typer.Context) -> None:
    """Serve the review site, until stopped. In embedded mode `upstander up` serves it as well."""
    from worker.web.serving import serving

    with running.app(context, service=True) as app:
        stop = until_stopped()
        with serving(app):
            tell(f"Ready: {app.settings.web.public_url}")
            stop.wait()
