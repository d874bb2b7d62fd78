"""The parts of the queue that are small beside the whole are read by indexes of their own.

What waits for advice, what is kept for named roles and what is put aside is counted and listed without going
through everything that waits. And the index of when cases were closed leaves out those that were not: SQLite
took "closed_at IS NULL" for a value that few cases have, and went through all of them.
"""

from __future__ import annotations

from collections.abc import Sequence

import sqlalchemy as sa
from alembic import op

revision = "0021"
down_revision = "0020"

#: The queue's order.
_ORDER = ("severity_rank", sa.text("priority DESC"), "due_at", "id")


def upgrade() -> None:
    """Bring the tables to this migration."""
    _index("ix_cases_needs_advice", _ORDER, "state = 'needs_advice'")
    _index("ix_cases_restricted", _ORDER, "closed_at IS NULL AND restriction IS NOT NULL")
    op.drop_index("ix_cases_closed_at", table_name="cases")
    _index("ix_cases_closed_at", ("closed_at",), "closed_at IS NOT NULL")
    _index("ix_cases_snoozed_until", ("snoozed_until",), "closed_at IS NULL AND snoozed_until IS NOT NULL")


def _index(name: str, columns: Sequence[str | sa.TextClause], where: str) -> None:
    condition = sa.text(where)
    op.create_index(
        name, "cases", list(columns), unique=False, sqlite_where=condition, postgresql_where=condition
    )
