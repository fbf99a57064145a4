"""Getting in where one does not belong: planted sessions, ways out to other websites, and asking who is on the staff."""

from __future__ import annotations

import re
from typing import Literal

import pytest
from flask import Flask
from flask.sessions import SecureCookieSessionInterface
from flask.testing import FlaskClient
from sqlalchemy import update

from app.db.kinds import StaffRole
from app.db.models import User
from app.services import codes, people
from app.services.accounts import invite
from tests.app.backend import Backend
from tests.app.quickly import Hasher
from tests.app.web.desk import PAGE, PASSWORD, StaffBrowser, csrf_in, staff_app

GUESS = "a guess of a password"


def sign_in(client: FlaskClient, login: str, password: str = PASSWORD, where: str = "/sign-in", **more: str) -> str:
    """Signs in as a browser does: where the answer leads, or what the page says."""
    token = csrf_in(client.get("/sign-in"))
    answer = client.post(where, data={"csrf_token": token, "login": login, "password": password, **more}, headers=PAGE)
    said = answer.text.replace(csrf_in(answer), "…") if "Location" not in answer.headers else ""
    return answer.headers.get("Location") or re.sub(r'value="[^"]*"', 'value="…"', said)


def cookie_of(client: FlaskClient) -> str:
    cookie = client.get_cookie("storyshelf")
    assert cookie is not None
    return cookie.value


class TestPlanted:
    """A thief puts a session of their own choosing into somebody's browser and waits until they sign in."""

    def test_a_planted_session_stays_the_thief_s(self, ann: StaffBrowser, staff: Flask) -> None:
        thief, victim = staff.test_client(), staff.test_client()
        csrf = csrf_in(thief.get("/sign-in"))
        planted = cookie_of(thief)
        victim.set_cookie("storyshelf", planted)
        assert csrf_in(victim.get("/sign-in")) == csrf, "it is planted"
        assert sign_in(victim, "ann") == "/"
        assert victim.get("/", headers=PAGE).status_code == 200
        assert cookie_of(victim) != planted
        assert thief.get("/", headers=PAGE).status_code == 302, "the planted one opens nothing"
        for token in (csrf, csrf_in(thief.get("/sign-in"))):
            answer = victim.post("/account/sessions/end", headers={"X-CSRFToken": token})
            assert answer.status_code == 400, "nor does the thief know the form token"

    def test_who_was_signed_in_before_is_so_no_more(self, ann: StaffBrowser, staff: Flask) -> None:
        """The thief's own account, planted: what is done after signing in must not end up there."""
        token = invite(ann.backend.db, StaffRole.UPLOADER)
        held = people.accept_link(ann.backend.db, ann.backend.settings, token, "mallory", PASSWORD)
        victim = staff.test_client()
        with victim.session_transaction() as session:
            session["token"], session["nonce"] = held, "known to the thief"
        assert ">mallory<" in victim.get("/", headers=PAGE).text
        assert sign_in(victim, "ann") == "/"
        assert ">ann<" in victim.get("/", headers=PAGE).text
        with victim.session_transaction() as session:
            assert "nonce" not in session
            assert session["token"] != held

    def test_a_session_of_one_s_own_making_is_none(self, backend: Backend, ann: StaffBrowser, staff: Flask) -> None:
        other = Flask("other")
        other.secret_key = "x" * 32
        with ann.client.session_transaction() as session:
            held = session["token"]
        signer = SecureCookieSessionInterface().get_signing_serializer(other)
        assert signer is not None
        body, stamp, _ = cookie_of(ann.client).split(".")
        for made in (signer.dumps({"token": held}), held, "", f"{body}.{stamp}.", f"{body}.{stamp}.AAAA", body):
            stranger = staff.test_client()
            stranger.set_cookie("storyshelf", made)
            assert stranger.get("/", headers=PAGE).status_code == 302


AWAY = ("https://evil.example/", "//evil.example", "/\\evil.example", "javascript:alert(1)", "%2F%2Fevil.example")


