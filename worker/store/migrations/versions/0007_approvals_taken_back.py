"""An approved export that was not made can be refused: who approved it may be gone."""

from __future__ import annotations

from alembic import op

from worker.store.guards import approvals_can_be_taken_back

revision = "0007"
down_revision = "0006"


def upgrade() -> None:
    """Bring the guards to this migration."""
    for statement in approvals_can_be_taken_back(op.get_bind().dialect.name):
        op.execute(statement)
