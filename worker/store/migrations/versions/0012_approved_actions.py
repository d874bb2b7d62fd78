"""Actions that need a second person, and switches that stop all of them."""

from __future__ import annotations

revision = "0012"
down_revision = "0011"


def upgrade() -> None:
    """Bring the tables to this migration."""
