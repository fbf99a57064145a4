"""More of a storytime is told to families, and the words of it can be searched."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0007"
down_revision = "0006"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Nothing is told yet of what is there; its words are searched from now on."""
    with op.batch_alter_table("recording") as table:
        for name, most in (("held_on", 10), ("branch", 200), ("theme", 200)):
            table.add_column(sa.Column(name, sa.String(length=most), nullable=False, server_default=""))
        for name in ("books", "tip"):
            table.add_column(sa.Column(name, sa.Text(), nullable=False, server_default=""))
        table.add_column(sa.Column("signed", sa.Boolean(), nullable=False, server_default=sa.false()))
    with op.batch_alter_table("recording") as table:
        for name in ("held_on", "branch", "theme", "books", "tip", "signed"):
            table.alter_column(name, server_default=None)
    if op.get_bind().dialect.name == "sqlite":
        op.execute(
            "CREATE VIRTUAL TABLE recording_words USING fts5("
            "id UNINDEXED, title, series, theme, branch, description, books, tip, "
            "tokenize = 'unicode61 remove_diacritics 2')"  # "Bären" is found by "baren"
        )
        op.execute(
            "INSERT INTO recording_words (id, title, series, theme, branch, description, books, tip) "
            "SELECT id, title, series, theme, branch, description, books, tip FROM recording"
        )
