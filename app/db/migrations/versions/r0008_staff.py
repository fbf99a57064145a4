"""Staff have roles, invitations, codes and a trail of what they did. Whoever is there already is an administrator."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0008"
down_revision = "0007"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Adds them; the database itself refuses to change what is in the trail."""
    with op.batch_alter_table("user") as table:
        table.add_column(sa.Column("role", sa.String(length=32), nullable=False, server_default="administrator"))
        table.add_column(sa.Column("code_nonce", sa.String(length=32), nullable=True))
        table.add_column(sa.Column("code_step", sa.BigInteger(), nullable=False, server_default="0"))
    with op.batch_alter_table("user") as table:
        table.alter_column("role", server_default=None)
        table.alter_column("code_step", server_default=None)
    with op.batch_alter_table("one_time_link") as table:
        table.add_column(sa.Column("role", sa.String(length=32), nullable=True))
        table.add_column(sa.Column("user_id", sa.String(length=12), nullable=True))
        table.create_foreign_key("one_time_link_of", "user", ["user_id"], ["id"], ondelete="CASCADE")
    op.create_table(
        "deed",
        sa.Column("id", sa.String(length=12), nullable=False),
        sa.Column("at", sa.BigInteger(), nullable=False),
        sa.Column("user_id", sa.String(length=12), nullable=True),
        sa.Column("what", sa.String(length=48), nullable=False),
        sa.Column("about", sa.String(length=32), nullable=False),
        sa.ForeignKeyConstraint(["user_id"], ["user.id"]),
        sa.PrimaryKeyConstraint("id"),
    )
    op.create_index("ix_deed_at", "deed", ["at"])
    if op.get_bind().dialect.name == "sqlite":
        op.execute(
            "CREATE TRIGGER deed_stays BEFORE UPDATE ON deed "
            "BEGIN SELECT RAISE(ABORT, 'what was done is not changed'); END"
        )
