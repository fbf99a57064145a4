"""Brings the shelf's database to the shape that this release expects. Safe to call from every process at its start."""

from __future__ import annotations

from pathlib import Path

from alembic import command
from alembic.config import Config
from alembic.runtime.migration import MigrationContext
from alembic.script import ScriptDirectory

from app.db.engine import Database
from media_pipeline.core.errors import Fault

SCRIPTS = Path(__file__).parent / "migrations"


def upgrade(db: Database) -> None:
    """Applies every migration that is missing, in one transaction: all of them or none.

    Raises Fault("store-failed") also when a newer release has been here: its data is not touched.
    """
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
