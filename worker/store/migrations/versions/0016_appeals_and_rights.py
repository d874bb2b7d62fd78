"""Appeals, and what people may ask about themselves."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from worker.store.appeal_guards import appeals_decided_by_another
from worker.store.guards import kept, moves_only, stays
from worker.store.types import UtcDateTime

revision = "0016"
down_revision = "0015"

_APPEAL_MOVES = (
    ("waiting", "decided"),
    ("waiting", "decided_alone"),
    ("waiting", "withdrawn"),
    ("decided_alone", "reviewed"),
)
#: How a case may begin is not held here: copies of older databases bring decided ones in.
_CASE_MOVES = (
    ("open", "needs_advice"),
    ("open", "decided"),
    ("needs_advice", "decided"),
    ("decided", "needs_advice"),
)
_APPEAL_CAME = (
    "id",
    "case_id",
    "about_decision_id",
    "by_whom",
    "channel",
    "words",
    "received_at",
    "logged_by",
    "logged_at",
    "due_at",
)
_APPEAL_ENDED = (
    "ended_by",
    "ended_at",
    "outcome",
    "reason",
    "decision_id",
    "reply_template",
    "break_glass_reason",
)
_REQUEST_CAME = ("id", "kind", "platform", "handle", "received_at", "logged_by", "logged_at")
_REQUEST_CLOSED = (
    "due_at",
    "extended_at",
    "extended_because",
    "outcome",
    "refused_because",
    "words",
    "closed_by",
    "closed_at",
)
_DECIDED = "state IN ('decided', 'decided_alone', 'reviewed')"
_ALONE = "state IN ('decided_alone', 'reviewed')"
_REVIEWED = "(state = 'reviewed') = (reviewed_by IS NOT NULL)"
_CLOSED = "(state = 'closed') = (closed_at IS NOT NULL) AND (closed_at IS NULL) = (closed_by IS NULL)"


def upgrade() -> None:
    """Bring the tables to this migration."""
    dialect = op.get_bind().dialect.name
    _appeals()
    _subject_requests()
    for statement in (
        *moves_only(dialect, "cases", _CASE_MOVES, None),
        *kept(dialect, "appeals"),
        *moves_only(dialect, "appeals", _APPEAL_MOVES, ("waiting",)),
        *stays(dialect, "appeals", _APPEAL_CAME, name="as_it_came"),
        *stays(dialect, "appeals", _APPEAL_ENDED, name="as_it_ended", once="OLD.state <> 'waiting'"),
        *stays(
            dialect,
            "appeals",
            ("reviewed_by", "reviewed_at"),
            name="as_reviewed",
            once="OLD.state = 'reviewed'",
        ),
        *appeals_decided_by_another(dialect),
        *kept(dialect, "subject_requests"),
        *moves_only(dialect, "subject_requests", (("open", "closed"),), ("open",)),
        *stays(dialect, "subject_requests", _REQUEST_CAME, name="as_it_came"),
        *stays(dialect, "subject_requests", _REQUEST_CLOSED, name="as_closed", once="OLD.state = 'closed'"),
    ):
        op.execute(statement)


def _appeals() -> None:
    op.create_table(
        "appeals",
        sa.Column("id", _row_id(), nullable=False),
        sa.Column("case_id", _row_id(), nullable=False),
        sa.Column("about_decision_id", _row_id(), nullable=False),
        sa.Column("by_whom", sa.String(length=20), nullable=False),
        sa.Column("channel", sa.String(length=20), nullable=False),
        sa.Column("words", sa.Text(), nullable=False),
        sa.Column("received_at", UtcDateTime(timezone=True), nullable=False),
        sa.Column("logged_by", _row_id(), nullable=False),
        sa.Column("logged_at", UtcDateTime(timezone=True), nullable=False),
        sa.Column("due_at", UtcDateTime(timezone=True), nullable=False),
        sa.Column("state", sa.String(length=20), nullable=False),
        sa.Column("ended_by", _row_id(), nullable=True),
        sa.Column("ended_at", UtcDateTime(timezone=True), nullable=True),
        sa.Column("outcome", sa.String(length=20), nullable=True),
        sa.Column("reason", sa.Text(), nullable=True),
        sa.Column("decision_id", _row_id(), nullable=True),
        sa.Column("reply_template", sa.String(length=80), nullable=True),
        sa.Column("break_glass_reason", sa.Text(), nullable=True),
        sa.Column("reviewed_by", _row_id(), nullable=True),
        sa.Column("reviewed_at", UtcDateTime(timezone=True), nullable=True),
        *(_check("appeals", name, condition) for name, condition in _appeal_checks()),
        *_foreign_keys(
            "appeals",
            (
                ("case_id", "cases"),
                ("about_decision_id", "decisions"),
                ("logged_by", "people"),
                ("ended_by", "people"),
                ("decision_id", "decisions"),
                ("reviewed_by", "people"),
            ),
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_appeals")),
    )
    op.create_index("ix_appeals_case_id", "appeals", ["case_id"], unique=False)
    op.create_index("ix_appeals_state", "appeals", ["state", "due_at"], unique=False)


def _appeal_checks() -> tuple[tuple[str, str], ...]:
    states = ("waiting", "decided", "decided_alone", "reviewed", "withdrawn")
    channels = ("email", "letter", "telephone", "in_person", "web_form", "platform", "complaint")
    return (
        ("by_whom", _one_of("by_whom", ("author", "staff", "other"))),
        ("channel", _one_of("channel", channels)),
        ("state", _one_of("state", states)),
        ("outcome", f"outcome IS NULL OR {_one_of('outcome', ('upheld', 'partly', 'dismissed'))}"),
        ("says_what", "length(trim(words)) > 0"),
        ("ended", "(state = 'waiting') = (ended_by IS NULL)"),
        ("ended_whole", "(ended_by IS NULL) = (ended_at IS NULL) AND (ended_by IS NULL) = (reason IS NULL)"),
        ("decided_has_outcome", f"({_DECIDED}) = (outcome IS NOT NULL)"),
        (
            "success_decides_anew",
            "(outcome IS NOT NULL AND outcome <> 'dismissed') = (decision_id IS NOT NULL)",
        ),
        (
            "alone_says_why",
            f"({_ALONE}) = (break_glass_reason IS NOT NULL AND length(trim(break_glass_reason)) > 0)",
        ),
        (
            "reviewed_whole",
            f"{_REVIEWED} AND (reviewed_by IS NULL) = (reviewed_at IS NULL)",
        ),
        ("reviewed_by_another", "reviewed_by IS NULL OR reviewed_by <> ended_by"),
    )


def _subject_requests() -> None:
    op.create_table(
        "subject_requests",
        sa.Column("id", _row_id(), nullable=False),
        sa.Column("kind", sa.String(length=20), nullable=False),
        sa.Column("platform", sa.String(length=20), nullable=True),
        sa.Column("handle", sa.String(length=200), nullable=False),
        sa.Column("received_at", UtcDateTime(timezone=True), nullable=False),
        sa.Column("logged_by", _row_id(), nullable=False),
        sa.Column("logged_at", UtcDateTime(timezone=True), nullable=False),
        sa.Column("due_at", UtcDateTime(timezone=True), nullable=False),
        sa.Column("extended_at", UtcDateTime(timezone=True), nullable=True),
        sa.Column("extended_because", sa.Text(), nullable=True),
        sa.Column("state", sa.String(length=20), nullable=False),
        sa.Column("outcome", sa.String(length=20), nullable=True),
        sa.Column("refused_because", sa.String(length=40), nullable=True),
        sa.Column("words", sa.Text(), nullable=True),
        sa.Column("closed_by", _row_id(), nullable=True),
        sa.Column("closed_at", UtcDateTime(timezone=True), nullable=True),
        *(_check("subject_requests", name, condition) for name, condition in _request_checks()),
        *_foreign_keys("subject_requests", (("logged_by", "people"), ("closed_by", "people"))),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_subject_requests")),
    )
    op.create_index("ix_subject_requests_state", "subject_requests", ["state", "due_at"], unique=False)


def _request_checks() -> tuple[tuple[str, str], ...]:
    outcomes = ("met", "partly", "refused", "nothing_held", "withdrawn")
    refusals = (
        "legal_hold",
        "public_task",
        "legal_claims",
        "rights_of_others",
        "crime_and_safeguarding",
        "identity_not_shown",
        "manifestly_unfounded",
    )
    return (
        ("kind", _one_of("kind", ("access", "erasure", "objection", "rectification"))),
        ("state", _one_of("state", ("open", "closed"))),
        ("outcome", f"outcome IS NULL OR {_one_of('outcome', outcomes)}"),
        ("refusal", f"refused_because IS NULL OR {_one_of('refused_because', refusals)}"),
        ("names_somebody", "length(trim(handle)) > 0"),
        ("extension_says_why", "(extended_at IS NULL) = (extended_because IS NULL)"),
        (
            "closed_whole",
            f"{_CLOSED} AND (closed_at IS NULL) = (outcome IS NULL) AND (closed_at IS NULL) = (words IS NULL)",
        ),
        (
            "refused_says_why",
            "(outcome IS NOT NULL AND outcome IN ('refused', 'partly')) = (refused_because IS NOT NULL)",
        ),
    )


def _row_id() -> sa.types.TypeEngine[int]:
    return sa.BigInteger().with_variant(sa.Integer(), "sqlite")


def _one_of(column: str, values: tuple[str, ...]) -> str:
    return f"{column} IN ({', '.join(repr(value) for value in values)})"


def _check(table: str, name: str, condition: str) -> sa.CheckConstraint:
    return sa.CheckConstraint(condition, name=op.f(f"ck_{table}_{name}"))


def _foreign_keys(table: str, pairs: tuple[tuple[str, str], ...]) -> tuple[sa.ForeignKeyConstraint, ...]:
    return tuple(
        sa.ForeignKeyConstraint(
            [column], [f"{other}.id"], name=op.f(f"fk_{table}_{column}_{other}"), ondelete="RESTRICT"
        )
        for column, other in pairs
    )
