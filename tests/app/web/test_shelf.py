"""The shelf: three taps to what one looks for, without a script, and no word of a search in any address."""

from __future__ import annotations

import re
from html import unescape

import pytest
from flask.testing import FlaskClient

from app.db.kinds import AgeGroup
from app.services.library import Details
from app.web.public.pages import LONGEST_SEARCH
from tests.app.backend import Backend
from tests.app.web.desk import StaffBrowser
from tests.app.web.stories import ABOUT, BEARS, some, told


def titles(text: str) -> list[str]:
    return [unescape(title) for title in re.findall(r"<h2>(.*?)</h2>", text)]


def tap(viewer: FlaskClient, text: str, name: str) -> str:
    """Follows the link of that name."""
    found = re.search(rf'<a href="([^"]+)" class="chip"[^>]*>{re.escape(name)}</a>', text)
    assert found is not None, name
    assert "?" not in found[1]
    return viewer.get(unescape(found[1])).text


@pytest.mark.parametrize(
    ("home", "taps"),
    [("/", ("Spanish", "Toddlers", "Under 20 minutes")), ("/", ("Under 20 minutes", "Spanish", "Toddlers"))],
)
def test_three_taps(backend: Backend, viewer: FlaskClient, home: str, taps: tuple[str, ...]) -> None:
    some(backend)
    text = viewer.get(home).text
    assert len(titles(text)) == 5
    for name in taps:
        text = tap(viewer, text, name)
    assert titles(text) == ["Osos y miel"]
    assert "1 storytime" in text


def test_what_is_chosen_is_marked_and_can_be_taken_away(backend: Backend, viewer: FlaskClient) -> None:
    some(backend)
    text = viewer.get("/find/toddler/in-es").text
    chosen = re.findall(r'<a href="([^"]+)" class="chip chosen" aria-label="([^"]+)" aria-current="true">', text)
    assert [address for address, _ in chosen] == ["/find/in-es", "/find/toddler"]
    assert chosen[0][1] == "Toddlers, chosen. Choose again to take it away."
    assert "<details open" not in text
    assert "<details open" in viewer.get("/find/theme-trains").text


@pytest.mark.parametrize("path", ["/find/dragons", "/find/in-es/toddler", "/find/page-2", "/search/dragons"])
def test_other_addresses_are_none(backend: Backend, viewer: FlaskClient, path: str) -> None:
    some(backend)
    assert viewer.get(path).status_code == 404


def test_a_choice_that_nothing_fits_says_so(backend: Backend, viewer: FlaskClient) -> None:
    some(backend)
    text = viewer.get("/find/school-age").text
    assert "No storytime fits" in text
    assert "School age, chosen" in text


class TestSearch:
    """By a form, whose words stand in no address."""

    def test_it_finds(self, backend: Backend, viewer: FlaskClient) -> None:
        some(backend)
        home = viewer.get("/").text
        assert re.search(r'<form id="search" role="search" method="post" action="/search"', home)
        answer = viewer.post("/search", data={"words": "honey"})
        assert answer.headers["Cache-Control"] == "no-store"
        assert titles(answer.text) == ["Osos y miel", "Trains"]
        assert "2 storytimes for “honey”" in answer.text
        assert 'value="honey"' in answer.text

    def test_choices_go_on_with_the_words(self, backend: Backend, viewer: FlaskClient) -> None:
        some(backend)
        text = viewer.post("/search", data={"words": "honey"}).text
        found = re.search(
            r'<button type="submit" form="search" formaction="([^"]+)" class="chip">Toddlers</button>', text
        )
        assert found is not None
        assert titles(viewer.post(found[1], data={"words": "honey"}).text) == ["Osos y miel"]
        for address in re.findall(r'(?:href|action)="([^"]+)"', text):
            assert "honey" not in address

    def test_whoever_goes_back_sees_the_shelf(self, backend: Backend, viewer: FlaskClient) -> None:
        some(backend)
        assert len(titles(viewer.get("/search").text)) == 5
        assert titles(viewer.get("/search/under-10?words=honey").text) == ["Bouncing babies"]

    def test_what_is_typed_is_shown_as_typed_and_bounded(self, backend: Backend, viewer: FlaskClient) -> None:
        some(backend)
        text = viewer.post("/search", data={"words": '"><script>alert(1)</script>'}).text
        assert "<script" not in text
        assert "“x" + "x" * (LONGEST_SEARCH - 1) + "”" in viewer.post("/search", data={"words": "x" * 3000}).text
        assert viewer.post("/search", data={"words": "x" * 9000}).status_code == 413
        assert viewer.post("/search", data=b"\xff\xfe", content_type="text/plain").status_code == 200

    def test_no_word_is_the_whole_shelf(self, backend: Backend, viewer: FlaskClient) -> None:
        some(backend)
        assert len(titles(viewer.post("/search", data={"words": "  "}).text)) == 5


