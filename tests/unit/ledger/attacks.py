"""What somebody does who owns the tables, and under which names each is to be found."""

from __future__ import annotations

from collections.abc import Callable

from tests.unit.ledger.desk import START, make_keyring
from tests.unit.ledger.tampering import Scene
from worker.ledger.publishing import file_name

REWRITTEN = {"checkpoint_root", "published_root"}


def no(statement: str) -> Callable[[Scene], None]:
    """A change by one statement."""
    return lambda made: made.sql(statement)


def edited(made: Scene) -> None:
    """Somebody else did it."""
    made.sql("UPDATE audit SET verb = 'nothing' WHERE id = 5")


def cut(made: Scene) -> None:
    """The newest ten go, from audit and ledger."""
    made.sql("DELETE FROM audit WHERE id > 590", "DELETE FROM ledger WHERE position >= 590")


def cut_with_the_head(made: Scene) -> None:
    """And the head goes back with them."""
    cut(made)
    made.rebuild()


def cut_with_all(made: Scene) -> None:
    """They go with everything in the database that tells of them."""
    cut(made)
    made.rebuild()
    made.sql(
        "DELETE FROM checkpoint_publications WHERE size > 590", "DELETE FROM checkpoints WHERE size > 590"
    )


def row_removed(made: Scene) -> None:
    """One in the middle goes with its entry."""
    made.sql("DELETE FROM ledger WHERE position = 349", "DELETE FROM audit WHERE id = 350")


def swapped(made: Scene) -> None:
    """Two change places."""
    for old, new in ((400, 9999), (401, 400), (9999, 401)):
        made.sql(f"UPDATE ledger SET position = {new} WHERE position = {old}")


def swapped_and_rebuilt(made: Scene) -> None:
    """And nodes and head are made to fit."""
    swapped(made)
    made.rebuild()


def signed_by_another(made: Scene) -> None:
    """Every checkpoint gets a signature by a key that is not the Trust's."""
    made.sign_again(make_keyring(made.copies.parent / "other"))


def rewritten(made: Scene) -> None:
    """A row is changed and everything that follows from it, up to the head."""
    edited(made)
    made.rebuild()


def rewritten_and_signed(made: Scene) -> None:
    """And signed anew with the Trust's own key, by somebody who has it."""
    rewritten(made)
    made.sign_again(made.desk.keyring, rewrite=True)


def rewritten_and_signed_by_another(made: Scene) -> None:
    """And signed anew with another key."""
    rewritten(made)
    made.sign_again(make_keyring(made.copies.parent / "other"), rewrite=True)


def one_signature_by_another(made: Scene) -> None:
    """One checkpoint gets another key's signature."""
    text = (made.copies / file_name(300)).read_bytes()
    other = make_keyring(made.copies.parent / "other").sign(text, START)
    made.sql("UPDATE checkpoints SET signature = :other WHERE size = 300", other=other)


def added_past_the_guards(made: Scene) -> None:
    """An audit row appears without the trigger."""
    made.sql(
        "INSERT INTO audit (id, at, source, verb, object_type, detail)"
        " VALUES (9000, '2026-11-16 10:00:00', 'x', 'x', 'x', '{}')"
    )


def beyond_the_head(made: Scene) -> None:
    """An entry appears behind the head."""
    added_past_the_guards(made)
    made.sql(
        f"INSERT INTO ledger (audit_id, nonce, leaf, position) VALUES (9000, '{'0' * 64}', '{'0' * 64}', 600)"
    )


