"""Everything has an end: of a publication, unless something is held; and each deletion leaves a record."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0006"
down_revision = "0005"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """What is public already gets its end with the next sweep."""
    with op.batch_alter_table("recording") as table:
        table.add_column(sa.Column("ends_at", sa.BigInteger(), nullable=True))
        table.add_column(sa.Column("held_reason", sa.String(length=200), nullable=True))
        table.add_column(sa.Column("held_by", sa.String(length=12), nullable=True))
        table.add_column(sa.Column("held_at", sa.BigInteger(), nullable=True))
        table.create_foreign_key("recording_held_by", "user", ["held_by"], ["id"], ondelete="SET NULL")
    op.create_table(
        "deletion",
        sa.Column("id", sa.String(length=12), nullable=False),
        sa.Column("what", sa.String(length=32), nullable=False),
        sa.Column("place", sa.String(length=16), nullable=False),
        sa.Column("rule", sa.String(length=32), nullable=False),
        sa.Column("sha256", sa.String(length=64), nullable=False),
        sa.Column("at", sa.BigInteger(), nullable=False),
        sa.Column("gone_at", sa.BigInteger(), nullable=True),
        sa.PrimaryKeyConstraint("id"),
    )
