"""Whether a site keeps its promises to families, seen from outside: asked as a browser asks, believed in nothing."""

from __future__ import annotations

import http.client
import re
import secrets
import ssl
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from html import unescape
from pathlib import Path
from urllib.parse import urljoin, urlsplit

from app.services.selfcheck import note
from app.settings import Settings, load_settings
from media_pipeline.core.errors import Fault, StoryshelfError

MOST_PAGES = 40
"""Pages that are looked at."""

PATIENCE = 20
"""Seconds until an answer must come."""

_MOST = 2 << 20
"""Bytes of a page or script that are read."""

_NAMED = re.compile(r"<(?:a|link|script|img|source|track|video|audio|iframe|form)\b[^>]*", re.IGNORECASE)
_VALUE = re.compile(r'\b(href|src|poster|action)="([^"]*)"')
_STORES = re.compile(r"\b(?:localStorage|sessionStorage|indexedDB|document\.cookie|sendBeacon)\b")
_FOREIGN_LOGS = (Path("/var/log/nginx"), Path("/var/log/caddy"))


@dataclass(frozen=True, slots=True)
class Answer:
    """What came back."""

    status: int
    headers: http.client.HTTPMessage
    body: bytes

    @property
    def text(self) -> str:
        """The body, as far as it is text."""
        return self.body.decode("utf-8", "replace")


class Site:
    """A site, as a visitor with a made-up browser name meets it."""

    def __init__(self, url: str) -> None:
        parts = urlsplit(url)
        if parts.scheme not in ("http", "https") or not parts.hostname:
            raise Fault("settings-unfit", "the address must begin with http:// or https://")
        self.url = f"{parts.scheme}://{parts.netloc}"
        self._secure, self._host = parts.scheme == "https", parts.netloc
        self.canary = f"doctor{secrets.token_hex(8)}"

    def ask(self, path: str, method: str = "GET", **more: str) -> Answer:
        """One answer. Raises Fault when there is none."""
        line = (
            http.client.HTTPSConnection(self._host, timeout=PATIENCE, context=ssl.create_default_context())
            if self._secure
            else http.client.HTTPConnection(self._host, timeout=PATIENCE)
        )
        headers = {
            "User-Agent": self.canary,
            "Referer": f"https://{self.canary}.example/",
            "Cookie": self.canary,
            **more,
        }
        try:
            line.request(method, path, headers=headers)
            answer = line.getresponse()
            return Answer(answer.status, answer.headers, answer.read(_MOST))
        except ssl.SSLError:
            raise Fault("unexpected", "its certificate is not one that browsers trust") from None
        except (OSError, http.client.HTTPException) as error:
            raise Fault("unexpected", f"the site does not answer ({type(error).__name__})") from None
        finally:
            line.close()

    def own(self, base: str, name: str) -> str | None:
        """The path of an address on this site; None for another host's."""
        parts = urlsplit(urljoin(self.url + base, unescape(name)))
        return parts.path if f"{parts.scheme}://{parts.netloc}" == self.url else None


def site_promises(url: str) -> Iterator[tuple[str, str | None]]:
    """Each promise with what stands against it on that site, or None."""
    site = Site(url)
    pages = _walk(site)
    trials = (
        ("No page sets a cookie", _cookies(pages)),
        ("Every page says what it may do: itself alone", _policies(pages)),
        ("No page names another host or holds a script of its own", _hosts(site, pages)),
        ("No script keeps anything in the browser", _scripts(site, pages)),
        ("Films come in the ranges that are asked for, and are not kept for others", _ranges(site, pages)),
        ("Connections are encrypted", _encrypted(site, pages)),
        ("No log on this machine holds this visit", _logs(site)),
    )
    yield from trials
    if (settings := _settings()) is not None and settings.public_url == site.url:
        note(settings, datetime.now(UTC).date() if all(trouble is None for _, trouble in trials) else None)


