"""Actions that need a second person, and switches that stop all of them."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from worker.store.approving_guards import approved_by_another, two_people
from worker.store.constraints import change_check
from worker.store.guards import moves_only, only_added, only_once, stays
from worker.store.types import UtcDateTime

revision = "0012"
down_revision = "0011"

_KINDS = ("hide", "unhide", "delete", "block", "unblock", "mute", "unmute", "platform_report")
_REQUEST_STATES = (
    "awaiting_approval",
    "requested",
    "by_hand",
    "carried_out",
    "outside",
    "rehearsed",
    "refused",
    "withdrawn",
    "failed",
)
_ACTION_STATES = ("started", "done", "failed", "outside", "rehearsed")
_MOVES = (
    ("awaiting_approval", "requested"),
    ("awaiting_approval", "refused"),
    ("awaiting_approval", "withdrawn"),
    ("requested", "carried_out"),
    ("requested", "outside"),
    ("requested", "refused"),
    ("requested", "failed"),
    ("requested", "withdrawn"),
    ("requested", "rehearsed"),
    ("requested", "by_hand"),
    ("by_hand", "outside"),
    ("by_hand", "withdrawn"),
)
_AS_ASKED = (
    "id",
    "case_id",
    "comment_id",
    "revision_id",
    "decision_id",
    "verdict",
    "kind",
    "requested_by",
    "requested_at",
    "reason",
)


def upgrade() -> None:
    """Bring the tables to this migration."""
    connection = op.get_bind()
    dialect = connection.dialect.name
    for table in ("requested_actions", "actions"):
        change_check(connection, table, f"ck_{table}_kind", _one_of("kind", _KINDS))
    change_check(
        connection, "requested_actions", "ck_requested_actions_state", _one_of("state", _REQUEST_STATES)
    )
    change_check(connection, "actions", "ck_actions_state", _one_of("state", _ACTION_STATES))
    change_check(
        connection,
        "requested_actions",
        "ck_requested_actions_upheld",
        "verdict = 'upheld' OR kind IN ('unhide', 'unblock', 'unmute')",
    )
    op.add_column("requested_actions", sa.Column("reason", sa.Text(), nullable=True))
    _approvals()
    _block_terms()
    _switches()
    for statement in (
        *moves_only(dialect, "requested_actions", _MOVES, ("requested", "awaiting_approval")),
        *stays(dialect, "requested_actions", _AS_ASKED, name="as_asked"),
        *only_added(dialect, "approvals"),
        *only_once(dialect, "approvals", ("requested_action_id", "person_id")),
        *approved_by_another(dialect),
        *only_added(dialect, "block_terms"),
        *only_added(dialect, "switches"),
        *two_people(dialect),
    ):
        op.execute(statement)


def _approvals() -> None:
    op.create_table(
        "approvals",
        _id(),
        sa.Column("requested_action_id", _ROW, nullable=False),
        sa.Column("person_id", _ROW, nullable=False),
        sa.Column("verdict", sa.String(length=20), nullable=False),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("os_user", sa.String(length=200), nullable=True),
        sa.Column("at", UtcDateTime(timezone=True), nullable=False),
        sa.CheckConstraint(
            "verdict IN ('approved', 'refused', 'broke_glass', 'reviewed')", name=op.f("ck_approvals_verdict")
        ),
        sa.CheckConstraint(
            "verdict = 'approved' OR length(reason) > 0", name=op.f("ck_approvals_has_a_reason")
        ),
        *_keys("approvals", {"requested_action_id": "requested_actions", "person_id": "people"}),
        sa.UniqueConstraint(
            "requested_action_id", "person_id", name=op.f("uq_approvals_requested_action_id_person_id")
        ),
    )


def _block_terms() -> None:
    op.create_table(
        "block_terms",
        _id(),
        sa.Column("requested_action_id", _ROW, nullable=False),
        sa.Column("warned_at", UtcDateTime(timezone=True), nullable=True),
        sa.Column("warning", sa.Text(), nullable=True),
        sa.Column("no_warning_because", sa.Text(), nullable=True),
        sa.Column("review_at", UtcDateTime(timezone=True), nullable=False),
        sa.Column("set_by", _ROW, nullable=False),
        sa.Column("set_at", UtcDateTime(timezone=True), nullable=False),
        sa.Column("reason", sa.Text(), nullable=True),
        sa.CheckConstraint(
            "(warning IS NULL) <> (no_warning_because IS NULL)",
            name=op.f("ck_block_terms_warned_or_why_not"),
        ),
        sa.CheckConstraint(
            "(warning IS NULL) = (warned_at IS NULL)", name=op.f("ck_block_terms_warned_when")
        ),
        sa.CheckConstraint("review_at > set_at", name=op.f("ck_block_terms_is_reviewed_later")),
        *_keys("block_terms", {"requested_action_id": "requested_actions", "set_by": "people"}),
    )
    op.create_index("ix_block_terms_requested_action_id", "block_terms", ["requested_action_id"])


def _switches() -> None:
    op.create_table(
        "switches",
        _id(),
        sa.Column("account_id", _ROW, nullable=True),
        sa.Column("switch", sa.String(length=20), nullable=False),
        sa.Column("setting", sa.String(length=20), nullable=False),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("person_id", _ROW, nullable=False),
        sa.Column("at", UtcDateTime(timezone=True), nullable=False),
        sa.CheckConstraint("switch IN ('stop', 'dry_run')", name=op.f("ck_switches_switch")),
        sa.CheckConstraint("setting IN ('off', 'takedowns', 'everything')", name=op.f("ck_switches_setting")),
        sa.CheckConstraint(
            "switch = 'stop' OR setting <> 'takedowns'", name=op.f("ck_switches_a_dry_run_is_of_everything")
        ),
        sa.CheckConstraint("length(reason) > 0", name=op.f("ck_switches_has_a_reason")),
        *_keys("switches", {"account_id": "accounts", "person_id": "people"}),
    )
    op.create_index("ix_switches_account_id", "switches", ["account_id", "switch"])


_ROW = sa.BigInteger().with_variant(sa.Integer(), "sqlite")


def _id() -> sa.Column[int]:
    return sa.Column("id", _ROW, nullable=False)


def _keys(table: str, others: dict[str, str]) -> tuple[sa.Constraint, ...]:
    return (
        sa.PrimaryKeyConstraint("id", name=op.f(f"pk_{table}")),
        *(
            sa.ForeignKeyConstraint(
                [column], [f"{other}.id"], name=op.f(f"fk_{table}_{column}_{other}"), ondelete="RESTRICT"
            )
            for column, other in others.items()
        ),
    )


def _one_of(column: str, values: tuple[str, ...]) -> str:
    return f"{column} IN ({', '.join(repr(value) for value in values)})"
