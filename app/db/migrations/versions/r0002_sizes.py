"""A publication grows by one size after another, each with a report of its own."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """What is public already has one report, and nothing is added to it."""
    with op.batch_alter_table("publication") as table:
        table.add_column(sa.Column("plan_digest", sa.String(length=64), nullable=False, server_default=""))
        table.add_column(sa.Column("reports_json", sa.Text(), nullable=False, server_default="[]"))
    op.execute("""UPDATE publication SET reports_json = '["' || report_digest || '"]'""")
    with op.batch_alter_table("publication") as table:
        table.alter_column("plan_digest", server_default=None)
        table.alter_column("reports_json", server_default=None)
        table.drop_column("report_digest")
