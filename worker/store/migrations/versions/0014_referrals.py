"""Handing a case over to a person or body."""

from __future__ import annotations

from collections.abc import Iterator

import sqlalchemy as sa
from alembic import op

from worker.store.guards import kept, moves_only, only_added, stays
from worker.store.types import UtcDateTime

revision = "0014"
down_revision = "0013"

_KINDS = (
    "police_999",
    "police_101",
    "safeguarding",
    "hr",
    "legal",
    "insurers",
    "security_specialist",
    "freedom_to_speak_up_guardian",
    "pals",
    "it",
    "occupational_health",
    "employee_assistance",
    "samaritans",
    "other",
)
_SUPPORT = ("occupational_health", "employee_assistance", "union", "manager")
_REFERRED = (
    "id",
    "case_id",
    "revision_id",
    "kind",
    "recipient",
    "recipient_person",
    "sees_words",
    "sees_author",
    "sees_evidence",
    "sees_files",
    "reason",
    "template",
    "made_by",
    "made_at",
    "due_at",
)
_WAYS = (
    ("made", "acknowledged"),
    ("acknowledged", "closed"),
    ("made", "withdrawn"),
    ("acknowledged", "withdrawn"),
)
_OFFERED = ("id", "case_id", "kind", "offered_to", "offered_by", "offered_at")


def upgrade() -> None:
    """Bring the tables to this migration."""
    _referrals()
    _table(
        "referral_chases",
        _row("referral_id"),
        _row("chased_by"),
        _moment("chased_at"),
        sa.Column("note", sa.Text(), nullable=False),
        points={"referral_id": "referrals", "chased_by": "people"},
        listed_by="referral_id",
    )
    _table(
        "hand_overs",
        _row("referral_id"),
        _row("export_id"),
        sa.Column("handed_to", sa.Text(), nullable=False),
        sa.Column("how", sa.Text(), nullable=False),
        _row("logged_by"),
        _moment("logged_at"),
        sa.CheckConstraint("length(trim(handed_to)) > 0", name=op.f("ck_hand_overs_names_somebody")),
        points={"referral_id": "referrals", "export_id": "exports", "logged_by": "people"},
        listed_by="referral_id",
    )
    _table(
        "not_referred",
        _row("case_id"),
        sa.Column("kind", sa.String(length=40), nullable=False),
        sa.Column("reason", sa.Text(), nullable=False),
        _row("considered_by"),
        _moment("considered_at"),
        sa.CheckConstraint(_one_of("kind", _KINDS), name=op.f("ck_not_referred_kind")),
        sa.CheckConstraint("length(trim(reason)) > 0", name=op.f("ck_not_referred_says_why")),
        points={"case_id": "cases", "considered_by": "people"},
        listed_by="case_id",
    )
    _support()
    _table(
        "datix_references",
        _row("case_id"),
        sa.Column("reference", sa.String(length=100), nullable=False),
        _row("noted_by"),
        _moment("noted_at"),
        sa.CheckConstraint("length(trim(reference)) > 0", name=op.f("ck_datix_references_says_which")),
        points={"case_id": "cases", "noted_by": "people"},
        listed_by="case_id",
    )
    for statement in _guards(op.get_bind().dialect.name):
        op.execute(statement)


def _referrals() -> None:
    _table(
        "referrals",
        _row("case_id"),
        _row("revision_id"),
        sa.Column("kind", sa.String(length=40), nullable=False),
        sa.Column("recipient", sa.Text(), nullable=False),
        _row("recipient_person", nullable=True),
        *(sa.Column(name, sa.Boolean(), nullable=False) for name in _REFERRED if name.startswith("sees_")),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("template", sa.String(length=60), nullable=True),
        sa.Column("state", sa.String(length=20), nullable=False),
        _row("made_by"),
        _moment("made_at"),
        _moment("due_at"),
        _row("acknowledged_by", nullable=True),
        _moment("acknowledged_at", nullable=True),
        sa.Column("acknowledged_note", sa.Text(), nullable=True),
        _row("ended_by", nullable=True),
        _moment("ended_at", nullable=True),
        sa.Column("outcome", sa.Text(), nullable=True),
        sa.Column("reference", sa.String(length=200), nullable=True),
        sa.CheckConstraint(_one_of("kind", _KINDS), name=op.f("ck_referrals_kind")),
        sa.CheckConstraint(
            _one_of("state", ("made", "acknowledged", "closed", "withdrawn")), name=op.f("ck_referrals_state")
        ),
        sa.CheckConstraint(
            "length(trim(recipient)) > 0 AND length(trim(reason)) > 0", name=op.f("ck_referrals_says_why")
        ),
        sa.CheckConstraint(
            "(acknowledged_by IS NULL) = (acknowledged_at IS NULL)",
            name=op.f("ck_referrals_acknowledged_whole"),
        ),
        sa.CheckConstraint(
            "state <> 'made' OR acknowledged_at IS NULL", name=op.f("ck_referrals_made_is_unanswered")
        ),
        sa.CheckConstraint(
            "state NOT IN ('acknowledged', 'closed') OR acknowledged_at IS NOT NULL",
            name=op.f("ck_referrals_answered_by_somebody"),
        ),
        sa.CheckConstraint(
            "(state IN ('closed', 'withdrawn')) = (ended_at IS NOT NULL)"
            " AND (ended_at IS NULL) = (ended_by IS NULL) AND (ended_at IS NULL) = (outcome IS NULL)",
            name=op.f("ck_referrals_ended_whole"),
        ),
        points={
            "case_id": "cases",
            "revision_id": "revisions",
            "recipient_person": "people",
            "made_by": "people",
            "acknowledged_by": "people",
            "ended_by": "people",
        },
        listed_by="case_id",
    )
    op.create_index("ix_referrals_waiting", "referrals", ["state", "due_at"], unique=False)


