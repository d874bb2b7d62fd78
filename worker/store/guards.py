"""Triggers that keep promises 1, 6 and 7 below every program that uses the database.

SQL for both databases; the migrations run it and the tests hold it against the migrated schema.
They stop mistakes and other parts of the program, not somebody who already runs code as us.
"""

from __future__ import annotations

from collections.abc import Sequence

from worker.store.evidence import DESTRUCTION


def freeze_sealed_snapshots(dialect: str, columns: Sequence[str]) -> tuple[str, ...]:
    """The statements that freeze sealed snapshots: no removal, no change but their destruction, once.

    Args:
        dialect: sqlite or postgresql.
        columns: all columns of the table at this migration.
    """
    frozen = [name for name in columns if name not in DESTRUCTION]
    same = " OR ".join(f"NEW.{name} IS {_distinct(dialect)} OLD.{name}" for name in frozen)
    changed = f"OLD.state = 'sealed' AND ({same} OR OLD.destroyed_at IS NOT NULL)"
    return (
        *_refuse(dialect, "snapshots", "UPDATE", "sealed_frozen", changed, "a sealed snapshot is frozen"),
        *_refuse(
            dialect, "snapshots", "DELETE", "sealed_kept", "OLD.state = 'sealed'", "a sealed snapshot stays"
        ),
        *_refuse(
            dialect,
            "snapshots",
            "INSERT",
            "begins_pending",
            "NEW.state <> 'pending'",
            "a snapshot is sealed by sealing it",
        ),
        *_not_written_over(dialect, "snapshots"),
    )


def kept(dialect: str, table: str) -> tuple[str, ...]:
    """The statements after which rows of a table cannot be removed."""
    return (
        *_refuse(dialect, table, "DELETE", "kept", "1 = 1", f"rows of {table} are kept"),
        *_not_written_over(dialect, table),
    )


def only_added(dialect: str, table: str) -> tuple[str, ...]:
    """The statements after which rows of a table can be added but neither changed nor removed."""
    message = f"rows of {table} are only ever added"
    return (
        *_refuse(dialect, table, "UPDATE", "no_change", "1 = 1", message),
        *_refuse(dialect, table, "DELETE", "no_removal", "1 = 1", message),
        # A category of a decision has no number; written over, it is the same row.
        *(_not_written_over(dialect, table) if table != "decision_categories" else ()),
    )


def _not_written_over(dialect: str, table: str) -> tuple[str, ...]:
    """SQLite's OR REPLACE removes the row in its way without asking the triggers on removal."""
    if dialect != "sqlite":
        return ()
    there = f"EXISTS (SELECT 1 FROM {table} WHERE id = NEW.id)"  # noqa: S608 -- the table's name is ours
    message = f"rows of {table} are not written over"
    return (
        *_refuse(dialect, table, "INSERT", "no_replacement", there, message),
        *_refuse(dialect, table, "UPDATE", "number_stays", "NEW.id <> OLD.id", message),
    )


def _distinct(dialect: str) -> str:
    return "NOT" if dialect == "sqlite" else "DISTINCT FROM"


def _refuse(dialect: str, table: str, verb: str, name: str, condition: str, message: str) -> tuple[str, ...]:
    trigger = f"{table}_{name}"
    on = f"CREATE TRIGGER {trigger} BEFORE {verb} ON {table} FOR EACH ROW WHEN ({condition})"
    if dialect == "sqlite":
        return (f"{on} BEGIN SELECT RAISE(ABORT, '{message}'); END",)
    body = f"BEGIN RAISE EXCEPTION '{message}' USING ERRCODE = 'restrict_violation'; END"
    function = f"CREATE FUNCTION {trigger}() RETURNS trigger LANGUAGE plpgsql AS $$ {body} $$"
    return (function, f"{on} EXECUTE FUNCTION {trigger}()")
