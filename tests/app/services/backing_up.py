"""A shelf that is backed up, loses its machine, and comes back."""

from __future__ import annotations

import io
import shutil

from app.db import copying
from app.db.engine import Database
from app.db.models import Base
from app.services import backup, ledger
from app.services.restore import restore
from tests.app.backend import Backend

NOT_KEPT = {"staff_session", "one_time_link"}


def backed_up(backend: Backend) -> bytes:
    out = io.BytesIO()
    backup.write(backend.db, backend.settings, out)
    return out.getvalue()


def files_of(backend: Backend) -> dict[str, bytes]:
    roots = backend.settings.private, backend.settings.public
    return {
        str(p.relative_to(backend.settings.data)): p.read_bytes() for r in roots for p in r.rglob("*") if p.is_file()
    }


def rows_of(db: Database) -> dict[str, copying.Tally]:
    with db.reading() as session:
        return {name: table for name, table in copying.tally(session).items() if name not in NOT_KEPT}


def wiped(backend: Backend) -> None:
    if not backend.db.is_sqlite:
        with backend.db.writing() as session:
            for table in reversed(Base.metadata.sorted_tables):
                session.execute(table.delete())
    backend.db.close()
    shutil.rmtree(backend.settings.data)
    backend.settings.make_folders()


def again(backend: Backend, content: bytes, lines: tuple[ledger.Line, ...] | None) -> None:
    """The shelf after its machine was lost."""
    wiped(backend)
    restore(backend.settings, io.BytesIO(content), lines)
    backend.db = Database(backend.settings.shelf_database)
