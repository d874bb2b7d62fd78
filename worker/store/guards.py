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


def only_added(dialect: str, table: str, *, key: str | None = "id") -> tuple[str, ...]:
    """The statements after which rows of a table can be added but neither changed nor removed.

    Args:
        key: the column that tells its rows apart; None where that is not one column. Such a row written over
            by SQLite's OR REPLACE is not noticed here.
    """
    message = f"rows of {table} are only ever added"
    return (
        *_refuse(dialect, table, "UPDATE", "no_change", "1 = 1", message),
        *_refuse(dialect, table, "DELETE", "no_removal", "1 = 1", message),
        *(_not_written_over(dialect, table, key) if key is not None else ()),
    )


def names_its_wording(dialect: str, table: str) -> tuple[str, ...]:
    """The statements after which no row is added that leaves open which wording it is about.

    Older rows do: a CHECK would be held against them whenever a backup is restored.
    """
    message = f"a new row of {table} names the wording it is about"
    return _refuse(dialect, table, "INSERT", "names_its_wording", "NEW.revision_id IS NULL", message)


def complete_when_new(dialect: str, table: str, name: str, lacking: str) -> tuple[str, ...]:
    """The statements after which no row is added that lacks what older ones may lack.

    A CHECK would be held against those whenever a backup is restored.

    Args:
        name: of the guard, without the table's name.
        lacking: the SQL that holds of a row (NEW) that is not whole.
    """
    return _refuse(dialect, table, "INSERT", name, lacking, f"a new row of {table} is not whole")


def only_once(dialect: str, table: str, columns: Sequence[str]) -> tuple[str, ...]:
    """The statements after which SQLite's OR REPLACE removes no row for another with the same unique columns.

    Args:
        columns: that are unique together, and stay.
    """
    if dialect != "sqlite":
        return ()
    same = " AND ".join(f"{name} = NEW.{name}" for name in columns)
    there = f"EXISTS (SELECT 1 FROM {table} WHERE {same})"  # noqa: S608 -- the names are ours
    message = f"rows of {table} are not written over"
    return _refuse(dialect, table, "INSERT", "only_once", there, message)


def unguarded(dialect: str, table: str, names: Sequence[str]) -> tuple[str, ...]:
    """The statements that take guards off a table, so that a migration can put newer ones on.

    Args:
        names: of the guards, without the table's name. On SQLite a table that is made anew has lost them.
    """
    if dialect == "sqlite":
        return tuple(f"DROP TRIGGER IF EXISTS {table}_{name}" for name in names)
    return tuple(
        statement
        for name in names
        for statement in (f"DROP TRIGGER {table}_{name} ON {table}", f"DROP FUNCTION {table}_{name}()")
    )


def audit_enters_the_ledger(dialect: str) -> tuple[str, ...]:
    """The statements after which every audit row that is written waits for its place in the ledger."""
    return _after_insert(dialect, "audit", "enters_ledger", "INSERT INTO ledger (audit_id) VALUES (NEW.id)")


def filled_once(dialect: str) -> tuple[str, ...]:
    """The statements after which a row of the ledger is filled once and stays; its head only grows."""
    changed = "OLD.position IS NOT NULL OR NEW.audit_id <> OLD.audit_id"
    return (
        *_refuse(
            dialect, "ledger", "UPDATE", "filled_once", changed, "an entry of the ledger stays as it is"
        ),
        *_refuse(dialect, "ledger", "DELETE", "kept", "1 = 1", "rows of ledger are kept"),
        *_not_written_over(dialect, "ledger", "audit_id"),
        *_place_taken_once(dialect),
        *_refuse(
            dialect, "ledger_head", "UPDATE", "grows", "NEW.size <= OLD.size", "the ledger only ever grows"
        ),
        *_refuse(dialect, "ledger_head", "DELETE", "kept", "1 = 1", "rows of ledger_head are kept"),
    )


def stays(
    dialect: str, table: str, columns: Sequence[str], *, name: str, once: str = "1 = 1"
) -> tuple[str, ...]:
    """The statements after which some columns of a row stay as they are.

    Args:
        name: of the guard, without the table's name.
        once: the SQL that holds of a row (OLD) from when on they stay.
    """
    changed = " OR ".join(f"NEW.{column} IS {_distinct(dialect)} OLD.{column}" for column in columns)
    message = f"what {table} holds of record stays as it was written"
    return _refuse(dialect, table, "UPDATE", name, f"{once} AND ({changed})", message)


def only_erased(dialect: str, table: str, columns: Sequence[str], erased: str) -> tuple[str, ...]:
    """The statements after which rows of a table can only be added, and emptied by retention.

    Args:
        columns: those that stay as they are even then.
        erased: the SQL that holds of a row that was just emptied.
    """
    changed = " OR ".join(f"NEW.{name} IS {_distinct(dialect)} OLD.{name}" for name in columns)
    message = f"rows of {table} are only ever added, or emptied when their time is up"
    return (
        *_refuse(dialect, table, "UPDATE", "only_erased", f"{changed} OR NOT ({erased})", message),
        *kept(dialect, table),
    )


