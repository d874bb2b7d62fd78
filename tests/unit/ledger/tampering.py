"""What somebody does who owns the tables: the guards are off; the changes are rolled back after the test."""

from __future__ import annotations

import shutil
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from sqlalchemy import Engine, bindparam, text
from sqlalchemy.orm import Session

from tests.unit.ledger.desk import TRUST, Desk
from worker.keyring import Keyring
from worker.ledger import rows
from worker.ledger.checking import Checker, Verification
from worker.ledger.checkpoints import Statement, read_text, text_of
from worker.ledger.leaf import entry_of
from worker.ledger.tree import Frontier, Node

GUARDED = ("audit", "ledger", "ledger_head", "ledger_nodes", "checkpoints", "checkpoint_publications")


@dataclass
class Scene:
    """One transaction as the tables' owner, and a copy of what was published."""

    session: Session
    desk: Desk
    copies: Path

    def sql(self, *statements: str, **values: Any) -> None:
        """Change something."""
        for statement in statements:
            self.session.execute(text(statement), values)

    def check(self, *, published: bool = True) -> Verification:
        """Check the ledger as it is in this transaction."""
        self.session.flush()
        certificates = self.desk.keyring.certificates()
        folder = self.copies if published else None
        return Checker(self.session, certificates, folder, lambda _done, _total: None).run()

    def rebuild(self) -> None:
        """Make leaves, nodes and head fit what the audit says now, as somebody would who knows how."""
        frontier, leaves = Frontier(), []
        nodes: list[Node] = []
        for row in rows.appended(self.session, None, 10_000):
            leaf = entry_of(row, row.nonce).leaf
            leaves.append({"row": row.audit_id, "leaf": leaf.hex()})
            nodes += frontier.add(leaf)
        self.session.execute(
            text("UPDATE ledger SET leaf = :leaf WHERE audit_id = :row").bindparams(bindparam("row")), leaves
        )
        self.sql("DELETE FROM ledger_nodes")
        for each in nodes:
            self.sql(
                "INSERT INTO ledger_nodes (level, number, hash) VALUES (:level, :number, :hash)",
                level=each.level,
                number=each.number,
                hash=each.hash.hex(),
            )
        peaks = "[" + ", ".join(f'"{peak.hex()}"' for peak in frontier.peaks) + "]"
        kind = "jsonb" if self.desk.store.dialect == "postgresql" else "text"
        self.sql(
            f"UPDATE ledger_head SET size = :size, root = :root, peaks = CAST(:peaks AS {kind})",
            size=frontier.size,
            root=frontier.root().hex(),
            peaks=peaks,
        )

    def sign_again(self, keyring: Keyring, *, rewrite: bool = False) -> None:
        """Sign every checkpoint with a key; rewritten, it states the root that the entries have now."""
        frontier, roots = Frontier(), {}
        for row in rows.appended(self.session, None, 10_000):
            list(frontier.add(bytes.fromhex(row.leaf)))
            roots[frontier.size] = frontier.root()
        for size, body in self.session.execute(text("SELECT size, body FROM checkpoints")).all():
            said = read_text(body)
            assert said is not None
            new = text_of(Statement(TRUST, size, roots[size], said.time)) if rewrite else body
            self.sql(
                "UPDATE checkpoints SET body = :body, root = :root, signature = :signature"
                " WHERE size = :size",
                body=new,
                root=roots[size].hex() if rewrite else said.root.hex(),
                signature=keyring.sign(new.encode(), said.time),
                size=size,
            )


@contextmanager
def scene(desk: Desk, owner: Engine, folder: Path) -> Iterator[Scene]:
    """A transaction without guards, taken back in the end.

    Args:
        owner: signed in as the tables' owner.
        folder: for the copies.
    """
    copies = folder / "copies"
    shutil.copytree(desk.published, copies)
    for path in copies.iterdir():
        path.chmod(0o644)
    with owner.connect() as connection:
        driver: Any = connection.connection.driver_connection
        if owner.dialect.name == "sqlite":
            driver.execute("PRAGMA foreign_keys=OFF")
        with connection.begin() as change:
            unguard(connection.exec_driver_sql, owner.dialect.name)
            with Session(bind=connection, join_transaction_mode="rollback_only") as session:
                made = Scene(session, desk, copies)
                made.sql("UPDATE checkpoint_publications SET place = :place", place=str(copies))
                yield made
            change.rollback()


def unguard(run: Callable[[str], Any], dialect: str) -> None:
    """Switch every guard off, as the tables' owner can."""
    if dialect == "sqlite":
        for (name,) in run("SELECT name FROM sqlite_master WHERE type = 'trigger'").all():
            run(f"DROP TRIGGER {name}")
        return
    for table in GUARDED:
        run(f"ALTER TABLE {table} DISABLE TRIGGER USER")
    for table, points in (("ledger", "audit_id_audit"), ("checkpoint_publications", "size_checkpoints")):
        run(f"ALTER TABLE {table} DROP CONSTRAINT IF EXISTS fk_{table}_{points}")
