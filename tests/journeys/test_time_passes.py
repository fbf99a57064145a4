"""Time passes: what has come to its end is gone for families and told to staff, each at its day and once."""

from __future__ import annotations

from datetime import timedelta

import pytest
from playwright.sync_api import Browser, Page, expect

from app.db.engine import now
from app.db.kinds import WorkKind
from app.services import holds, retention, rights, works
from app.services.works import Record
from media_pipeline.core.rights import Basis, Right, Scope
from tests.app.web.desk import PASSWORD, StaffBrowser, families, published
from tests.serving import served

pytestmark = pytest.mark.browser

DAY = timedelta(days=1)
NAME = "ann"


def sweep(ann: StaffBrowser, days: int) -> retention.Swept:
    return retention.sweep(ann.backend.db, ann.backend.settings, ann.backend.store, now() + days * DAY)


def look(page: Page, path: str) -> None:
    """Sessions have their end too: whoever comes back signs in again."""
    page.goto("/sign-in")
    if page.url.endswith("/sign-in"):
        page.get_by_label("Your name for signing in").fill(NAME)
        page.get_by_label("Password", exact=True).fill(PASSWORD)
        page.get_by_role("button", name="Sign in").click()
        page.get_by_role("heading", name="Recordings", exact=True).wait_for()
    page.goto(path)


def test_each_end_comes_at_its_day(page: Page, browser: Browser, ann: StaffBrowser) -> None:
    backend = ann.backend
    last = rights.today() + 5 * DAY
    book, book_entry = published(backend, b"with a book")
    right = Right(Basis.PERMISSION, Scope.OPEN_WEB, last)
    rights.add(backend.db, book, works.save(backend.db, Record(WorkKind.BOOK, "Brown Bear", right)))
    year, year_entry = published(backend, b"for a year")
    held, _ = published(backend, b"on hold")
    holds.hold(backend.db, held, ann.who.user_id, "a request for records")
    draft = backend.analysed(b"never published")
    with served(families(backend)) as port:
        viewer = browser.new_page()

        def read(slug: str, says: str) -> None:
            viewer.goto(f"http://127.0.0.1:{port}/s/{slug}")
            expect(viewer.get_by_role("heading", level=1)).to_have_text(says)

        read(book_entry.slug, "Bears")
        page.goto("/")
        expect(page.get_by_text("“Brown Bear” may be shown until")).to_be_visible()
        sweep(ann, 5)
        read(book_entry.slug, "Bears")  # its last day
        assert sweep(ann, 6).rights == 1
        read(book_entry.slug, "No longer here")
        assert sweep(ann, 15).originals == 2  # of both that are not on hold
        look(page, f"/recordings/{year}")
        expect(page.get_by_text("The original has been deleted.")).to_be_visible()
        look(page, f"/recordings/{held}")
        expect(page.get_by_text("Nothing of it is deleted.")).to_be_visible()
        assert sweep(ann, 61).drafts == 1
        look(page, f"/recordings/{draft}")
        expect(page.get_by_text("Perhaps the recording was removed")).to_be_visible()
        read(year_entry.slug, "Bears")
        assert sweep(ann, 366).ended == 2  # a hold keeps files, and nothing public
        read(year_entry.slug, "No longer here")
        look(page, "/?show=ended")
        expect(page.locator(".row")).to_have_count(3)
        again = sweep(ann, 367)
        assert (again.ended, again.rights, again.originals, again.drafts) == (0, 0, 0, 0)
        viewer.close()
