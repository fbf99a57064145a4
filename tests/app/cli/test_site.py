"""`doctor --site`: a site of ours passes every trial that its settings can pass, and each trial can fail."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from click.testing import CliRunner
from flask import Flask, Response, request

from app.cli import storyshelf
from app.cli.site import site_promises
from app.services import selfcheck
from media_pipeline.core.errors import Fault
from tests.app.backend import Backend
from tests.app.web.desk import families
from tests.app.web.stories import ABOUT, BEARS, told
from tests.serving import served

HTTP = "Connections are encrypted"


@contextmanager
def serving(app: Flask) -> Iterator[str]:
    with served(app) as port:
        yield f"http://127.0.0.1:{port}"


@pytest.fixture
def shelf(backend: Backend) -> Flask:
    told(backend, BEARS, ABOUT, captions=True, bodies={"video.mp4": bytes(1000)})
    return families(backend)


def broken(url: str) -> set[str]:
    return {promise for promise, trouble in site_promises(url) if trouble is not None}


def test_ours_passes(shelf: Flask) -> None:
    with serving(shelf) as url:
        assert broken(url) == {HTTP}


def answers(change: Callable[[Response], object]) -> Callable[[Flask], object]:
    def apply(app: Flask) -> None:
        def after(response: Response) -> Response:
            change(response)
            return response

        app.after_request_funcs.setdefault(None, []).insert(0, after)  # the last to be heard

    return apply


def says(text: bytes) -> Callable[[Response], None]:
    def add(response: Response) -> None:
        if response.mimetype == "text/html":
            response.data = response.data + text

    return add


def whole(response: Response) -> None:
    if response.status_code == 206:
        response.status_code = 200


@pytest.mark.parametrize(
    ("spoiled", "promise"),
    [
        (answers(lambda r: r.set_cookie("id", "1")), "No page sets a cookie"),
        (answers(lambda r: r.headers.remove("Referrer-Policy")), "Every page says"),
        (answers(lambda r: r.headers.set("Content-Security-Policy", "default-src *")), "Every page says"),
        (answers(lambda r: r.headers.remove("X-Content-Type-Options")), "Every page says"),
        (answers(says(b'<img src="https://count.example/x.gif">')), "No page names another host"),
        (answers(says(b"<script>count()</script>")), "No page names another host"),
        (answers(says(b'<script src="/static/progress.js?localStorage"></script>')), "none"),
        (answers(whole), "Films come in the ranges"),
        (answers(lambda r: r.headers.set("Cache-Control", "public, max-age=9999")), "Films come in the ranges"),
    ],
)  # fmt: skip
def test_each_trial_can_fail(shelf: Flask, spoiled: Callable[[Flask], object], promise: str) -> None:
    spoiled(shelf)
    with serving(shelf) as url:
        found = broken(url) - {HTTP}
    assert len(found) == (promise != "none")
    assert all(one.startswith(promise) for one in found)


def test_a_script_that_keeps_something_is_found(shelf: Flask) -> None:
    answers(says(b'<script src="/keeps.js"></script>'))(shelf)
    shelf.add_url_rule("/keeps.js", endpoint="keeps", view_func=lambda: Response("localStorage.x = 1"))
    with serving(shelf) as url:
        assert broken(url) - {HTTP} == {"No script keeps anything in the browser"}


def test_a_log_that_holds_the_visit_is_found(backend: Backend, shelf: Flask, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("STORYSHELF_DATA", str(backend.settings.data))
    monkeypatch.setenv("STORYSHELF_SECRET_KEY", "s" * 40)
    log = backend.settings.logs / "public.log"

    def write() -> None:
        with log.open("a") as file:
            file.write(request.headers["User-Agent"] + "\n")

    with serving(shelf) as url:
        assert broken(url) == {HTTP}
        shelf.before_request_funcs.setdefault(None, []).append(write)
        assert broken(url) == {HTTP, "No log on this machine holds this visit"}


def test_that_it_held_is_told_on_the_privacy_page_until_it_does_not(
    backend: Backend, shelf: Flask, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("STORYSHELF_DATA", str(backend.settings.data))
    monkeypatch.setenv("STORYSHELF_SECRET_KEY", "s" * 40)
    privacy = shelf.test_client().get
    assert "last checked itself" not in privacy("/privacy").text
    monkeypatch.setattr("app.cli.site._encrypted", lambda *_: None)
    with serving(shelf) as url:
        monkeypatch.setenv("STORYSHELF_PUBLIC_URL", url)
        assert broken(url) == set()
        assert "It last checked itself on " in privacy("/privacy").text
        assert "Se revisó a sí mismo por última vez el " in privacy("/es/privacy").text
        monkeypatch.undo()
        monkeypatch.setenv("STORYSHELF_DATA", str(backend.settings.data))
        monkeypatch.setenv("STORYSHELF_SECRET_KEY", "s" * 40)
        monkeypatch.setenv("STORYSHELF_PUBLIC_URL", url)
        assert broken(url) == {HTTP}
    assert selfcheck.last(backend.settings) is None


@pytest.mark.parametrize("url", ["shelf.example", "ftp://shelf.example", "http://", "http://127.0.0.1:1"])
def test_what_is_no_site_is_a_fault(url: str) -> None:
    with pytest.raises(Fault):
        broken(url)


def test_the_command_says_each_promise_and_fails(shelf: Flask, tmp_path: Path) -> None:
    assert tmp_path.is_dir()
    with serving(shelf) as url:
        answer = CliRunner().invoke(storyshelf, ["doctor", "--site", url])
    assert answer.exit_code == 1
    assert f"FAIL {HTTP} – it is plain HTTP" in answer.output
    assert answer.output.count("ok   ") == 6
