"""Handing a case over to a person or body."""

from __future__ import annotations

revision = "0014"
down_revision = "0013"


def upgrade() -> None:
    """Bring the tables to this migration."""