def _support() -> None:
    _table(
        "support_offers",
        _row("case_id"),
        sa.Column("kind", sa.String(length=40), nullable=False),
        sa.Column("offered_to", sa.Text(), nullable=False),
        sa.Column("state", sa.String(length=20), nullable=False),
        _row("offered_by"),
        _moment("offered_at"),
        _moment("answered_at", nullable=True),
        sa.CheckConstraint(_one_of("kind", _SUPPORT), name=op.f("ck_support_offers_kind")),
        sa.CheckConstraint(
            _one_of("state", ("offered", "accepted", "declined")), name=op.f("ck_support_offers_state")
        ),
        sa.CheckConstraint("length(trim(offered_to)) > 0", name=op.f("ck_support_offers_names_a_role")),
        sa.CheckConstraint(
            "(state = 'offered') = (answered_at IS NULL)", name=op.f("ck_support_offers_answered_when")
        ),
        points={"case_id": "cases", "offered_by": "people"},
        listed_by="case_id",
    )


def _guards(dialect: str) -> Iterator[str]:
    for table in ("referral_chases", "hand_overs", "not_referred", "datix_references"):
        yield from only_added(dialect, table)
    for table in ("referrals", "support_offers"):
        yield from kept(dialect, table)
    yield from moves_only(dialect, "referrals", _WAYS, ("made",))
    yield from stays(dialect, "referrals", _REFERRED, name="referred_stays")
    answered = ("acknowledged_by", "acknowledged_at", "acknowledged_note")
    once = "OLD.acknowledged_at IS NOT NULL"
    yield from stays(dialect, "referrals", answered, name="answer_stays", once=once)
    ended = ("ended_by", "ended_at", "outcome", "reference", *answered)
    yield from stays(dialect, "referrals", ended, name="end_stays", once="OLD.ended_at IS NOT NULL")
    answers = (("offered", "accepted"), ("offered", "declined"))
    yield from moves_only(dialect, "support_offers", answers, ("offered", "accepted", "declined"))
    yield from stays(dialect, "support_offers", _OFFERED, name="offer_stays")
    once = "OLD.answered_at IS NOT NULL"
    yield from stays(dialect, "support_offers", ("answered_at",), name="answer_stays", once=once)


def _table(
    name: str, *parts: sa.Column[object] | sa.CheckConstraint, points: dict[str, str], listed_by: str
) -> None:
    """Make a table with a number of its own.

    Args:
        points: which column points to which table's number.
        listed_by: the column that its rows are found by.
    """
    columns = [part for part in parts if isinstance(part, sa.Column)]
    checks = [part for part in parts if isinstance(part, sa.CheckConstraint)]
    op.create_table(
        name,
        _row("id"),
        *columns,
        *checks,
        *(
            sa.ForeignKeyConstraint(
                [column], [f"{other}.id"], name=op.f(f"fk_{name}_{column}_{other}"), ondelete="RESTRICT"
            )
            for column, other in points.items()
        ),
        sa.PrimaryKeyConstraint("id", name=op.f(f"pk_{name}")),
    )
    op.create_index(f"ix_{name}_{listed_by}", name, [listed_by], unique=False)


def _row(name: str, *, nullable: bool = False) -> sa.Column[object]:
    return sa.Column(name, sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=nullable)


def _moment(name: str, *, nullable: bool = False) -> sa.Column[object]:
    return sa.Column(name, UtcDateTime(timezone=True), nullable=nullable)


def _one_of(column: str, values: tuple[str, ...]) -> str:
    return f"{column} IN ({', '.join(repr(value) for value in values)})"