def _walk(site: Site) -> dict[str, Answer]:
    """The shelf, in every language, and what it leads to on the same site."""
    pages: dict[str, Answer] = {}
    waiting = ["/", "/privacy", "/accessibility", f"/no-such-page?{site.canary}"]
    while waiting and len(pages) < MOST_PAGES:
        path = waiting.pop(0)
        if path in pages:
            continue
        pages[path] = answer = site.ask(path)
        if path == "/" and answer.status != 200:
            raise Fault("unexpected", f"the shelf answers {answer.status}")
        links = (site.own(path, name) for name in re.findall(r'<a\b[^>]*\bhref="([^"#]*)', answer.text))
        new = [link for link in links if link and not link.startswith("/media/")]
        waiting = sorted([*waiting, *new], key=lambda link: not re.match(r"(/\w\w)?/s/", link))
    return pages


def _cookies(pages: dict[str, Answer]) -> str | None:
    return "a cookie is set" if any(answer.headers.get_all("Set-Cookie") for answer in pages.values()) else None


def _policies(pages: dict[str, Answer]) -> str | None:
    for answer in pages.values():
        policy = answer.headers.get("Content-Security-Policy", "")
        if "default-src 'none'" not in policy or "unsafe" in policy or "*" in policy:
            return "a page has no Content-Security-Policy, or a loose one"
        if answer.headers.get("Referrer-Policy") != "no-referrer":
            return "a page lets browsers tell others where they come from"
        if answer.headers.get("X-Content-Type-Options") != "nosniff":
            return "a page lets browsers guess what a file is"
    return None


def _hosts(site: Site, pages: dict[str, Answer]) -> str | None:
    for path, answer in pages.items():
        for tag in _NAMED.findall(answer.text):
            for name, value in _VALUE.findall(tag):
                mail = name == "href" and value.startswith("mailto:")
                if not mail and site.own(path, value) is None:
                    return "a page names another host"
        if re.search(r"<script(?![^>]*\bsrc=)|<style|\son\w+=|<iframe", answer.text, re.IGNORECASE):
            return "a page holds a script, a style or a frame of its own"
    return None


def _scripts(site: Site, pages: dict[str, Answer]) -> str | None:
    named = {name for answer in pages.values() for name in re.findall(r'<script\b[^>]*\bsrc="([^"]*)"', answer.text)}
    for name in sorted(named):
        path = site.own("/", name)
        if path is None or _STORES.search(site.ask(path).text):
            return "a script keeps something, or comes from elsewhere"
    return None


def _ranges(site: Site, pages: dict[str, Answer]) -> str | None:
    films = (
        name for page in pages.values() for name in re.findall(r'<(?:source|audio)\b[^>]*\bsrc="([^"]*)"', page.text)
    )
    film = next((path for name in films if (path := site.own("/", name)) and path.endswith((".mp4", ".m4a"))), None)
    if film is None:
        return None  # nothing is on the shelf yet
    answer = site.ask(film, Range="bytes=10-19")
    if answer.status != 206 or len(answer.body) != 10:
        return "a range of a film does not come as it was asked for"
    if site.ask(film, Range="bytes=999999999999-").status != 416:
        return "a range past the end is not refused"
    kept = answer.headers.get("Cache-Control", "")
    told = (own := _settings()) is not None and own.cache_purge is not None  # what may be kept is told to forget
    alone = told or any(word in kept for word in ("no-cache", "private", "no-store"))
    return None if alone else "copies of films may be kept for others"


def _encrypted(site: Site, pages: dict[str, Answer]) -> str | None:
    if not site.url.startswith("https:"):
        return "it is plain HTTP"
    hsts = pages["/"].headers.get("Strict-Transport-Security", "")
    age = re.search(r"max-age=([0-9]+)", hsts)
    return None if age and int(age[1]) >= 180 * 86_400 else "browsers are not told to stay with HTTPS (HSTS)"


def _logs(site: Site) -> str | None:
    settings = _settings()
    for folder in (*([settings.logs] if settings else []), *_FOREIGN_LOGS):
        for path in folder.glob("*") if folder.is_dir() else ():
            if path.is_file() and site.canary.encode() in path.read_bytes():
                return "a log holds what the browser said of itself"
    return None


def _settings() -> Settings | None:
    """This machine's own; None where the site is somebody else's."""
    try:
        return load_settings()
    except StoryshelfError:
        return None
