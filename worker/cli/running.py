"""What every command needs: the settings, the stages put together, and who is acting."""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

if TYPE_CHECKING:  # these load pydantic and SQLAlchemy, which --help does not need
    from worker.bootstrap import App
    from worker.ledger.audit import Actor
    from worker.settings_load import Loaded
    from worker.store.people import Person

AsJson = Annotated[bool, typer.Option("--json", help="Write JSON instead of text for people.")]
AsPerson = Annotated[
    str, typer.Option("--as", metavar="PERSON", help="Who is acting: a name in `people list`.")
]


@dataclass(slots=True)
class Options:
    """What stands before the command's name."""

    config: Path | None = None


def settings(context: typer.Context) -> Loaded:
    """Read the settings that this command runs with, and set up the log for a command that a person runs.

    Raises:
        SettingsError: with everything that is wrong with them.
    """
    from worker.settings_load import load

    options = context.find_object(Options) or Options()
    return load(options.config, os.environ)


@contextmanager
def app(context: typer.Context, *, service: bool = False) -> Iterator[App]:
    """Put the stages together for one command, and take them apart again.

    Args:
        service: the command stays and works, and logs as the settings say. Any other logs warnings
            only, so that its own words stay readable.
    """
    from worker import log
    from worker.bootstrap import build

    loaded = settings(context)
    chosen = loaded.settings.log
    if service:
        log.configure(level=chosen.level, style=chosen.style)
    else:
        log.configure(level="warning", style="json")
    built = build(loaded.settings, loaded.secrets, origins=loaded.origins)
    try:
        yield built
    finally:
        built.close()


def acting(built: App, name: str) -> Actor:
    """The person who is acting, by name.

    Raises:
        NotFound: nobody who works here has that name.
    """
    from worker.cli.os_user import os_user
    from worker.ledger.audit import Actor

    return Actor(colleague(built, name).id, "cli", os_user())


def colleague(built: App, name: str) -> Person:
    """Somebody who works here, by name.

    Raises:
        NotFound: nobody who works here has that name.
    """
    from worker.review.people import person_named

    with built.store.read() as session:
        return person_named(session, name)
