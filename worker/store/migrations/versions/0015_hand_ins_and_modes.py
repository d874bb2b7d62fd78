"""What staff hand in, major incidents, elections."""

from __future__ import annotations

revision = "0015"
down_revision = "0014"


def upgrade() -> None:
    """Bring the tables to this migration."""
