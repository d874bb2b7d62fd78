"""Appeals, and what people may ask about themselves."""

from __future__ import annotations

revision = "0016"
down_revision = "0015"


def upgrade() -> None:
    """Bring the tables to this migration."""
