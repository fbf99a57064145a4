"""Seconds of the preview that were watched count as seen."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0005"
down_revision = "0004"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Nothing was watched yet, as far as is known."""
    op.create_table(
        "second_watched",
        sa.Column("recording_id", sa.String(length=12), nullable=False),
        sa.Column("session_id", sa.String(length=12), nullable=False),
        sa.Column("second", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("at", sa.BigInteger(), nullable=False),
        sa.ForeignKeyConstraint(["recording_id"], ["recording.id"], ondelete="CASCADE"),
        sa.ForeignKeyConstraint(["session_id"], ["staff_session.id"], ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("recording_id", "session_id", "second"),
    )
