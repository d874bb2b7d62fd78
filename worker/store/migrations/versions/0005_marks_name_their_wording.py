"""Marks name the wording that the person looked at."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from worker.store.custody_guards import destroyed_by_approval, words_outlive_evidence
from worker.store.guards import names_its_wording, only_added, unguarded
from worker.store.types import UtcDateTime

revision = "0005"
down_revision = "0004"

_OLD_COLUMNS = "id, comment_id, mark, reason, marked_by, marked_at"
#: Guards of other tables that look into this one: SQLite renames no table that a trigger cannot find.
_LOOK_AT_MARKS = (
    ("snapshots", "destroyed_by_approval"),
    ("revisions", "words_outlive_evidence"),
    ("findings", "with_their_words"),
)


def upgrade() -> None:
    """Bring the tables to this migration. Marks that were given before name no wording."""
    dialect = op.get_bind().dialect.name
    if dialect == "sqlite":
        _marks_anew()
    else:
        op.add_column("marks", sa.Column("revision_id", sa.BigInteger(), nullable=True))
        op.create_foreign_key(
            op.f("fk_marks_revision_id_revisions"),
            "marks",
            "revisions",
            ["revision_id"],
            ["id"],
            ondelete="RESTRICT",
        )
        op.create_foreign_key(
            "fk_marks_revision_id_same_comment",
            "marks",
            "revisions",
            ["revision_id", "comment_id"],
            ["id", "comment_id"],
            ondelete="RESTRICT",
        )
    for statement in names_its_wording(dialect, "marks"):
        op.execute(statement)


def _marks_anew() -> None:
    """SQLite cannot add a foreign key of two columns: the table is made anew and takes the old one's name."""
    op.create_table(
        "marks_anew",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("comment_id", sa.Integer(), nullable=False),
        sa.Column("revision_id", sa.Integer(), nullable=True),
        sa.Column("mark", sa.String(length=20), nullable=False),
        sa.Column("reason", sa.Text(), nullable=True),
        sa.Column("marked_by", sa.Integer(), nullable=False),
        sa.Column("marked_at", UtcDateTime(timezone=True), nullable=False),
        sa.CheckConstraint(
            "mark IN ('safe_to_copy', 'intimate_image', 'suspected_csam')", name=op.f("ck_marks_mark")
        ),
        sa.ForeignKeyConstraint(
            ["revision_id", "comment_id"],
            ["revisions.id", "revisions.comment_id"],
            name="fk_marks_revision_id_same_comment",
            ondelete="RESTRICT",
        ),
        *(
            sa.ForeignKeyConstraint(
                [column], [f"{table}.id"], name=op.f(f"fk_marks_{column}_{table}"), ondelete="RESTRICT"
            )
            for column, table in (
                ("comment_id", "comments"),
                ("revision_id", "revisions"),
                ("marked_by", "people"),
            )
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_marks")),
    )
    op.execute(f"INSERT INTO marks_anew ({_OLD_COLUMNS}) SELECT {_OLD_COLUMNS} FROM marks")  # noqa: S608 -- our own names
    for table, guard in _LOOK_AT_MARKS:
        for statement in unguarded("sqlite", table, (guard,)):
            op.execute(statement)
    op.drop_table("marks")
    op.rename_table("marks_anew", "marks")
    op.create_index("ix_marks_comment_id", "marks", ["comment_id"], unique=False)
    for statement in (
        *only_added("sqlite", "marks"),
        *destroyed_by_approval("sqlite"),
        *words_outlive_evidence("sqlite"),
    ):
        op.execute(statement)
