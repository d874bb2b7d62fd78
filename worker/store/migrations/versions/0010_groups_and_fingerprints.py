"""Cases that belong together, and what upheld takedowns teach."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

from worker.store.constraints import add_foreign_key
from worker.store.guards import kept, only_added, only_once, stays
from worker.store.types import UtcDateTime

revision = "0010"
down_revision = "0009"

_SEVERITIES = "'routine', 'concerning', 'serious', 'immediate_danger'"


def upgrade() -> None:
    """Bring the tables to this migration."""
    connection = op.get_bind()
    op.add_column("claims", sa.Column("given_by", _row_id(), nullable=True))
    add_foreign_key(connection, "claims", "fk_claims_given_by_people", ["given_by"], "people", ["id"])
    op.create_index(
        "uq_decisions_first",
        "decisions",
        ["case_id"],
        unique=True,
        sqlite_where=sa.text("supersedes_id IS NULL"),
        postgresql_where=sa.text("supersedes_id IS NULL"),
    )
    op.create_index("uq_decisions_supersedes_id", "decisions", ["supersedes_id"], unique=True)
    _groups()
    _decided_together()
    _texts()
    _pictures()
    _fingerprints()
    for statement in _guards(connection.dialect.name):
        op.execute(statement)


def _groups() -> None:
    op.create_table(
        "groups",
        sa.Column("id", _row_id(), nullable=False),
        sa.Column("kind", sa.String(length=20), nullable=False),
        sa.Column("about", _row_id(), nullable=False),
        sa.Column("serial", _row_id(), nullable=False),
        sa.Column("opened_at", UtcDateTime(timezone=True), nullable=False),
        sa.Column("grown_at", UtcDateTime(timezone=True), nullable=False),
        sa.CheckConstraint("kind IN ('author', 'text', 'picture', 'thread')", name=op.f("ck_groups_kind")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_groups")),
        sa.UniqueConstraint("kind", "about", "serial", name=op.f("uq_groups_kind_about_serial")),
    )
    op.create_table(
        "group_members",
        sa.Column("group_id", _row_id(), nullable=False),
        sa.Column("case_id", _row_id(), nullable=False),
        sa.Column("revision_id", _row_id(), nullable=False),
        sa.Column("added_at", UtcDateTime(timezone=True), nullable=False),
        *_keys("group_members", group_id="groups", case_id="cases", revision_id="revisions"),
        sa.PrimaryKeyConstraint("group_id", "case_id", "revision_id", name=op.f("pk_group_members")),
    )
    op.create_index("ix_group_members_case_id", "group_members", ["case_id"], unique=False)
    op.create_table(
        "group_showings",
        sa.Column("id", _row_id(), nullable=False),
        sa.Column("group_id", _row_id(), nullable=False),
        sa.Column("person_id", _row_id(), nullable=False),
        sa.Column("token", sa.String(length=64), nullable=False),
        sa.Column("pairs", _json(), nullable=False),
        sa.Column("shown_at", UtcDateTime(timezone=True), nullable=False),
        *_keys("group_showings", group_id="groups", person_id="people"),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_group_showings")),
    )
    op.create_index("ix_group_showings_group_id", "group_showings", ["group_id", "person_id"], unique=False)


def _decided_together() -> None:
    op.create_table(
        "group_decisions",
        sa.Column("id", _row_id(), nullable=False),
        sa.Column("group_id", _row_id(), nullable=False),
        sa.Column("person_id", _row_id(), nullable=False),
        sa.Column("token", sa.String(length=64), nullable=True),
        sa.Column("begun_at", UtcDateTime(timezone=True), nullable=False),
        sa.Column("ended_at", UtcDateTime(timezone=True), nullable=True),
        *_keys("group_decisions", group_id="groups", person_id="people"),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_group_decisions")),
    )
    op.create_index("ix_group_decisions_group_id", "group_decisions", ["group_id"], unique=False)
    op.create_table(
        "decided_together",
        sa.Column("decision_id", _row_id(), nullable=False),
        sa.Column("group_decision_id", _row_id(), nullable=False),
        *_keys("decided_together", decision_id="decisions", group_decision_id="group_decisions"),
        sa.PrimaryKeyConstraint("decision_id", name=op.f("pk_decided_together")),
    )
    op.create_index(
        "ix_decided_together_group_decision_id", "decided_together", ["group_decision_id"], unique=False
    )


def _texts() -> None:
    op.create_table(
        "text_leads",
        sa.Column("revision_id", _row_id(), nullable=False),
        sa.Column("case_id", _row_id(), nullable=False),
        sa.Column("exact", sa.String(length=64), nullable=False),
        sa.Column("sketch", sa.LargeBinary(), nullable=False),
        sa.Column("seen_at", UtcDateTime(timezone=True), nullable=False),
        *_keys("text_leads", revision_id="revisions", case_id="cases"),
        sa.PrimaryKeyConstraint("revision_id", name=op.f("pk_text_leads")),
    )
    op.create_index("ix_text_leads_exact", "text_leads", ["exact", "seen_at"], unique=False)
    op.create_table(
        "text_bands",
        sa.Column("revision_id", _row_id(), nullable=False),
        sa.Column("value", sa.BigInteger(), nullable=False),
        sa.Column("seen_at", UtcDateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(
            ["revision_id"],
            ["text_leads.revision_id"],
            name=op.f("fk_text_bands_revision_id_text_leads"),
            ondelete="RESTRICT",
        ),
        sa.PrimaryKeyConstraint("revision_id", "value", name=op.f("pk_text_bands")),
    )
    op.create_index("ix_text_bands_value", "text_bands", ["value", "seen_at"], unique=False)


def _pictures() -> None:
    op.create_table(
        "picture_prints",
        sa.Column("id", _row_id(), nullable=False),
        sa.Column("revision_id", _row_id(), nullable=False),
        sa.Column("case_id", _row_id(), nullable=False),
        sa.Column("media_id", sa.String(length=240), nullable=True),
        sa.Column("pdq", sa.String(length=64), nullable=True),
        sa.Column("seen_at", UtcDateTime(timezone=True), nullable=False),
        sa.CheckConstraint("(media_id IS NULL) <> (pdq IS NULL)", name=op.f("ck_picture_prints_one_of_both")),
        *_keys("picture_prints", revision_id="revisions", case_id="cases"),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_picture_prints")),
    )
    op.create_index("ix_picture_prints_media_id", "picture_prints", ["media_id"], unique=False)
    op.create_index("ix_picture_prints_seen_at", "picture_prints", ["seen_at"], unique=False)


def _fingerprints() -> None:
    op.create_table(
        "fingerprints",
        sa.Column("id", _row_id(), nullable=False),
        sa.Column("kind", sa.String(length=20), nullable=False),
        sa.Column("case_id", _row_id(), nullable=False),
        sa.Column("revision_id", _row_id(), nullable=False),
        sa.Column("decision_id", _row_id(), nullable=False),
        sa.Column("severity", sa.String(length=20), nullable=False),
        sa.Column("exact", sa.String(length=64), nullable=True),
        sa.Column("only_author_id", _row_id(), nullable=True),
        sa.Column("sketch", sa.LargeBinary(), nullable=True),
        sa.Column("media_id", sa.String(length=240), nullable=True),
        sa.Column("pdq", sa.String(length=64), nullable=True),
        sa.Column("taught_at", UtcDateTime(timezone=True), nullable=False),
        sa.Column("narrowed_at", UtcDateTime(timezone=True), nullable=True),
        sa.Column("withdrawn_at", UtcDateTime(timezone=True), nullable=True),
        sa.CheckConstraint("kind IN ('words', 'picture')", name=op.f("ck_fingerprints_kind")),
        sa.CheckConstraint(f"severity IN ({_SEVERITIES})", name=op.f("ck_fingerprints_severity")),
        sa.CheckConstraint(
            "(kind = 'words') = (exact IS NOT NULL)", name=op.f("ck_fingerprints_words_have_a_hash")
        ),
        sa.CheckConstraint(
            "(kind = 'picture') = (media_id IS NOT NULL OR pdq IS NOT NULL)",
            name=op.f("ck_fingerprints_picture"),
        ),
        sa.CheckConstraint("sketch IS NULL OR kind = 'words'", name=op.f("ck_fingerprints_sketch_of_words")),
        *_keys(
            "fingerprints",
            case_id="cases",
            revision_id="revisions",
            decision_id="decisions",
            only_author_id="authors",
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_fingerprints")),
    )
    live = sa.text("withdrawn_at IS NULL")
    for column in ("exact", "media_id", "case_id"):
        op.create_index(
            f"ix_fingerprints_{column}", "fingerprints", [column], sqlite_where=live, postgresql_where=live
        )
    op.create_table(
        "fingerprint_bands",
        sa.Column("fingerprint_id", _row_id(), nullable=False),
        sa.Column("value", sa.BigInteger(), nullable=False),
        *_keys("fingerprint_bands", fingerprint_id="fingerprints"),
        sa.PrimaryKeyConstraint("fingerprint_id", "value", name=op.f("pk_fingerprint_bands")),
    )
    op.create_index("ix_fingerprint_bands_value", "fingerprint_bands", ["value"], unique=False)


def _guards(dialect: str) -> Iterator[str]:
    yield from kept(dialect, "groups")
    yield from stays(dialect, "groups", ("kind", "about", "serial", "opened_at"), name="stays")
    yield from only_added(dialect, "group_members", key=None)
    yield from only_once(dialect, "group_members", ("group_id", "case_id", "revision_id"))
    yield from only_added(dialect, "group_showings")
    yield from kept(dialect, "group_decisions")
    begun = ("id", "group_id", "person_id", "token", "begun_at")
    yield from stays(dialect, "group_decisions", begun, name="stays")
    ended = "OLD.ended_at IS NOT NULL"
    yield from stays(dialect, "group_decisions", ("ended_at",), name="ended", once=ended)
    yield from only_added(dialect, "decided_together", key="decision_id")
    # What they are found by is emptied with the words.
    yield from stays(dialect, "text_leads", ("revision_id", "case_id", "seen_at"), name="stays")
    yield from kept(dialect, "fingerprints")
    taught = ("kind", "case_id", "revision_id", "decision_id", "severity", "exact", "only_author_id")
    likeness = ("media_id", "pdq", "taught_at")
    yield from stays(dialect, "fingerprints", (*taught, *likeness), name="stays")
    withdrawn = "OLD.withdrawn_at IS NOT NULL"
    yield from stays(dialect, "fingerprints", ("withdrawn_at",), name="withdrawn", once=withdrawn)


def _keys(table: str, **points_to: str) -> tuple[sa.ForeignKeyConstraint, ...]:
    return tuple(
        sa.ForeignKeyConstraint(
            [column], [f"{other}.id"], name=op.f(f"fk_{table}_{column}_{other}"), ondelete="RESTRICT"
        )
        for column, other in points_to.items()
    )


def _row_id() -> sa.types.TypeEngine[int]:
    return sa.BigInteger().with_variant(sa.Integer(), "sqlite")


def _json() -> sa.types.TypeEngine[Any]:
    return sa.JSON().with_variant(postgresql.JSONB(astext_type=sa.Text()), "postgresql")
