"""Cases that belong together, and what upheld takedowns teach."""

from __future__ import annotations

revision = "0010"
down_revision = "0009"


def upgrade() -> None:
    """Bring the tables to this migration."""
