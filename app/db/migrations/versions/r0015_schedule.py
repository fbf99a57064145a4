"""What is approved can be published later, and why somebody did not wait is kept."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0015"
down_revision = "0014"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Nothing waits, and nobody was in a hurry."""
    with op.batch_alter_table("recording") as table:
        table.add_column(sa.Column("publish_at", sa.BigInteger(), nullable=True))
    with op.batch_alter_table("approval") as table:
        table.add_column(sa.Column("hurried", sa.String(length=200), nullable=False, server_default=""))
    with op.batch_alter_table("approval") as table:
        table.alter_column("hurried", server_default=None)
