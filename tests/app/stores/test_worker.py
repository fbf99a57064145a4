"""The worker on a store that is in trouble for a while: the step is taken again, and the film comes to its end."""

from __future__ import annotations

import hashlib
from datetime import timedelta
from pathlib import Path

import pytest

from app.db.engine import now
from app.db.kinds import RecordingState
from app.services import library, publish, retention, shelf
from app.services.values import PrivateFolder
from tests.app.lives import Life
from tests.app.stores.machines import copies, uploaded, web_machine
from tests.app.test_worker_real import cut_and_approve
from tests.app.web.desk import families
from tests.app.worker_child import working
from tests.app.worker_seen import ended, finished, wait_for
from tests.films import barcode_film
from tests.s3_server import Server
from tests.troubled_server import Trouble, troubled

pytestmark = pytest.mark.slow


def test_a_store_in_trouble_stops_no_film_for_good(s3: Server, tmp_path: Path) -> None:
    bucket = s3.with_bucket(versioned=True)
    with troubled(s3.endpoint) as road:
        settings = bucket.settings(store_endpoint=road.url)
        web = web_machine(tmp_path / "data", bucket, store_endpoint=road.url)
        life = Life(web.settings.data, others=tuple(settings.items()))
        recording_id = uploaded(web, b"a film")
        road.trouble, road.only = Trouble.ERROR, ("PUT",)
        with working(life):
            assert finished(web, recording_id) is RecordingState.ANALYSIS_FAILED
            row = web.row(recording_id)
            assert row.code == "store-failed"
            assert life.marks.count("begin probe") == 4
            road.trouble, road.only = Trouble.FULL, ("PUT",)
            library.retry(web.db, web.settings, web.jobs, recording_id)
            assert finished(web, recording_id) is RecordingState.ANALYSIS_FAILED
            assert web.row(recording_id).code == "store-full"
            road.trouble = Trouble.NONE
            library.retry(web.db, web.settings, web.jobs, recording_id)
            assert finished(web, recording_id) is RecordingState.TO_REVIEW
            web.approved(recording_id)
            assert finished(web, recording_id) is RecordingState.PUBLISHED
            ended(life, "tidied")
            wait_for(lambda: copies(web.settings) == frozenset())
        assert not PrivateFolder(web.settings, recording_id).has_pieces
        assert sum("/public/" in key for key in bucket.everything()) == 10
        log = life.log.read_text()
        assert bucket.bucket not in log
        assert "127.0.0.1" not in log
        web.db.close()


@pytest.mark.full
def test_a_real_film_goes_the_whole_road(s3: Server, tmp_path: Path) -> None:
    bucket = s3.with_bucket(versioned=True)
    web = web_machine(tmp_path / "data", bucket)
    path = tmp_path / "barcode.mp4"
    barcode_film(path, frames=100, size=(640, 480))
    recording_id = uploaded(web, path.read_bytes())
    life = Life(web.settings.data, pipeline="real", others=tuple(bucket.settings().items()))
    with working(life):
        assert finished(web, recording_id) is RecordingState.TO_REVIEW
        cut_and_approve(web, recording_id)
        assert finished(web, recording_id) is RecordingState.PUBLISHED
        ended(life, "tidied")
        wait_for(lambda: copies(web.settings) == frozenset())
    (entry,) = shelf.entries(web.db)
    viewer = families(web).test_client()
    for file in entry.files:
        got = viewer.get(f"/media/{entry.publication_id}/{file.name}", buffered=True)
        assert hashlib.sha256(got.data).hexdigest() == file.sha256
    publish.unpublish(web.db, web.settings, recording_id)
    retention.sweep(web.db, web.settings, web.store, now() + timedelta(days=15))
    assert bucket.everything() == set()
    web.db.close()
