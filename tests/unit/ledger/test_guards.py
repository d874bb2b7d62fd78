"""What the schema itself refuses: raw SQL as the application's own role, on both databases."""

from __future__ import annotations

from sqlalchemy import text
from sqlalchemy.exc import DBAPIError

from tests.unit.ledger.desk import Desk

HEAD = "ledger_head (id, size, root, peaks, appended_at) VALUES ({id}, 999, 'x', '[]', '2026-11-16 10:00:00')"
REFUSED = (
    "UPDATE ledger SET nonce = leaf WHERE position = 0",
    "UPDATE ledger SET position = 99 WHERE position = 0",
    "UPDATE ledger SET nonce = NULL, leaf = NULL, position = NULL WHERE position = 0",
    "UPDATE ledger SET audit_id = 99 WHERE position IS NULL",
    "UPDATE ledger SET position = 99 WHERE position IS NULL",
    "DELETE FROM ledger WHERE position = 0",
    "DELETE FROM ledger WHERE position IS NULL",
    "UPDATE ledger_head SET root = root",
    "UPDATE ledger_head SET size = size - 1",
    "DELETE FROM ledger_head",
    "UPDATE ledger_nodes SET hash = 'x'",
    "DELETE FROM ledger_nodes",
    "UPDATE checkpoints SET signature = signature",
    "DELETE FROM checkpoints",
    "UPDATE checkpoint_publications SET place = 'x'",
    "DELETE FROM checkpoint_publications",
    f"INSERT INTO {HEAD.format(id=2)}",
)
#: SQLite's OR REPLACE removes what is in its way; elsewhere the same statement without it.
WRITTEN_OVER = (
    "INSERT {over} INTO ledger (audit_id) SELECT audit_id FROM ledger WHERE position = 0",
    "INSERT {over} INTO ledger_nodes (level, number, hash) VALUES (1, 0, 'x')",
    "INSERT {over} INTO checkpoints SELECT * FROM checkpoints",
    "INSERT {over} INTO checkpoint_publications SELECT * FROM checkpoint_publications",
    "INSERT {over} INTO " + HEAD.format(id=1),
    "UPDATE {over} ledger SET nonce = 'x', leaf = 'x', position = 0 WHERE position IS NULL",
    "UPDATE {over} ledger SET audit_id = 1 WHERE position IS NULL",
)


def allowed(desk: Desk, statement: str) -> bool:
    """Whether the application may do this; whatever it is, it is rolled back."""
    with desk.store.write() as session:
        try:
            session.execute(text(statement))
        except DBAPIError:
            return False
        finally:
            session.rollback()
    return True


def test_the_application_cannot_change_what_was_entered(desk: Desk) -> None:
    """Entries, head, nodes, checkpoints and publications are neither changed, removed nor written over."""
    desk.note(300)
    desk.book.tick()
    desk.note()
    over = "OR REPLACE" if desk.store.dialect == "sqlite" else ""
    statements = (*REFUSED, *(each.format(over=over) for each in WRITTEN_OVER))
    assert [each for each in statements if allowed(desk, each)] == []
    assert allowed(desk, "UPDATE ledger_head SET size = size + 1"), "so that the refusals are the guards' own"
    assert desk.book.verify().ok
