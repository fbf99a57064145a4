"""The first tables."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0001"
down_revision = None
branch_labels = None
depends_on = None

WORD = sa.String(32)
"""A word of an enumeration, which the models check."""

MOMENT = sa.BigInteger()
"""Milliseconds since 1970, UTC."""


def upgrade() -> None:
    """Makes every table."""
    _one_time_link()
    _user()
    _recording()
    _staff_session()
    _approval()
    _bytes_sent()
    _publication()
    _sheet_shown()


def _one_time_link() -> None:
    op.create_table(
        "one_time_link",
        sa.Column("id", sa.String(length=12), nullable=False),
        sa.Column("token_sha256", sa.String(length=64), nullable=False),
        sa.Column("purpose", WORD, nullable=False),
        sa.Column("expires_at", MOMENT, nullable=False),
        sa.Column("used_at", MOMENT, nullable=True),
        sa.PrimaryKeyConstraint("id"),
        sa.UniqueConstraint("token_sha256"),
    )


def _user() -> None:
    op.create_table(
        "user",
        sa.Column("id", sa.String(length=12), nullable=False),
        sa.Column("login", sa.String(length=120), nullable=False),
        sa.Column("password_hash", sa.String(length=255), nullable=False),
        sa.Column("created_at", MOMENT, nullable=False),
        sa.Column("disabled", sa.Boolean(), nullable=False),
        sa.PrimaryKeyConstraint("id"),
        sa.UniqueConstraint("login"),
    )


def _recording() -> None:
    op.create_table(
        "recording",
        sa.Column("id", sa.String(length=12), nullable=False),
        sa.Column("upload_id", sa.String(length=64), nullable=True),
        sa.Column("created_at", MOMENT, nullable=False),
        sa.Column("uploaded_by", sa.String(length=12), nullable=True),
        sa.Column("demo", sa.Boolean(), nullable=False),
        sa.Column("state", WORD, nullable=False),
        sa.Column("state_at", MOMENT, nullable=False),
        sa.Column("code", sa.String(length=32), nullable=True),
        sa.Column("step", WORD, nullable=True),
        sa.Column("permille", sa.BigInteger(), nullable=False),
        sa.Column("attempt", sa.BigInteger(), nullable=False),
        sa.Column("cancel_asked", sa.Boolean(), nullable=False),
        sa.Column("hint", sa.String(length=32), nullable=False),
        sa.Column("sha256", sa.String(length=64), nullable=False),
        sa.Column("size", sa.BigInteger(), nullable=False),
        sa.Column("length_ms", sa.BigInteger(), nullable=True),
        sa.Column("title", sa.String(length=200), nullable=False),
        sa.Column("series", sa.String(length=200), nullable=False),
        sa.Column("age_group", WORD, nullable=True),
        sa.Column("language", sa.String(length=35), nullable=False),
        sa.Column("description", sa.Text(), nullable=False),
        sa.Column("edits_json", sa.Text(), nullable=True),
        sa.Column("edit_version", sa.BigInteger(), nullable=False),
        sa.Column("published_at", MOMENT, nullable=True),
        sa.Column("withdrawn_at", MOMENT, nullable=True),
        sa.Column("original_deleted_at", MOMENT, nullable=True),
        sa.ForeignKeyConstraint(["uploaded_by"], ["user.id"], ondelete="SET NULL"),
        sa.PrimaryKeyConstraint("id"),
        sa.UniqueConstraint("upload_id"),
    )
    op.create_index("ix_recording_state", "recording", ["state"])


def _staff_session() -> None:
    op.create_table(
        "staff_session",
        sa.Column("id", sa.String(length=12), nullable=False),
        sa.Column("token_sha256", sa.String(length=64), nullable=False),
        sa.Column("user_id", sa.String(length=12), nullable=False),
        sa.Column("created_at", MOMENT, nullable=False),
        sa.Column("expires_at", MOMENT, nullable=False),
        sa.Column("ended_at", MOMENT, nullable=True),
        sa.ForeignKeyConstraint(["user_id"], ["user.id"], ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("id"),
        sa.UniqueConstraint("token_sha256"),
    )
    op.create_index("ix_staff_session_user_id", "staff_session", ["user_id"])


def _approval() -> None:
    op.create_table(
        "approval",
        sa.Column("id", sa.String(length=12), nullable=False),
        sa.Column("recording_id", sa.String(length=12), nullable=False),
        sa.Column("user_id", sa.String(length=12), nullable=True),
        sa.Column("role", sa.String(length=32), nullable=False),
        sa.Column("proposal_digest", sa.String(length=64), nullable=False),
        sa.Column("edits_digest", sa.String(length=64), nullable=False),
        sa.Column("decision_json", sa.Text(), nullable=False),
        sa.Column("publication_id", sa.String(length=16), nullable=False),
        sa.Column("at", MOMENT, nullable=False),
        sa.ForeignKeyConstraint(["recording_id"], ["recording.id"], ondelete="CASCADE"),
        sa.ForeignKeyConstraint(["user_id"], ["user.id"], ondelete="SET NULL"),
        sa.PrimaryKeyConstraint("id"),
        sa.UniqueConstraint("publication_id"),
    )
    op.create_index("ix_approval_recording_id", "approval", ["recording_id"])


def _bytes_sent() -> None:
    op.create_table(
        "bytes_sent",
        sa.Column("recording_id", sa.String(length=12), nullable=False),
        sa.Column("session_id", sa.String(length=12), nullable=False),
        sa.Column("start", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("end", sa.BigInteger(), nullable=False),
        sa.ForeignKeyConstraint(["recording_id"], ["recording.id"], ondelete="CASCADE"),
        sa.ForeignKeyConstraint(["session_id"], ["staff_session.id"], ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("recording_id", "session_id", "start"),
    )


def _publication() -> None:
    op.create_table(
        "publication",
        sa.Column("id", sa.String(length=16), nullable=False),
        sa.Column("slug", sa.String(length=7), nullable=False),
        sa.Column("recording_id", sa.String(length=12), nullable=True),
        sa.Column("demo", sa.Boolean(), nullable=False),
        sa.Column("report_digest", sa.String(length=64), nullable=False),
        sa.Column("files_json", sa.Text(), nullable=False),
        sa.Column("top_width", sa.BigInteger(), nullable=False),
        sa.Column("top_height", sa.BigInteger(), nullable=False),
        sa.Column("length_ms", sa.BigInteger(), nullable=False),
        sa.Column("has_video", sa.Boolean(), nullable=False),
        sa.Column("has_sound", sa.Boolean(), nullable=False),
        sa.Column("state", WORD, nullable=False),
        sa.Column("published_at", MOMENT, nullable=False),
        sa.Column("withdrawn_at", MOMENT, nullable=True),
        sa.ForeignKeyConstraint(["recording_id"], ["recording.id"], ondelete="SET NULL"),
        sa.PrimaryKeyConstraint("id"),
        sa.UniqueConstraint("slug"),
    )
    op.create_index("publication_on_shelf", "publication", ["state", "published_at"])


def _sheet_shown() -> None:
    op.create_table(
        "sheet_shown",
        sa.Column("recording_id", sa.String(length=12), nullable=False),
        sa.Column("session_id", sa.String(length=12), nullable=False),
        sa.Column("sheet", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("issued_at", MOMENT, nullable=False),
        sa.Column("seen_at", MOMENT, nullable=True),
        sa.ForeignKeyConstraint(["recording_id"], ["recording.id"], ondelete="CASCADE"),
        sa.ForeignKeyConstraint(["session_id"], ["staff_session.id"], ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("recording_id", "session_id", "sheet"),
    )