def test_many_come_in_pages(backend: Backend, viewer: FlaskClient) -> None:
    for number in range(26):
        told(backend, Details(f"Number {number}", age_group=AgeGroup.BABY))
    first = viewer.get("/find/baby").text
    assert "Page 1 of 2" in first
    assert '<a href="/find/baby/page-2" class="button">Older</a>' in first
    second = viewer.get("/find/baby/page-2").text
    assert titles(second) == ["Number 1", "Number 0"]
    assert '<a href="/find/baby" class="button">Newer</a>' in second
    assert viewer.get("/find/baby/page-3").status_code == 404
    searched = viewer.post("/search/page-2", data={"words": "number"}).text
    assert titles(searched) == ["Number 1", "Number 0"]
    assert 'formaction="/search"' in searched


def test_what_a_storytime_tells(backend: Backend, viewer: FlaskClient) -> None:
    entry = told(backend, BEARS, ABOUT, captions=True)
    page, shelf = viewer.get(f"/s/{entry.slug}").text, viewer.get("/").text
    for text in (page, shelf):
        for telling in ("September 15, 2026", "Elm Street", "15 minutes", "Toddlers", "Spanish"):
            assert telling in text
    assert "captions" in shelf
    assert '<a href="/find/series-martes-de-bebes">Martes de bebés</a>' in page
    assert '<a href="/find/theme-bears">Bears</a>' in page
    assert "<li>The Honey Song</li>" in page
    assert "Read with permission of Lane Press." in page
    assert "Ask what comes next." in page
    bare = told(backend, Details("Bare"))
    for absent in ("Books and songs", "Try this together", "sign language"):
        assert absent not in viewer.get(f"/s/{bare.slug}").text


def test_staff_tell_it(ann: StaffBrowser, base: str, recording_id: str) -> None:
    page = ann.get(f"{base}/about").text
    assert "Books and songs" in page
    fields = {
        "held_on": "2026-09-15",
        "branch": "  Elm   Street ",
        "theme": "Bears",
        "books": "One \r\n Two",
        "tip": "Try.",
        "signed": "y",
        "other_tongue": "es",
        "other_title": " Los  osos ",
        "other_description": "Un cuento",
    }
    assert ann.submit(f"{base}/about", **fields).headers["Location"] == f"{base}/about"
    row = ann.backend.row(recording_id)
    assert (row.held_on, row.branch, row.books, row.signed) == ("2026-09-15", "Elm Street", "One\nTwo", True)
    assert (row.other_tongue, row.other_title, row.other_tip) == ("es", "Los osos", "")
    shown = ann.get(f"{base}/about").text
    assert 'value="Los osos"' in shown
    assert 'value="2026-09-15"' in shown
    assert "One\nTwo" in shown
    assert "checked" in shown
    assert ann.submit(f"{base}/about", held_on="yesterday").status_code == 200
    assert ann.submit(f"{base}/about", tip="\x00").status_code == 400
    assert ann.backend.row(recording_id).branch == "Elm Street"
    assert row.title == "Bears"
    assert ann.submit(f"{base}/about", other_tongue="fr").status_code == 200, "there are no pages in it"
    assert ann.submit(f"{base}/about", held_on="", other_tongue="").status_code == 302
    assert ann.backend.row(recording_id).other_title == "", "in no language"
    assert ann.backend.row(recording_id).held_on == ""
    assert ann.get("/recordings/nothing/about").status_code == 404
