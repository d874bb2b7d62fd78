"""Triggers that keep what is held, and what nobody approved, from being destroyed (below every program).

The conditions look into other tables. PostgreSQL allows that only inside a trigger's function, SQLite only
in its WHEN; a migration runs the SQL for its own database and the tests hold it against the schema.
"""

from __future__ import annotations

#: Of the comment of the row that is about to change: somebody holds one of its cases.
_HELD = (
    "EXISTS (SELECT 1 FROM holds JOIN cases ON cases.id = holds.case_id"
    " WHERE cases.comment_id = NEW.comment_id AND holds.released_at IS NULL)"
)
#: Suspected child sexual abuse imagery is never destroyed by us.
_SUSPECTED = (
    "EXISTS (SELECT 1 FROM marks WHERE marks.comment_id = NEW.comment_id AND marks.mark = 'suspected_csam')"
)
_APPROVED = (
    "EXISTS (SELECT 1 FROM disposals WHERE disposals.case_id = NEW.case_id AND disposals.state = 'approved')"
)
_UNDECIDED = (
    "EXISTS (SELECT 1 FROM cases WHERE cases.comment_id = NEW.comment_id"
    " AND cases.state NOT IN ('decided', 'closed'))"
)
_EVIDENCE_KEPT = (
    "EXISTS (SELECT 1 FROM snapshots WHERE snapshots.comment_id = NEW.comment_id"
    " AND snapshots.destroyed_at IS NULL)"
)
_CASE_KEPT = (
    "EXISTS (SELECT 1 FROM snapshots"
    " WHERE snapshots.case_id = NEW.case_id AND snapshots.destroyed_at IS NULL)"
)
_WORDS_KEPT = (
    "EXISTS (SELECT 1 FROM revisions WHERE revisions.id = NEW.revision_id AND revisions.erased_at IS NULL)"
)


def destroyed_by_approval(dialect: str) -> tuple[str, ...]:
    """The statements after which evidence is destroyed only with an approved disposal, and never while held.

    Args:
        dialect: sqlite or postgresql.
    """
    destroyed = "OLD.destroyed_at IS NULL AND NEW.destroyed_at IS NOT NULL"
    return refuse_where(
        dialect,
        "snapshots",
        "destroyed_by_approval",
        f"{destroyed} AND (NOT {_APPROVED} OR {_HELD} OR {_SUSPECTED})",
        "evidence is destroyed after a person approved it, and never while it is held",
    )


def words_outlive_evidence(dialect: str) -> tuple[str, ...]:
    """The statements after which words are emptied only where nothing that needs them is kept."""
    erased = "OLD.erased_at IS NULL AND NEW.erased_at IS NOT NULL"
    kept = f"{_HELD} OR {_SUSPECTED} OR {_UNDECIDED} OR {_EVIDENCE_KEPT}"
    message = "the words of a comment are kept as long as its evidence"
    return (
        *refuse_where(dialect, "revisions", "words_outlive_evidence", f"{erased} AND ({kept})", message),
        *refuse_where(
            dialect, "findings", "with_their_words", f"NEW.matched <> OLD.matched AND {_WORDS_KEPT}", message
        ),
    )


def done_means_destroyed(dialect: str) -> tuple[str, ...]:
    """The statements after which a disposal is done only if it was approved and nothing is left."""
    wrong = f"OLD.state <> 'done' AND NEW.state = 'done' AND (OLD.state <> 'approved' OR {_CASE_KEPT})"
    return refuse_where(
        dialect,
        "disposals",
        "done_means_destroyed",
        wrong,
        "a disposal is done when its evidence is destroyed",
    )


def only_core_goes_offsite(dialect: str) -> tuple[str, ...]:
    """The statements after which a row of a copy elsewhere begins empty, and only for sealed core evidence.

    What holds pictures or video never leaves: a copy under lock could not be closed to everybody.
    """
    core = (
        "EXISTS (SELECT 1 FROM snapshots WHERE snapshots.id = NEW.snapshot_id AND snapshots.kind = 'core'"
        " AND snapshots.state = 'sealed' AND snapshots.destroyed_at IS NULL)"
    )
    begun = "NEW.read_back_at IS NULL AND NEW.removed_at IS NULL AND NOT NEW.held"
    return refuse_where(
        dialect,
        "offsite_copies",
        "only_core",
        f"NOT {core} OR NOT ({begun})",
        "only sealed core evidence is copied elsewhere, and a copy begins by being sent",
        verb="INSERT",
    )


def offsite_goes_forward(dialect: str) -> tuple[str, ...]:
    """The statements after which a lock is only made longer, and no copy is said to be removed too early.

    It may be said once its snapshot is destroyed, its lock is over and no case of its comment is held.
    """
    shorter = (
        "OLD.retain_until IS NOT NULL AND (NEW.retain_until IS NULL OR NEW.retain_until < OLD.retain_until)"
    )
    destroyed = (
        "EXISTS (SELECT 1 FROM snapshots WHERE snapshots.id = NEW.snapshot_id"
        " AND snapshots.destroyed_at IS NOT NULL)"
    )
    held = (
        "EXISTS (SELECT 1 FROM holds JOIN cases ON cases.id = holds.case_id"
        " JOIN snapshots ON snapshots.comment_id = cases.comment_id"
        " WHERE snapshots.id = NEW.snapshot_id AND holds.released_at IS NULL)"
    )
    locked = "NEW.retain_until IS NOT NULL AND NEW.retain_until > NEW.removed_at"
    removed = "OLD.removed_at IS NULL AND NEW.removed_at IS NOT NULL"
    return (
        *refuse_where(
            dialect,
            "offsite_copies",
            "lock_grows",
            shorter,
            "the lock of a copy elsewhere is only made longer",
        ),
        *refuse_where(
            dialect,
            "offsite_copies",
            "removed_when_over",
            f"{removed} AND (NOT {destroyed} OR {held} OR {locked})",
            "a copy elsewhere is removed after its evidence is destroyed and its lock is over",
        ),
    )


def refuse_where(
    dialect: str, table: str, name: str, condition: str, message: str, *, verb: str = "UPDATE"
) -> tuple[str, ...]:
    """The statements after which a change is refused where a condition holds that may look into other tables.

    Args:
        dialect: sqlite or postgresql.
        name: of the guard, without the table's name.
        condition: the SQL of the row as it would be (NEW), and as it was (OLD) where it is changed.
    """
    trigger = f"{table}_{name}"
    on = f"CREATE TRIGGER {trigger} BEFORE {verb} ON {table} FOR EACH ROW"
    if dialect == "sqlite":
        return (f"{on} WHEN ({condition}) BEGIN SELECT RAISE(ABORT, '{message}'); END",)
    refusal = f"RAISE EXCEPTION '{message}' USING ERRCODE = 'restrict_violation'"
    body = f"BEGIN IF {condition} THEN {refusal}; END IF; RETURN NEW; END"
    function = f"CREATE FUNCTION {trigger}() RETURNS trigger LANGUAGE plpgsql AS $$ {body} $$"
    return (function, f"{on} EXECUTE FUNCTION {trigger}()")
