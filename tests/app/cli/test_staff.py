"""`storyshelf password`: whoever can use the server lets somebody in again."""

from __future__ import annotations

from pathlib import Path
from urllib.parse import urlsplit

import pytest
from click.testing import CliRunner
from flask import Flask

from app.cli import storyshelf
from app.services import audit, people
from media_pipeline.core.errors import Refused
from tests.app.backend import Backend
from tests.app.web.desk import StaffBrowser, staff_app


@pytest.fixture
def staff(backend: Backend) -> Flask:
    return staff_app(backend)


@pytest.fixture
def ann(backend: Backend, staff: Flask) -> StaffBrowser:
    return StaffBrowser(backend, staff)


@pytest.fixture
def here(ann: StaffBrowser, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("STORYSHELF_DATA", str(ann.backend.settings.data))
    monkeypatch.setenv("STORYSHELF_SECRET_KEY", "s" * 40)
    return ann.backend.settings.data


def test_a_link_for_a_new_password(ann: StaffBrowser, staff: Flask, here: Path) -> None:
    told = CliRunner().invoke(storyshelf, ["password", " Ann "], catch_exceptions=False)
    assert told.exit_code == 0
    link = urlsplit(told.output.strip()).path
    assert "Please choose a new password" in staff.test_client().get(link).text
    token = link.rsplit("/", 1)[-1]
    assert people.change_password(ann.backend.db, ann.backend.settings, token, "staple of the stable")
    assert [(one.who, one.what) for one in audit.trail(ann.backend.db)] == [("", "member-password-link")]


def test_for_nobody_there_is_none(ann: StaffBrowser, here: Path) -> None:
    with pytest.raises(Refused, match="no-such-member"):
        CliRunner().invoke(storyshelf, ["password", "bob"], catch_exceptions=False)
