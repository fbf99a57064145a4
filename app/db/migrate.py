"""Brings the shelf's database to the shape that this release expects. Safe to call from every process at its start."""

from __future__ import annotations

from pathlib import Path

from sqlalchemy import inspect, text

from app.db.engine import Database
from media_pipeline.core.errors import Fault

SCRIPTS = Path(__file__).parent / "migrations"

HEAD = max(path.name[1:5] for path in (SCRIPTS / "versions").glob("r[0-9]*.py"))
"""The newest revision: files are named `r` and its number."""


def upgrade(db: Database) -> None:
    """Applies every migration that is missing, in one transaction: all of them or none.

    Raises Fault("store-failed") also when a newer release has been here: its data is not touched.
    """
    if _revision(db) == HEAD:
        return
    from alembic import command  # only here: most starts find nothing to do, and need not keep it in memory
    from alembic.config import Config
    from alembic.runtime.migration import MigrationContext
    from alembic.script import ScriptDirectory

    config = Config()
    config.set_main_option("script_location", str(SCRIPTS))
    known = {script.revision for script in ScriptDirectory.from_config(config).walk_revisions()}
    with db.altering() as session:
        connection = session.connection()
        here = MigrationContext.configure(connection).get_current_revision()
        if here is not None and here not in known:
            raise Fault("store-failed", "the database was made by a newer release")
        config.attributes["connection"] = connection
        command.upgrade(config, "head")


def _revision(db: Database) -> str | None:
    """What shape the database has; None for an empty one."""
    with db.reading() as session:
        if not inspect(session.connection()).has_table("alembic_version"):
            return None
        found: str | None = session.scalar(text("SELECT version_num FROM alembic_version"))
        return found
