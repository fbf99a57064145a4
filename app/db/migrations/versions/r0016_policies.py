"""What the privacy page said, and since when, can be shown later."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0016"
down_revision = "0015"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """What it said before is not known."""
    op.create_table(
        "policy",
        sa.Column("id", sa.String(length=12), nullable=False),
        sa.Column("tongue", sa.String(length=8), nullable=False),
        sa.Column("text", sa.Text(), nullable=False),
        sa.Column("since", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("id"),
    )
