"""Books, songs and pictures that others made have records of rights, and are found by them."""

from __future__ import annotations

from typing import Any

import sqlalchemy as sa
from alembic import op

from app.db import words

revision = "0014"
down_revision = "0013"
branch_labels = None
depends_on = None

_COLUMNS: tuple[sa.Column[Any], ...] = (
    sa.Column("credits", sa.Text(), nullable=False, server_default=""),
    sa.Column("rights_told", sa.Boolean(), nullable=False, server_default=sa.false()),
    sa.Column("downloadable", sa.Boolean(), nullable=False, server_default=sa.true()),
)


def upgrade() -> None:
    """What was approved before nobody was asked about stays as it is: it counts as told."""
    op.create_table(
        "work",
        sa.Column("id", sa.String(length=12), nullable=False),
        sa.Column("kind", sa.String(length=32), nullable=False),
        *(sa.Column(name, sa.String(length=200), nullable=False) for name in ("title", "author", "illustrator")),
        sa.Column("publisher", sa.String(length=200), nullable=False),
        sa.Column("isbn", sa.String(length=13), nullable=False),
        sa.Column("year", sa.BigInteger(), nullable=True),
        sa.Column("language", sa.String(length=35), nullable=False),
        sa.Column("basis", sa.String(length=32), nullable=False),
        sa.Column("scope", sa.String(length=32), nullable=False),
        sa.Column("decided_role", sa.String(length=120), nullable=False),
        sa.Column("decided_on", sa.String(length=10), nullable=False),
        sa.Column("credit", sa.String(length=300), nullable=False),
        sa.Column("last_day", sa.String(length=10), nullable=False),
        sa.Column("at_end", sa.String(length=32), nullable=False),
        sa.Column("download", sa.Boolean(), nullable=False),
        sa.Column("created_at", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("id"),
    )
    op.create_table(
        "evidence",
        sa.Column("work_id", sa.String(length=12), nullable=False),
        sa.Column("suffix", sa.String(length=8), nullable=False),
        sa.Column("sha256", sa.String(length=64), nullable=False),
        sa.Column("content", sa.LargeBinary(), nullable=False),
        sa.Column("given_at", sa.BigInteger(), nullable=False),
        sa.ForeignKeyConstraint(["work_id"], ["work.id"], ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("work_id"),
    )
    op.create_table(
        "work_use",
        sa.Column("id", sa.String(length=12), nullable=False),
        sa.Column("recording_id", sa.String(length=12), nullable=False),
        sa.Column("work_id", sa.String(length=12), nullable=False),
        sa.Column("start_ms", sa.BigInteger(), nullable=True),
        sa.Column("end_ms", sa.BigInteger(), nullable=True),
        sa.Column("left_out", sa.Boolean(), nullable=False),
        sa.ForeignKeyConstraint(["recording_id"], ["recording.id"], ondelete="CASCADE"),
        sa.ForeignKeyConstraint(["work_id"], ["work.id"]),
        sa.PrimaryKeyConstraint("id"),
    )
    op.create_index("ix_work_use_recording_id", "work_use", ["recording_id"])
    op.create_index("ix_work_use_work_id", "work_use", ["work_id"])
    with op.batch_alter_table("recording") as table:
        for column in _COLUMNS:
            table.add_column(column)
    with op.batch_alter_table("recording") as table:
        for column in _COLUMNS:
            table.alter_column(column.name, server_default=None)
    op.execute("UPDATE recording SET rights_told = true WHERE id IN (SELECT recording_id FROM approval)")
    if op.get_bind().dialect.name == "sqlite":  # PostgreSQL's index holds words without columns
        op.execute("DROP TABLE recording_words")
        op.execute(
            "CREATE VIRTUAL TABLE recording_words USING fts5("
            "id UNINDEXED, title, series, theme, branch, description, books, credits, tip, "
            "other_title, other_description, other_tip, tokenize = 'unicode61 remove_diacritics 2')"
        )
    else:
        op.execute("DELETE FROM recording_words")
    words.learn_all(op.get_bind())
