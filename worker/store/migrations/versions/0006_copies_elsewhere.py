"""Copies of sealed core evidence in storage elsewhere."""

from __future__ import annotations

from collections.abc import Iterator

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

from worker.store.custody_guards import offsite_goes_forward, only_core_goes_offsite
from worker.store.guards import kept, only_once, stays
from worker.store.types import UtcDateTime

revision = "0006"
down_revision = "0005"

#: Guard, from when on, and the columns that stay from then on.
_OF_RECORD = (
    ("begun_stays", "1 = 1", ("id", "snapshot_id", "part", "place", "begun_at", "mode")),
    ("read_back_stays", "OLD.read_back_at IS NOT NULL", ("read_back_at", "objects")),
    (
        "removed_stays",
        "OLD.removed_at IS NOT NULL",
        ("removed_at", "retain_until", "read_back_at", "objects"),
    ),
)


def upgrade() -> None:
    """Bring the tables to this migration."""
    op.create_table(
        "offsite_copies",
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("snapshot_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("part", sa.String(length=20), nullable=False),
        sa.Column("place", sa.Text(), nullable=False),
        sa.Column("begun_at", UtcDateTime(timezone=True), nullable=False),
        sa.Column("mode", sa.String(length=20), nullable=False),
        sa.Column("retain_until", UtcDateTime(timezone=True), nullable=True),
        sa.Column("read_back_at", UtcDateTime(timezone=True), nullable=True),
        sa.Column(
            "objects",
            sa.JSON().with_variant(postgresql.JSONB(astext_type=sa.Text()), "postgresql"),
            nullable=False,
        ),
        sa.Column("held", sa.Boolean(), nullable=False),
        sa.Column("removed_at", UtcDateTime(timezone=True), nullable=True),
        sa.CheckConstraint("part IN ('bag', 'timestamp')", name=op.f("ck_offsite_copies_part")),
        sa.CheckConstraint(
            "mode IN ('governance', 'compliance', 'none')", name=op.f("ck_offsite_copies_mode")
        ),
        sa.CheckConstraint(
            "(mode = 'none') = (retain_until IS NULL)", name=op.f("ck_offsite_copies_locked_until")
        ),
        sa.CheckConstraint("removed_at IS NULL OR NOT held", name=op.f("ck_offsite_copies_held_is_there")),
        sa.ForeignKeyConstraint(
            ["snapshot_id"],
            ["snapshots.id"],
            name=op.f("fk_offsite_copies_snapshot_id_snapshots"),
            ondelete="RESTRICT",
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_offsite_copies")),
        sa.UniqueConstraint(
            "snapshot_id", "part", "place", name=op.f("uq_offsite_copies_snapshot_id_part_place")
        ),
    )
    op.create_index(
        "ix_offsite_copies_there",
        "offsite_copies",
        ["place"],
        unique=False,
        sqlite_where=sa.text("removed_at IS NULL"),
        postgresql_where=sa.text("removed_at IS NULL"),
    )
    for statement in _guards(op.get_bind().dialect.name):
        op.execute(statement)


def _guards(dialect: str) -> Iterator[str]:
    yield from kept(dialect, "offsite_copies")
    yield from only_once(dialect, "offsite_copies", ("snapshot_id", "part", "place"))
    for name, once, columns in _OF_RECORD:
        yield from stays(dialect, "offsite_copies", columns, name=name, once=once)
    yield from only_core_goes_offsite(dialect)
    yield from offsite_goes_forward(dialect)
