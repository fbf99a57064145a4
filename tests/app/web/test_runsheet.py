"""What to set and to say before the next storytime: in two languages, with what is set now."""

from __future__ import annotations

from tests.app.backend import Backend
from tests.app.web.desk import StaffBrowser, staff_app


def sheet(backend: Backend, **others: object) -> str:
    backend.settings = backend.settings.model_validate(backend.settings.model_dump() | others)
    return StaffBrowser(backend, staff_app(backend)).get("/next-storytime").text


def test_it_says_what_is_set(backend: Backend) -> None:
    usual = sheet(backend)
    assert "Set the meeting to record the" in usual
    assert "there for 365 days at the most" in usual
    assert "disponible 365 días como máximo" in usual
    assert (
        f"please tell us: {backend.settings.privacy_officer_name}, {backend.settings.privacy_officer_contact}" in usual
    )
    for said in ("Spotlight", "names in the recording", "“friends”", "audio watermark", "“amigos”", "marca de agua"):
        assert said in usual
    other = sheet(backend, live_platform="Zoom", published_days=1, privacy_officer_name="", privacy_officer_contact="")
    assert "Set Zoom to record the" in other
    assert "Configure Zoom para grabar" in other
    assert "there for 1 day at the most" in other
    assert "disponible 1 día como máximo" in other
    assert "please tell us. We take it down" in other


def test_the_list_leads_to_it(ann: StaffBrowser) -> None:
    assert 'href="/next-storytime"' in ann.get("/").text
