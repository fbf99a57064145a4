"""Staff say what a recording's looks show."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0003"
down_revision = "0002"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Nothing was answered of what is there."""
    with op.batch_alter_table("recording") as table:
        table.add_column(sa.Column("answers_json", sa.Text(), nullable=True))
