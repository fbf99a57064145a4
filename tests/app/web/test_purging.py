"""A shared cache in front of the families' address: told at once what to forget, told again until it has, and named to families."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import pytest
from pydantic import ValidationError

from app.cli import health
from app.cli.site import site_promises
from app.db.engine import Database, now
from app.db.kinds import Deleted
from app.db.models import Recording
from app.services import deletions, ledger, publish, retention, shelf
from app.settings import Settings
from app.stores import shared_cache
from media_pipeline.core.errors import Fault
from tests.app.backend import Backend
from tests.app.services.backing_up import again, backed_up
from tests.app.web.desk import StaffBrowser, disproven, families, published, staff_app
from tests.serving import served

TOLD = """#!/bin/sh
cat >> "$0.told"
env > "$0.env"
test ! -e "$0.fails"
"""


@pytest.fixture
def program(tmp_path: Path) -> Path:
    """A program that notes what it is given, and fails while there is a file beside it that says so."""
    path = tmp_path / "forget"
    path.write_text(TOLD)
    path.chmod(0o700)
    return path


@pytest.fixture
def cached(tmp_path: Path, program: Path) -> Iterator[Backend]:
    backend = Backend(tmp_path / "data", cache_purge=program, cache_holder="Larch & Sons Delivery")
    yield backend
    backend.db.close()


def told(program: Path) -> set[str]:
    path = program.with_name("forget.told")
    return set(path.read_text().split()) if path.exists() else set()


def still_due(backend: Backend) -> bool:
    return [row[-1] for row in deletions.rows(backend.db)] == [""]


def test_a_takedown_reaches_it_at_once(cached: Backend, program: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("STORYSHELF_SECRET_KEY", "k" * 40)
    recording_id, entry = published(cached)
    public = families(cached).test_client()
    media = {f"/media/{entry.publication_id}/{file.name}" for file in entry.files}
    assert {public.head(path).headers["Cache-Control"] for path in media} == {
        "public, max-age=0, must-revalidate, s-maxage=3600"
    }
    for page in ("/", f"/s/{entry.slug}", "/feed.xml"):  # asked for again, so nothing of them has to be forgotten
        assert "s-maxage" not in public.get(page).headers["Cache-Control"]
    assert told(program) == set()
    publish.unpublish(cached.db, cached.settings, recording_id)
    assert told(program) == {f"http://localhost:8080{path}" for path in media}
    assert "STORYSHELF" not in program.with_name("forget.env").read_text()
    assert deletions.settle(cached.db, cached.settings) == 0
    assert not still_due(cached)


def test_nothing_is_told_to_none(tmp_path: Path, backend: Backend, program: Path) -> None:
    recording_id, entry = published(backend)
    path = f"/media/{entry.publication_id}/{entry.files[0].name}"
    assert families(backend).test_client().head(path).headers["Cache-Control"] == "no-cache"
    publish.unpublish(backend.db, backend.settings, recording_id)
    assert told(program) == set()


def test_one_that_cannot_be_told_is_told_again(cached: Backend, program: Path) -> None:
    fails = program.with_name("forget.fails")
    fails.touch()
    ann = StaffBrowser(cached, staff_app(cached))
    recording_id, entry = published(cached)
    answer = ann.submit(f"/recordings/{recording_id}/unpublish")
    assert answer.status_code == 503
    assert "the cache in front of it could not be told to forget it" in answer.text
    assert families(cached).test_client().get(f"/s/{entry.slug}").status_code == 410
    assert not any((cached.settings.public / entry.publication_id).glob("*")), "our own bytes are gone all the same"
    with pytest.raises(Fault, match="cache-away"):
        deletions.settle(cached.db, cached.settings)
    assert still_due(cached)
    page = f"/recordings/{recording_id}/takedown"
    assert "the cache of Larch &amp; Sons Delivery, which answers for us, is told" in ann.get(page).text
    fails.unlink()
    assert deletions.settle(cached.db, cached.settings) == 0
    assert not still_due(cached)
    assert "also from the cache of Larch &amp; Sons Delivery, on" in ann.get(page).text


def test_a_cache_that_is_away_keeps_nothing_else_from_its_end(
    cached: Backend, program: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    compacted: list[bool] = []
    monkeypatch.setattr(Database, "compact", lambda _: compacted.append(True))
    ann = StaffBrowser(cached, staff_app(cached))
    program.with_name("forget.fails").touch()
    (one, entry), (other, later) = published(cached, b"one"), published(cached, b"other")
    draft = cached.analysed(b"a draft")
    with pytest.raises(Fault, match="cache-away"):
        retention.sweep(cached.db, cached.settings, cached.store, now() + timedelta(days=366))
    assert all(cached.row(recording_id).withdrawn_at is not None for recording_id in (one, other))
    for gone in (entry, later):
        assert not any((cached.settings.public / gone.publication_id).glob("*"))
    with cached.db.reading() as session:
        assert session.get(Recording, draft) is None
    assert compacted, "nothing of deleted rows stays in the database"
    disproven(ann)  # and the worker goes on


def test_a_restore_does_not_depend_on_it(cached: Backend, program: Path) -> None:
    recording_id, _ = published(cached)
    content = backed_up(cached)
    publish.unpublish(cached.db, cached.settings, recording_id)
    (line,) = [ledger.Line(Deleted(what), place) for what, place, *_ in deletions.rows(cached.db)]
    program.with_name("forget.fails").touch()
    again(cached, content, (line,))
    assert shelf.entries(cached.db) == ()
    assert still_due(cached)


def test_a_program_that_is_missing_or_never_ends(program: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    with pytest.raises(Fault, match="cache-away") as missing:
        shared_cache.forget(program.with_name("elsewhere"), ["http://localhost/a"])
    assert missing.value.detail == "FileNotFoundError"
    program.write_text("#!/bin/sh\nexec sleep 60\n")
    monkeypatch.setattr(shared_cache, "PATIENCE", 0.2)
    with pytest.raises(Fault, match="cache-away") as slow:
        shared_cache.forget(program, ["http://localhost/a"])
    assert slow.value.detail == "TimeoutExpired"


def test_what_a_later_size_disproves_is_forgotten(cached: Backend, program: Path) -> None:
    disproven(StaffBrowser(cached, staff_app(cached)))
    assert any(path.endswith(".mp4") for path in told(program))
    assert shelf.entries(cached.db) == ()


@pytest.mark.parametrize(
    ("tongue", "words"),
    [
        ("", ("Larch &amp; Sons Delivery brings films", "network address of your device", "kept by us")),
        ("/es", ("Larch &amp; Sons Delivery", "dirección de red", "Nosotros no guardamos")),
    ],
)
def test_families_are_told_who_stands_between(cached: Backend, tongue: str, words: tuple[str, ...]) -> None:
    page = families(cached).test_client().get(f"{tongue}/privacy").text
    for one in words:
        assert one in page
    for untrue in ("No third party gets anything", "Other companies: none", "Otras empresas: ninguna"):
        assert untrue not in page


def test_a_program_has_somebody_who_runs_the_cache(cached: Backend) -> None:
    good = cached.settings.model_dump()
    for wrong in ({"cache_holder": " "}, {"cache_purge": Path("forget")}):
        with pytest.raises(ValidationError, match="cache_purge"):
            Settings.model_validate(good | wrong)


def test_doctor_tries_it(cached: Backend, program: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(health, "load_settings", lambda: cached.settings)
    monkeypatch.setattr(health, "_sandbox", lambda: None)
    monkeypatch.setattr(health, "_trial_film", lambda: None)
    named = "The cache in front of the families' address can be told what to forget"
    assert dict(health.promises())[named] is None
    program.with_name("forget.fails").touch()
    trouble = dict(health.promises())[named]
    assert trouble is not None
    assert trouble.endswith("(its program ended with 1)")


def test_doctor_of_the_site_knows_of_it(cached: Backend, monkeypatch: pytest.MonkeyPatch) -> None:
    published(cached)
    with served(families(cached)) as port:
        url = f"http://127.0.0.1:{port}"
        monkeypatch.setattr("app.cli.site._settings", lambda: None)  # from elsewhere nobody sees that it can be told
        assert any(no and p.startswith("Films come in the ranges") for p, no in site_promises(url))
        monkeypatch.setattr("app.cli.site._settings", lambda: cached.settings)
        assert not any(no and p.startswith("Films come in the ranges") for p, no in site_promises(url))
