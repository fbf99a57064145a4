"""Both applications on one shelf in a temporary folder, and a member of staff's browser as far as it can be had without one."""

from __future__ import annotations

import re
from dataclasses import replace
from typing import Any

from flask import Flask
from flask.testing import FlaskClient
from werkzeug.test import TestResponse

from app.db.engine import now
from app.db.models import StaffSession
from app.services import people, publish, shelf
from app.services.sizes import parts
from app.services.values import PrivateFolder
from app.web import public, staff
from app.web.room import Room, StaffRoom
from media_pipeline.core.report import Check, CheckName, Outcome
from media_pipeline.toolbox import caption_reader
from tests.app import backend
from tests.app.backend import Backend
from tests.app.fake_pipeline import LARGE

PASSWORD = "correct horse battery"  # noqa: S105 - made up here
WHY = {"uncaptioned": backend.WHY.value}
"""What a script says with an approval of a recording without captions."""

PAGE = {"Accept": "text/html,*/*;q=0.8"}
"""What a browser says when somebody looks at a page."""

SECOND_LOOK = Check(CheckName.SECOND_LOOK, Outcome.BROKEN, 700, 1, codes=("12.500",))
"""12.5 s of the finished film are 16.5 s of the recording less its margins."""

SCRIPT = {"Accept": "application/json"}
"""What our scripts say."""


def families(backend: Backend) -> Flask:
    """The families' application."""
    return public.make_app(Room(backend.settings, backend.db))


def staff_app(backend: Backend) -> Flask:
    """The staff's application."""
    return staff.make_app(StaffRoom(backend.settings, backend.db, backend.jobs, caption_reader().read))


class StaffBrowser:
    """Somebody signed in, who sends the form's token along unless told otherwise."""

    def __init__(self, backend: Backend, app: Flask, login: str = "ann") -> None:
        self.backend = backend
        self.client: FlaskClient = app.test_client()
        token = people.create_first_link(backend.db)
        made = people.accept_link(backend.db, backend.settings, token, login, PASSWORD) if token else None
        held = made or people.sign_in(backend.db, backend.settings, login, PASSWORD)
        assert held is not None
        who = people.who(backend.db, held)
        assert who is not None
        self.who = who
        with self.client.session_transaction() as session:
            session["token"] = held
        self.csrf = csrf_in(self.client.get("/"))

    def get(self, path: str, **more: Any) -> TestResponse:
        """Looks at a page."""
        return self.client.get(path, headers=PAGE | more.pop("headers", {}), **more)

    def send(self, method: str, path: str, **more: Any) -> TestResponse:
        """Asks as a script does, with the token."""
        headers = SCRIPT | {"X-CSRFToken": self.csrf} | more.pop("headers", {})
        return self.client.open(path, method=method, headers=headers, **more)

    def submit(self, path: str, **fields: str) -> TestResponse:
        """Submits a form."""
        return self.client.post(path, data={"csrf_token": self.csrf, **fields}, headers=PAGE)


def csrf_in(response: TestResponse) -> str:
    """The form token that a page holds."""
    found = re.search(r'name="csrf-token" content="([^"]+)"', response.text)
    assert found is not None
    return found[1]


def published(backend: Backend, film: bytes = b"a film", sizes: int | None = None) -> tuple[str, shelf.Entry]:
    """A recording that is public in its first `sizes` sizes (None: in all), and how families see it.

    Its files are a few bytes of no film.
    """
    recording_id = backend.analysed(film)
    approval_id = backend.approved(recording_id)
    slug = backend.make_public(recording_id, approval_id, *backend.all_rendered(recording_id, approval_id)[:sizes])
    entry = shelf.by_slug(backend.db, slug)
    assert isinstance(entry, shelf.Entry)
    return recording_id, entry


def disproven(ann: StaffBrowser, *broken: Check) -> str:
    """A recording of which two sizes were public when the proof of the largest failed."""
    recording_id, _ = published(ann.backend, LARGE, sizes=2)
    folder = PrivateFolder(ann.backend.settings, recording_id)
    report = folder.report(parts(folder.plan())[-1])
    names = {check.name for check in broken}
    folder.save_report(replace(report, checks=(*(c for c in report.checks if c.name not in names), *broken)))
    attempt = ann.backend.row(recording_id).attempt
    publish.disprove(ann.backend.db, ann.backend.settings, recording_id, attempt, "checks-failed")
    return recording_id


def end_session(backend: Backend, session_id: str) -> None:
    """As if its time were over."""
    with backend.db.writing() as session:
        held = session.get(StaffSession, session_id)
        assert held is not None
        held.expires_at = now()
