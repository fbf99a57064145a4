"""Machines that share PostgreSQL and a bucket, and no disk: one is lost at work, and another goes on from what the store has."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest

from app.db.engine import now
from app.db.kinds import RecordingState, StepName
from app.services import publish, retention, shelf
from app.stores import files
from tests.app.conftest import two_databases
from tests.app.fake_pipeline import LARGE
from tests.app.lives import Death, Life
from tests.app.stores.machines import copies, uploaded, web_machine
from tests.app.worker_child import dies, working
from tests.app.worker_seen import ended, finished, wait_for
from tests.s3_server import Server

pytestmark = [pytest.mark.slow, pytest.mark.postgresql]


def test_another_machine_goes_on_where_one_was_lost(s3: Server, tmp_path: Path) -> None:
    bucket = s3.with_bucket(versioned=True)
    with two_databases() as addresses:
        web = web_machine(tmp_path / "web", bucket, **addresses)
        one = Life(tmp_path / "one", others=tuple(bucket.settings(**addresses).items()))
        other = replace(one, data=tmp_path / "other")
        for life in (one, other):
            life.data.mkdir()
        recording_id = uploaded(web, LARGE)
        with working(one):
            assert finished(web, recording_id) is RecordingState.TO_REVIEW
            ended(one, "end ready")
            wait_for(lambda: files.names_below(one.data / "private") == frozenset())
        web.approved(recording_id)
        dies(replace(one, death=Death(StepName.VERIFY, "entering")))
        assert files.names_below(one.data / "private")  # what it leaves, which it clears when it runs again
        with working(other):
            assert finished(web, recording_id) is RecordingState.PUBLISHED
            ended(other, "tidied")
            wait_for(lambda: files.names_below(other.data / "private") == frozenset())
        assert other.marks[0] == "begin verify 0", "what was finished is not made again"
        with working(one):
            wait_for(lambda: files.names_below(one.data / "private") == frozenset())
        (entry,) = shelf.entries(web.db)
        assert not entry.more_coming
        publish.unpublish(web.db, web.settings, recording_id)
        retention.sweep(web.db, web.settings, web.store, now() + timedelta(days=15))
        assert bucket.everything() == set()
        assert copies(web.settings) == frozenset()
        web.db.close()
