"""Deny by default: every address of both applications is walked, so that a new one cannot be forgotten."""

from __future__ import annotations

import secrets
from collections.abc import Iterator
from html.parser import HTMLParser

import pytest
from flask import Flask, session
from flask.sessions import NullSession
from flask.testing import FlaskClient
from werkzeug.routing import Rule

from app.web.guard import OPEN
from app.web.public.tongue import TONGUES
from tests.app.backend import Backend
from tests.app.web.desk import PAGE, SCRIPT, StaffBrowser, families, published, staff_app

OPEN_VIEWS = {
    "static": "style, scripts and the icon",
    "sign_in.form": "where staff sign in",
    "sign_in.welcome": "one-time links: the first administrator's, invitations, new passwords",
    "service.begin": "where staff leave for the service by which they sign in",
    "service.welcome": "an invitation, for an account that signs in by the service",
    "service.back": "where the service sends staff back to",
    "service.arrive": "whoever is back from the service",
    "service.code": "whoever is back from the service and has set up codes",
    "sign_in.health": "asked by whatever watches over the servers",
}
"""The only views of the staff's application that answer strangers. Each one more is a decision, not an accident."""

PUBLIC_PAGES = {
    "shelf",
    "find",
    "search",
    "watch",
    "transcript",
    "privacy",
    "accessibility",
    "feed",
    "embed",
    "flyer",
    "code",
}
"""What families meet, once in each language."""

PUBLIC_REST = {"static", *(f"plain.{name}" for name in ("media", "robots", "sitemap", "colours", "logo", "health"))}
"""What is the same in every language. One more of either is a decision, not an accident."""

WRITING = {"POST", "PUT", "PATCH", "DELETE"}


def address(rule: Rule, **known: str) -> str:
    """A path that the rule matches; what is known stands in it, made-up ids elsewhere."""
    values: dict[str, object] = {
        "sheet": 0,
        "number": 1,
        "place": 0,
        "filename": "style.css",
        "token": "none",
        "upload_id": "0" * 32,
    }
    values |= dict.fromkeys(rule.arguments - values.keys(), "aaaaaaaaaaaa") | known
    built = rule.build({name: values[name] for name in rule.arguments})
    assert built is not None
    return built[1]


def every_ask(app: Flask) -> Iterator[tuple[Rule, str]]:
    for rule in app.url_map.iter_rules():
        for method in sorted(rule.methods or set()):
            yield rule, method


def test_the_open_views_are_these_and_no_other(staff: Flask) -> None:
    marked = {name: getattr(view, OPEN) for name, view in staff.view_functions.items() if hasattr(view, OPEN)}
    assert marked == OPEN_VIEWS


def test_the_families_views_are_these_and_no_other(public_app: Flask) -> None:
    pages = {f"{tag}.{page}" for tag in TONGUES for page in PUBLIC_PAGES}
    assert set(public_app.view_functions) == pages | PUBLIC_REST
    for rule, method in every_ask(public_app):
        assert method in {"GET", "HEAD", "OPTIONS"} or rule.endpoint.endswith(".search"), f"{method} {rule.rule}"


@pytest.mark.parametrize("headers", [PAGE, SCRIPT, {}])
def test_no_staff_address_answers_a_stranger(staff: Flask, backend: Backend, headers: dict[str, str]) -> None:
    recording_id = backend.analysed()
    stranger = staff.test_client()
    walked = 0
    for rule, method in every_ask(staff):
        if rule.endpoint in OPEN_VIEWS:
            continue
        answer = stranger.open(address(rule, recording_id=recording_id), method=method, headers=headers)
        walked += 1
        if answer.status_code == 302:
            assert method == "GET"
            assert answer.headers["Location"] == "/sign-in"
        else:
            assert answer.status_code == 401, f"{method} {rule.rule}"
        assert "Bears" not in answer.text
        assert recording_id not in answer.text
    assert walked > 20


def test_strangers_do_not_learn_which_addresses_there_are(staff: Flask) -> None:
    stranger = staff.test_client()
    assert stranger.get("/no-such-page", headers=PAGE).status_code == 302
    assert stranger.get("/no-such-page", headers=SCRIPT).status_code == 401
    assert stranger.post("/no-such-page").status_code == 401


def test_a_session_that_has_ended_opens_nothing(staff: Flask, ann: StaffBrowser) -> None:
    assert ann.get("/").status_code == 200
    assert ann.submit("/sign-out").headers["Location"] == "/sign-in"
    assert ann.get("/").status_code == 302


def test_whoever_changes_something_sends_the_form_token(ann: StaffBrowser, staff: Flask, backend: Backend) -> None:
    recording_id = backend.analysed()
    walked = 0
    for rule, method in every_ask(staff):
        if method not in WRITING:
            continue
        for token in (None, "made-up", ann.csrf[:-2]):
            headers = SCRIPT | ({"X-CSRFToken": token} if token else {})
            answer = ann.client.open(address(rule, recording_id=recording_id), method=method, headers=headers)
            assert answer.status_code == 400, f"{method} {rule.rule}"
            assert "too long" in answer.text
        walked += 1
    assert walked >= 13
    assert backend.row(recording_id).state.value == "to-review"


def test_a_token_of_another_session_is_none(ann: StaffBrowser, staff: Flask) -> None:
    other = StaffBrowser(ann.backend, staff)
    assert other.csrf != ann.csrf
    answer = ann.client.post("/sign-out", headers={"X-CSRFToken": other.csrf})
    assert answer.status_code == 400


