"""Requests made to harm, at every address of both applications: ways out of the folders and into headers."""

from __future__ import annotations

import os
import sys
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from functools import cache
from pathlib import Path
from urllib.parse import quote

import pytest
from flask import Flask
from flask.testing import FlaskClient
from werkzeug.routing import Rule
from werkzeug.test import TestResponse

from app.db.kinds import WorkKind
from app.services import works
from app.services.library import Details
from app.services.works import Record
from app.settings import Settings
from media_pipeline.core.rights import Basis, Right, Scope
from tests.app.backend import Backend
from tests.app.web.desk import PAGE, StaffBrowser
from tests.app.web.stories import ABOUT, told
from tests.app.web.test_guard import WRITING, every_ask

SECRET = b"xyzzy-the-secret"

WAYS_OUT = (
    *("../secret", "..%2fsecret", "%2e%2e%2fsecret", "..%252fsecret", "....//secret", "..%5csecret", "..\\secret"),
    *("..;/secret", "%c0%ae%c0%ae/secret", "%EF%BC%8E%EF%BC%8E/secret", "./../secret", "secret%00", "secret%00.jpg"),
    *("~root", "%7e/secret", "C:%5csecret", "%5c%5chost%5csecret", "file:%2f%2f%2fsecret", "..", ".", "%2e", "%20"),
)
"""`secret` becomes the path of a planted file. What starts with `/` is joined by the walk itself."""

_opened: list[str] | None = None


def _hear(event: str, args: Sequence[object]) -> None:
    if event in ("open", "os.listdir", "os.scandir", "os.remove", "os.rename") and _opened is not None:
        _opened.append(os.fsdecode(args[0]) if isinstance(args[0], str | bytes | os.PathLike) else "")


@cache
def _listen() -> None:
    sys.addaudithook(_hear)  # it cannot be taken away again, so it hears only while somebody wants to know


@contextmanager
def opened() -> Iterator[list[str]]:
    """Every path that Python itself opens, lists, removes or renames meanwhile."""
    global _opened
    _listen()
    _opened = []
    try:
        yield _opened
    finally:
        _opened = None


def paths(rule: Rule, text: str) -> Iterator[str]:
    """The rule's address with a text in one of its arguments, and something harmless in the others."""
    held = [name for name in rule.arguments if f"{name}>" in rule.rule]  # others have a default
    for chosen in held:
        path = rule.rule
        for name in held:
            start = next(
                at for at in range(len(path)) if path[at] == "<" and path[at:].partition(">")[0].endswith(name)
            )
            end = path.index(">", start)
            path = path[:start] + (text if name == chosen else "1") + path[end + 1 :]
        yield path


def ask(client: FlaskClient, csrf: str, method: str, path: str) -> TestResponse:
    headers = {"X-CSRFToken": csrf, "Tus-Resumable": "1.0.0", "Upload-Offset": "0"}
    kind = "application/offset+octet-stream" if method == "PATCH" else "application/x-www-form-urlencoded"
    return client.open(path, method=method, headers=PAGE | headers, data=b"x=1", content_type=kind, buffered=True)


@pytest.mark.slow
@pytest.mark.parametrize("side", ["staff", "families"])
def test_no_address_leads_out_of_the_folders(
    side: str, backend: Backend, ann: StaffBrowser, public_app: Flask, tmp_path: Path
) -> None:
    """Neither what comes back nor a file that was opened is from elsewhere; and nothing is a fault of ours."""
    entry = told(backend, Details("Bears", "Lapsit", language="en"), ABOUT, captions=True)
    for place in (tmp_path, backend.settings.data, backend.settings.public):
        (place / "secret").write_bytes(SECRET)
        (place / "secret.jpg").write_bytes(SECRET)
    client = ann.client if side == "staff" else public_app.test_client()
    absolute = quote(str(tmp_path / "secret"), safe="")
    app_folder = str(Path(public_app.root_path))
    walked = 0
    for rule, method in every_ask(client.application):
        if rule.endpoint in ("sign_in.out", "account.end_others"):
            continue
        for way in (*WAYS_OUT, absolute, f"%2f{absolute}", f"{entry.publication_id}%2f..%2f..%2fsecret"):
            for path in paths(rule, way):
                with opened() as seen:
                    answer = ask(client, ann.csrf, method, path)
                assert answer.status_code < 500, (method, path)
                assert SECRET not in answer.data, (method, path)
                for name in seen:
                    assert "secret" not in name, (method, path)
                    inside = name.startswith((str(backend.settings.data), app_folder, sys.prefix, sys.base_prefix))
                    assert inside or not name.startswith("/") or name.startswith(("/proc", "/usr", "/dev")), name
                walked += 1
    assert walked > 300
    assert (tmp_path / "secret").read_bytes() == SECRET


