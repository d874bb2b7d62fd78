"""Bringing a database to this version's tables, and saying when it is not there."""

from __future__ import annotations

from pathlib import Path

from alembic import command
from alembic.config import Config
from alembic.runtime.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import Connection, Engine, text

from worker.errors import StoreNotReady

#: Tables whose rows the application may only add and read; on all others it may also change rows.
ADD_ONLY = ("audit", "decisions", "decision_categories", "findings", "revisions")
#: Tables from which the application itself removes rows: leases that ran out, roles that were taken away.
REMOVABLE = ("claims", "person_roles")


def migrations() -> Config:
    """Alembic's configuration, in code: there is no alembic.ini."""
    config = Config()
    config.set_main_option("script_location", str(Path(__file__).parent / "migrations"))
    config.set_main_option("path_separator", "os")
    return config


def upgrade(engine: Engine, *, application_role: str | None = None) -> str:
    """Bring the database to the newest migration, then give the application's role what it needs.

    Args:
        engine: signed in as the tables' owner (on SQLite: anybody).
        application_role: the role of PostgreSQL that `work` and `web` sign in as, or None.

    Returns:
        The migration that the database is now at.
    """
    config = migrations()
    with engine.begin() as connection:
        config.attributes["connection"] = connection
        command.upgrade(config, "head")
        if application_role is not None:
            _grant(connection, application_role)
        return _at(connection) or ""


def check_ready(engine: Engine, *, must_not_own: bool = False) -> None:
    """Refuse to work on a database that is not at this version, or that gives this role too much.

    Args:
        engine: signed in as the application.
        must_not_own: whether the role must not own the tables (served mode).

    Raises:
        StoreNotReady: with the command that mends it.
    """
    head = ScriptDirectory.from_config(migrations()).get_current_head()
    with engine.connect() as connection:
        at = _at(connection)
        if at != head:
            raise StoreNotReady(
                f"The database is at migration {at or 'none'}, this version needs {head}.",
                safe="Nothing was read or changed.",
                do="Run `upstander db upgrade`.",
            )
        if must_not_own and engine.dialect.name == "postgresql" and _owns(connection):
            raise StoreNotReady(
                "In served mode the worker's database role must not own the tables or be a superuser: "
                "it could switch off the guard that keeps evidence before action.",
                safe="Nothing was started.",
                do="Set database_url to the application role and database_owner_url to the owner, then run "
                "`upstander db upgrade`.",
            )


def _at(connection: Connection) -> str | None:
    return MigrationContext.configure(connection).get_current_revision()


def _owns(connection: Connection) -> bool:
    owns = connection.execute(
        text(
            "SELECT bool_or(pg_has_role(current_user, tableowner, 'USAGE')) FROM pg_tables "
            "WHERE tablename IN ('snapshots', 'actions', 'audit')"
        )
    ).scalar()
    return bool(owns)


def _grant(connection: Connection, role: str) -> None:
    quoted = connection.dialect.identifier_preparer.quote(role)
    schema = connection.execute(text("SELECT current_schema()")).scalar()
    names = connection.execute(
        text("SELECT tablename FROM pg_tables WHERE schemaname = :schema"), {"schema": schema}
    ).scalars()
    connection.execute(text(f"GRANT USAGE ON SCHEMA {schema} TO {quoted}"))
    connection.execute(text(f"GRANT USAGE, SELECT ON ALL SEQUENCES IN SCHEMA {schema} TO {quoted}"))
    for name in names:
        rights = ["SELECT"]
        if name != "alembic_version":
            rights.append("INSERT")
            if name not in ADD_ONLY:
                rights.append("UPDATE")
            if name in REMOVABLE:
                rights.append("DELETE")
        connection.execute(text(f"REVOKE ALL ON {name} FROM {quoted}"))
        connection.execute(text(f"GRANT {', '.join(rights)} ON {name} TO {quoted}"))
