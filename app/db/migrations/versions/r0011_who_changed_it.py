"""Who changed an edit last is known, so that somebody else can be asked to approve it."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0011"
down_revision = "0010"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Of what was changed before, nobody knows."""
    with op.batch_alter_table("recording") as table:
        table.add_column(sa.Column("edited_by", sa.String(length=12), nullable=True))
        table.create_foreign_key("recording_edited_by", "user", ["edited_by"], ["id"], ondelete="SET NULL")
