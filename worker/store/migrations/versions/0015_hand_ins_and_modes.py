"""What staff hand in, major incidents, elections."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

from worker.store.constraints import change_check
from worker.store.guards import kept, moves_only, only_added, stays
from worker.store.handin_guards import handed_in_is_on_no_platform, routed_is_not_judged
from worker.store.types import UtcDateTime

revision = "0015"
down_revision = "0014"

_PLATFORMS = ("x", "facebook", "instagram", "handed_in")
_COMMENTS = ("comment", "reply", "mention", "quote", "visitor_post", "handed_in")
_CASES = ("open", "needs_advice", "decided", "routed")
_RESTRICTIONS = ("safeguarding", "protected", "manager", "intimate_image", "imagery", "staff_on_staff")
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
_ROW_ID = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
_JSON = sa.JSON().with_variant(postgresql.JSONB(astext_type=sa.Text()), "postgresql")


def upgrade() -> None:
    """Bring the tables to this migration."""
    dialect = op.get_bind().dialect.name
    _widen()
    _add_hand_ins()
    _add_incidents()
    for statement in (
        *routed_is_not_judged(dialect),
        *handed_in_is_on_no_platform(dialect),
        *stays(dialect, "cases", ("state",), name="routed_stays", once="OLD.state = 'routed'"),
        *only_added(dialect, "hand_ins"),
        *only_added(dialect, "hand_in_files", key="snapshot_id"),
        *only_added(dialect, "protected_names", key="hand_in_id"),
        *only_added(dialect, "incident_mails", key=None),
        *kept(dialect, "major_incidents"),
        *moves_only(dialect, "major_incidents", (("on", "over"),), ("on",)),
        *stays(dialect, "major_incidents", ("lead_id", "reason", "started_by", "started_at"), name="stays"),
        *stays(
            dialect,
            "major_incidents",
            ("until", "ended_at", "ended_by"),
            name="over_stays",
            once="OLD.state = 'over'",
        ),
        *kept(dialect, "temporary_roles"),
        *stays(
            dialect,
            "temporary_roles",
            ("incident_id", "person_id", "role", "until", "given_by", "given_at"),
            name="stays",
        ),
        *stays(dialect, "temporary_roles", ("ended_at",), name="taken_back", once="OLD.ended_at IS NOT NULL"),
    ):
        op.execute(statement)


def _widen() -> None:
    connection = op.get_bind()
    restricted = f"IS NULL OR {_one_of('{}', _RESTRICTIONS)}"
    change_check(connection, "accounts", "ck_accounts_platform", _one_of("platform", _PLATFORMS))
    change_check(connection, "comments", "ck_comments_kind", _one_of("kind", _COMMENTS))
    change_check(connection, "cases", "ck_cases_state", _one_of("state", _CASES))
    closed = "(state IN ('decided', 'routed')) = (closed_at IS NOT NULL)"
    change_check(connection, "cases", "ck_cases_closed", closed)
    for table, name, column in (
        ("cases", "ck_cases_restriction", "restriction"),
        ("restrictions", "ck_restrictions_kind", "kind"),
    ):
        change_check(connection, table, name, f"{column} {restricted.format(column)}")


def _add_hand_ins() -> None:
    op.create_table(
        "hand_ins",
        sa.Column("id", _ROW_ID, nullable=False),
        sa.Column("case_id", _ROW_ID, nullable=False),
        sa.Column("what", sa.String(length=20), nullable=False),
        sa.Column("received_at", UtcDateTime(timezone=True), nullable=False),
        sa.Column("protected", sa.Boolean(), nullable=False),
        sa.Column("given_by", sa.Text(), nullable=True),
        sa.Column("entered_by", _ROW_ID, nullable=True),
        sa.Column("service", sa.Text(), nullable=False),
        sa.Column("link", sa.Text(), nullable=True),
        sa.Column("staff_on_staff", sa.Boolean(), nullable=False),
        sa.Column("about_manager", sa.Text(), nullable=True),
        sa.CheckConstraint(
            _one_of("what", ("message", "screenshot", "email", "call", "other")),
            name=op.f("ck_hand_ins_what"),
        ),
        sa.CheckConstraint("protected = (given_by IS NULL)", name=op.f("ck_hand_ins_named_unless_protected")),
        sa.CheckConstraint(
            "protected = (entered_by IS NULL)", name=op.f("ck_hand_ins_typed_by_nobody_if_protected")
        ),
        *_points("hand_ins", ("case_id", "cases"), ("entered_by", "people")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_hand_ins")),
        sa.UniqueConstraint("case_id", name=op.f("uq_hand_ins_case_id")),
    )
    op.create_index("ix_hand_ins_received_at", "hand_ins", ["received_at"], unique=False)
    op.create_table(
        "hand_in_files",
        sa.Column("snapshot_id", _ROW_ID, autoincrement=False, nullable=False),
        sa.Column("hand_in_id", _ROW_ID, nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("media_type", sa.String(length=100), nullable=False),
        sa.Column("size", _ROW_ID, nullable=False),
        sa.Column("sha256", sa.String(length=64), nullable=False),
        *_points("hand_in_files", ("snapshot_id", "snapshots"), ("hand_in_id", "hand_ins")),
        sa.PrimaryKeyConstraint("snapshot_id", name=op.f("pk_hand_in_files")),
    )
    op.create_index("ix_hand_in_files_hand_in_id", "hand_in_files", ["hand_in_id"], unique=False)
    op.create_index("ix_hand_in_files_sha256", "hand_in_files", ["sha256"], unique=False)
    op.create_table(
        "protected_names",
        sa.Column("hand_in_id", _ROW_ID, autoincrement=False, nullable=False),
        sa.Column("key_id", sa.String(length=16), nullable=False),
        sa.Column("sealed", sa.LargeBinary(), nullable=False),
        *_points("protected_names", ("hand_in_id", "hand_ins")),
        sa.PrimaryKeyConstraint("hand_in_id", name=op.f("pk_protected_names")),
    )


def _add_incidents() -> None:
    op.create_table(
        "major_incidents",
        sa.Column("id", _ROW_ID, nullable=False),
        sa.Column("state", sa.String(length=20), nullable=False),
        sa.Column("lead_id", _ROW_ID, nullable=False),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("started_by", _ROW_ID, nullable=False),
        sa.Column("started_at", UtcDateTime(timezone=True), nullable=False),
        sa.Column("until", UtcDateTime(timezone=True), nullable=False),
        sa.Column("ended_at", UtcDateTime(timezone=True), nullable=True),
        sa.Column("ended_by", _ROW_ID, nullable=True),
        sa.CheckConstraint(_one_of("state", ("on", "over")), name=op.f("ck_major_incidents_state")),
        sa.CheckConstraint(
            "(state = 'over') = (ended_at IS NOT NULL)", name=op.f("ck_major_incidents_over_has_an_end")
        ),
        sa.CheckConstraint("until > started_at", name=op.f("ck_major_incidents_ends_after_it_starts")),
        sa.CheckConstraint("length(trim(reason)) > 0", name=op.f("ck_major_incidents_says_why")),
        *_points("major_incidents", ("lead_id", "people"), ("started_by", "people"), ("ended_by", "people")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_major_incidents")),
    )
    _only_one("uq_major_incidents_on", "major_incidents", ["state"], "state = 'on'")
    op.create_table(
        "temporary_roles",
        sa.Column("id", _ROW_ID, nullable=False),
        sa.Column("incident_id", _ROW_ID, nullable=False),
        sa.Column("person_id", _ROW_ID, nullable=False),
        sa.Column("role", sa.String(length=40), nullable=False),
        sa.Column("until", UtcDateTime(timezone=True), nullable=False),
        sa.Column("given_by", _ROW_ID, nullable=False),
        sa.Column("given_at", UtcDateTime(timezone=True), nullable=False),
        sa.Column("ended_at", UtcDateTime(timezone=True), nullable=True),
        sa.CheckConstraint(_one_of("role", _ROLES), name=op.f("ck_temporary_roles_role")),
        *_points(
            "temporary_roles",
            ("incident_id", "major_incidents"),
            ("person_id", "people"),
            ("given_by", "people"),
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_temporary_roles")),
    )
    op.create_index("ix_temporary_roles_person_id", "temporary_roles", ["person_id"], unique=False)
    _only_one(
        "uq_temporary_roles_running",
        "temporary_roles",
        ["incident_id", "person_id", "role"],
        "ended_at IS NULL",
    )
    op.create_table(
        "incident_mails",
        sa.Column("incident_id", _ROW_ID, autoincrement=False, nullable=False),
        sa.Column("day", sa.Date(), nullable=False),
        sa.Column("message_id", sa.Text(), nullable=False),
        sa.Column("recipients", _JSON, nullable=False),
        sa.Column("refused", _JSON, nullable=False),
        sa.Column("sent_at", UtcDateTime(timezone=True), nullable=False),
        *_points("incident_mails", ("incident_id", "major_incidents")),
        sa.PrimaryKeyConstraint("incident_id", "day", name=op.f("pk_incident_mails")),
    )


def _only_one(name: str, table: str, columns: list[str], where: str) -> None:
    op.create_index(
        name, table, columns, unique=True, sqlite_where=sa.text(where), postgresql_where=sa.text(where)
    )


def _points(table: str, *columns: tuple[str, str]) -> tuple[sa.ForeignKeyConstraint, ...]:
    return tuple(
        sa.ForeignKeyConstraint(
            [column], [f"{other}.id"], name=op.f(f"fk_{table}_{column}_{other}"), ondelete="RESTRICT"
        )
        for column, other in columns
    )


def _one_of(column: str, values: tuple[str, ...]) -> str:
    return f"{column} IN ({', '.join(repr(value) for value in values)})"