def test_a_file_that_leads_elsewhere_is_not_followed_by_name(backend: Backend, viewer: FlaskClient) -> None:
    """What is served are names in a list that the proof wrote; a link beside them has no name there."""
    entry = told(backend, Details("Bears"))
    (backend.settings.public / entry.publication_id / "link.mp4").symlink_to("/etc/passwd")
    assert viewer.get(f"/media/{entry.publication_id}/link.mp4").status_code == 404


LINES = (
    "a\r\nX-Planted: 1",
    "a\nX-Planted: 1\n\n<script>",
    "a\r\n\r\n<h1>",
    "a\u2028X-Planted: 1",
    "a\x0bX-Planted: 1",
    "a\x85b",
)


@pytest.mark.slow
@pytest.mark.parametrize("side", ["staff", "families"])
def test_no_value_makes_a_header(side: str, backend: Backend, ann: StaffBrowser, public_app: Flask) -> None:
    """Whatever stands in an address, a question or a form: no header is added, and none has a line break in it."""
    told(backend, Details("Bears", "Lapsit"), ABOUT)
    client = ann.client if side == "staff" else public_app.test_client()
    for rule, method in every_ask(client.application):
        if rule.endpoint in ("sign_in.out", "account.end_others"):
            continue
        for line in LINES:
            for path in [*paths(rule, quote(line, safe=""))] or [rule.rule]:
                answer = client.open(
                    f"{path}?show={quote(line)}&x={quote(line)}",
                    method=method,
                    headers=PAGE | {"X-CSRFToken": ann.csrf, "Tus-Resumable": "1.0.0", "Upload-Length": "1"},
                    data=dict.fromkeys(("login", "title", "series", "reason", "last", "words", "role"), line),
                    buffered=True,
                )
                assert answer.status_code < 500, (method, path)
                assert "X-Planted" not in answer.headers
                for name, value in answer.headers:
                    assert not set(name + value) & set("\r\n\0\x0b\x85\u2028"), (method, path, name)


def test_no_setting_makes_a_header(backend: Backend) -> None:
    """Websites that may show the player stand in a header: of the settings the only ones that do."""

    def read(hosts: str) -> str:
        return Settings.model_validate(backend.settings.model_dump() | {"embed_hosts": hosts}).embed_hosts

    for hosts in ("https://a.example\r\nX-Planted: 1", "https://a.example; script-src *", "'self' *"):
        with pytest.raises(ValueError, match="embed_hosts"):
            read(hosts)
    assert read("https://a.example\r\nhttps://b.example\n") == "https://a.example https://b.example"


def test_the_names_of_downloads_are_ours(ann: StaffBrowser) -> None:
    """Of all answers three name a file to save, and no text from outside is in those names."""
    named = set()
    work_id = works.save(ann.backend.db, Record(WorkKind.BOOK, "x.html", Right(Basis.OWN, Scope.OPEN_WEB)))
    works.give_evidence(ann.backend.db, ann.backend.settings, work_id, b"<script>")
    for rule, method in every_ask(ann.client.application):
        if method == "GET" and rule.endpoint != "static":
            for path in [*paths(rule, ann.backend.analysed(b"another"))] or [rule.rule]:
                named.add(ann.get(path, buffered=True).headers.get("Content-Disposition"))
    named.add(ann.get(f"/works/{work_id}/evidence", buffered=True).headers.get("Content-Disposition"))
    ours = ("trail.csv", "works.csv", f"evidence-{work_id}.txt")
    assert named == {None, *(f"attachment; filename={name}" for name in ours)}


def test_looking_changes_nothing(ann: StaffBrowser, backend: Backend) -> None:
    """No address that is only looked at does anything: a link in a mail or a picture on a page cannot."""
    recording_id = backend.analysed(b"another")
    before = vars(backend.row(recording_id)).copy()
    looked = 0
    for rule, method in every_ask(ann.client.application):
        if method in WRITING:
            continue
        for path in [*paths(rule, recording_id)] or [rule.rule]:
            ann.client.open(path, method=method, headers=PAGE, buffered=True)
            looked += 1
    after = vars(backend.row(recording_id)).copy()
    before.pop("_sa_instance_state")
    after.pop("_sa_instance_state")
    assert looked > 60
    assert after == before
    assert ann.get("/").status_code == 200, "still signed in"
    assert not backend.jobs.said[1:] or {said[1] for said in backend.jobs.said} <= {recording_id}
