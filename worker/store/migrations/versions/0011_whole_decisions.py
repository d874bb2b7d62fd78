"""What a decision says beside its verdict, and who may see which case."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from worker.store.guards import complete_when_new, only_added
from worker.store.types import UtcDateTime

revision = "0011"
down_revision = "0010"

_RESTRICTIONS = ("safeguarding", "protected", "manager", "intimate_image", "imagery")
_WHY_NOT = ("criticism", "counter_speech", "clinical_language", "reclaimed", "harmless_spam", "other")
_TARGETS = ("named_staff", "staff", "patient", "minor", "trust", "other")
_OFFENCE = ("yes", "no", "unsure")
_ADVICE = ("legal", "hr", "safeguarding", "security", "police", "information_governance", "other")
_CHARACTERISTICS = (
    "age",
    "disability",
    "gender_reassignment",
    "marriage_civil_partnership",
    "pregnancy_maternity",
    "race",
    "religion_belief",
    "sex",
    "sexual_orientation",
    "unclear",
)
#: What a new decision lacks that is not whole. Older rows lack it all and stay as they are.
_LACKING = (
    "(NEW.verdict = 'not_upheld' AND NEW.why_not IS NULL)"
    " OR (NEW.verdict = 'needs_advice' AND NEW.advice_from IS NULL)"
    " OR (NEW.verdict = 'upheld' AND (NEW.target IS NULL OR NEW.breaks_house_rules IS NULL"
    " OR NEW.may_be_offence IS NULL))"
)


def upgrade() -> None:
    """Bring the tables to this migration."""
    dialect = op.get_bind().dialect.name
    _widen_decisions()
    _add_access()
    _add_beside_decisions()
    _add_beside_cases()
    for statement in complete_when_new(dialect, "decisions", "whole", _LACKING):
        op.execute(statement)
    _restrict_marked_cases()
    for table in ("restrictions", "conflicts", "case_notes", "case_checks"):
        for statement in only_added(dialect, table):
            op.execute(statement)
    for table in ("decision_characteristics", "decision_answers"):
        for statement in only_added(dialect, table, key=None):
            op.execute(statement)


def _widen_decisions() -> None:
    # One statement each, so that SQLite takes them without making the table anew.
    for column, kind, values, only in (
        ("why_not", "VARCHAR(30)", _WHY_NOT, "not_upheld"),
        ("target", "VARCHAR(20)", _TARGETS, "upheld"),
        ("may_be_offence", "VARCHAR(10)", _OFFENCE, "upheld"),
        ("advice_from", "VARCHAR(30)", _ADVICE, "needs_advice"),
    ):
        condition = f"{column} IS NULL OR (verdict = '{only}' AND {_one_of(column, values)})"
        op.execute(
            f"ALTER TABLE decisions ADD COLUMN {column} {kind}"
            f" CONSTRAINT ck_decisions_{column} CHECK ({condition})"
        )
    op.add_column("decisions", sa.Column("breaks_house_rules", sa.Boolean(), nullable=True))
    op.add_column("decisions", sa.Column("effect", sa.Text(), nullable=True))
    op.add_column("decisions", sa.Column("advice_who", sa.Text(), nullable=True))
    op.add_column("decisions", sa.Column("criticism_yet_upheld", sa.Text(), nullable=True))
    op.add_column("decisions", sa.Column("law_version", sa.String(length=20), nullable=True))


def _add_access() -> None:
    op.create_table(
        "restrictions",
        *_noted(),
        sa.Column("kind", sa.String(length=20), nullable=True),
        sa.Column("noted_by", _row_id(), nullable=True),
        sa.Column("noted_at", UtcDateTime(timezone=True), nullable=False),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.CheckConstraint(
            f"kind IS NULL OR {_one_of('kind', _RESTRICTIONS)}", name=op.f("ck_restrictions_kind")
        ),
        sa.CheckConstraint("length(trim(reason)) > 0", name=op.f("ck_restrictions_says_why")),
        *_keys("restrictions", ("case_id", "cases"), ("noted_by", "people")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_restrictions")),
    )
    op.create_index("ix_restrictions_case_id", "restrictions", ["case_id"], unique=False)
    op.create_table(
        "conflicts",
        *_noted(),
        sa.Column("person_id", _row_id(), nullable=False),
        sa.Column("withdraws_id", _row_id(), nullable=True),
        sa.Column("noted_by", _row_id(), nullable=True),
        sa.Column("noted_at", UtcDateTime(timezone=True), nullable=False),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.CheckConstraint("length(trim(reason)) > 0", name=op.f("ck_conflicts_says_why")),
        sa.CheckConstraint(
            "withdraws_id IS NULL OR noted_by <> person_id", name=op.f("ck_conflicts_withdrawn_by_another")
        ),
        *_keys(
            "conflicts",
            ("case_id", "cases"),
            ("person_id", "people"),
            ("noted_by", "people"),
            ("withdraws_id", "conflicts"),
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_conflicts")),
        sa.UniqueConstraint("withdraws_id", name=op.f("uq_conflicts_withdraws_id")),
    )
    op.create_index("ix_conflicts_case_id", "conflicts", ["case_id"], unique=False)
    op.create_index("ix_conflicts_person_id", "conflicts", ["person_id"], unique=False)


def _add_beside_decisions() -> None:
    op.create_table(
        "decision_characteristics",
        sa.Column("decision_id", _row_id(), nullable=False),
        sa.Column("characteristic", sa.String(length=40), nullable=False),
        sa.CheckConstraint(
            _one_of("characteristic", _CHARACTERISTICS),
            name=op.f("ck_decision_characteristics_characteristic"),
        ),
        *_keys("decision_characteristics", ("decision_id", "decisions")),
        sa.PrimaryKeyConstraint("decision_id", "characteristic", name=op.f("pk_decision_characteristics")),
    )
    op.create_table(
        "decision_answers",
        sa.Column("decision_id", _row_id(), nullable=False),
        sa.Column("question", sa.String(length=60), nullable=False),
        sa.Column("answer", sa.String(length=20), nullable=False),
        *_keys("decision_answers", ("decision_id", "decisions")),
        sa.PrimaryKeyConstraint("decision_id", "question", name=op.f("pk_decision_answers")),
    )


def _add_beside_cases() -> None:
    op.create_table(
        "case_notes",
        *_noted(),
        sa.Column("text", sa.Text(), nullable=False),
        sa.Column("written_by", _row_id(), nullable=False),
        sa.Column("written_at", UtcDateTime(timezone=True), nullable=False),
        sa.CheckConstraint("length(trim(text)) > 0", name=op.f("ck_case_notes_says_something")),
        *_keys("case_notes", ("case_id", "cases"), ("written_by", "people")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_case_notes")),
    )
    op.create_index("ix_case_notes_case_id", "case_notes", ["case_id"], unique=False)
    op.create_table(
        "case_checks",
        *_noted(),
        sa.Column("item", sa.String(length=60), nullable=False),
        sa.Column("done", sa.Boolean(), nullable=False),
        sa.Column("note", sa.Text(), nullable=True),
        sa.Column("checked_by", _row_id(), nullable=False),
        sa.Column("checked_at", UtcDateTime(timezone=True), nullable=False),
        *_keys("case_checks", ("case_id", "cases"), ("checked_by", "people")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_case_checks")),
    )
    op.create_index("ix_case_checks_case_id", "case_checks", ["case_id"], unique=False)


def _restrict_marked_cases() -> None:
    """Cases whose comment's pictures were marked before are restricted now, the graver mark first."""
    for mark, kind in (("suspected_csam", "imagery"), ("intimate_image", "intimate_image")):
        marked = f"SELECT min(id) FROM marks WHERE comment_id = cases.comment_id AND mark = '{mark}'"  # noqa: S608 -- our own words
        op.execute(
            "INSERT INTO restrictions (case_id, kind, reason, noted_by, noted_at)"  # noqa: S608 -- our own words
            f" SELECT cases.id, '{kind}', 'Its pictures were marked {mark}.', marks.marked_by, marks.marked_at"
            f" FROM cases JOIN marks ON marks.id = ({marked}) WHERE cases.restriction IS NULL ORDER BY cases.id"
        )
        op.execute(
            f"UPDATE cases SET restriction = '{kind}' WHERE restriction IS NULL AND ({marked}) IS NOT NULL"  # noqa: S608 -- our own words
        )


def _row_id() -> sa.types.TypeEngine[int]:
    return sa.BigInteger().with_variant(sa.Integer(), "sqlite")


def _noted() -> tuple[sa.Column[int], ...]:
    """The columns that begin everything that is noted on a case."""
    return (
        sa.Column("id", _row_id(), nullable=False),
        sa.Column("case_id", _row_id(), nullable=False),
    )


def _keys(table: str, *points: tuple[str, str]) -> tuple[sa.ForeignKeyConstraint, ...]:
    return tuple(
        sa.ForeignKeyConstraint(
            [column], [f"{other}.id"], name=op.f(f"fk_{table}_{column}_{other}"), ondelete="RESTRICT"
        )
        for column, other in points
    )


def _one_of(column: str, values: tuple[str, ...]) -> str:
    return f"{column} IN ({', '.join(repr(value) for value in values)})"
