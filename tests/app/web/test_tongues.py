"""Two languages: an address says which, every sentence is in both, and nobody is taken from one to the other."""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import replace
from pathlib import Path

import pytest
from babel.messages.catalog import Catalog
from babel.messages.extract import extract_from_dir
from babel.messages.mofile import read_mo
from babel.messages.pofile import read_po
from flask.testing import FlaskClient

from app.db.kinds import AgeGroup
from app.services import publish
from app.services.about import Other
from app.web.public import sayings
from app.web.words import AGE_GROUPS
from tests.app.backend import Backend
from tests.app.web.desk import published
from tests.app.web.stories import ABOUT, BEARS, told

APP = Path(__file__).parents[3] / "app"
SPANISH = APP / "translations" / "es" / "LC_MESSAGES"

HOLES = re.compile(r"%\([a-z]+\)[sd]")


def said() -> set[str | tuple[str, ...]]:
    """Every sentence that the families' pages may say."""
    found: set[str | tuple[str, ...]] = set()
    for folder, method in ((APP / "web" / "public", "python"), (APP / "templates" / "public", "jinja2")):
        for _, _, message, _, _ in extract_from_dir(folder, method_map=[("**", method)]):
            found.add(message if isinstance(message, str) else tuple(one for one in message if one))
    return found


def test_everything_is_said_in_spanish_and_nothing_is_left_over() -> None:
    with (SPANISH / "messages.po").open("rb") as file:
        catalogue = read_po(file, locale="es")
    there = {message.id if isinstance(message.id, str) else tuple(message.id) for message in catalogue if message.id}
    assert there == said()
    for message in catalogue:
        originals, translations = _tuple(message.id), _tuple(message.string)
        for original, translation in zip(originals, translations, strict=True):
            assert translation or not original, original
            assert sorted(HOLES.findall(translation)) == sorted(HOLES.findall(original)) or not original


def test_what_is_shipped_is_what_was_translated() -> None:
    with (SPANISH / "messages.po").open("rb") as file:
        catalogue = read_po(file, locale="es")
    with (SPANISH / "messages.mo").open("rb") as file:
        shipped = read_mo(file)
    assert _pairs(shipped) == _pairs(catalogue)
    assert shipped.plural_forms == catalogue.plural_forms


def _pairs(catalogue: Catalog) -> set[tuple[tuple[str, ...], tuple[str, ...]]]:
    return {(_tuple(one.id), _tuple(one.string)) for one in catalogue if one.id}


def _tuple(text: str | Iterable[str] | None) -> tuple[str, ...]:
    return (text,) if isinstance(text, str) else tuple(text or ())


@pytest.mark.parametrize("page", ["/", "/find/in-es", "/s/SLUG", "/privacy", "/accessibility"])
def test_a_page_has_its_like_in_the_other_language(backend: Backend, viewer: FlaskClient, page: str) -> None:
    page = page.replace("SLUG", told(backend, BEARS, ABOUT).slug)
    english, spanish = viewer.get(page).text, viewer.get(f"/es{page}").text
    assert '<html lang="en">' in english
    assert '<html lang="es">' in spanish
    assert f'<a href="/es{page}" lang="es" hreflang="es">Español</a>' in english
    assert f'<a href="{page}" lang="en" hreflang="en">English</a>' in spanish
    for text, ours in ((english, False), (spanish, True)):
        links = set(re.findall(r'(?:href|action)="(/[^"]*)"', text)) - {f"/es{page}", page}
        pages = {link for link in links if not link.startswith(("/static/", "/media/", "/feeds/"))}
        assert pages
        assert all(link.startswith("/es") is ours for link in pages), pages


def test_words_of_values(backend: Backend, viewer: FlaskClient) -> None:
    entry = told(backend, BEARS, ABOUT)
    page = viewer.get(f"/es/s/{entry.slug}").text
    for words in ("15 de septiembre de 2026", "Niños pequeños", "Español", "15 minutos"):
        assert words in page
    assert "1 hora del cuento con «honey»" in viewer.post("/es/search", data={"words": "honey"}).text
    with viewer.application.test_request_context("/"):
        assert {group: sayings.age(group) for group in AgeGroup} == AGE_GROUPS, "as staff read them"


def test_what_is_not_there_is_said_in_the_language_of_the_address(backend: Backend, viewer: FlaskClient) -> None:
    assert "There is no page here" in viewer.get("/nothing").text
    assert "Aquí no hay ninguna página" in viewer.get("/es/nothing").text
    assert "Aquí no hay ninguna página" in viewer.get("/es/s/aaaaaaa").text
    recording_id, entry = published(backend)
    publish.unpublish(backend.db, backend.settings, recording_id)
    gone = viewer.get(f"/es/s/{entry.slug}")
    assert gone.status_code == 410
    assert "Esta hora del cuento fue retirada" in gone.text


def test_nothing_else_chooses_the_language(backend: Backend, viewer: FlaskClient) -> None:
    told(backend, BEARS, ABOUT)
    answer = viewer.get("/", headers={"Accept-Language": "es", "Cookie": "lang=es"})
    assert '<html lang="en">' in answer.text
    assert "Vary" not in answer.headers
    assert viewer.get("/en/").status_code == 404


def test_a_storytime_is_told_in_the_language_of_the_page(backend: Backend, viewer: FlaskClient) -> None:
    entry = told(backend, BEARS, replace(ABOUT, other=Other("en", "Cubs and nectar", "Honey <b>")))
    for path in ("/", f"/s/{entry.slug}", "/feeds/video.xml", f"/s/{entry.slug}/flyer"):
        english, spanish = viewer.get(path).text, viewer.get(f"/es{path}").text
        assert ("Cubs and nectar" in english, "Osos y miel" in english) == (True, False), path
        assert ("Cubs and nectar" in spanish, "Osos y miel" in spanish) == (False, True), path
    assert "Honey &lt;b&gt;" in viewer.get(f"/s/{entry.slug}").text
