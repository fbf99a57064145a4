"""Every page is HTML as its standard has it: html-validate and the W3C's own checker find nothing, on families' pages and staff's."""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import timedelta
from fractions import Fraction
from pathlib import Path

import pytest
from flask import Flask
from flask.testing import FlaskClient
from werkzeug.routing import Rule

from app.db.kinds import StaffRole, WorkKind
from app.services import accounts, rights, works
from app.services.works import Record
from app.web.public import AS_FILES
from media_pipeline.core.intervals import Interval
from media_pipeline.core.rights import Basis, Right, Scope
from tests.app.backend import Backend
from tests.app.web.desk import PAGE, SECOND_LOOK, StaffBrowser, disproven, published, staff_app
from tests.app.web.test_captions import CHAPTERS, TRANSCRIPT, give
from tests.app.web.test_guard import PUBLIC_PAGES, address
from tests.outside import tools
from tests.outside.conftest import SEARCHED, Shelf

pytestmark = [pytest.mark.full, pytest.mark.browser]

NO_PAGES = {"feed", "code"}
"""What families' programs ask for."""

NEEDS_A_SERVER = re.compile(r"/search$|/embed/|/flyer$")
"""What no exported copy has."""

Pages = dict[str, str]


def shown(client: FlaskClient, path: str) -> str:
    """The text of a page; nothing when it is no page."""
    words = {"words": SEARCHED} if path.endswith("/search") else None
    answer = client.open(path, method="POST" if words else "GET", data=words, headers=PAGE, buffered=True)
    return answer.text if answer.mimetype == "text/html" else ""


@pytest.fixture(scope="module")
def ours(shelf: Shelf, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Pages]:
    """Every page of both applications, in every state that is cheaply had."""
    viewer = shelf.app.test_client()
    pages = {path: shown(viewer, path) for path in shelf.paths}
    shelf.app.config[AS_FILES] = True
    pages |= {f"exported{path}": shown(viewer, path) for path in shelf.paths if not NEEDS_A_SERVER.search(path)}
    shelf.app.config[AS_FILES] = False
    backend = Backend(tmp_path_factory.mktemp("staff") / "data", library_name="Maple Street Library")
    yield pages | {f"staff{path}": text for path, text in of_staff(StaffBrowser(backend, staff_app(backend)))}
    backend.db.close()


def of_staff(ann: StaffBrowser) -> Iterator[tuple[str, str]]:
    """Every page that staff can look at, and what strangers see of them."""
    backend, app = ann.backend, ann.client.application
    yield "/ empty", shown(ann.client, "/")
    yield "/works/ empty", shown(ann.client, "/works/")
    public, _ = published(backend)
    gone, _ = published(backend, b"another film")
    ann.submit(f"/recordings/{gone}/unpublish")
    ready, plain = backend.analysed(b"to be reviewed"), backend.analysed(b"not looked at")
    for what, content in (("captions", TRANSCRIPT), ("chapters", CHAPTERS)):
        assert give(ann, f"/recordings/{ready}", content, what).status_code == 302
    closed = Right(Basis.PERMISSION, Scope.CLOSED, rights.today() + timedelta(days=5))
    work_id = works.save(backend.db, Record(WorkKind.BOOK, "Brown Bear", closed))
    works.give_evidence(backend.db, backend.settings, work_id, b"%PDF-")
    rights.add(backend.db, ready, work_id, Interval(Fraction(3), Fraction(5)))
    unused = works.save(backend.db, Record(WorkKind.SONG, "The Honey Song", Right(Basis.OWN, Scope.OPEN_WEB)))
    recordings = (public, gone, ready, plain, disproven(ann, SECOND_LOOK), backend.upload(b"just come"))
    asked = {
        address(rule, recording_id=one, work_id=work)
        for rule in rules(app)
        for one in recordings
        for work in (work_id, unused)
    }
    for path in sorted(asked):
        if text := shown(ann.client, path):
            yield path, text
    yield "wrong", ann.submit(f"/recordings/{ready}", title="").text
    stranger = app.test_client()
    invited = accounts.invite(backend.db, StaffRole.REVIEWER)
    anew = accounts.new_password_link(backend.db, ann.who.user_id)
    for path in ("/sign-in", f"/welcome/{invited}", f"/welcome/{anew}", "/welcome/none"):
        yield f"{path} stranger", shown(stranger, path)


def rules(app: Flask) -> Iterator[Rule]:
    """What a browser can open."""
    return (
        rule
        for rule in app.url_map.iter_rules()
        if rule.rule != "/static/<path:filename>" and "GET" in (rule.methods or ())
    )


def test_every_kind_of_page_is_judged(shelf: Shelf, ours: Pages) -> None:
    lookup = shelf.app.url_map.bind("localhost")
    found = {
        lookup.match(path, method="GET")[0].rpartition(".")[2] for path in shelf.paths if not path.endswith("/nothing")
    }
    assert found == PUBLIC_PAGES - NO_PAGES
    assert all(ours.values()), [name for name, text in ours.items() if not text]
    assert sum(name.startswith("staff") for name in ours) > 40


def test_html_validate_finds_nothing(ours: Pages) -> None:
    found = {name: said for name, said in tools.ask("markup.mjs", {"pages": ours}).items() if said}
    assert found == {}


def test_html_validate_sees() -> None:
    bad = "<!DOCTYPE html><html lang='en'><head><title>x</title></head><body><p><form></form></p></body></html>"
    assert tools.ask("markup.mjs", {"pages": {"bad": bad}})["bad"]


def test_the_checker_of_the_w3c_finds_nothing(ours: Pages, folder: Path) -> None:
    files = {folder / f"{number}.html": name for number, name in enumerate(ours)}
    for file, name in files.items():
        file.write_text(ours[name], "utf-8")
    (folder / "bad.html").write_text("<!DOCTYPE html><title>x</title><p><form></form></p>", "utf-8")
    said = tools.read_by_vnu([*files, folder / "bad.html"])
    wrong = [(Path(row["url"].removeprefix("file:")), row["message"], row.get("extract", "")) for row in said]
    assert any(file.name == "bad.html" for file, *_ in wrong), "it sees"
    assert [(files[file], *rest) for file, *rest in wrong if file.name != "bad.html"] == []
