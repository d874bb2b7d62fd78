"""Reports to the platforms, prepared, filed and followed."""

from __future__ import annotations

revision = "0013"
down_revision = "0012"


def upgrade() -> None:
    """Bring the tables to this migration."""
