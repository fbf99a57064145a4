"""A shelf, both applications on it, and somebody who is signed in."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import update

from app.db.models import User
from tests.app.backend import Backend
from tests.app.web.desk import StaffBrowser, families, staff_app
from tests.app.web.elsewhere import SUBJECT, Elsewhere, elsewhere, with_service


@pytest.fixture
def backend(tmp_path: Path, databases: dict[str, str]) -> Iterator[Backend]:
    shelf = Backend(tmp_path / "data", library_name="Maple Street Library", **databases)
    yield shelf
    shelf.db.close()


@pytest.fixture
def public_app(backend: Backend) -> Flask:
    return families(backend)


@pytest.fixture
def staff(backend: Backend) -> Flask:
    return staff_app(backend)


@pytest.fixture
def viewer(public_app: Flask) -> FlaskClient:
    """Somebody of whom nothing is known."""
    return public_app.test_client()


@pytest.fixture(scope="session")
def _elsewhere() -> Iterator[Elsewhere]:
    with elsewhere() as running:
        yield running


@pytest.fixture
def service(_elsewhere: Elsewhere, backend: Backend) -> Elsewhere:
    """A service for signing in that does all as it should, known to the shelf: to be named before `staff` and `ann`."""
    _elsewhere.begin_anew()
    backend.settings = with_service(backend.settings, _elsewhere)
    return _elsewhere


@pytest.fixture
def client(service: Elsewhere, backend: Backend, staff: Flask) -> FlaskClient:
    """A browser, in which nobody is signed in; Ann's account is bound to one there, and has no password."""
    backend.staff("ann")
    with backend.db.writing() as session:
        session.execute(update(User).values(service_issuer=service.issuer, service_subject=SUBJECT))
    return staff.test_client()


@pytest.fixture
def ann(backend: Backend, staff: Flask) -> StaffBrowser:
    """A member of staff."""
    return StaffBrowser(backend, staff)


@pytest.fixture
def recording_id(backend: Backend) -> str:
    """What waits for a review."""
    return backend.analysed()


@pytest.fixture
def base(recording_id: str) -> str:
    """Its address."""
    return f"/recordings/{recording_id}"
