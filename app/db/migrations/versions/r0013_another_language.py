"""A storytime can be told of in another language too, and is found by those words."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0013"
down_revision = "0012"
branch_labels = None
depends_on = None

_COLUMNS = (
    sa.Column("other_tongue", sa.String(length=8), nullable=False, server_default=""),
    sa.Column("other_title", sa.String(length=200), nullable=False, server_default=""),
    sa.Column("other_description", sa.Text(), nullable=False, server_default=""),
    sa.Column("other_tip", sa.Text(), nullable=False, server_default=""),
)


def upgrade() -> None:
    """Nothing is told in another language of what is there."""
    with op.batch_alter_table("recording") as table:
        for column in _COLUMNS:
            table.add_column(column)
    with op.batch_alter_table("recording") as table:
        for column in _COLUMNS:
            table.alter_column(column.name, server_default=None)
    if op.get_bind().dialect.name == "sqlite":  # PostgreSQL's index holds words without columns
        op.execute("DROP TABLE recording_words")
        op.execute(
            "CREATE VIRTUAL TABLE recording_words USING fts5("
            "id UNINDEXED, title, series, theme, branch, description, books, tip, other_title, other_description, other_tip, "
            "tokenize = 'unicode61 remove_diacritics 2')"
        )
    # nothing is learnt here: the next one makes the index anew, with columns that there are none of yet
