"""Why a recording is published without captions."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0009"
down_revision = "0008"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Nobody was asked before."""
    with op.batch_alter_table("approval") as table:
        table.add_column(sa.Column("uncaptioned", sa.String(length=32), nullable=True))
