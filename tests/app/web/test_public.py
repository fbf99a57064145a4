"""The families' pages: what they say is what is so."""

from __future__ import annotations

import re
from importlib.metadata import version
from pathlib import Path

import pytest
from flask import Flask
from flask.testing import FlaskClient

from app.db.kinds import AgeGroup, RecordingState
from app.db.models import Publication
from app.services import intake, library, publish
from app.services.library import Details
from app.web.public.showing import Link, for_screens
from tests.app.backend import Backend
from tests.app.fake_pipeline import LARGE
from tests.app.web.desk import families, published


def test_an_empty_shelf_says_so(viewer: FlaskClient) -> None:
    answer = viewer.get("/")
    assert answer.status_code == 200
    assert "No storytime is on the shelf yet" in answer.text
    assert "Maple Street Library" in answer.text
    assert answer.headers["Cache-Control"] == "no-cache"


def test_a_storytime_is_on_the_shelf_and_on_its_page(backend: Backend, viewer: FlaskClient) -> None:
    recording_id, entry = published(backend)
    details = Details("Bären & <Bears>", "Toddler Tuesday", AgeGroup.TODDLER, "es", "One line.\nAnother.")
    library.save_details(backend.db, recording_id, details)
    shelf, page = viewer.get("/").text, viewer.get(f"/s/{entry.slug}").text
    for text in (shelf, page):
        assert "Bären &amp; &lt;Bears&gt;" in text
        assert "Toddler Tuesday" in text
        assert "Toddlers" in text
        assert "Spanish" in text
        assert f"/media/{entry.publication_id}/poster.jpg" in text
    assert f'href="/s/{entry.slug}"' in shelf
    assert "One line.\nAnother." in page
    assert f'download="storytime-{entry.slug}-180.mp4"' in page
    assert f'download="storytime-{entry.slug}.m4a"' in page
    assert "A member of our staff was shown every part" in page


def test_a_demonstration_says_that_it_is_one(backend: Backend, viewer: FlaskClient) -> None:
    recording_id, entry = published(backend)
    with backend.db.writing() as session:
        row = session.get(Publication, entry.publication_id)
        assert row is not None
        row.demo = True
    assert "demonstration" in viewer.get("/").text
    page = viewer.get(f"/s/{entry.slug}").text
    assert "no person approved" in page
    assert "member of our staff" not in page
    assert recording_id not in page


def test_a_sound_recording_is_published_as_sound(backend: Backend, viewer: FlaskClient) -> None:
    recording_id = backend.analysed(b"sound of a storytime")
    approval_id = backend.approved_by_ear(recording_id)
    slug = backend.make_public(recording_id, approval_id, backend.rendered(recording_id, approval_id))
    page = viewer.get(f"/s/{slug}").text
    assert "<audio" in page
    assert "<video" not in page
    assert "poster" not in page
    assert "given all of this recording to listen to" in page
    assert "poster" not in viewer.get("/").text


def test_while_larger_sizes_are_made_the_page_plays_what_is_there(backend: Backend, viewer: FlaskClient) -> None:
    _, entry = published(backend, LARGE, sizes=1)
    page = viewer.get(f"/s/{entry.slug}").text
    media = f"/media/{entry.publication_id}"
    assert "Larger sizes are being prepared." in page
    assert f'poster="{media}/poster-360.jpg"' in page
    assert f'<source src="{media}/video-360.mp4" type="video/mp4">' in page
    assert "Video, 360 lines" in page
    assert "video.mp4" not in page
    assert f'src="{media}/poster-360.jpg"' in viewer.get("/").text
    named = set(re.findall(rf'{media}/([^"]+)"', page))
    assert {"video-360.mp4", "poster-360.jpg", "audio.m4a"} <= named <= {file.name for file in entry.files}
    for name in ("video.mp4", "poster.jpg", "video-480.mp4"):
        assert viewer.get(f"{media}/{name}").status_code == 404


def test_when_all_sizes_are_there_nothing_is_said_of_it(backend: Backend, viewer: FlaskClient) -> None:
    recording_id, entry = published(backend, LARGE)
    page = viewer.get(f"/s/{entry.slug}").text
    assert "being prepared" not in page
    assert '/poster.jpg"' in page
    assert '/poster-360.jpg"' not in page
    for height in (720, 480, 360):
        assert f"Video, {height} lines" in page
    with backend.db.writing() as session:
        session.merge(backend.row(recording_id)).state = RecordingState.MORE_FAILED
    assert "being prepared" not in viewer.get(f"/s/{entry.slug}").text  # nobody prepares any


def test_smaller_screens_get_smaller_films() -> None:
    films = [Link(f"/{height}", "video/mp4", height, "", "") for height in (720, 480, 360)]
    assert [(film.height, film.screen) for film in for_screens(films)] == [
        (360, "(max-width: 480px)"),
        (480, "(max-width: 1000px)"),
        (720, ""),
    ]
    assert [(f.height, f.screen) for f in for_screens(films[1:])] == [(360, "(max-width: 480px)"), (480, "")]
    assert [(f.height, f.screen) for f in for_screens(films[2:])] == [(360, "")]
    assert for_screens([]) == []


def test_what_never_was_is_not_found_and_what_was_taken_down_is_gone(backend: Backend, viewer: FlaskClient) -> None:
    recording_id, entry = published(backend)
    assert viewer.get("/s/aaaaaaa").status_code == 404
    publish.unpublish(backend.db, backend.settings, recording_id)
    gone = viewer.get(f"/s/{entry.slug}")
    assert gone.status_code == 410
    assert "This storytime has been taken down" in gone.text
    assert "Bears" not in gone.text
    intake.remove(backend.db, backend.settings, recording_id)
    assert viewer.get(f"/s/{entry.slug}").status_code == 410
    assert viewer.get(f"/media/{entry.publication_id}/video.mp4").status_code == 410


