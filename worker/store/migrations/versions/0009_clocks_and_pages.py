"""Clocks of cases, who is on call, and paging them."""

from __future__ import annotations

revision = "0009"
down_revision = "0008"


def upgrade() -> None:
    """Bring the tables to this migration."""