ZEROS = "0" * 64
ATTACKS: dict[str, tuple[Callable[[Scene], None], set[str]]] = {
    "edit an audit row": (edited, {"entry_altered"}),
    "edit when it was": (no("UPDATE audit SET at = '2026-01-01 10:00:00' WHERE id = 5"), {"entry_altered"}),
    "edit its facts": (no("UPDATE audit SET detail = '{\"number\": 77}' WHERE id = 5"), {"entry_altered"}),
    "edit a row and all that follows": (rewritten, REWRITTEN),
    "the same, signed with the stolen key": (rewritten_and_signed, {"published_root", "published_differs"}),
    "the same, signed with another key": (
        rewritten_and_signed_by_another,
        {"checkpoint_other_key", "published_root", "published_differs"},
    ),
    "remove a row with its entry": (row_removed, {"position_missing", "root_unknown"}),
    "remove an entry": (
        no("DELETE FROM ledger WHERE position = 349"),
        {"audit_without_entry", "position_missing", "root_unknown"},
    ),
    "empty an entry": (
        no("UPDATE ledger SET nonce = NULL, leaf = NULL, position = NULL WHERE position = 349"),
        {"position_missing", "root_unknown"},
    ),
    "remove a row, leave its entry": (no("DELETE FROM audit WHERE id = 5"), {"entry_without_audit"}),
    "cut off the newest": (cut, {"cut_off"}),
    "cut off the newest, move the head": (cut_with_the_head, {"cut_off"}),
    "cut off with the checkpoints": (cut_with_all, {"cut_off", "published_unknown"}),
    "change a leaf": (
        no(f"UPDATE ledger SET leaf = '{ZEROS}' WHERE position = 7"),
        {"entry_altered", "node_wrong", "head_wrong", *REWRITTEN},
    ),
    "garble a leaf": (
        no("UPDATE ledger SET leaf = 'no hash' WHERE position = 7"),
        {"entry_altered", "node_wrong", "head_wrong", *REWRITTEN},
    ),
    "change a nonce": (no(f"UPDATE ledger SET nonce = '{ZEROS}' WHERE position = 7"), {"entry_altered"}),
    "swap two entries": (swapped, {"node_wrong", "head_wrong", *REWRITTEN}),
    "swap two entries, rebuild": (swapped_and_rebuilt, REWRITTEN),
    "move an entry far away": (
        no("UPDATE ledger SET position = 4611686018427387904 WHERE position = 7"),
        {"position_missing", "root_unknown"},
    ),
    "move an entry below the first": (
        no("UPDATE ledger SET position = -1 WHERE position = 7"),
        {"position_missing", "root_unknown"},
    ),
    "change a node": (no(f"UPDATE ledger_nodes SET hash = '{ZEROS}' WHERE number = 1"), {"node_wrong"}),
    "remove a node": (no("DELETE FROM ledger_nodes WHERE number = 0"), {"node_wrong"}),
    "add a node": (no(f"INSERT INTO ledger_nodes VALUES (2, 0, '{ZEROS}')"), {"node_wrong"}),
    "change the head's root": (no(f"UPDATE ledger_head SET root = '{ZEROS}'"), {"head_wrong"}),
    "change the head's peaks": (no("UPDATE ledger_head SET peaks = '[]'"), {"head_wrong"}),
    "move the head on": (no("UPDATE ledger_head SET size = 608"), {"head_wrong"}),
    "remove the head": (no("DELETE FROM ledger_head"), {"head_wrong", "entry_beyond_head"}),
    "add a row past the guards": (added_past_the_guards, {"audit_without_entry"}),
    "add an entry behind the head": (beyond_the_head, {"entry_beyond_head", "entry_altered"}),
    "another key's signature": (one_signature_by_another, {"checkpoint_other_key"}),
    "every signature by another key": (signed_by_another, {"checkpoint_other_key"}),
    "swap two signatures": (
        no("UPDATE checkpoints SET signature = (SELECT signature FROM checkpoints WHERE size = 100)"),
        {"checkpoint_signature"},
    ),
    "edit a checkpoint's text": (
        no("UPDATE checkpoints SET body = replace(body, 'Ashdown', 'Northmoor') WHERE size = 100"),
        {"checkpoint_signature"},
    ),
    "edit a checkpoint's row": (
        no(f"UPDATE checkpoints SET root = '{ZEROS}' WHERE size = 100"),
        {"checkpoint_text"},
    ),
    "edit a checkpoint's time": (
        no("UPDATE checkpoints SET made_at = '2026-01-01 10:00:00' WHERE size = 100"),
        {"checkpoint_text"},
    ),
    "remove a published checkpoint": (
        no("DELETE FROM checkpoints WHERE size = 300"),
        {"published_unknown"},
    ),
}
