"""Marks, holds, exports, disposal; and revisions that retention can empty, and nothing else change."""

from __future__ import annotations

from collections.abc import Iterator

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

from worker.store.custody_guards import destroyed_by_approval, done_means_destroyed, words_outlive_evidence
from worker.store.guards import exports_go_forward, kept, only_added, only_erased, stays
from worker.store.types import UtcDateTime

revision = "0004"
down_revision = "0003"

_REVISION_STAYS = (
    "id",
    "comment_id",
    "number",
    "revision_hash",
    "page_sha256",
    "seen_at",
    "severity",
    "priority",
    "queued",
    "pack_version",
)
_FINDING_STAYS = (
    "id",
    "revision_id",
    "rule_id",
    "rule_version",
    "category",
    "severity",
    "span_start",
    "span_end",
    "reason",
)
#: Table, guard, from when on, and the columns that stay from then on.
_OF_RECORD = (
    ("holds", "placed_stays", "1 = 1", ("id", "case_id", "reason", "placed_by", "placed_at")),
    (
        "holds",
        "release_stays",
        "OLD.released_at IS NOT NULL",
        ("released_by", "released_at", "release_reason"),
    ),
    (
        "disposals",
        "proposed_stays",
        "1 = 1",
        ("id", "case_id", "proposed_at"),
    ),
    (
        "disposals",
        "ended_stays",
        "OLD.state IN ('kept', 'done')",
        ("state", "retention_class", "due_at", "decided_by", "decided_at", "reason", "done_at"),
    ),
)


