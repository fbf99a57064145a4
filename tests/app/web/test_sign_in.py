"""Signing in, the first administrator's link, the cookie, and how often it may be tried."""

from __future__ import annotations

import pytest
from flask import Flask

from app.services import people
from tests.app.backend import Backend
from tests.app.web.desk import PAGE, PASSWORD, StaffBrowser, csrf_in, end_session, staff_app


@pytest.fixture
def link(backend: Backend) -> str:
    token = people.create_first_link(backend.db)
    assert token is not None
    return f"/welcome/{token}"


def test_the_first_administrator_comes_by_a_link_that_works_once(staff: Flask, link: str) -> None:
    client = staff.test_client()
    token = csrf_in(client.get(link))
    fields = {"csrf_token": token, "login": "Ann", "password": PASSWORD, "again": PASSWORD}
    answer = client.post(link, data=fields)
    assert (answer.status_code, answer.headers["Location"]) == (302, "/")
    assert ">ann<" in client.get("/").text
    stranger = staff.test_client()
    used = stranger.get(link)
    assert used.status_code == 404
    assert "This link has been used" in used.text
    assert stranger.post(link, data=fields | {"csrf_token": csrf_in(used)}).status_code == 404


@pytest.mark.parametrize(
    ("fields", "sentence"),
    [
        ({"password": "short", "again": "short"}, "at least 12 characters"),
        ({"again": "something else"}, "The two passwords are not the same."),
        ({"login": "", "password": PASSWORD}, "Please choose a name."),
        ({"login": "a\u200bb"}, "ordinary letters"),
    ],
)
def test_an_unfit_choice_is_told_in_a_sentence(staff: Flask, link: str, fields: dict[str, str], sentence: str) -> None:
    client = staff.test_client()
    good = {"csrf_token": csrf_in(client.get(link)), "login": "ann", "password": PASSWORD, "again": PASSWORD}
    answer = client.post(link, data=good | fields)
    assert answer.status_code == 200
    assert sentence in answer.text
    assert PASSWORD not in answer.text
    assert 'aria-invalid="true"' in answer.text


def test_signing_in_begins_a_new_session(ann: StaffBrowser, staff: Flask) -> None:
    client = staff.test_client()
    before = csrf_in(client.get("/sign-in"))
    answer = client.post("/sign-in", data={"csrf_token": before, "login": "ANN ", "password": PASSWORD})
    assert (answer.status_code, answer.headers["Location"]) == (302, "/")
    assert csrf_in(client.get("/")) != before
    with client.session_transaction() as session:
        assert set(session) == {"token", "csrf_token"}


def test_a_wrong_name_and_a_wrong_password_are_told_alike(ann: StaffBrowser, staff: Flask) -> None:
    client, texts = staff.test_client(), []
    for login, password in (("ann", "not this one at all"), ("bob", PASSWORD)):
        token = csrf_in(client.get("/sign-in"))
        answer = client.post("/sign-in", data={"csrf_token": token, "login": login, "password": password})
        assert answer.status_code == 200
        assert "Name, password or code is not right" in answer.text
        texts.append(answer.text.replace(login, "…").replace(csrf_in(answer), "…"))
    assert texts[0] == texts[1]


def test_guessing_is_slowed_down(staff: Flask) -> None:
    client = staff.test_client()
    token = csrf_in(client.get("/sign-in"))
    fields = {"csrf_token": token, "login": "ann", "password": "a guess of a password"}
    tries = [client.post("/sign-in", data=fields, headers=PAGE) for _ in range(11)]
    assert [answer.status_code for answer in tries] == [200] * 10 + [429]
    assert "Please wait a minute" in tries[-1].text
    assert client.get("/sign-in").status_code == 200


def test_the_cookie_is_for_this_server_alone(backend: Backend, ann: StaffBrowser, staff: Flask) -> None:
    cookie = staff.test_client().get("/sign-in").headers["Set-Cookie"]
    assert cookie.startswith("storyshelf=")
    assert "HttpOnly" in cookie
    assert "SameSite=Strict" in cookie
    assert "Secure" not in cookie
    assert "Expires" not in cookie
    assert "Domain" not in cookie
    urls = {"public_url": "https://shelf.example", "staff_url": "https://staff.example", "https": True}
    backend.settings = backend.settings.model_validate(backend.settings.model_dump() | urls)
    cookie = staff_app(backend).test_client().get("/sign-in", base_url="https://staff.example").headers["Set-Cookie"]
    assert cookie.startswith("__Host-storyshelf=")
    assert "Secure" in cookie
    assert "Path=/" in cookie


def test_a_session_ends_on_the_server(ann: StaffBrowser) -> None:
    end_session(ann.backend, ann.who.session_id)
    assert ann.get("/").headers["Location"] == "/sign-in"
    answer = ann.send("GET", "/progress")
    assert (answer.status_code, answer.text) == (401, "Please sign in again.")


def test_signing_out_ends_it_for_a_stolen_cookie_too(ann: StaffBrowser, staff: Flask) -> None:
    cookie = ann.client.get_cookie("storyshelf")
    assert cookie is not None
    thief = staff.test_client()
    thief.set_cookie("storyshelf", cookie.value)
    assert thief.get("/").status_code == 200
    ann.submit("/sign-out")
    assert thief.get("/", headers=PAGE).status_code == 302


def test_strangers_cannot_fill_the_disk_with_forms(staff: Flask) -> None:
    answer = staff.test_client().post(
        "/sign-in", data=b"x" * (2 << 20), content_type="application/x-www-form-urlencoded"
    )
    assert answer.status_code == 413
