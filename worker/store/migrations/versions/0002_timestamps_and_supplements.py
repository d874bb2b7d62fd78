"""Timestamps of sealed snapshots; supplements; which core a later snapshot belongs to."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from worker.store.guards import freeze_sealed_snapshots, only_added, unguarded
from worker.store.types import UtcDateTime

revision = "0002"
down_revision = "0001"

_OLD_COLUMNS = (
    "id, case_id, comment_id, revision_id, kind, state, asked_at, sealed_at, bag, source,"
    " manifest_sha256, tagmanifest_sha256, destroyed_at, destroyed_by, destroyed_reason"
)
_COLUMNS = (*_OLD_COLUMNS.replace(" ", "").split(","), "core_id")
_GUARDS = ("sealed_frozen", "sealed_kept", "begins_pending")
_KIND = "kind IN ('core', 'rendered', 'supplement')"
_BELONGS = "(kind = 'core') = (core_id IS NULL)"


def upgrade() -> None:
    """Bring the tables to this migration."""
    dialect = op.get_bind().dialect.name
    if dialect == "sqlite":
        _snapshots_anew()
    else:
        for statement in unguarded(dialect, "snapshots", _GUARDS):
            op.execute(statement)
        op.add_column("snapshots", sa.Column("core_id", sa.BigInteger(), nullable=True))
        op.create_foreign_key(
            op.f("fk_snapshots_core_id_snapshots"),
            "snapshots",
            "snapshots",
            ["core_id"],
            ["id"],
            ondelete="RESTRICT",
        )
        op.create_unique_constraint(op.f("uq_snapshots_id_comment_id"), "snapshots", ["id", "comment_id"])
        op.create_foreign_key(
            "fk_snapshots_core_id_same_comment",
            "snapshots",
            "snapshots",
            ["core_id", "comment_id"],
            ["id", "comment_id"],
            ondelete="RESTRICT",
        )
        op.drop_constraint(op.f("ck_snapshots_kind"), "snapshots", type_="check")
        op.create_check_constraint(op.f("ck_snapshots_kind"), "snapshots", _KIND)
        op.create_check_constraint(op.f("ck_snapshots_belongs_to_core"), "snapshots", _BELONGS)
    for statement in freeze_sealed_snapshots(dialect, _COLUMNS):
        op.execute(statement)
    op.create_table(
        "timestamps",
        sa.Column(
            "snapshot_id",
            sa.BigInteger().with_variant(sa.Integer(), "sqlite"),
            autoincrement=False,
            nullable=False,
        ),
        sa.Column("stamped_at", UtcDateTime(timezone=True), nullable=False),
        sa.Column("authority", sa.Text(), nullable=False),
        sa.Column("serial", sa.String(length=100), nullable=False),
        sa.Column("token_sha256", sa.String(length=64), nullable=False),
        sa.Column("shared", sa.Boolean(), nullable=False),
        sa.Column("clock_offset", sa.Double(), nullable=True),
        sa.Column("entered_at", UtcDateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(
            ["snapshot_id"],
            ["snapshots.id"],
            name=op.f("fk_timestamps_snapshot_id_snapshots"),
            ondelete="RESTRICT",
        ),
        sa.PrimaryKeyConstraint("snapshot_id", name=op.f("pk_timestamps")),
    )
    for statement in only_added(dialect, "timestamps", key="snapshot_id"):
        op.execute(statement)


def _snapshots_anew() -> None:
    """SQLite cannot change a CHECK: the table is made anew beside the old one and takes its name."""
    same = (("case_id", "cases"), ("revision_id", "revisions"), ("core_id", "snapshots"))
    op.create_table(
        "snapshots_anew",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("case_id", sa.Integer(), nullable=False),
        sa.Column("comment_id", sa.Integer(), nullable=False),
        sa.Column("revision_id", sa.Integer(), nullable=False),
        sa.Column("kind", sa.String(length=20), nullable=False),
        sa.Column("state", sa.String(length=20), nullable=False),
        sa.Column("core_id", sa.Integer(), nullable=True),
        sa.Column("asked_at", UtcDateTime(timezone=True), nullable=False),
        sa.Column("sealed_at", UtcDateTime(timezone=True), nullable=True),
        sa.Column("bag", sa.Text(), nullable=True),
        sa.Column("source", sa.String(length=20), nullable=True),
        sa.Column("manifest_sha256", sa.String(length=64), nullable=True),
        sa.Column("tagmanifest_sha256", sa.String(length=64), nullable=True),
        sa.Column("destroyed_at", UtcDateTime(timezone=True), nullable=True),
        sa.Column("destroyed_by", sa.Integer(), nullable=True),
        sa.Column("destroyed_reason", sa.Text(), nullable=True),
        sa.CheckConstraint(_KIND, name=op.f("ck_snapshots_kind")),
        sa.CheckConstraint(_BELONGS, name=op.f("ck_snapshots_belongs_to_core")),
        sa.CheckConstraint("state IN ('pending', 'sealed')", name=op.f("ck_snapshots_state")),
        sa.CheckConstraint(
            "state <> 'sealed' OR (sealed_at IS NOT NULL AND bag IS NOT NULL AND source IS NOT NULL"
            " AND manifest_sha256 IS NOT NULL AND tagmanifest_sha256 IS NOT NULL)",
            name=op.f("ck_snapshots_sealed_is_complete"),
        ),
        sa.CheckConstraint(
            "(destroyed_at IS NULL) = (destroyed_by IS NULL)"
            " AND (destroyed_at IS NULL) = (destroyed_reason IS NULL)",
            name=op.f("ck_snapshots_destruction_is_complete"),
        ),
        *(
            sa.ForeignKeyConstraint(
                [column, "comment_id"],
                [f"{table}.id", f"{table}.comment_id"],
                name=f"fk_snapshots_{column}_same_comment",
                ondelete="RESTRICT",
            )
            for column, table in same
        ),
        *(
            sa.ForeignKeyConstraint(
                [column],
                [f"{table}.id"],
                name=op.f(f"fk_snapshots_{column}_{table}"),
                ondelete="RESTRICT",
            )
            for column, table in (
                ("case_id", "cases"),
                ("comment_id", "comments"),
                ("revision_id", "revisions"),
                ("core_id", "snapshots"),
                ("destroyed_by", "people"),
            )
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_snapshots")),
        sa.UniqueConstraint("id", "comment_id", "state", name=op.f("uq_snapshots_id_comment_id_state")),
        sa.UniqueConstraint("id", "comment_id", name=op.f("uq_snapshots_id_comment_id")),
    )
    op.execute(f"INSERT INTO snapshots_anew ({_OLD_COLUMNS}) SELECT {_OLD_COLUMNS} FROM snapshots")  # noqa: S608 -- our own names
    op.drop_table("snapshots")
    op.rename_table("snapshots_anew", "snapshots")
    for column in ("case_id", "sealed_at", "comment_id"):
        op.create_index(f"ix_snapshots_{column}", "snapshots", [column], unique=False)
