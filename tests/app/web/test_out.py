"""What leaves the shelf: feeds that podcast apps can read, an embed for listed hosts alone, flyers, maps for robots."""

from __future__ import annotations

import re
from datetime import datetime
from pathlib import Path

import feedparser
import pytest
import segno
from flask.testing import FlaskClient

from app.services import publish
from app.services.library import Details
from tests.app.backend import Backend
from tests.app.fake_pipeline import LARGE
from tests.app.web.desk import families, published
from tests.app.web.stories import ABOUT, BEARS, some, told

URL = "http://localhost:8080"


def with_settings(backend: Backend, **others: object) -> FlaskClient:
    backend.settings = backend.settings.model_validate(backend.settings.model_dump() | others)
    return families(backend).test_client()


@pytest.mark.parametrize("kind", ["video", "sound"])
@pytest.mark.parametrize("tag", ["", "/es"])
def test_a_podcast(backend: Backend, viewer: FlaskClient, kind: str, tag: str) -> None:
    some(backend)
    told(backend, Details("Bears & <honey>", description="One.\nTwo."), ABOUT, captions=True)
    answer = viewer.get(f"{tag}/feeds/{kind}.xml")
    assert answer.content_type == "application/rss+xml; charset=utf-8"
    assert answer.headers["Cache-Control"] == "no-cache"
    feed = feedparser.parse(answer.data)
    assert not feed.bozo
    assert feed.version == "rss20"
    assert feed.feed.language == (tag.strip("/") or "en")
    assert feed.feed.link == f"{URL}{tag}/"
    assert [link.href for link in feed.feed.links if link.rel == "self"] == [f"{URL}{tag}/feeds/{kind}.xml"]
    assert [entry.title for entry in feed.entries][:2] == ["Bears & <honey>", "Osos y miel"]
    assert len({entry.id for entry in feed.entries}) == len(feed.entries) == 6
    for entry in feed.entries:
        (enclosure,) = entry.enclosures
        assert enclosure.type == {"video": "video/mp4", "sound": "audio/mp4"}[kind]
        with viewer.get(enclosure.href.removeprefix(URL)) as file:
            assert (file.status_code, file.headers["Content-Length"]) == (200, enclosure.length)
        assert viewer.get(entry.link.removeprefix(URL)).status_code == 200
        assert entry.published_parsed is not None


def test_what_podcast_shops_ask_of_a_feed(backend: Backend, viewer: FlaskClient) -> None:
    told(backend, BEARS, ABOUT, minutes=2)
    text = viewer.get("/feeds/sound.xml").text
    feed = feedparser.parse(text)
    for name in ("title", "link", "description", "language", "author"):
        assert feed.feed[name], name
    assert text.count("<itunes:explicit>false</itunes:explicit>") == 2
    assert [tag.term for tag in feed.feed.tags] == ["Kids & Family", "Stories for Kids"]
    image = feed.feed.image.href
    picture = viewer.get(image.removeprefix(URL), buffered=True).data
    assert picture[:8] == b"\x89PNG\r\n\x1a\n"
    width, height = (int.from_bytes(picture[at : at + 4], "big") for at in (16, 20))
    assert width == height
    assert 1400 <= width <= 3000
    (item,) = feed.entries
    assert item.itunes_duration == "120"
    assert "Read with permission of Lane Press." in item.description


def test_a_feed_tells_what_was_taken_down_by_its_id_and_nothing_else(backend: Backend, viewer: FlaskClient) -> None:
    """As RFC 6721 has it: an app that keeps the episode learns that it is gone."""
    recording_id, entry = published(backend)
    told(backend, BEARS)
    publish.unpublish(backend.db, backend.settings, recording_id)
    answer = viewer.get("/feeds/video.xml")
    feed = feedparser.parse(answer.data)
    assert not feed.bozo
    assert [one.title for one in feed.entries] == ["Osos y miel"]
    deleted = re.findall(r'<at:deleted-entry ref="([^"]+)" when="([^"]+)"/>', answer.text)
    assert [ref for ref, _ in deleted] == [entry.publication_id]
    assert datetime.fromisoformat(deleted[0][1]).tzinfo is not None
    assert entry.slug not in answer.text
    assert entry.title not in answer.text


def test_a_feed_of_a_series(backend: Backend, viewer: FlaskClient) -> None:
    some(backend)
    assert 'href="/feeds/video/series-martes-de-bebes.xml"' in viewer.get("/find/series-martes-de-bebes").text
    feed = feedparser.parse(viewer.get("/feeds/video/series-martes-de-bebes.xml").data)
    assert [entry.title for entry in feed.entries] == ["Osos y miel"]
    assert feed.feed.title.endswith("storytimes: Martes de bebés")
    for path in ("/feeds/video/series-none.xml", "/feeds/video/dragons.xml", "/feeds/video/page-2.xml", "/feeds/x.xml"):
        assert viewer.get(path).status_code == 404


