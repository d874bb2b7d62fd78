"""Reports to the platforms, prepared, filed and followed."""

from __future__ import annotations

from collections.abc import Iterator

import sqlalchemy as sa
from alembic import op

from worker.store.guards import kept, moves_only, only_added, only_once, stays
from worker.store.types import UtcDateTime

revision = "0013"
down_revision = "0012"

_STATES = ("prepared", "filed", "no_answer", "removed", "kept", "withdrawn", "closed")
_MOVES = (
    ("prepared", "filed"),
    ("prepared", "withdrawn"),
    ("filed", "no_answer"),
    ("filed", "removed"),
    ("filed", "kept"),
    ("filed", "withdrawn"),
    ("no_answer", "removed"),
    ("no_answer", "kept"),
    ("no_answer", "withdrawn"),
    ("no_answer", "closed"),
    ("kept", "removed"),
    ("kept", "withdrawn"),
    ("kept", "closed"),
    ("removed", "kept"),
    ("removed", "withdrawn"),
    ("removed", "closed"),
)
_OUTCOMES = ("removed", "kept", "no_answer")
#: Guard, from when on, and the columns that stay from then on.
_OF_RECORD = (
    (
        "prepared_stays",
        "1 = 1",
        ("id", "requested_action_id", "comment_id", "kind", "category", "reason", "prepared_at"),
    ),
    (
        "filed_once",
        "OLD.filed_at IS NOT NULL",
        ("filed_at", "filed_by", "recorded_at", "reference", "screenshot_id", "filing_note"),
    ),
    (
        "ended_stays",
        "OLD.ended_at IS NOT NULL",
        ("outcome", "outcome_at", "outcome_by", "ended_at", "ended_by", "ended_reason"),
    ),
)


def upgrade() -> None:
    """Bring the tables to this migration."""
    _add_reports()
    _add_corrections()
    _add_replies()
    for statement in _guards(op.get_bind().dialect.name):
        op.execute(statement)


