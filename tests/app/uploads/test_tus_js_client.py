"""The vendored upload client: the file we looked at, talking to our server and to nobody else."""

from __future__ import annotations

import hashlib
import json
import re
import shutil
from pathlib import Path

import pytest
from playwright.sync_api import expect, sync_playwright

import app
from app.uploads.store import IncomingStore
from tests.app.uploads.serving import Desk
from tests.serving import served

VENDOR = Path(app.__file__).parent / "static" / "vendor"
SCRIPT = VENDOR / "tus-js-client" / "tus.min.js"

PAGE = b'<!doctype html><title>.</title><script src="/tus.min.js"></script><script src="/send.js"></script>'
SEND = rb"""
const bytes = new Uint8Array(300000).map((_, n) => n % 251);
const upload = new tus.Upload(new Blob([bytes]), {
  endpoint: "/uploads", chunkSize: 100000, retryDelays: [0], metadata: {filename: "GMT_avo_640x360.mp4"},
  onError: error => { document.title = "failed " + error; },
  onSuccess: () => { document.title = "sent"; },
});
upload.start();
"""


def test_it_is_the_file_of_the_manifest() -> None:
    rows = json.loads((VENDOR / "MANIFEST.json").read_text())
    (row,) = [row for row in rows if row["name"] == "tus-js-client"]
    assert VENDOR / row["file"] == SCRIPT
    assert hashlib.sha256(SCRIPT.read_bytes()).hexdigest() == row["sha256"]
    assert row["origin"].endswith(f"/tus-js-client-{row['version']}.tgz")
    assert (SCRIPT.parent / "LICENSE").read_text().startswith("The MIT License")


def test_it_names_no_host_and_runs_no_text_as_code() -> None:
    script = SCRIPT.read_text()
    assert re.findall(r"(?:https?|wss?|ftp):/?/?[\w.]+", script) == []
    assert re.findall(r"[\"'`]//[\w.]", script) == []
    assert re.findall(r"\beval\(|\bFunction\([\"'`]|\bimport\(|sendBeacon|WebSocket|EventSource", script) == []


@pytest.mark.browser
def test_it_uploads_in_a_browser_and_asks_nobody_else(tmp_path: Path) -> None:
    pages = {
        "/": ("text/html", PAGE),
        "/tus.min.js": ("text/javascript", SCRIPT.read_bytes()),
        "/send.js": ("text/javascript", SEND),
        "/favicon.ico": ("image/x-icon", b""),
    }
    desk = Desk(IncomingStore(tmp_path / "incoming", max_size=10**7, reserve=0), pages)
    hosts: set[str] = set()
    with served(desk) as port, sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=shutil.which("chromium"), args=["--no-sandbox"])
        page = browser.new_page()
        page.on("request", lambda request: hosts.add(request.url.split("/")[2]))
        page.goto(f"http://127.0.0.1:{port}/")
        expect(page).to_have_title("sent")
        browser.close()
        assert hosts == {f"127.0.0.1:{port}"}
    (upload_id,) = desk.complete
    assert desk.store.finish(upload_id).path.read_bytes() == bytes(n % 251 for n in range(300_000))
    assert [ask[:2] for ask in desk.asked] == [("POST", -1), ("PATCH", 0), ("PATCH", 100_000), ("PATCH", 200_000)]
