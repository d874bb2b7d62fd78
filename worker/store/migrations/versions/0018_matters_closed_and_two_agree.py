"""What was handed in about a colleague is closed and ends too; restricted evidence is destroyed by two people."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from worker.store.constraints import add_foreign_key, change_check
from worker.store.custody_guards import words_outlive_evidence
from worker.store.guards import moves_only, only_added, unguarded
from worker.store.handin_guards import closed_with_a_reason, emptied_with_their_words, routed_is_not_judged
from worker.store.types import UtcDateTime

revision = "0018"
down_revision = "0017"

_STATES = "state IN ('open', 'needs_advice', 'decided', 'routed', 'closed')"
_CLOSED = "(state IN ('decided', 'routed', 'closed')) = (closed_at IS NOT NULL)"
_CASE_MOVES = (
    ("routed", "closed"),
    ("open", "needs_advice"),
    ("open", "decided"),
    ("needs_advice", "decided"),
    ("decided", "needs_advice"),
)
_WHOLE = (
    "(decided_by IS NULL) = (decided_at IS NULL) AND (decided_by IS NULL) = (reason IS NULL)"
    " AND (first_by IS NULL) = (first_at IS NULL) AND (first_by IS NULL) = (first_reason IS NULL)"
    " AND (first_by IS NULL OR state NOT IN ('approved', 'done') OR first_by <> decided_by)"
)


def upgrade() -> None:
    """Bring the tables to this migration."""
    connection = op.get_bind()
    _close_matters()
    _let_two_agree()
    dialect = connection.dialect.name
    for statement in (
        *unguarded(dialect, "cases", ("routed_stays", "moves_only")),
        *moves_only(dialect, "cases", _CASE_MOVES, None),
        *unguarded(dialect, "decisions", ("not_on_routed",)),
        *routed_is_not_judged(dialect),
        *unguarded(dialect, "revisions", ("words_outlive_evidence",)),
        *unguarded(dialect, "findings", ("with_their_words",)),
        *words_outlive_evidence(dialect),
        *only_added(dialect, "hand_in_closings", key="case_id"),
        *closed_with_a_reason(dialect),
        *emptied_with_their_words(dialect),
    ):
        op.execute(statement)


def _close_matters() -> None:
    row_id = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
    change_check(op.get_bind(), "cases", "ck_cases_state", _STATES)
    change_check(op.get_bind(), "cases", "ck_cases_closed", _CLOSED)
    op.create_table(
        "hand_in_closings",
        sa.Column("case_id", row_id, autoincrement=False, nullable=False),
        sa.Column("retention_class", sa.String(length=20), nullable=False),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("closed_by", row_id, nullable=False),
        sa.Column("closed_at", UtcDateTime(timezone=True), nullable=False),
        sa.CheckConstraint(
            "retention_class IN ('serious', 'upheld', 'not_upheld')",
            name=op.f("ck_hand_in_closings_retention_class"),
        ),
        sa.CheckConstraint("length(trim(reason)) > 0", name=op.f("ck_hand_in_closings_says_why")),
        sa.ForeignKeyConstraint(
            ["case_id"], ["cases.id"], name=op.f("fk_hand_in_closings_case_id_cases"), ondelete="RESTRICT"
        ),
        sa.ForeignKeyConstraint(
            ["closed_by"],
            ["people.id"],
            name=op.f("fk_hand_in_closings_closed_by_people"),
            ondelete="RESTRICT",
        ),
        sa.PrimaryKeyConstraint("case_id", name=op.f("pk_hand_in_closings")),
    )


def _let_two_agree() -> None:
    connection = op.get_bind()
    op.add_column(
        "disposals",
        sa.Column("first_by", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=True),
    )
    op.add_column("disposals", sa.Column("first_at", UtcDateTime(timezone=True), nullable=True))
    op.add_column("disposals", sa.Column("first_reason", sa.Text(), nullable=True))
    name = "fk_disposals_first_by_people"
    add_foreign_key(connection, "disposals", name, ["first_by"], "people", ["id"])
    change_check(connection, "disposals", "ck_disposals_decided_whole", _WHOLE)
