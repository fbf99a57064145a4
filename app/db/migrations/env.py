"""Alembic's entry: runs inside the transaction that `app.db.migrate.upgrade` has begun. There is no offline mode."""

from __future__ import annotations

from alembic import context

from app.db.models import Base

context.configure(
    connection=context.config.attributes["connection"],
    target_metadata=Base.metadata,
    render_as_batch=True,  # SQLite alters most things by copying the table
)
context.run_migrations()
