"""After the end of its time nothing of a recording is found: not in a data folder, not in a bucket or its versions, not in a database."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import nullcontext
from datetime import timedelta
from fractions import Fraction
from pathlib import Path

import pytest
from sqlalchemy import MetaData, select

from app.db.engine import now
from app.db.kinds import WorkKind
from app.services import captions, intake, publish, retention, rights, shelf, works
from app.services.about import About, save_about
from app.services.library import Details, save_details
from app.services.works import Record
from media_pipeline.core.rights import Basis, Right, Scope
from media_pipeline.core.speakers import UntrustedCue
from tests.app.backend import Backend
from tests.app.services.crashing import crashes_at
from tests.app.stores.machines import WorkersMachine, uploaded, web_machine
from tests.s3_server import Server

pytestmark = [pytest.mark.both_databases, pytest.mark.slow]

NEEDLE = "quillfeather"
"""Said in every field that holds words, and in the film."""

FILM = b"fine film of " + NEEDLE.encode()


@pytest.fixture(params=["disk", "bucket", "versions"])
def bucket(request: pytest.FixtureRequest, s3: Server) -> Server | None:
    return None if request.param == "disk" else s3.with_bucket(versioned=request.param == "versions")


@pytest.fixture
def web(bucket: Server | None, tmp_path: Path, databases: dict[str, str]) -> Iterator[Backend]:
    at = tmp_path / "web"
    machine = Backend(at, **databases) if bucket is None else web_machine(at, bucket, **databases)
    yield machine
    machine.db.close()


@pytest.fixture
def one(web: Backend, bucket: Server | None, tmp_path: Path) -> WorkersMachine:
    return WorkersMachine(web, web.settings.data if bucket is None else tmp_path / "one")


def everywhere(web: Backend, bucket: Server | None, folder: Path) -> set[str]:
    """Where the word stands: files (SQLite's database among them), versions of a store, tables."""
    held = {path.name: path.read_bytes() for path in folder.rglob("*") if path.is_file()}
    if bucket is not None:
        for version in bucket.client.list_object_versions(Bucket=bucket.bucket).get("Versions", ()):
            which = {"Bucket": bucket.bucket, "Key": version["Key"], "VersionId": version["VersionId"]}
            got = bucket.client.get_object(**which)
            held[f"store:{version['Key']}"] = got["Body"].read() + repr((version["Key"], got["Metadata"])).encode()
    tables = MetaData()
    with web.db.reading() as session:
        tables.reflect(session.connection())
        for name, table in tables.tables.items():
            held[f"table:{name}"] = repr(session.execute(select(table)).all()).encode()
    return {name for name, body in held.items() if NEEDLE.encode() in body.lower()}


def told(web: Backend, recording_id: str) -> None:
    """The word stands in all that staff write of it, in a book that is in it, and in what is said."""
    word = NEEDLE.capitalize()
    save_details(web.db, recording_id, Details(word, word, None, "en", word))
    save_about(web.db, recording_id, About(None, word, word, word, word))
    work = works.save(web.db, Record(WorkKind.BOOK, word, Right(Basis.PERMISSION, Scope.OPEN_WEB, None)))
    rights.add(web.db, recording_id, work)
    said = UntrustedCue(Fraction(0), Fraction(1), "", (word,))
    captions.give_captions(web.db, web.settings, recording_id, (said,))


@pytest.mark.parametrize("crash", ["none", "takedown", "removal"])
def test_nothing_is_left(web: Backend, one: WorkersMachine, bucket: Server | None, tmp_path: Path, crash: str) -> None:
    recording_id = uploaded(web, FILM)
    one.analyse(web, recording_id)
    told(web, recording_id)
    one.publish(web, recording_id, web.approved(recording_id), sizes=1)
    (entry,) = shelf.entries(web.db)
    found = everywhere(web, bucket, tmp_path)
    assert {"table:recording", "table:work"} <= found
    assert any("original" in name for name in found)
    with crashes_at(publish, "_remove") if crash == "takedown" else nullcontext():
        publish.unpublish(web.db, web.settings, recording_id)
    with crashes_at(intake, "destroy_private") if crash == "removal" else nullcontext():
        intake.remove(web.db, web.settings, recording_id)
    for due in works.every(web.db):
        works.remove(web.db, web.settings, due.work.id)
    retention.sweep(web.db, web.settings, web.store, now() + timedelta(days=1))
    assert everywhere(web, bucket, tmp_path) == set()
    assert not any((web.settings.public / entry.publication_id).glob("*"))
