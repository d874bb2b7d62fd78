"""A case may be restricted for several reasons at once, and each is lifted by itself.

Until now a graver restriction took the place of a lighter one, and lifting left none. From here on every
restriction stands until a row that names it lifts it. No old row is changed, and none is written for anybody:

- an old row without a kind goes on saying what it said when it was written: whatever stood on its case before
  it is lifted. Only old rows are read so; a new one has to name what it lifts.
- a lighter restriction that a graver one took the place of, and that nobody lifted since, stands again: its
  reason was never withdrawn, and the replacing one opened the case to people whom that reason kept out. This
  can open no case to anybody, as each restriction only narrows who sees it. It takes no case away from everybody
  who decides: a senior reviewer sees under every kind but staff_on_staff, and lifts each that should not stand;
  a staff_on_staff case was routed and waits for no decision. (One of those that was found to be about imagery
  too is left to people who hold a role for each; `upstander status` says so.)

`cases.restriction` stays as it is: it was and is the gravest that stands.
"""

from __future__ import annotations

from alembic import op

from worker.store.constraints import add_foreign_key
from worker.store.restriction_guards import restrictions_stand

revision = "0017"
down_revision = "0016"


def upgrade() -> None:
    """Bring the tables to this migration."""
    connection = op.get_bind()
    dialect = connection.dialect.name
    whole = "BIGINT" if dialect == "postgresql" else "INTEGER"
    # One statement, so that SQLite takes it without making the table anew.
    op.execute(
        f"ALTER TABLE restrictions ADD COLUMN lifts_id {whole}"
        " CONSTRAINT ck_restrictions_notes_or_lifts CHECK (lifts_id IS NULL OR kind IS NULL)"
    )
    name = "fk_restrictions_lifts_id_restrictions"
    add_foreign_key(connection, "restrictions", name, ["lifts_id"], "restrictions", ["id"])
    op.create_index("ix_restrictions_lifts_id", "restrictions", ["lifts_id"], unique=True)
    for statement in restrictions_stand(dialect):
        op.execute(statement)
