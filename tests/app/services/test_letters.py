"""A letter that proves what may be shown: once deleted, no backup brings it back."""

from __future__ import annotations

import hashlib

import pytest

from app.db.kinds import WorkKind
from app.services import deletions, ledger, works
from app.services.works import Record
from media_pipeline.core.rights import Basis, Right, Scope
from tests.app.backend import Backend
from tests.app.services.backing_up import again, backed_up

pytestmark = pytest.mark.both_databases


def deletions_of(backend: Backend) -> list[tuple[str, bool]]:
    return [(row[3], bool(row[5])) for row in deletions.rows(backend.db) if row[0] == "evidence"]


def test_a_letter_that_was_deleted_since_does_not_come_back(full: Backend) -> None:
    work_id = works.save(full.db, Record(WorkKind.BOOK, "Brown Bear", Right(Basis.OWN, Scope.OPEN_WEB, None)))
    works.give_evidence(full.db, full.settings, work_id, b"Querida Ana")
    content = backed_up(full)
    works.give_evidence(full.db, full.settings, work_id, b"Querida Ana")
    assert deletions_of(full) == [], "it is the same"
    works.give_evidence(full.db, full.settings, work_id, b"Querida Bea")
    assert deletions_of(full) == [(hashlib.sha256(b"Querida Ana").hexdigest(), True)]
    newer = backed_up(full)
    assert full.settings.ledger is not None
    lines = ledger.read(full.settings.ledger)
    again(full, content, lines)
    assert works.evidence(full.db, work_id) is None
    again(full, newer, lines)
    kept = works.evidence(full.db, work_id)
    assert kept is not None
    assert kept.content == b"Querida Bea"
    works.remove(full.db, full.settings, work_id)
    again(full, newer, ledger.read(full.settings.ledger))
    assert works.evidence(full.db, work_id) is None