def _add_reports() -> None:
    op.create_table(
        "platform_reports",
        sa.Column("id", _row_id(), nullable=False),
        sa.Column("requested_action_id", _row_id(), nullable=False),
        sa.Column("comment_id", _row_id(), nullable=False),
        sa.Column("kind", sa.String(length=20), nullable=False),
        sa.Column("state", sa.String(length=20), nullable=False),
        sa.Column("category", sa.String(length=40), nullable=False),
        sa.Column("reason", sa.Text(), nullable=True),
        sa.Column("prepared_at", UtcDateTime(timezone=True), nullable=False),
        sa.Column("filed_at", UtcDateTime(timezone=True), nullable=True),
        sa.Column("filed_by", _row_id(), nullable=True),
        sa.Column("recorded_at", UtcDateTime(timezone=True), nullable=True),
        sa.Column("reference", sa.Text(), nullable=True),
        sa.Column("screenshot_id", _row_id(), nullable=True),
        sa.Column("filing_note", sa.Text(), nullable=True),
        sa.Column("outcome", sa.String(length=20), nullable=True),
        sa.Column("outcome_at", UtcDateTime(timezone=True), nullable=True),
        sa.Column("outcome_by", _row_id(), nullable=True),
        sa.Column("gone_noted_at", UtcDateTime(timezone=True), nullable=True),
        sa.Column("ended_at", UtcDateTime(timezone=True), nullable=True),
        sa.Column("ended_by", _row_id(), nullable=True),
        sa.Column("ended_reason", sa.Text(), nullable=True),
        *_checks(),
        sa.ForeignKeyConstraint(
            ["requested_action_id", "comment_id", "kind"],
            ["requested_actions.id", "requested_actions.comment_id", "requested_actions.kind"],
            name="fk_platform_reports_requested",
            ondelete="RESTRICT",
            onupdate="RESTRICT",
        ),
        sa.ForeignKeyConstraint(
            ["requested_action_id"],
            ["actions.requested_action_id"],
            name="fk_platform_reports_action",
            ondelete="RESTRICT",
            onupdate="RESTRICT",
        ),
        sa.ForeignKeyConstraint(
            ["screenshot_id", "comment_id"],
            ["snapshots.id", "snapshots.comment_id"],
            name="fk_platform_reports_screenshot_id_same_comment",
            ondelete="RESTRICT",
        ),
        *_keys(
            "platform_reports",
            ("comment_id", "comments"),
            ("filed_by", "people"),
            ("outcome_by", "people"),
            ("ended_by", "people"),
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_platform_reports")),
        sa.UniqueConstraint("requested_action_id", name=op.f("uq_platform_reports_requested_action_id")),
    )
    op.create_index("ix_platform_reports_state", "platform_reports", ["state", "prepared_at"], unique=False)
    op.create_index("ix_platform_reports_comment_id", "platform_reports", ["comment_id"], unique=False)


def _checks() -> Iterator[sa.CheckConstraint]:
    for name, condition in (
        ("kind", "kind = 'platform_report'"),
        ("state", _one_of("state", _STATES)),
        ("outcome", f"outcome IS NULL OR {_one_of('outcome', _OUTCOMES)}"),
        (
            "filing_is_complete",
            (
                "(filed_at IS NULL) = (filed_by IS NULL) AND (filed_at IS NULL) = (recorded_at IS NULL)"
                " AND (filed_at IS NULL OR reference IS NOT NULL OR screenshot_id IS NOT NULL"
                " OR filing_note IS NOT NULL)"
            ),
        ),
        (
            "filed_by_somebody",
            (
                "(state = 'prepared' AND filed_at IS NULL) OR state = 'withdrawn'"
                " OR (state <> 'prepared' AND filed_at IS NOT NULL)"
            ),
        ),
        (
            "outcome_is_complete",
            "(outcome IS NULL) = (outcome_at IS NULL) AND (outcome IS NULL) = (outcome_by IS NULL)",
        ),
        (
            "outcome_is_its_state",
            "state NOT IN ('removed', 'kept', 'no_answer') OR COALESCE(outcome, '') = state",
        ),
        ("closed_with_an_outcome", "state <> 'closed' OR outcome IS NOT NULL"),
        ("ended", "(state IN ('withdrawn', 'closed')) = (ended_at IS NOT NULL)"),
        ("end_is_complete", "(ended_at IS NULL) = (ended_reason IS NULL)"),
    ):
        yield sa.CheckConstraint(condition, name=op.f(f"ck_platform_reports_{name}"))


def _add_corrections() -> None:
    op.create_table(
        "platform_report_corrections",
        sa.Column("id", _row_id(), nullable=False),
        sa.Column("report_id", _row_id(), nullable=False),
        sa.Column("filed_at", UtcDateTime(timezone=True), nullable=True),
        sa.Column("reference", sa.Text(), nullable=True),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("corrected_by", _row_id(), nullable=False),
        sa.Column("corrected_at", UtcDateTime(timezone=True), nullable=False),
        sa.CheckConstraint("length(trim(reason)) > 0", name=op.f("ck_platform_report_corrections_says_why")),
        sa.CheckConstraint(
            "filed_at IS NOT NULL OR reference IS NOT NULL",
            name=op.f("ck_platform_report_corrections_corrects_something"),
        ),
        *_keys("platform_report_corrections", ("report_id", "platform_reports"), ("corrected_by", "people")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_platform_report_corrections")),
    )
    op.create_index(
        "ix_platform_report_corrections_report_id", "platform_report_corrections", ["report_id"], unique=False
    )


def _add_replies() -> None:
    op.create_table(
        "posted_replies",
        sa.Column("id", _row_id(), nullable=False),
        sa.Column("case_id", _row_id(), nullable=False),
        sa.Column("template", sa.String(length=60), nullable=False),
        sa.Column("address", sa.Text(), nullable=True),
        sa.Column("posted_by", _row_id(), nullable=False),
        sa.Column("posted_at", UtcDateTime(timezone=True), nullable=False),
        *_keys("posted_replies", ("case_id", "cases"), ("posted_by", "people")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_posted_replies")),
    )
    op.create_index("ix_posted_replies_case_id", "posted_replies", ["case_id"], unique=False)


def _guards(dialect: str) -> Iterator[str]:
    yield from kept(dialect, "platform_reports")
    yield from only_once(dialect, "platform_reports", ("requested_action_id",))
    yield from moves_only(dialect, "platform_reports", _MOVES, ("prepared",))
    for name, once, columns in _OF_RECORD:
        yield from stays(dialect, "platform_reports", columns, name=name, once=once)
    yield from only_added(dialect, "platform_report_corrections")
    yield from only_added(dialect, "posted_replies")


def _row_id() -> sa.types.TypeEngine[int]:
    return sa.BigInteger().with_variant(sa.Integer(), "sqlite")


def _keys(table: str, *points: tuple[str, str]) -> tuple[sa.ForeignKeyConstraint, ...]:
    return tuple(
        sa.ForeignKeyConstraint(
            [column], [f"{other}.id"], name=op.f(f"fk_{table}_{column}_{other}"), ondelete="RESTRICT"
        )
        for column, other in points
    )


def _one_of(column: str, values: tuple[str, ...]) -> str:
    return f"{column} IN ({', '.join(repr(value) for value in values)})"
