"""The ledger: every audit row's place in a Merkle tree, its head, its nodes, its signed checkpoints."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

from worker.store.guards import audit_enters_the_ledger, filled_once, only_added
from worker.store.types import UtcDateTime

revision = "0003"
down_revision = "0002"


def upgrade() -> None:
    """Bring the tables to this migration."""
    dialect = op.get_bind().dialect.name
    op.create_table(
        "checkpoints",
        sa.Column(
            "size", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), autoincrement=False, nullable=False
        ),
        sa.Column("root", sa.String(length=64), nullable=False),
        sa.Column("made_at", UtcDateTime(timezone=True), nullable=False),
        sa.Column("body", sa.Text(), nullable=False),
        sa.Column("signature", sa.LargeBinary(), nullable=False),
        sa.PrimaryKeyConstraint("size", name=op.f("pk_checkpoints")),
    )
    op.create_table(
        "ledger_head",
        sa.Column(
            "id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), autoincrement=False, nullable=False
        ),
        sa.Column("size", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("root", sa.String(length=64), nullable=False),
        sa.Column(
            "peaks",
            sa.JSON().with_variant(postgresql.JSONB(astext_type=sa.Text()), "postgresql"),
            nullable=False,
        ),
        sa.Column("appended_at", UtcDateTime(timezone=True), nullable=False),
        sa.CheckConstraint("id = 1", name=op.f("ck_ledger_head_one_row")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_ledger_head")),
    )
    op.create_table(
        "ledger_nodes",
        sa.Column("level", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column(
            "number",
            sa.BigInteger().with_variant(sa.Integer(), "sqlite"),
            autoincrement=False,
            nullable=False,
        ),
        sa.Column("hash", sa.String(length=64), nullable=False),
        sa.PrimaryKeyConstraint("level", "number", name=op.f("pk_ledger_nodes")),
    )
    op.create_table(
        "checkpoint_publications",
        sa.Column(
            "size", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), autoincrement=False, nullable=False
        ),
        sa.Column("place", sa.String(length=400), nullable=False),
        sa.Column("published_at", UtcDateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(
            ["size"],
            ["checkpoints.size"],
            name=op.f("fk_checkpoint_publications_size_checkpoints"),
            ondelete="RESTRICT",
        ),
        sa.PrimaryKeyConstraint("size", "place", name=op.f("pk_checkpoint_publications")),
    )
    op.create_table(
        "ledger",
        sa.Column(
            "audit_id",
            sa.BigInteger().with_variant(sa.Integer(), "sqlite"),
            autoincrement=False,
            nullable=False,
        ),
        sa.Column("nonce", sa.String(length=64), nullable=True),
        sa.Column("leaf", sa.String(length=64), nullable=True),
        sa.Column("position", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=True),
        sa.CheckConstraint(
            "(position IS NULL) = (leaf IS NULL) AND (position IS NULL) = (nonce IS NULL)",
            name=op.f("ck_ledger_whole"),
        ),
        sa.ForeignKeyConstraint(
            ["audit_id"], ["audit.id"], name=op.f("fk_ledger_audit_id_audit"), ondelete="RESTRICT"
        ),
        sa.PrimaryKeyConstraint("audit_id", name=op.f("pk_ledger")),
        sa.UniqueConstraint("position", name=op.f("uq_ledger_position")),
    )
    op.create_index(
        "ix_ledger_waiting",
        "ledger",
        ["audit_id"],
        unique=False,
        sqlite_where=sa.text("position IS NULL"),
        postgresql_where=sa.text("position IS NULL"),
    )
    # What was audited before there was a ledger waits for its place like anything new.
    op.execute("INSERT INTO ledger (audit_id) SELECT id FROM audit ORDER BY id")
    for statement in (*audit_enters_the_ledger(dialect), *filled_once(dialect)):
        op.execute(statement)
    for table, key in (("checkpoints", "size"), ("ledger_nodes", None), ("checkpoint_publications", None)):
        for statement in only_added(dialect, table, key=key):
            op.execute(statement)
