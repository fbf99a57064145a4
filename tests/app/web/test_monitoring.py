"""Figures and readiness: for administrators and for a program with the token, for nobody else, and with nothing of anybody."""

from __future__ import annotations

import re
from datetime import timedelta
from pathlib import Path

import pytest
from flask import Flask
from sqlalchemy import update

from app.db.engine import Database, now
from app.db.kinds import Deleted, RecordingState, Rule, StaffRole
from app.db.models import Deletion, Recording, User
from app.services import monitoring
from app.services.seats import take_seat
from media_pipeline.core.errors import Fault
from tests.app.backend import Backend
from tests.app.web.desk import PAGE, SCRIPT, StaffBrowser, families, published, staff_app

TOKEN = "t0ken-" * 6
ADDRESSES = ["/metrics", "/ready"]


def bearer(token: str) -> dict[str, str]:
    return {"Authorization": f"Bearer {token}"}


@pytest.fixture
def watched(tmp_path: Path) -> Backend:
    """A shelf whose operator has set the token."""
    return Backend(tmp_path / "watched", metrics_token=TOKEN)


def values(text: str) -> dict[str, float]:
    return {name: float(figure) for name, figure in re.findall(r"^(storyshelf_\S+) (\S+)$", text, re.MULTILINE)}


@pytest.mark.parametrize("address", ADDRESSES)
def test_the_token_opens_them_and_nothing_else(watched: Backend, address: str) -> None:
    program = staff_app(watched).test_client()
    assert program.get(address, headers=bearer(TOKEN)).status_code == 200
    for other in ("/", "/work", "/people", "/account"):
        assert program.get(other, headers=bearer(TOKEN) | SCRIPT).status_code == 401, other


@pytest.mark.parametrize("address", ADDRESSES)
@pytest.mark.parametrize(
    "sent",
    [
        {},
        bearer(""),
        bearer(TOKEN[:-1]),
        bearer(TOKEN + "x"),
        bearer("é" * 36),
        {"Authorization": f"Basic {TOKEN}"},
        {"Authorization": f"Bearer token={TOKEN}"},
        {"Authorization": TOKEN},
    ],
)
def test_any_other_word_opens_nothing(watched: Backend, address: str, sent: dict[str, str]) -> None:
    program = staff_app(watched).test_client()
    answer = program.get(f"{address}?token={TOKEN}", headers=SCRIPT | sent)
    assert answer.status_code == 401
    assert "storyshelf_" not in answer.text
    assert program.get(address, headers=PAGE | sent).status_code == 302


@pytest.mark.parametrize("address", ADDRESSES)
@pytest.mark.parametrize("sent", [{}, bearer(""), bearer(TOKEN), {"Authorization": "Bearer"}])
def test_without_the_setting_no_program_is_let_in(staff: Flask, address: str, sent: dict[str, str]) -> None:
    assert staff.test_client().get(address, headers=SCRIPT | sent).status_code == 401


@pytest.mark.parametrize("address", ADDRESSES)
def test_families_never_find_them(watched: Backend, address: str) -> None:
    assert families(watched).test_client().get(address, headers=bearer(TOKEN)).status_code == 404


@pytest.mark.parametrize("role", [role for role in StaffRole if role is not StaffRole.ADMINISTRATOR])
def test_an_administrator_may_look_and_nobody_with_less(backend: Backend, ann: StaffBrowser, role: StaffRole) -> None:
    for address in ADDRESSES:
        assert ann.get(address).status_code == 200
    with backend.db.writing() as session:
        session.execute(update(User).values(role=role))
    for address in ADDRESSES:
        assert ann.get(address).status_code == 403


def test_the_figures_are_what_is_so(backend: Backend, ann: StaffBrowser) -> None:
    waiting, _ = backend.upload(), published(backend)
    with backend.db.writing() as session:
        row = session.get(Recording, waiting)
        assert row is not None
        row.state_at = now() - timedelta(seconds=90)
        for gone in (None, now()):
            at = now() - timedelta(hours=2)
            session.add(
                Deletion(what=Deleted.ORIGINAL, place="x", rule=Rule.STAFF, sha256="0" * 64, at=at, gone_at=gone)
            )
    with take_seat(backend.settings):
        found = values(ann.get("/metrics").text)
    assert {
        name: found[f'storyshelf_recordings{{state="{name}"}}'] for name in ("uploaded", "published", "refused")
    } == {
        "uploaded": 1,
        "published": 1,
        "refused": 0,
    }
    assert len([name for name in found if name.startswith("storyshelf_recordings")]) == len(RecordingState)
    assert (found["storyshelf_worker_up"], found["storyshelf_waiting"], found["storyshelf_deletions_owed"]) == (1, 1, 1)
    assert 90 <= found["storyshelf_oldest_waiting_seconds"] < 900
    assert 7200 <= found["storyshelf_oldest_deletion_owed_seconds"] < 8000
    assert found["storyshelf_disk_free_bytes"] > 0
    assert values(ann.get("/metrics").text)["storyshelf_worker_up"] == 0


def test_every_line_is_what_prometheus_reads_and_none_names_anything(backend: Backend, ann: StaffBrowser) -> None:
    recording_id, entry = published(backend)
    answer = ann.get("/metrics")
    assert answer.content_type == "text/plain; version=0.0.4; charset=utf-8"
    declared = re.findall(r"^# TYPE (storyshelf_\w+) gauge$", answer.text, re.MULTILINE)
    helped = re.findall(r"^# HELP (storyshelf_\w+) [A-Z][\w ]+\.$", answer.text, re.MULTILINE)
    sampled = list(
        dict.fromkeys(re.findall(r'^(storyshelf_\w+)(?:\{state="[a-z-]+"\})? [0-9.]+$', answer.text, re.MULTILINE))
    )
    assert declared == helped == sampled
    assert len(answer.text.splitlines()) == 2 * len(declared) + len(values(answer.text))
    for told in (recording_id, entry.slug, entry.publication_id, "ann", "Bears"):
        assert told not in answer.text


def test_ready_says_what_does_not_answer_and_no_more(
    backend: Backend, ann: StaffBrowser, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert ann.get("/ready").text == "ready\n"

    def away(_db: Database, _settings: object) -> None:
        raise Fault("database-away", "of ann at 10.0.0.1")

    monkeypatch.setattr(monitoring, "_ask_work", away)
    backend.settings.data.chmod(0o500)
    monkeypatch.setattr(monitoring.os, "access", lambda *_: False)  # type: ignore[attr-defined]  # root may write anywhere
    try:
        answer = ann.get("/ready")
    finally:
        backend.settings.data.chmod(0o700)
    assert (answer.status_code, answer.text) == (503, "database-away\nstore-failed\n")