def moves_only(
    dialect: str, table: str, moves: Sequence[tuple[str, str]], begins: Sequence[str] | None
) -> tuple[str, ...]:
    """The statements after which the state of a table's rows goes only the ways that lead on.

    Args:
        moves: from which state to which; staying as it is is always allowed.
        begins: the states that a new row may have; None where that is left to the table's CHECK.
    """
    allowed = ", ".join(f"'{before} {after}'" for before, after in moves)
    moved = f"NEW.state <> OLD.state AND (OLD.state || ' ' || NEW.state) NOT IN ({allowed})"
    ways = f"rows of {table} go only the ways there are"
    guards = _refuse(dialect, table, "UPDATE", "moves_only", moved, ways)
    if begins is None:
        return guards
    first = ", ".join(f"'{state}'" for state in begins)
    otherwise = f"NEW.state NOT IN ({first})"
    return (
        *guards,
        *_refuse(dialect, table, "INSERT", "begins_so", otherwise, f"rows of {table} begin otherwise"),
    )


def _place_taken_once(dialect: str) -> tuple[str, ...]:
    """SQLite's OR REPLACE would remove the entry whose place another is given."""
    if dialect != "sqlite":
        return ()
    taken = "EXISTS (SELECT 1 FROM ledger WHERE position = NEW.position AND audit_id <> NEW.audit_id)"
    return _refuse(dialect, "ledger", "UPDATE", "place_taken", taken, "that place in the ledger is taken")


def exports_go_forward(dialect: str) -> tuple[str, ...]:
    """The statements after which an export stays as asked for, and is decided, made and reviewed once."""
    return (
        *_only_forward(dialect, ("asked approved", "asked refused", "approved made"), "OLD.state <> 'asked'"),
        *_refuse(
            dialect, "exports", "INSERT", "begins_asked", "NEW.state <> 'asked'", "an export begins by asking"
        ),
    )


def approvals_can_be_taken_back(dialect: str) -> tuple[str, ...]:
    """The statements after which an approved export that was not made can still be refused."""
    moves = ("asked approved", "asked refused", "approved made", "approved refused")
    final = "OLD.state <> 'asked' AND NOT (OLD.state = 'approved' AND NEW.state = 'refused')"
    return (*unguarded(dialect, "exports", ("go_forward",)), *_only_forward(dialect, moves, final))


def _only_forward(dialect: str, moves: Sequence[str], final: str) -> tuple[str, ...]:
    """The guard on how an export moves.

    Args:
        moves: from which state to which.
        final: the SQL that holds where what was decided stays.
    """
    asked = ("id", "purpose", "legal_basis", "recipient", "reason", "redacted", "particulars")
    decided = ("decided_by", "decided_at", "decided_reason", "break_glass_reason")
    made = ("made_at", "file_name", "file_sha256", "file_bytes")
    distinct = _distinct(dialect)

    def changed(names: Sequence[str]) -> str:
        return "(" + " OR ".join(f"NEW.{name} IS {distinct} OLD.{name}" for name in names) + ")"

    allowed = ", ".join(f"'{move}'" for move in moves)
    moved = f"(OLD.state || ' ' || NEW.state) NOT IN ({allowed})"
    wrong = (
        changed((*asked, "asked_by", "asked_at")),
        f"(OLD.state <> NEW.state AND {moved})",
        f"({final} AND {changed(decided)})",
        f"(OLD.state = 'made' AND {changed(made)})",
        f"(OLD.reviewed_by IS NOT NULL AND {changed(('reviewed_by', 'reviewed_at'))})",
    )
    return _refuse(
        dialect, "exports", "UPDATE", "go_forward", " OR ".join(wrong), "an export only goes forward"
    )


def _not_written_over(dialect: str, table: str, key: str = "id") -> tuple[str, ...]:
    """SQLite's OR REPLACE removes the row in its way without asking the triggers on removal."""
    if dialect != "sqlite":
        return ()
    there = f"EXISTS (SELECT 1 FROM {table} WHERE {key} = NEW.{key})"  # noqa: S608 -- the table's name is ours
    message = f"rows of {table} are not written over"
    return (
        *_refuse(dialect, table, "INSERT", "no_replacement", there, message),
        *_refuse(dialect, table, "UPDATE", "number_stays", f"NEW.{key} <> OLD.{key}", message),
    )


def _distinct(dialect: str) -> str:
    return "NOT" if dialect == "sqlite" else "DISTINCT FROM"


def _after_insert(dialect: str, table: str, name: str, statement: str) -> tuple[str, ...]:
    trigger = f"{table}_{name}"
    on = f"CREATE TRIGGER {trigger} AFTER INSERT ON {table} FOR EACH ROW"
    if dialect == "sqlite":
        return (f"{on} BEGIN {statement}; END",)
    body = f"BEGIN {statement}; RETURN NULL; END"
    function = f"CREATE FUNCTION {trigger}() RETURNS trigger LANGUAGE plpgsql AS $$ {body} $$"
    return (function, f"{on} EXECUTE FUNCTION {trigger}()")


def _refuse(dialect: str, table: str, verb: str, name: str, condition: str, message: str) -> tuple[str, ...]:
    trigger = f"{table}_{name}"
    on = f"CREATE TRIGGER {trigger} BEFORE {verb} ON {table} FOR EACH ROW WHEN ({condition})"
    if dialect == "sqlite":
        return (f"{on} BEGIN SELECT RAISE(ABORT, '{message}'); END",)
    body = f"BEGIN RAISE EXCEPTION '{message}' USING ERRCODE = 'restrict_violation'; END"
    function = f"CREATE FUNCTION {trigger}() RETURNS trigger LANGUAGE plpgsql AS $$ {body} $$"
    return (function, f"{on} EXECUTE FUNCTION {trigger}()")
