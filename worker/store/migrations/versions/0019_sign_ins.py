"""People sign in to the review site: their ways in, their sessions, what they prefer, and what was refused."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from worker.store.guards import stays
from worker.store.types import UtcDateTime

revision = "0019"
down_revision = "0018"

_ROW_ID = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
_MOMENT = UtcDateTime(timezone=True)
_ENDS = (
    "'signed_out', 'idle', 'too_long', 'password_changed', 'reset', 'ended_by_administrator', 'inactive',"
    " 'second_factor'"
)


def upgrade() -> None:
    """Bring the tables to this migration."""
    _ways_in()
    _sessions()
    _beside()
    dialect = op.get_bind().dialect.name
    whose = ("token_hash", "person_id", "how", "started_at")
    for statement in (
        *stays(dialect, "web_sessions", whose, name="whose_stays"),
        *stays(
            dialect,
            "web_sessions",
            ("ended_at", "ended_why", "seen_at", "confirmed_at", "second_factor"),
            name="ended_stays",
            once="OLD.ended_at IS NOT NULL",
        ),
        *stays(dialect, "recovery_codes", ("used_at",), name="used_stays", once="OLD.used_at IS NOT NULL"),
    ):
        op.execute(statement)


def _ways_in() -> None:
    op.create_table(
        "sign_ins",
        sa.Column("id", _ROW_ID, nullable=False),
        sa.Column("person_id", _ROW_ID, nullable=False),
        sa.Column("user_name", sa.String(length=100), nullable=False),
        sa.Column("password_hash", sa.Text(), nullable=False),
        sa.Column("totp_secret", sa.Text(), nullable=True),
        sa.Column("totp_confirmed_at", _MOMENT, nullable=True),
        sa.Column("last_totp_step", sa.BigInteger(), nullable=True),
        sa.Column("must_change", sa.Boolean(), nullable=False),
        sa.Column("created_at", _MOMENT, nullable=False),
        sa.Column("changed_at", _MOMENT, nullable=False),
        sa.CheckConstraint("length(user_name) > 0", name=op.f("ck_sign_ins_user_name")),
        sa.CheckConstraint(
            "(totp_confirmed_at IS NULL) = (totp_secret IS NULL)",
            name=op.f("ck_sign_ins_totp_confirmed"),
        ),
        _of_person("sign_ins"),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_sign_ins")),
        sa.UniqueConstraint("person_id", name=op.f("uq_sign_ins_person_id")),
        sa.UniqueConstraint("user_name", name=op.f("uq_sign_ins_user_name")),
    )
    op.create_table(
        "recovery_codes",
        sa.Column("sign_in_id", _ROW_ID, nullable=False),
        sa.Column("code_hash", sa.String(length=64), nullable=False),
        sa.Column("used_at", _MOMENT, nullable=True),
        sa.ForeignKeyConstraint(
            ["sign_in_id"],
            ["sign_ins.id"],
            name=op.f("fk_recovery_codes_sign_in_id_sign_ins"),
            ondelete="RESTRICT",
        ),
        sa.PrimaryKeyConstraint("sign_in_id", "code_hash", name=op.f("pk_recovery_codes")),
    )
    op.create_table(
        "federated",
        sa.Column("id", _ROW_ID, nullable=False),
        sa.Column("person_id", _ROW_ID, nullable=False),
        sa.Column("issuer", sa.String(length=500), nullable=False),
        sa.Column("subject", sa.String(length=255), nullable=False),
        sa.Column("created_at", _MOMENT, nullable=False),
        _of_person("federated"),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_federated")),
        sa.UniqueConstraint("issuer", "subject", name=op.f("uq_federated_issuer_subject")),
        sa.UniqueConstraint("person_id", "issuer", name=op.f("uq_federated_person_id_issuer")),
    )


def _sessions() -> None:
    op.create_table(
        "web_sessions",
        sa.Column("id", _ROW_ID, nullable=False),
        sa.Column("token_hash", sa.String(length=64), nullable=False),
        sa.Column("person_id", _ROW_ID, nullable=False),
        sa.Column("how", sa.String(length=10), nullable=False),
        sa.Column("started_at", _MOMENT, nullable=False),
        sa.Column("seen_at", _MOMENT, nullable=False),
        sa.Column("confirmed_at", _MOMENT, nullable=False),
        sa.Column("second_factor", sa.Boolean(), nullable=False),
        sa.Column("ended_at", _MOMENT, nullable=True),
        sa.Column("ended_why", sa.String(length=30), nullable=True),
        sa.CheckConstraint("how IN ('local', 'oidc')", name=op.f("ck_web_sessions_how")),
        sa.CheckConstraint(f"ended_why IN ({_ENDS})", name=op.f("ck_web_sessions_ended_why")),
        sa.CheckConstraint(
            "(ended_at IS NULL) = (ended_why IS NULL)", name=op.f("ck_web_sessions_ended_whole")
        ),
        _of_person("web_sessions"),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_web_sessions")),
        sa.UniqueConstraint("token_hash", name=op.f("uq_web_sessions_token_hash")),
    )
    op.create_index(op.f("ix_web_sessions_person_id"), "web_sessions", ["person_id"])
    op.create_table(
        "used_forms",
        sa.Column("session_id", _ROW_ID, nullable=False),
        sa.Column("nonce", sa.String(length=64), nullable=False),
        sa.Column("used_at", _MOMENT, nullable=False),
        sa.ForeignKeyConstraint(
            ["session_id"],
            ["web_sessions.id"],
            name=op.f("fk_used_forms_session_id_web_sessions"),
            ondelete="RESTRICT",
        ),
        sa.PrimaryKeyConstraint("session_id", "nonce", name=op.f("pk_used_forms")),
    )


def _beside() -> None:
    op.create_table(
        "preferences",
        sa.Column("person_id", _ROW_ID, autoincrement=False, nullable=False),
        sa.Column("blur", sa.Boolean(), nullable=False),
        sa.Column("greyscale", sa.Boolean(), nullable=False),
        sa.Column("single_keys", sa.Boolean(), nullable=False),
        sa.Column("language", sa.String(length=2), nullable=False),
        sa.CheckConstraint("language IN ('en', 'cy')", name=op.f("ck_preferences_language")),
        _of_person("preferences"),
        sa.PrimaryKeyConstraint("person_id", name=op.f("pk_preferences")),
    )
    op.create_table(
        "sign_in_limits",
        sa.Column("counted_by", sa.String(length=10), nullable=False),
        sa.Column("key_hash", sa.String(length=64), nullable=False),
        sa.Column("failures", sa.Integer(), nullable=False),
        sa.Column("since", _MOMENT, nullable=False),
        sa.Column("locked_until", _MOMENT, nullable=True),
        sa.CheckConstraint(
            "counted_by IN ('user_name', 'address')", name=op.f("ck_sign_in_limits_counted_by")
        ),
        sa.PrimaryKeyConstraint("counted_by", "key_hash", name=op.f("pk_sign_in_limits")),
    )


def _of_person(table: str) -> sa.ForeignKeyConstraint:
    return sa.ForeignKeyConstraint(
        ["person_id"], ["people.id"], name=op.f(f"fk_{table}_person_id_people"), ondelete="RESTRICT"
    )
