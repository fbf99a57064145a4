"""Every state of an edit is kept, so that any change can be undone."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0004"
down_revision = "0003"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Of edits that are there, nothing before them is known."""
    op.create_table(
        "edit_state",
        sa.Column("recording_id", sa.String(length=12), nullable=False),
        sa.Column("place", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("edits_json", sa.Text(), nullable=True),
        sa.Column("answers_json", sa.Text(), nullable=True),
        sa.ForeignKeyConstraint(["recording_id"], ["recording.id"], ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("recording_id", "place"),
    )
    with op.batch_alter_table("recording") as table:
        for name in ("edit_place", "edit_last"):
            table.add_column(sa.Column(name, sa.BigInteger(), nullable=False, server_default="0"))
    with op.batch_alter_table("recording") as table:
        for name in ("edit_place", "edit_last"):
            table.alter_column(name, server_default=None)
