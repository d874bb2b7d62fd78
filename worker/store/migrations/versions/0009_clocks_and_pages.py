"""Clocks of cases, who is on call, and paging them."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from worker.store.guards import kept, moves_only, only_added, only_once, stays
from worker.store.types import UtcDateTime

revision = "0009"
down_revision = "0008"

_FLAGS = (
    "named_staff",
    "patient",
    "minor",
    "high_profile",
    "escalating",
    "reviewer_is_target",
    "at_risk_now",
)


def upgrade() -> None:
    """Bring the tables to this migration."""
    _queue()
    _flags()
    _overdue()
    _rota()
    _pages()
    dialect = op.get_bind().dialect.name
    asked = ("person_id", "rank", "from_at", "until_at", "added_by", "added_at")
    for statement in (
        *only_added(dialect, "case_flags"),
        *only_added(dialect, "overdue_notices"),
        *only_once(dialect, "overdue_notices", ["case_id"]),
        *only_added(dialect, "page_sendings"),
        *kept(dialect, "on_call"),
        *stays(dialect, "on_call", asked, name="asked_stays"),
        *stays(
            dialect,
            "on_call",
            ("removed_by", "removed_at"),
            name="removed_stays",
            once="OLD.removed_at IS NOT NULL",
        ),
        *kept(dialect, "pages"),
        *moves_only(dialect, "pages", [("calling", "acknowledged")], ["calling"]),
        *stays(dialect, "pages", ("case_id", "began_at"), name="began_stays"),
        *stays(
            dialect,
            "pages",
            ("acknowledged_by", "acknowledged_at"),
            name="acknowledged_stays",
            once="OLD.state = 'acknowledged'",
        ),
    ):
        op.execute(statement)


def _queue() -> None:
    op.add_column("cases", sa.Column("base_priority", sa.Integer(), nullable=True))
    op.drop_index("ix_cases_queue", table_name="cases")
    op.create_index(
        "ix_cases_waiting",
        "cases",
        ["severity_rank", sa.text("priority DESC"), "due_at", "id"],
        unique=False,
        sqlite_where=sa.text("closed_at IS NULL"),
        postgresql_where=sa.text("closed_at IS NULL"),
    )
    op.create_index(
        "ix_cases_due_at",
        "cases",
        ["due_at"],
        unique=False,
        sqlite_where=sa.text("closed_at IS NULL"),
        postgresql_where=sa.text("closed_at IS NULL"),
    )


def _flags() -> None:
    op.create_table(
        "case_flags",
        sa.Column("id", _row_id(), nullable=False),
        sa.Column("case_id", _row_id(), nullable=False),
        sa.Column("flag", sa.String(length=30), nullable=False),
        sa.Column("raised", sa.Boolean(), nullable=False),
        sa.Column("person_id", _row_id(), nullable=False),
        sa.Column("at", UtcDateTime(timezone=True), nullable=False),
        sa.CheckConstraint(_one_of("flag", _FLAGS), name=op.f("ck_case_flags_flag")),
        _points("case_flags", "case_id", "cases"),
        _points("case_flags", "person_id", "people"),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_case_flags")),
    )
    op.create_index("ix_case_flags_case_id", "case_flags", ["case_id", "flag", "id"], unique=False)


def _overdue() -> None:
    op.create_table(
        "overdue_notices",
        sa.Column("id", _row_id(), nullable=False),
        sa.Column("case_id", _row_id(), nullable=False),
        sa.Column("due_at", UtcDateTime(timezone=True), nullable=False),
        sa.Column("noticed_at", UtcDateTime(timezone=True), nullable=False),
        _points("overdue_notices", "case_id", "cases"),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_overdue_notices")),
        sa.UniqueConstraint("case_id", name=op.f("uq_overdue_notices_case_id")),
    )


def _rota() -> None:
    op.create_table(
        "on_call",
        sa.Column("id", _row_id(), nullable=False),
        sa.Column("person_id", _row_id(), nullable=False),
        sa.Column("rank", sa.Integer(), nullable=False),
        sa.Column("from_at", UtcDateTime(timezone=True), nullable=False),
        sa.Column("until_at", UtcDateTime(timezone=True), nullable=False),
        sa.Column("added_by", _row_id(), nullable=False),
        sa.Column("added_at", UtcDateTime(timezone=True), nullable=False),
        sa.Column("removed_by", _row_id(), nullable=True),
        sa.Column("removed_at", UtcDateTime(timezone=True), nullable=True),
        sa.CheckConstraint("rank >= 1", name=op.f("ck_on_call_rank")),
        sa.CheckConstraint("until_at > from_at", name=op.f("ck_on_call_ends_after_it_begins")),
        sa.CheckConstraint(
            "(removed_at IS NULL) = (removed_by IS NULL)", name=op.f("ck_on_call_removed_is_complete")
        ),
        *(_points("on_call", column, "people") for column in ("person_id", "added_by", "removed_by")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_on_call")),
    )
    op.create_index("ix_on_call_until_at", "on_call", ["until_at"], unique=False)


def _pages() -> None:
    op.create_table(
        "pages",
        sa.Column("id", _row_id(), nullable=False),
        sa.Column("case_id", _row_id(), nullable=False),
        sa.Column("state", sa.String(length=20), nullable=False),
        sa.Column("began_at", UtcDateTime(timezone=True), nullable=False),
        sa.Column("acknowledged_by", _row_id(), nullable=True),
        sa.Column("acknowledged_at", UtcDateTime(timezone=True), nullable=True),
        sa.CheckConstraint(_one_of("state", ("calling", "acknowledged")), name=op.f("ck_pages_state")),
        sa.CheckConstraint(
            "(state = 'acknowledged') = (acknowledged_at IS NOT NULL)"
            " AND (acknowledged_at IS NULL) = (acknowledged_by IS NULL)",
            name=op.f("ck_pages_acknowledged_is_complete"),
        ),
        _points("pages", "case_id", "cases"),
        _points("pages", "acknowledged_by", "people"),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_pages")),
    )
    op.create_index(
        "uq_pages_case_calling",
        "pages",
        ["case_id"],
        unique=True,
        sqlite_where=sa.text("state = 'calling'"),
        postgresql_where=sa.text("state = 'calling'"),
    )
    op.create_index("ix_pages_case_id", "pages", ["case_id"], unique=False)
    op.create_table(
        "page_sendings",
        sa.Column("id", _row_id(), nullable=False),
        sa.Column("page_id", _row_id(), nullable=False),
        sa.Column("turn", sa.Integer(), nullable=False),
        sa.Column("channel", sa.String(length=20), nullable=False),
        sa.Column("person_id", _row_id(), nullable=True),
        sa.Column("at", UtcDateTime(timezone=True), nullable=False),
        sa.Column("fault", sa.Text(), nullable=True),
        sa.CheckConstraint(_one_of("channel", ("email", "webhook")), name=op.f("ck_page_sendings_channel")),
        _points("page_sendings", "page_id", "pages"),
        _points("page_sendings", "person_id", "people"),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_page_sendings")),
    )
    op.create_index("ix_page_sendings_page_id", "page_sendings", ["page_id"], unique=False)


def _row_id() -> sa.types.TypeEngine[int]:
    return sa.BigInteger().with_variant(sa.Integer(), "sqlite")


def _points(table: str, column: str, other: str) -> sa.ForeignKeyConstraint:
    return sa.ForeignKeyConstraint(
        [column], [f"{other}.id"], name=op.f(f"fk_{table}_{column}_{other}"), ondelete="RESTRICT"
    )


def _one_of(column: str, values: tuple[str, ...]) -> str:
    return f"{column} IN ({', '.join(repr(value) for value in values)})"
