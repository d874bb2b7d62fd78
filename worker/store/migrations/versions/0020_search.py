"""Wordings are found by their words; findings by their rule and category."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from worker.store.searching import fill, full_text, words_leave_with_their_text

revision = "0020"
down_revision = "0019"


def upgrade() -> None:
    """Bring the tables to this migration."""
    op.create_table(
        "revision_words",
        sa.Column(
            "revision_id",
            sa.BigInteger().with_variant(sa.Integer(), "sqlite"),
            autoincrement=False,
            nullable=False,
        ),
        sa.Column("words", sa.Text(), nullable=False),
        sa.ForeignKeyConstraint(
            ["revision_id"],
            ["revisions.id"],
            name=op.f("fk_revision_words_revision_id_revisions"),
            ondelete="RESTRICT",
        ),
        sa.PrimaryKeyConstraint("revision_id", name=op.f("pk_revision_words")),
    )
    op.create_index("ix_findings_rule_id", "findings", ["rule_id", "revision_id"], unique=False)
    op.create_index("ix_findings_category", "findings", ["category", "revision_id"], unique=False)
    connection = op.get_bind()
    # The words first: an index over all that is there is made faster than one that grows with each row.
    fill(connection)
    dialect = connection.dialect.name
    for statement in (*full_text(dialect), *words_leave_with_their_text(dialect)):
        op.execute(statement)
