"""`upstander db`: making the tables, and saying whether they are as this version needs them."""

from __future__ import annotations

from typing import TYPE_CHECKING

import typer

from worker.cli.running import AsJson, settings
from worker.cli.show import say, write_json

if TYPE_CHECKING:
    from worker.settings import Settings

cli = typer.Typer(no_args_is_help=True, help="Make the database's tables, or look whether they are right.")


@cli.command()
def upgrade(context: typer.Context) -> None:
    """Bring the database to this version's tables. Harmless to repeat; data is kept."""
    from worker.store.session import make_engine
    from worker.store.upgrade import upgrade as bring_up

    chosen = settings(context).settings
    owner = chosen.database_owner_url
    engine = make_engine(owner.get_secret_value() if owner else chosen.database)
    try:
        at = bring_up(engine, application_role=_application_role(chosen))
    finally:
        engine.dispose()
    say(f"The database is at {at}.")


@cli.command()
def check(context: typer.Context, as_json: AsJson = False) -> None:
    """Say whether the database can be used. Changes nothing."""
    from worker.bootstrap import open_store

    store = open_store(settings(context).settings)
    store.close()
    if as_json:
        write_json({"ready": True, "database": store.dialect})
    else:
        say(f"The database ({store.dialect}) is ready.")


def _application_role(chosen: Settings) -> str | None:
    """Who gets rights on the tables: the role that the worker signs in as, where another owns them."""
    from sqlalchemy.engine import make_url

    if chosen.database_owner_url is None:
        return None
    role = make_url(chosen.database).username
    return role if role != make_url(chosen.database_owner_url.get_secret_value()).username else None
