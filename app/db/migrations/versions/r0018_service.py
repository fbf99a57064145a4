"""Staff may sign in by an account elsewhere, when the library says so."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0018"
down_revision = "0017"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Nobody's account is known elsewhere yet, and nobody is on their way."""
    with op.batch_alter_table("user") as table:
        table.add_column(sa.Column("service_issuer", sa.String(length=300), nullable=True))
        table.add_column(sa.Column("service_subject", sa.String(length=255), nullable=True))
        table.create_unique_constraint("user_of_the_service", ["service_issuer", "service_subject"])
    op.create_table(
        "service_ask",
        sa.Column("token_sha256", sa.String(length=64), nullable=False),
        sa.Column("purpose", sa.String(length=32), nullable=False),
        sa.Column("link_id", sa.String(length=12), nullable=True),
        sa.Column("login", sa.String(length=120), nullable=False),
        sa.Column("session_id", sa.String(length=12), nullable=True),
        sa.Column("user_id", sa.String(length=12), nullable=True),
        sa.Column("tries", sa.BigInteger(), nullable=False),
        sa.Column("expires_at", sa.BigInteger(), nullable=False),
        sa.ForeignKeyConstraint(["link_id"], ["one_time_link.id"], ondelete="CASCADE"),
        sa.ForeignKeyConstraint(["session_id"], ["staff_session.id"], ondelete="CASCADE"),
        sa.ForeignKeyConstraint(["user_id"], ["user.id"], ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("token_sha256"),
    )