def upgrade() -> None:
    """Bring the tables to this migration."""
    dialect = op.get_bind().dialect.name
    op.create_table(
        "exports",
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("purpose", sa.String(length=20), nullable=False),
        sa.Column("legal_basis", sa.Text(), nullable=False),
        sa.Column("recipient", sa.Text(), nullable=False),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("redacted", sa.Boolean(), nullable=False),
        sa.Column(
            "particulars",
            sa.JSON().with_variant(postgresql.JSONB(astext_type=sa.Text()), "postgresql"),
            nullable=False,
        ),
        sa.Column("state", sa.String(length=20), nullable=False),
        sa.Column("asked_by", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("asked_at", UtcDateTime(timezone=True), nullable=False),
        sa.Column("decided_by", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=True),
        sa.Column("decided_at", UtcDateTime(timezone=True), nullable=True),
        sa.Column("decided_reason", sa.Text(), nullable=True),
        sa.Column("break_glass_reason", sa.Text(), nullable=True),
        sa.Column("reviewed_by", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=True),
        sa.Column("reviewed_at", UtcDateTime(timezone=True), nullable=True),
        sa.Column("made_at", UtcDateTime(timezone=True), nullable=True),
        sa.Column("file_name", sa.Text(), nullable=True),
        sa.Column("file_sha256", sa.String(length=64), nullable=True),
        sa.Column("file_bytes", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=True),
        sa.CheckConstraint("(state = 'asked') = (decided_by IS NULL)", name=op.f("ck_exports_decided")),
        sa.CheckConstraint(
            "decided_by IS NULL OR state = 'refused' OR decided_by <> asked_by OR break_glass_reason IS NOT NULL",
            name=op.f("ck_exports_two_people"),
        ),
        sa.CheckConstraint(
            "purpose IN ('police', 'solicitor', 'hr', 'subject_access', 'platform')",
            name=op.f("ck_exports_purpose"),
        ),
        sa.CheckConstraint(
            "break_glass_reason IS NULL OR (decided_by IS NOT NULL AND decided_by = asked_by AND state <> 'refused' AND length(trim(break_glass_reason)) > 0)",
            name=op.f("ck_exports_glass_broken_by_the_asker"),
        ),
        sa.CheckConstraint(
            "state <> 'refused' OR decided_reason IS NOT NULL", name=op.f("ck_exports_refused_why")
        ),
        sa.CheckConstraint(
            "(state = 'made') = (made_at IS NOT NULL) AND (made_at IS NULL) = (file_name IS NULL) AND (made_at IS NULL) = (file_sha256 IS NULL) AND (made_at IS NULL) = (file_bytes IS NULL)",
            name=op.f("ck_exports_made_is_complete"),
        ),
        sa.CheckConstraint(
            "purpose <> 'subject_access' OR redacted", name=op.f("ck_exports_subject_access_is_redacted")
        ),
        sa.CheckConstraint(
            "length(trim(legal_basis)) > 0 AND length(trim(recipient)) > 0 AND length(trim(reason)) > 0",
            name=op.f("ck_exports_says_why"),
        ),
        sa.CheckConstraint(
            "state IN ('asked', 'approved', 'refused', 'made')", name=op.f("ck_exports_state")
        ),
        sa.CheckConstraint(
            "(decided_by IS NULL) = (decided_at IS NULL)", name=op.f("ck_exports_decided_when")
        ),
        sa.CheckConstraint(
            "(reviewed_by IS NULL) = (reviewed_at IS NULL)", name=op.f("ck_exports_reviewed_when")
        ),
        sa.CheckConstraint(
            "reviewed_by IS NULL OR (reviewed_by <> asked_by AND break_glass_reason IS NOT NULL)",
            name=op.f("ck_exports_reviewed_by_another"),
        ),
        sa.ForeignKeyConstraint(
            ["asked_by"], ["people.id"], name=op.f("fk_exports_asked_by_people"), ondelete="RESTRICT"
        ),
        sa.ForeignKeyConstraint(
            ["decided_by"], ["people.id"], name=op.f("fk_exports_decided_by_people"), ondelete="RESTRICT"
        ),
        sa.ForeignKeyConstraint(
            ["reviewed_by"], ["people.id"], name=op.f("fk_exports_reviewed_by_people"), ondelete="RESTRICT"
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_exports")),
    )
    op.create_table(
        "marks",
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("comment_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("mark", sa.String(length=20), nullable=False),
        sa.Column("reason", sa.Text(), nullable=True),
        sa.Column("marked_by", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("marked_at", UtcDateTime(timezone=True), nullable=False),
        sa.CheckConstraint(
            "mark IN ('safe_to_copy', 'intimate_image', 'suspected_csam')", name=op.f("ck_marks_mark")
        ),
        sa.ForeignKeyConstraint(
            ["comment_id"], ["comments.id"], name=op.f("fk_marks_comment_id_comments"), ondelete="RESTRICT"
        ),
        sa.ForeignKeyConstraint(
            ["marked_by"], ["people.id"], name=op.f("fk_marks_marked_by_people"), ondelete="RESTRICT"
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_marks")),
    )
    op.create_index("ix_marks_comment_id", "marks", ["comment_id"], unique=False)
    op.create_table(
        "disposals",
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("case_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("retention_class", sa.String(length=20), nullable=False),
        sa.Column("due_at", UtcDateTime(timezone=True), nullable=False),
        sa.Column("state", sa.String(length=20), nullable=False),
        sa.Column("proposed_at", UtcDateTime(timezone=True), nullable=False),
        sa.Column("decided_by", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=True),
        sa.Column("decided_at", UtcDateTime(timezone=True), nullable=True),
        sa.Column("reason", sa.Text(), nullable=True),
        sa.Column("done_at", UtcDateTime(timezone=True), nullable=True),
        sa.CheckConstraint("(state = 'done') = (done_at IS NOT NULL)", name=op.f("ck_disposals_done")),
        sa.CheckConstraint("(state = 'proposed') = (decided_by IS NULL)", name=op.f("ck_disposals_decided")),
        sa.CheckConstraint(
            "state IN ('proposed', 'approved', 'kept', 'done')", name=op.f("ck_disposals_state")
        ),
        sa.CheckConstraint(
            "retention_class IN ('serious', 'upheld', 'not_upheld', 'deleted_on_x')",
            name=op.f("ck_disposals_retention_class"),
        ),
        sa.CheckConstraint(
            "(decided_by IS NULL) = (decided_at IS NULL) AND (decided_by IS NULL) = (reason IS NULL)",
            name=op.f("ck_disposals_decided_whole"),
        ),
        sa.ForeignKeyConstraint(
            ["case_id"], ["cases.id"], name=op.f("fk_disposals_case_id_cases"), ondelete="RESTRICT"
        ),
        sa.ForeignKeyConstraint(
            ["decided_by"], ["people.id"], name=op.f("fk_disposals_decided_by_people"), ondelete="RESTRICT"
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_disposals")),
    )
    op.create_index(
        "uq_disposals_case_open",
        "disposals",
        ["case_id"],
        unique=True,
        sqlite_where=sa.text("state IN ('proposed', 'approved')"),
        postgresql_where=sa.text("state IN ('proposed', 'approved')"),
    )
    op.create_table(
        "export_cases",
        sa.Column("export_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("case_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.ForeignKeyConstraint(
            ["case_id"], ["cases.id"], name=op.f("fk_export_cases_case_id_cases"), ondelete="RESTRICT"
        ),
        sa.ForeignKeyConstraint(
            ["export_id"], ["exports.id"], name=op.f("fk_export_cases_export_id_exports"), ondelete="RESTRICT"
        ),
        sa.PrimaryKeyConstraint("export_id", "case_id", name=op.f("pk_export_cases")),
    )
    op.create_table(
        "holds",
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("case_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("placed_by", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("placed_at", UtcDateTime(timezone=True), nullable=False),
        sa.Column("released_by", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=True),
        sa.Column("released_at", UtcDateTime(timezone=True), nullable=True),
        sa.Column("release_reason", sa.Text(), nullable=True),
        sa.CheckConstraint(
            "(released_at IS NULL) = (released_by IS NULL) AND (released_at IS NULL) = (release_reason IS NULL)",
            name=op.f("ck_holds_release_is_complete"),
        ),
        sa.ForeignKeyConstraint(
            ["case_id"], ["cases.id"], name=op.f("fk_holds_case_id_cases"), ondelete="RESTRICT"
        ),
        sa.ForeignKeyConstraint(
            ["placed_by"], ["people.id"], name=op.f("fk_holds_placed_by_people"), ondelete="RESTRICT"
        ),
        sa.ForeignKeyConstraint(
            ["released_by"], ["people.id"], name=op.f("fk_holds_released_by_people"), ondelete="RESTRICT"
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_holds")),
    )
    op.create_index(
        "uq_holds_case_standing",
        "holds",
        ["case_id"],
        unique=True,
        sqlite_where=sa.text("released_at IS NULL"),
        postgresql_where=sa.text("released_at IS NULL"),
    )
    op.add_column("revisions", sa.Column("erased_at", UtcDateTime(timezone=True), nullable=True))
    op.create_index(
        "ix_revisions_kept",
        "revisions",
        ["seen_at"],
        unique=False,
        sqlite_where=sa.text("erased_at IS NULL"),
        postgresql_where=sa.text("erased_at IS NULL"),
    )
    op.create_index("ix_cases_comment_id", "cases", ["comment_id"], unique=False)
    op.create_index("ix_comments_parent_external_id", "comments", ["parent_external_id"], unique=False)
    op.create_index(
        "ix_comments_gone_at",
        "comments",
        ["gone_at"],
        unique=False,
        sqlite_where=sa.text("gone_at IS NOT NULL"),
        postgresql_where=sa.text("gone_at IS NOT NULL"),
    )
    for statement in _guards(dialect):
        op.execute(statement)


def _guards(dialect: str) -> Iterator[str]:
    for table, key in (("marks", "id"), ("export_cases", None)):
        yield from only_added(dialect, table, key=key)
    yield from exports_go_forward(dialect)
    for table in ("holds", "exports", "disposals"):
        yield from kept(dialect, table)
    for table, name, once, columns in _OF_RECORD:
        yield from stays(dialect, table, columns, name=name, once=once)
    emptied = (
        "OLD.erased_at IS NULL AND NEW.erased_at IS NOT NULL AND NEW.text IS NULL AND length(NEW.raw) = 0"
    )
    yield from only_erased(dialect, "revisions", _REVISION_STAYS, emptied)
    yield from only_erased(dialect, "findings", _FINDING_STAYS, "NEW.matched = ''")
    for make in (destroyed_by_approval, words_outlive_evidence, done_means_destroyed):
        yield from make(dialect)
