"""Nothing is published without captions but for a reason, and the accessibility statement tells what is so."""

from __future__ import annotations

import re

import pytest
from flask.testing import FlaskClient

from app.db.kinds import RecordingState
from app.db.models import Approval
from app.services import publish, review
from app.services.opened import open_review
from app.web.public import sayings
from app.web.staff.sayings import UNCAPTIONED
from media_pipeline.core.captions import Uncaptioned
from media_pipeline.core.errors import NotReviewed
from tests.app.backend import Backend
from tests.app.web.desk import StaffBrowser, families, published
from tests.app.web.stories import ABOUT, BEARS, some, told


def kept(backend: Backend) -> list[Uncaptioned | None]:
    with backend.db.reading() as session:
        return [approval.uncaptioned for approval in session.query(Approval)]


def test_a_script_that_gives_no_reason_is_refused(ann: StaffBrowser, base: str, recording_id: str) -> None:
    ann.backend.look_at_all(recording_id, ann.who)
    state = ann.send("GET", f"{base}/review").get_json()
    assert state["uncaptioned"] is True
    for answer in (None, "", "songs", 1, ["nothing-said"]):
        said = {} if answer is None else {"uncaptioned": answer}
        refused = ann.send("POST", f"{base}/approve", json={"version": state["version"], **said})
        assert refused.status_code == (409 if answer is None else 400)
        assert ("Please say why" in refused.text) is (answer is None)
    assert ann.backend.row(recording_id).state is RecordingState.TO_REVIEW
    assert kept(ann.backend) == []
    body = {"version": state["version"], "uncaptioned": "songs-and-rhymes"}
    assert ann.send("POST", f"{base}/approve", json=body).status_code == 200
    assert kept(ann.backend) == [Uncaptioned.SONGS]


def test_the_service_asks_too(backend: Backend) -> None:
    recording_id, who = backend.analysed(), backend.staff()
    backend.look_at_all(recording_id, who)
    page = open_review(backend.db, backend.settings, recording_id)
    with pytest.raises(NotReviewed, match="no-captions-reason"):
        review.approve(backend.db, backend.settings, backend.jobs, recording_id, who, page.version)
    assert backend.jobs.said[1:] == []


def test_the_page_offers_every_reason_in_words(ann: StaffBrowser, base: str) -> None:
    options = dict(re.findall(r'<option value="([a-z-]+)">([^<]+)</option>', ann.get(base).text))
    assert {reason.value: says for reason, says in UNCAPTIONED.items()}.items() <= options.items()
    assert set(UNCAPTIONED) == set(Uncaptioned)


def test_the_statement_counts_what_is_public_now(backend: Backend, viewer: FlaskClient) -> None:
    empty = viewer.get("/accessibility").text
    assert "0 storytimes" in empty
    assert "without captions" not in empty
    some(backend)
    told(backend, BEARS, ABOUT, captions=True)
    recording_id, entry = published(backend)
    page = viewer.get("/accessibility").text
    assert "7 storytimes" in page
    assert "1 has captions and a transcript" in page
    assert "1 is in American Sign Language" in page
    rows = re.findall(r'<tr><th scope="row">([^<]+)</th><td>(\d+)</td></tr>', page)
    assert rows == [("Captions will follow", "1"), ("Published before reasons were written down", "5")]
    assert "Why: Captions will follow." in viewer.get(f"/s/{entry.slug}").text
    publish.unpublish(backend.db, backend.settings, recording_id)
    assert "Captions will follow" not in viewer.get("/accessibility").text


def test_a_shelf_without_gaps_says_so(backend: Backend, viewer: FlaskClient) -> None:
    told(backend, BEARS, ABOUT, captions=True)
    page = viewer.get("/accessibility").text
    assert "Every storytime that can be heard has captions." in page
    assert "Storytimes without captions" not in page


def test_whom_to_ask(backend: Backend) -> None:
    def page(**others: object) -> str:
        settings = backend.settings.model_validate(backend.settings.model_dump() | others)
        backend.settings = settings
        return families(backend).test_client().get("/accessibility").text

    assert 'Dana Ruiz, <a href="mailto:dana@library.example">' in page()
    own = page(accessibility_contact="Lee Park, 555 0100")
    assert "<strong>Lee Park, 555 0100</strong>" in own
    assert "Dana" not in own
    nobody = page(accessibility_contact="", privacy_officer_name="", privacy_officer_contact="")
    assert "Please ask any member of staff." in nobody


def test_it_is_found_from_every_page_and_by_search_engines(backend: Backend, viewer: FlaskClient) -> None:
    _, entry = published(backend)
    for path in ("/", f"/s/{entry.slug}", "/privacy", "/nothing"):
        assert 'href="/accessibility"' in viewer.get(path).text
        assert 'href="/es/accessibility"' in viewer.get(f"/es{path}").text
    sitemap = viewer.get("/sitemap.xml").text
    assert "/accessibility</loc>" in sitemap
    assert "/es/accessibility</loc>" in sitemap


def test_every_reason_has_words_in_every_language(viewer: FlaskClient) -> None:
    for path in ("/", "/es/"):
        with viewer.application.test_request_context(path):
            says = {sayings.uncaptioned(reason) for reason in (*Uncaptioned, None)}
            assert len(says) == len(Uncaptioned) + 1
