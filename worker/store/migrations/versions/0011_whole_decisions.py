"""What a decision says beside its verdict, and who may see which case."""

from __future__ import annotations

revision = "0011"
down_revision = "0010"


def upgrade() -> None:
    """Bring the tables to this migration."""