def test_apps_get_the_film_of_a_middle_size_and_lose_what_is_taken_down(backend: Backend, viewer: FlaskClient) -> None:
    recording_id, _ = published(backend, LARGE)
    assert "video-480.mp4" in viewer.get("/feeds/video.xml").text
    publish.unpublish(backend.db, backend.settings, recording_id)
    assert "<item>" not in viewer.get("/feeds/video.xml").text


class TestEmbed:
    """Only where the library said so."""

    def test_nowhere_by_default(self, backend: Backend, viewer: FlaskClient) -> None:
        entry = told(backend, BEARS)
        assert viewer.get(f"/embed/{entry.slug}").status_code == 404

    def test_on_listed_hosts(self, backend: Backend) -> None:
        entry = told(backend, BEARS)
        viewer = with_settings(backend, embed_hosts="https://library.example http://localhost:9000")
        answer = viewer.get(f"/embed/{entry.slug}")
        assert (
            "frame-ancestors https://library.example http://localhost:9000;"
            in answer.headers["Content-Security-Policy"]
        )
        assert "X-Frame-Options" not in answer.headers
        assert "<script" not in answer.text
        assert "<video controls" in answer.text
        assert f'href="/s/{entry.slug}" target="_top"' in answer.text
        for path in ("/", f"/s/{entry.slug}", "/embed/aaaaaaa"):
            other = viewer.get(path)
            assert "frame-ancestors 'none'" in other.headers["Content-Security-Policy"]
            assert other.headers["X-Frame-Options"] == "DENY"


def test_a_flyer(backend: Backend, viewer: FlaskClient) -> None:
    entry = told(backend, BEARS)
    for tag in ("", "/es"):
        page = viewer.get(f"{tag}/s/{entry.slug}/flyer").text
        assert f"localhost:8080{tag}/s/{entry.slug}</strong>" in page
        assert f'src="{tag}/s/{entry.slug}/code.svg"' in page
        code = viewer.get(f"{tag}/s/{entry.slug}/code.svg")
        assert code.content_type.startswith("image/svg+xml")
        side = segno.make_qr(f"{URL}{tag}/s/{entry.slug}", error="m").symbol_size(scale=8, border=4)[0]
        assert f'width="{side}" height="{side}"' in code.text
    assert viewer.get("/s/aaaaaaa/code.svg").status_code == 404


def test_what_is_said_to_whoever_is_sent_a_link(backend: Backend, viewer: FlaskClient) -> None:
    entry = told(backend, BEARS, ABOUT, minutes=2)
    page = viewer.get(f"/s/{entry.slug}").text
    told_of = dict(re.findall(r'<meta (?:property|itemprop)="([^"]+)" content="([^"]*)">', page))
    assert told_of["og:title"] == "Osos y miel"
    assert told_of["og:url"] == f"{URL}/s/{entry.slug}"
    assert told_of["og:image"] == told_of["thumbnailUrl"] == f"{URL}/media/{entry.publication_id}/poster.jpg"
    assert told_of["duration"] == "PT120S"
    assert told_of["contentUrl"] == f"{URL}/media/{entry.publication_id}/video.mp4"
    assert 'itemtype="https://schema.org/VideoObject"' in page


def test_robots(backend: Backend, viewer: FlaskClient) -> None:
    entry = told(backend, BEARS)
    assert f"Sitemap: {URL}/sitemap.xml" in viewer.get("/robots.txt").text
    places = re.findall(r"<loc>([^<]+)</loc>", viewer.get("/sitemap.xml").text)
    assert f"{URL}/es/s/{entry.slug}" in places
    assert len(places) == 8
    for place in places:
        assert viewer.get(place.removeprefix(URL)).status_code == 200
    assert "X-Robots-Tag" not in viewer.get("/").headers
    away = with_settings(backend, robots="nothing")
    assert away.get("/robots.txt").text == "User-agent: *\nDisallow: /\n"
    assert away.get("/sitemap.xml").status_code == 404
    assert away.get("/").headers["X-Robots-Tag"] == "noindex, nofollow"


def test_the_librarys_own_face(backend: Backend, viewer: FlaskClient, tmp_path: Path) -> None:
    assert "library.css" not in viewer.get("/").text
    assert viewer.get("/logo").status_code == 404
    logo = tmp_path / "logo.svg"
    logo.write_text("<svg xmlns='http://www.w3.org/2000/svg'/>")
    ours = with_settings(backend, library_logo=logo, library_colour="#1A4FA3", library_colour_dark="#9cc2ff")
    page = ours.get("/").text
    assert '<link rel="stylesheet" href="/library.css">' in page
    assert '<img src="/logo" alt="" class="logo">' in page
    sheet = ours.get("/library.css")
    assert sheet.content_type.startswith("text/css")
    assert "--brand: #1a4fa3" in sheet.text
    assert "--brand: #9cc2ff" in sheet.text
    assert ours.get("/logo").content_type == "image/svg+xml"
    logo.unlink()
    assert ours.get("/logo").status_code == 404