def test_no_staff_answer_is_stored_and_each_says_what_it_may_do(ann: StaffBrowser, staff: Flask) -> None:
    recording_id = ann.backend.analysed()
    for rule, method in every_ask(staff):
        path = address(rule, recording_id=recording_id)
        answer = ann.client.open(path, method=method, headers=PAGE, buffered=True)
        assert answer.headers["Cache-Control"] == "no-store", f"{method} {rule.rule}"
        assert "default-src 'none'" in answer.headers["Content-Security-Policy"]
        assert "unsafe" not in answer.headers["Content-Security-Policy"]
        assert answer.headers["Referrer-Policy"] == "no-referrer"
        assert answer.headers["X-Content-Type-Options"] == "nosniff"
        assert answer.headers["X-Frame-Options"] == "DENY"


class _Page(HTMLParser):
    """Every tag and attribute of a page."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.tags: list[str] = []
        self.attributes: list[tuple[str, str, str]] = []
        self.feed(text)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append(tag)
        self.attributes += [(tag, name, value or "") for name, value in attrs]


def public_paths(app: Flask, entry_slug: str, publication: str) -> Iterator[str]:
    for rule in app.url_map.iter_rules():
        known = {
            "slug": entry_slug,
            "publication": publication,
            "name": "poster.jpg",
            "choices": "from-20",
            "kind": "sound",
        }
        yield address(rule, **known)


def test_no_public_address_sets_a_cookie_or_names_another_host(backend: Backend, public_app: Flask) -> None:
    recording_id, entry = published(backend)
    watching = [f"/s/{entry.slug}", f"/es/s/{entry.slug}"]
    viewer, paths = public_app.test_client(), list(public_paths(public_app, entry.slug, entry.publication_id))
    pages = 0
    for path in [*paths, "/no-such-page", "/s/aaaaaaa", f"/media/{entry.publication_id}/original"]:
        for method in ("GET", "HEAD", "OPTIONS", "POST", "DELETE"):
            answer = viewer.open(path, method=method, buffered=True, headers={"Cookie": "storyshelf=x; session=y"})
            assert "Set-Cookie" not in answer.headers
            assert "default-src 'none'" in answer.headers["Content-Security-Policy"]
            scripted = path in watching and method in {"GET", "HEAD"}
            assert ("script-src 'self';" in answer.headers["Content-Security-Policy"]) is scripted
            assert "unsafe" not in answer.headers["Content-Security-Policy"]
            assert answer.headers["Referrer-Policy"] == "no-referrer"
            assert answer.headers["X-Content-Type-Options"] == "nosniff"
            assert "Cookie" not in answer.headers.get("Vary", "")
            if answer.content_type.startswith("text/html"):
                pages += 1
                look_at(answer.text, 1 if scripted and method == "GET" else 0)
    assert pages > 10
    assert recording_id not in viewer.get("/").text


def look_at(text: str, scripts: int) -> None:
    page = _Page(text)
    assert page.tags.count("script") == text.count('<script src="/static/watch.js" type="module"></script>') == scripts
    assert "style" not in page.tags
    for tag, name, value in page.attributes:
        assert not name.startswith("on"), f"{tag} {name}"
        assert name != "style"
        if name in {"href", "src", "poster", "action", "srcset", "data", "content"}:
            own = value.startswith("http://localhost:8080/") and tag == "meta"
            assert own or "//" not in value, f"{tag} {name}={value}"


def test_staff_pages_hold_no_script_and_no_style_of_their_own(ann: StaffBrowser) -> None:
    recording_id, _ = published(ann.backend)
    for path in ("/", f"/recordings/{recording_id}", f"/recordings/{ann.backend.analysed(b'another')}", "/nothing"):
        text = ann.get(path).text
        page = _Page(text)
        assert "style" not in page.tags
        for tag, name, value in page.attributes:
            assert not name.startswith("on"), f"{tag} {name}"
            assert name != "style"
            own = value.startswith(ann.backend.settings.public_url)
            assert own or name not in {"href", "src"} or value.startswith(("/", "#")), f"{tag} {name}={value}"
        assert text.count("<script") == text.count("></script>")
        assert text.count("<script") == text.count('<script src="/static/')


def test_the_families_application_has_no_session(public_app: Flask) -> None:
    public_app.secret_key = secrets.token_hex()  # not even if somebody sets one
    with public_app.test_request_context("/"):
        assert isinstance(session._get_current_object(), NullSession)  # type: ignore[attr-defined] # a LocalProxy
        assert session.get("anything") is None
        with pytest.raises(RuntimeError):
            session["anything"] = 1


def test_with_https_browsers_are_told_to_stay_with_it(backend: Backend) -> None:
    urls = {"public_url": "https://shelf.example", "staff_url": "https://staff.example"}
    secure = backend.settings.model_validate(backend.settings.model_dump() | urls | {"https": True})
    for make in (families, staff_app):
        assert "Strict-Transport-Security" not in client_of(make(backend)).get("/healthz").headers
    backend.settings = secure
    for make in (families, staff_app):
        assert "max-age" in client_of(make(backend)).get("/healthz").headers["Strict-Transport-Security"]


def client_of(app: Flask) -> FlaskClient:
    return app.test_client()
