"""axe finds nothing on any page of the families', in both languages, by day and in the dark, wide and narrow."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser

from tests.app.backend import Backend
from tests.app.web.desk import families
from tests.app.web.stories import ABOUT, BEARS, some, told
from tests.journeys.serving import PATIENCE_MS
from tests.journeys.test_accessible import AXE, found
from tests.serving import served

pytestmark = pytest.mark.browser


@pytest.fixture(scope="module")
def shelf(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[str, list[str]]]:
    """Where a shelf is, and its pages."""
    backend = Backend(tmp_path_factory.mktemp("families") / "data", embed_hosts="https://www.library.example")
    some(backend)
    slug = told(backend, BEARS, ABOUT, captions=True).slug
    sound_id = backend.analysed(b"sound of a storytime")
    approval_id = backend.approved_by_ear(sound_id)
    sound = backend.make_public(sound_id, approval_id, backend.rendered(sound_id, approval_id))
    pages = ["/", "/find/in-es", "/find/for-toddler.in-en", "/privacy", "/accessibility", "/nothing", f"/s/{sound}"]
    pages += [f"/s/{slug}", f"/s/{slug}/transcript", f"/s/{slug}/flyer", f"/embed/{slug}"]
    with served(families(backend)) as port:
        yield f"http://127.0.0.1:{port}", pages
    backend.db.close()


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("tongue", ["", "/es"])
@pytest.mark.parametrize("width", [320, 1280])
def test_axe_finds_nothing(
    browser: Browser, shelf: tuple[str, list[str]], width: int, tongue: str, scheme: str
) -> None:
    url, pages = shelf
    context = browser.new_context(
        base_url=url,
        viewport={"width": width, "height": 900},
        color_scheme="dark" if scheme == "dark" else "light",
    )
    context.add_init_script(path=Path(AXE))
    page = context.new_page()
    page.set_default_timeout(PATIENCE_MS)
    for path in pages:
        page.goto(f"{tongue}{path}")
        for summary in page.locator("summary").all():
            if summary.is_visible():
                summary.click()
        assert found(page) == [], path
        assert page.evaluate("document.documentElement.scrollWidth") <= width, path
    context.close()
