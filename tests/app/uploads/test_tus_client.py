"""A tus client that we did not write, over a real connection that breaks."""

from __future__ import annotations

import hashlib
import io
import random
from pathlib import Path

import pytest
from tusclient.client import TusClient
from tusclient.exceptions import TusCommunicationError, TusUploadFailed

from app.uploads.names import NameHint
from app.uploads.store import IncomingStore
from tests.app.uploads.serving import Desk, frail_line
from tests.serving import served

FILM = random.Random(7).randbytes(1_500_000)
SHA = hashlib.sha256(FILM).hexdigest()


@pytest.fixture
def desk(tmp_path: Path) -> Desk:
    return Desk(IncomingStore(tmp_path / "incoming", max_size=10**7, reserve=0))


def test_an_upload_in_chunks_with_a_stop_between(desk: Desk) -> None:
    with served(desk) as port:
        client = TusClient(f"http://127.0.0.1:{port}/uploads")
        sender = client.uploader(
            file_stream=io.BytesIO(FILM), chunk_size=400_000, metadata={"filename": "GMT_gallery_1920x900.mp4"}
        )
        sender.upload(stop_at=800_000)
        assert desk.complete == []
        later = client.uploader(file_stream=io.BytesIO(FILM), url=sender.url, chunk_size=400_000)
        assert later.offset == 800_000
        later.upload()
    (upload_id,) = desk.complete
    assert desk.store.finish(upload_id).sha256 == SHA
    assert desk.store.get(upload_id).hint is NameHint.GALLERY


def test_an_interrupted_connection_is_resumed(desk: Desk) -> None:
    # The first connection creates the upload and lives; the second dies amid the bytes, and so does the fourth.
    with served(desk) as port, frail_line(port, [10**9, 500_000, 10**9, 300_000]) as line:
        client = TusClient(f"http://127.0.0.1:{line}/uploads")
        client.uploader(file_stream=io.BytesIO(FILM), retries=50, retry_delay=0).upload()
    assert desk.store.finish(desk.complete[-1]).sha256 == SHA
    resumed_from = [offset for method, offset, status in desk.asked if method == "PATCH" and status == 204]
    assert max(resumed_from) > 400_000
    assert "HEAD" in [method for method, _, _ in desk.asked]


def test_a_refusal_reaches_the_client(desk: Desk) -> None:
    with served(desk) as port:
        client = TusClient(f"http://127.0.0.1:{port}/uploads")
        with pytest.raises(TusCommunicationError) as refused:
            client.uploader(file_stream=io.BytesIO(b"x"), metadata={"filename": "chat.txt"}).upload()
        assert refused.value.status_code == 422
        with pytest.raises(TusUploadFailed) as unchecked:
            client.uploader(file_stream=io.BytesIO(FILM[:1000]), upload_checksum=True).upload()
        assert unchecked.value.status_code == 400