@pytest.mark.parametrize("method", ["POST", "PUT", "PATCH", "DELETE"])
def test_nothing_can_be_sent(viewer: FlaskClient, method: str) -> None:
    answer = viewer.open("/", method=method, data=b"anything")
    assert answer.status_code == 405
    assert "That did not work" in answer.text


class TestPrivacy:
    """The page is made of the settings in force."""

    def page(self, backend: Backend, **others: object) -> str:
        fields = backend.settings.model_dump() | others
        backend.settings = backend.settings.model_validate(fields)
        return families(backend).test_client().get("/privacy").text

    def test_every_setting_of_days_is_told(self, backend: Backend) -> None:
        names = [name for name in type(backend.settings).model_fields if name.endswith("_days")]
        assert len(names) >= 6
        usual = self.page(backend)
        for name in names:
            before = getattr(backend.settings, name)
            assert self.page(backend, **{name: before + 1}) != usual, name
            assert self.page(backend, **{name: before}) == usual, name

    def test_days(self, backend: Backend) -> None:
        assert "Deleted 14 days after it was published" in self.page(backend)
        assert "Deleted 1 day after" in self.page(backend, originals_days=1)
        assert "Deleted soon after" in self.page(backend, originals_days=0)
        assert "Deleted 60 days after it came" in self.page(backend)
        assert "Deleted 61 days after it came" in self.page(backend, drafts_days=61)
        assert "For 365 days, or until the day" in self.page(backend)
        assert "For 100 days, or until the day" in self.page(backend, published_days=100)
        assert "30 days after the work was done" in self.page(backend)
        assert "1 day after the work was done" in self.page(backend, traces_days=1)
        assert "7 days after each was made" in self.page(backend, backups_days=7)
        assert "730 days after it was done" in self.page(backend)
        assert "409 days after it was done" in self.page(backend, trail_days=409)
        unfinished = intake.incoming(backend.settings).lifetime.days
        assert f"Deleted after {unfinished} days in which nothing more of it came" in self.page(backend)

    def test_https(self, backend: Backend) -> None:
        plain = self.page(backend)
        assert "does not use HTTPS" in plain
        assert "but not which storytime" not in plain
        urls = {"public_url": "https://shelf.example", "staff_url": "https://staff.example"}
        secure = self.page(backend, https=True, **urls)
        assert "Yes, this site uses HTTPS" in secure
        assert "but not which storytime" in secure
        assert "does not use HTTPS" not in secure

    def test_officer(self, backend: Backend) -> None:
        nobody = self.page(backend, privacy_officer_name="", privacy_officer_contact="")
        assert "has not named one yet, so nothing can be published" in nobody
        named = self.page(backend, privacy_officer_name="Dana Ruiz", privacy_officer_contact="dana@library.example")
        assert 'Dana Ruiz, <a href="mailto:dana@library.example">dana@library.example</a>' in named
        assert "has not named one yet" not in named
        called = self.page(backend, privacy_officer_name="", privacy_officer_contact="555 0100, ext. 2")
        assert "<dd>555 0100, ext. 2</dd>" in called

    def test_what_the_library_says_of_itself(self, backend: Backend) -> None:
        plain = self.page(backend)
        assert "Live storytimes are held with" not in plain
        assert "The library follows" not in plain
        assert "Other websites: none may show" in plain
        told = self.page(
            backend, live_platform="Zoom", privacy_law="RCW 42.56.310", embed_hosts="https://a.example http://b.example"
        )
        assert "held with Zoom, which has its own privacy rules" in told
        assert "The library follows: RCW 42.56.310" in told
        assert "inside their own pages: https://a.example, http://b.example." in told

    def test_version_and_date(self, backend: Backend) -> None:
        assert f"Storyshelf {version('storyshelf')} · page made " in self.page(backend)

    def test_every_page_leads_to_it(self, backend: Backend, public_app: Flask) -> None:
        _, entry = published(backend)
        for path in ("/", f"/s/{entry.slug}", "/nothing"):
            assert 'href="/privacy"' in public_app.test_client().get(path).text


def test_the_small_addresses(viewer: FlaskClient) -> None:
    assert viewer.get("/healthz").text == "ok\n"
    assert "Disallow: /media/" in viewer.get("/robots.txt").text
    with viewer.get("/static/icon.svg") as icon:
        assert icon.content_type.startswith("image/svg+xml")


def test_trouble_of_ours_is_one_sentence(backend: Backend, public_app: Flask) -> None:
    backend.db.close()
    backend.settings.data.joinpath("shelf.sqlite").write_bytes(b"this is no database" * 1000)
    answer = public_app.test_client().get("/")
    assert answer.status_code == 503
    assert "The shelf does not answer at the moment" in answer.text
    assert "sqlite" not in answer.text


@pytest.mark.parametrize(("tongue", "words"), [("", "not told who watches"), ("/es", "No se le dice quién mira")])
def test_the_privacy_page_names_who_runs_a_store(tmp_path: Path, tongue: str, words: str) -> None:
    kept = Backend(tmp_path / "data", store="s3", store_bucket="shelf", store_holder="Larch & Sons Hosting")
    page = families(kept).test_client().get(f"{tongue}/privacy").text
    kept.db.close()
    assert page.count("Larch &amp; Sons Hosting") == 2
    assert words in page
    own = Backend(tmp_path / "own", store_holder="Larch")  # named, and not used
    assert "Larch" not in families(own).test_client().get(f"{tongue}/privacy").text
    own.db.close()
