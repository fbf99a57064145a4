"""What is public can be made anew from its own finished film, and then takes its place."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0017"
down_revision = "0016"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Nothing takes anything's place yet."""
    with op.batch_alter_table("recording") as table:
        table.add_column(sa.Column("replaces", sa.String(length=12), nullable=True))
        table.create_foreign_key("recording_replaces", "recording", ["replaces"], ["id"], ondelete="SET NULL")