class TestWaysOut:
    """Nobody who signs in is sent to another website."""

    @pytest.mark.parametrize("away", AWAY)
    def test_whatever_the_address_of_the_form_holds(self, ann: StaffBrowser, staff: Flask, away: str) -> None:
        for name in ("next", "url", "return_to"):
            assert sign_in(staff.test_client(), "ann", where=f"/sign-in?{name}={away}", **{name: away}) == "/"

    @pytest.mark.parametrize(
        "path", ["//evil.example/", "/\\evil.example", "/%2F%2Fevil.example", "///evil.example/.."]
    )
    def test_whatever_page_was_asked_for(self, staff: Flask, public_app: Flask, ann: StaffBrowser, path: str) -> None:
        for client in (staff.test_client(), public_app.test_client(), ann.client):
            answer = client.get(path, headers=PAGE | {"Referer": "https://evil.example/", "Origin": "null"})
            goes = answer.headers.get("Location", "/")
            # the server's own name may stand there, as the visitor typed it
            assert re.match(r"(http://localhost)?/(?![/\\])", goes), goes

    @pytest.mark.parametrize("name", ["Host", "X-Forwarded-Host", "X-Original-URL", "X-Forwarded-Prefix"])
    def test_whatever_a_proxy_could_say(self, staff: Flask, name: str) -> None:
        answer = staff.test_client().get("/recordings/abc", headers=PAGE | {name: "evil.example"})
        assert (answer.status_code, answer.headers["Location"]) == (302, "/sign-in")


class Counting(Hasher):
    """Keeps each hash that a password was held against."""

    def __init__(self) -> None:
        super().__init__()
        self.seen: list[str | bytes] = []

    def verify(self, hash: str | bytes, password: str | bytes) -> Literal[True]:
        self.seen.append(hash)
        return super().verify(hash, password)


@pytest.fixture
def counting(monkeypatch: pytest.MonkeyPatch) -> Counting:
    made = Counting()
    monkeypatch.setattr(people, "_HASHER", made)
    return made


@pytest.mark.parametrize("login", ["ann", "nobody", "lou", "kim", "", "Ann\0", "x" * 121, "ａｎｎ", "' or 1=1 --"])
def test_asking_who_is_on_the_staff_tells_nothing(
    backend: Backend, ann: StaffBrowser, staff: Flask, counting: Counting, login: str
) -> None:
    """Known, unknown, locked out, with a code, no name at all: one answer, and the same work is done for it.

    The work is counted and not timed: one verification, of a hash that is as costly as any.
    """
    for name in ("lou", "kim"):
        people.accept_link(backend.db, backend.settings, invite(backend.db, StaffRole.UPLOADER), name, PASSWORD)
    with backend.db.writing() as session:
        session.execute(update(User).where(User.login == "lou").values(disabled=True))
        session.execute(update(User).where(User.login == "kim").values(code_nonce=codes.new_nonce()))
    as_for_nobody = sign_in(staff_app(backend).test_client(), "nobody-at-all", GUESS)
    counting.seen.clear()
    assert "is not right" in as_for_nobody
    said = sign_in(staff.test_client(), login, GUESS)
    if not login or len(login) > people.LOGIN_MOST:  # the form itself says so, of every such name
        assert "is not right" not in said
        assert counting.seen == []
        return
    assert said == as_for_nobody
    (held_against,) = counting.seen
    cost = re.match(r"\$argon2id\$v=19\$m=\d+,t=\d+,p=\d+\$", people._NOBODY)
    assert cost is not None
    assert str(held_against).startswith(cost[0])


@pytest.mark.parametrize("login", ["lou", "kim"])
def test_nor_does_the_right_password_of_who_may_not_come_in(
    backend: Backend, ann: StaffBrowser, staff: Flask, counting: Counting, login: str
) -> None:
    """Locked out, or without the code: told as for a wrong one."""
    people.accept_link(backend.db, backend.settings, invite(backend.db, StaffRole.UPLOADER), login, PASSWORD)
    change = {"disabled": True} if login == "lou" else {"code_nonce": codes.new_nonce()}
    with backend.db.writing() as session:
        session.execute(update(User).where(User.login == login).values(change))
    assert sign_in(staff.test_client(), login) == sign_in(staff.test_client(), "nobody")
    assert len(counting.seen) == 2
