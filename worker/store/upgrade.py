"""Bringing a database to this version's tables, and saying when it is not there."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from alembic import command
from alembic.config import Config
from alembic.runtime.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import Connection, Engine, text

from worker.errors import StoreNotReady

#: Tables whose rows the application may only add and read; on all others it may also change rows.
ADD_ONLY = (
    "audit",
    "decisions",
    "decision_categories",
    "ledger_nodes",
    "checkpoints",
    "checkpoint_publications",
    "timestamps",
    "marks",
    "export_cases",
    "case_flags",
    "overdue_notices",
    "page_sendings",
    "group_members",
    "group_showings",
    "decided_together",
    "approvals",
    "block_terms",
    "switches",
    "hand_in_closings",
    "incident_mails",
    "platform_report_corrections",
    "posted_replies",
    "restrictions",
    "conflicts",
    "decision_characteristics",
    "decision_answers",
    "case_notes",
    "case_checks",
    "referral_chases",
    "hand_overs",
    "not_referred",
    "datix_references",
)
#: Tables from which the application itself removes rows: leases that ran out, roles that were taken away,
#: what erased words and pictures were found by, and ways in and sessions that are over.
REMOVABLE = (
    "claims",
    "person_roles",
    "text_bands",
    "picture_prints",
    "fingerprint_bands",
    "revision_words",
    "sign_ins",
    "recovery_codes",
    "federated",
    "web_sessions",
    "used_forms",
    "sign_in_limits",
)


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
    with made_at(engine, "head", application_role=application_role):
        pass
    with engine.connect() as connection:
        return _at(connection) or ""


@contextmanager
def made_at(engine: Engine, migration: str, *, application_role: str | None = None) -> Iterator[Connection]:
    """Bring a database to one migration, have it filled or looked at, then go on to the newest.

    All of it is one transaction: others see the whole of it or nothing.

    Args:
        engine, application_role: as for `upgrade`.
        migration: at which the connection is handed out.
    """
    config = migrations()
    with _migrating(engine) as connection:
        config.attributes["connection"] = connection
        command.upgrade(config, migration)
        yield connection
        command.upgrade(config, "head")
        if application_role is not None:
            _grant(connection, application_role)


def known(migration: str) -> bool:
    """Whether this version knows a migration, and so can go on from it."""
    return migration in {each.revision for each in ScriptDirectory.from_config(migrations()).walk_revisions()}


@contextmanager
def _migrating(engine: Engine) -> Iterator[Connection]:
    """One transaction for all migrations.

    On SQLite a table is changed by making it anew (the way its documentation gives), so references are
    looked at once, at the end, instead of at each step.
    """
    if engine.dialect.name != "sqlite":
        with engine.begin() as connection:
            yield connection
        return
    with engine.connect().execution_options(upstander_writes=True) as connection:
        driver: Any = connection.connection.driver_connection
        driver.execute("PRAGMA foreign_keys=OFF")  # no effect inside a transaction, so before it begins
        try:
            with connection.begin():
                yield connection
                dangling = connection.exec_driver_sql("PRAGMA foreign_key_check").all()
                if dangling:
                    raise StoreNotReady(
                        f"After the upgrade {len(dangling)} rows would point to rows that are not there.",
                        safe="The upgrade was rolled back; the database is as it was.",
                        do="Restore the newest backup into an empty folder and upgrade that.",
                    )
        finally:
            driver.execute("PRAGMA foreign_keys=ON")


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
            where = "The database has no tables yet" if at is None else f"The database is at migration {at}"
            raise StoreNotReady(
                f"{where}; this version needs migration {head}.",
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
