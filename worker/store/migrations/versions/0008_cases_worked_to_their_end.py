"""What cases, roles and tasks need so that a case can be worked to its end."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

from worker.store.constraints import add_foreign_key, change_check
from worker.store.guards import kept
from worker.store.types import UtcDateTime

revision = "0008"
down_revision = "0007"

_ROLES = (
    "reviewer",
    "senior_reviewer",
    "on_call_manager",
    "communications_lead",
    "evidence_officer",
    "referral_reader",
    "safeguarding_lead",
    "hr",
    "freedom_to_speak_up_guardian",
    "security_specialist",
    "legal",
    "pals",
    "it",
    "occupational_health",
    "administrator",
)
_RESTRICTIONS = ("safeguarding", "protected", "manager", "intimate_image", "imagery")


def upgrade() -> None:
    """Bring the tables to this migration."""
    connection = op.get_bind()
    change_check(connection, "person_roles", "ck_person_roles_role", _one_of("role", _ROLES))
    row_id = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
    json = sa.JSON().with_variant(postgresql.JSONB(astext_type=sa.Text()), "postgresql")
    op.add_column("cases", sa.Column("snoozed_until", UtcDateTime(timezone=True), nullable=True))
    op.add_column("cases", sa.Column("priority_parts", json, nullable=True))
    # One statement each, so that SQLite takes them without making the table anew.
    restricted = f"restriction IS NULL OR {_one_of('restriction', _RESTRICTIONS)}"
    op.execute(
        "ALTER TABLE cases ADD COLUMN restriction VARCHAR(20)"
        f" CONSTRAINT ck_cases_restriction CHECK ({restricted})"
    )
    op.add_column("cases", sa.Column("repost_of", row_id, nullable=True))
    add_foreign_key(connection, "cases", "fk_cases_repost_of_cases", ["repost_of"], "cases", ["id"])
    op.create_table(
        "tasks",
        sa.Column("id", row_id, nullable=False),
        sa.Column("kind", sa.String(length=40), nullable=False),
        sa.Column("key", sa.String(length=200), nullable=False),
        sa.Column("title", sa.Text(), nullable=False),
        sa.Column("case_id", row_id, nullable=True),
        sa.Column("about_type", sa.String(length=40), nullable=True),
        sa.Column("about_id", row_id, nullable=True),
        sa.Column("for_role", sa.String(length=40), nullable=True),
        sa.Column("for_person", row_id, nullable=True),
        sa.Column("created_at", UtcDateTime(timezone=True), nullable=False),
        sa.Column("due_at", UtcDateTime(timezone=True), nullable=False),
        sa.Column("done_at", UtcDateTime(timezone=True), nullable=True),
        sa.Column("done_by", row_id, nullable=True),
        sa.Column("outcome", sa.Text(), nullable=True),
        sa.CheckConstraint(
            "(for_role IS NULL) <> (for_person IS NULL)", name=op.f("ck_tasks_is_for_somebody")
        ),
        sa.CheckConstraint("(done_at IS NULL) = (outcome IS NULL)", name=op.f("ck_tasks_done_is_complete")),
        *(
            sa.ForeignKeyConstraint(
                [column], [f"{table}.id"], name=op.f(f"fk_tasks_{column}_{table}"), ondelete="RESTRICT"
            )
            for column, table in (("case_id", "cases"), ("for_person", "people"), ("done_by", "people"))
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_tasks")),
        sa.UniqueConstraint("key", name=op.f("uq_tasks_key")),
    )
    op.create_index("ix_tasks_waiting", "tasks", ["done_at", "due_at"], unique=False)
    op.create_index("ix_tasks_case_id", "tasks", ["case_id"], unique=False)
    op.create_index("ix_tasks_about", "tasks", ["about_type", "about_id"], unique=False)
    for statement in kept(connection.dialect.name, "tasks"):
        op.execute(statement)


def _one_of(column: str, values: tuple[str, ...]) -> str:
    return f"{column} IN ({', '.join(repr(value) for value in values)})"
