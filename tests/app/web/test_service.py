"""Signing in through a service elsewhere, as staff meet it; and nothing of it where the library named none."""

from __future__ import annotations

import re
import time

import pyotp
import pytest
from flask import Flask
from sqlalchemy import update

from app.cli import health
from app.db.kinds import StaffRole
from app.db.models import User
from app.services import accounts, arriving, audit, codes, people
from app.web.staff.roles import ALLOWED
from tests.app.backend import Backend
from tests.app.web.desk import PAGE, PASSWORD, StaffBrowser, csrf_in
from tests.app.web.elsewhere import NAME, Elsewhere, come_back, joined, leave, through
from tests.app.web.test_accounts import done


def test_whoever_has_an_account_joins_it_after_its_password_and_signs_in(
    service: Elsewhere, ann: StaffBrowser, staff: Flask
) -> None:
    assert "Go to City account" in ann.get("/account").text
    joined(ann, service)
    assert "You may sign in with City account." in ann.get("/account").text
    assert service.prompts == ["login"], "asked for the password there, whoever is signed in on this machine"
    client = staff.test_client()
    assert f"Sign in with {NAME}" in client.get("/sign-in").text
    answer = through(client, service)
    assert (answer.status_code, answer.headers["Location"]) == (302, "/")
    assert ">ann<" in client.get("/", headers=PAGE).text
    with client.session_transaction() as session:
        assert set(session) == {"token", "csrf_token"}, "nothing of the way is kept"
    assert service.prompts == ["login", ""]
    assert done(ann.backend) == [("ann", "service-joined", ""), ("ann", "service-sign-in", "")]
    assert people.sign_in(ann.backend.db, ann.backend.settings, "ann", PASSWORD), "the password is as good as before"


def test_without_the_password_here_nobody_joins(service: Elsewhere, ann: StaffBrowser) -> None:
    answer = ann.submit("/account/service", password=PASSWORD[1:])
    assert answer.headers["Location"] == "/account#service"
    assert '<div class="note bad" role="alert"><p>This is not your password.' in ann.get("/account").text
    assert service.asked == []


def test_whoever_is_invited_chooses_a_name_and_signs_in_there(
    service: Elsewhere, ann: StaffBrowser, staff: Flask
) -> None:
    link = f"/welcome/{accounts.invite(ann.backend.db, StaffRole.REVIEWER)}"
    client = staff.test_client()
    page = client.get(link)
    assert f"Use {NAME} instead of a password" in page.text
    service.subject = "bob there"
    answer = through(client, service, f"{link}/service", login=" Bob")
    assert (answer.status_code, answer.headers["Location"]) == (302, "/")
    assert ">bob<" in client.get("/", headers=PAGE).text
    assert service.prompts == ["login"]
    bob = next(one for one in accounts.members(ann.backend.db) if one.login == "bob")
    assert (bob.role, bob.service, bob.password) == (StaffRole.REVIEWER, True, False)
    assert done(ann.backend) == [("bob", "service-welcome", "")]
    assert client.get(link).status_code == 404, "it worked once"
    assert "You have no password here." in client.get("/account", headers=PAGE).text
    assert "Through the sign-in service, without a password." in ann.get("/people").text
    again = staff.test_client()
    assert through(again, service).headers["Location"] == "/"


@pytest.mark.parametrize(
    ("login", "sentence"),
    [("", "Please choose a name."), ("a\u200bb", "ordinary letters"), ("ANN", "has that name already")],
)
def test_an_unfit_name_is_told_before_anybody_leaves(
    service: Elsewhere, ann: StaffBrowser, staff: Flask, login: str, sentence: str
) -> None:
    link = f"/welcome/{accounts.invite(ann.backend.db, StaffRole.REVIEWER)}"
    client = staff.test_client()
    answer = client.post(f"{link}/service", data={"csrf_token": csrf_in(client.get(link)), "login": login})
    assert answer.status_code == 200
    assert sentence in answer.text
    assert service.asked == []


def test_only_an_invitation_makes_an_account(service: Elsewhere, backend: Backend, staff: Flask) -> None:
    """Not the first administrator's link, lest nobody could come in without the service; nor one for a new password."""
    first = people.create_first_link(backend.db)
    client = staff.test_client()
    token = csrf_in(client.get(f"/welcome/{first}"))
    assert NAME not in client.get(f"/welcome/{first}").text
    assert people.accept_link(backend.db, backend.settings, str(first), "ann", PASSWORD)
    (ann,) = accounts.members(backend.db)
    for link in (first, accounts.new_password_link(backend.db, ann.id), "none"):
        answer = client.post(f"/welcome/{link}/service", data={"csrf_token": token, "login": "bob"})
        assert answer.status_code == 404
    assert service.asked == []


def test_a_code_from_the_phone_is_asked_for_as_well(service: Elsewhere, ann: StaffBrowser, staff: Flask) -> None:
    joined(ann, service)
    nonce = codes.new_nonce()
    with ann.backend.db.writing() as session:
        session.execute(update(User).values(code_nonce=nonce))
    phone = pyotp.TOTP(codes.secret_of(ann.backend.settings, ann.who.user_id, nonce))
    client = staff.test_client()
    answer = through(client, service)
    assert answer.headers["Location"] == "/sign-in/service/code"
    assert client.get("/", headers=PAGE).status_code == 302, "not signed in yet"
    page = client.get("/sign-in/service/code", headers=PAGE)
    fields = {"csrf_token": csrf_in(page)}
    right = phone.at(int(time.time()))
    wrong = "000000" if right != "000000" else "000001"
    assert "not the code" in client.post("/sign-in/service/code", data=fields | {"code": wrong}, headers=PAGE).text
    answer = client.post("/sign-in/service/code", data=fields | {"code": right}, headers=PAGE)
    assert (answer.status_code, answer.headers["Location"]) == (302, "/")
    assert ">ann<" in client.get("/", headers=PAGE).text
    assert done(ann.backend)[-1] == ("ann", "service-sign-in", "")
    late = staff.test_client()
    through(late, service)
    fields = {"csrf_token": csrf_in(late.get("/sign-in/service/code", headers=PAGE)), "code": right}
    assert "not the code" in late.post("/sign-in/service/code", data=fields, headers=PAGE).text, "it was used"


def test_wrong_codes_end_the_way_and_then_the_name(service: Elsewhere, ann: StaffBrowser, staff: Flask) -> None:
    joined(ann, service)
    with ann.backend.db.writing() as session:
        session.execute(update(User).values(code_nonce=codes.new_nonce()))
    told = []
    for number in range(2):
        client = staff.test_client()
        through(client, service)
        fields = {"csrf_token": csrf_in(client.get("/sign-in/service/code", headers=PAGE)), "code": "nothing"}
        for each in range(arriving.TRIES + 1):
            elsewhere = {"REMOTE_ADDR": f"192.0.2.{10 * number + each}"}
            answer = client.post("/sign-in/service/code", data=fields, headers=PAGE, environ_base=elsewhere)
            told.append(answer.status_code)
    assert told == [200] * arriving.TRIES + [409] + [200] * 4 + [429] * 2


def test_they_part_again(service: Elsewhere, ann: StaffBrowser, staff: Flask) -> None:
    joined(ann, service)
    other = StaffBrowser(ann.backend, staff)
    ann.submit("/account/service/part", password=PASSWORD[1:])
    assert "This is not your password." in ann.get("/account").text
    ann.submit("/account/service/part", password=PASSWORD)
    assert "Go to City account" in ann.get("/account").text
    assert other.get("/").status_code == 302, "signed out elsewhere"
    assert "No account here belongs" in through(staff.test_client(), service).text
    assert done(ann.backend)[-1] == ("ann", "service-parted", "")


def test_an_administrator_parts_somebody(service: Elsewhere, ann: StaffBrowser, staff: Flask) -> None:
    link = accounts.invite(ann.backend.db, StaffRole.UPLOADER)
    bob = staff.test_client()
    through(bob, service, f"/welcome/{link}/service", login="bob")
    found = re.search(r'action="(/people/([a-z2-7]+)/service/part)"', ann.get("/people").text)
    assert found is not None
    assert ann.submit(found[1]).headers["Location"] == "/people"
    assert bob.get("/", headers=PAGE).status_code == 302
    assert "No account here belongs" in through(staff.test_client(), service).text
    assert done(ann.backend)[-1] == ("ann", "member-service-parted", found[2])
    anew = accounts.new_password_link(ann.backend.db, found[2])
    assert people.change_password(ann.backend.db, ann.backend.settings, anew, PASSWORD), "the way back"


def test_a_service_that_sends_no_redirect_issuer_or_wants_the_secret_in_the_form(
    service: Elsewhere, ann: StaffBrowser, staff: Flask
) -> None:
    joined(ann, service)
    service.offers = {"token_endpoint_auth_methods_supported": ["client_secret_post", "private_key_jwt"]}
    assert through(staff.test_client(), service).headers["Location"] == "/"


def test_nothing_is_asked_of_it_before_somebody_leaves(service: Elsewhere, ann: StaffBrowser, staff: Flask) -> None:
    for path in ("/sign-in", "/", "/account", "/people", "/sign-in/service/back?code=1&state=2"):
        ann.get(path)
    assert service.asked == []
    leave(staff.test_client())
    assert service.asked == ["/.well-known/openid-configuration"]


class TestOff:
    """As it comes."""

    def test_no_address_answers_and_no_page_speaks_of_it(self, ann: StaffBrowser, staff: Flask) -> None:
        rules = [rule for rule in staff.url_map.iter_rules() if rule.endpoint.startswith("service.")]
        assert len(rules) == 8
        link = accounts.invite(ann.backend.db, StaffRole.UPLOADER)
        for rule in rules:
            path = rule.rule.replace("<token>", link).replace("<user_id>", ann.who.user_id)
            for method in (rule.methods or set()) & {"GET", "POST"}:
                assert ann.client.open(path, method=method, headers=PAGE | {"X-CSRFToken": ann.csrf}).status_code == 404
                stranger = staff.test_client()
                token = {"X-CSRFToken": csrf_in(stranger.get("/sign-in"))}
                answer = stranger.open(path, method=method, headers=PAGE | token)
                assert answer.status_code == (401 if rule.endpoint in ALLOWED else 404), path
        for path in ("/sign-in", f"/welcome/{link}", "/account", "/people"):
            text = ann.get(path).text
            assert "service" not in text, path

    def test_whoever_has_no_password_cannot_sign_in_with_none(self, ann: StaffBrowser) -> None:
        with ann.backend.db.writing() as session:
            session.execute(update(User).values(password_hash=""))
        for password in ("", "x" * 12, PASSWORD):
            assert people.sign_in(ann.backend.db, ann.backend.settings, "ann", password) is None
            assert not people.is_right_password(ann.backend.db, ann.who.user_id, password)


def test_the_way_back_is_the_one_that_is_registered(service: Elsewhere, backend: Backend, staff: Flask) -> None:
    wanted = leave(staff.test_client())
    assert wanted["redirect_uri"] == f"{backend.settings.staff_url}/sign-in/service/back"
    assert "tenant" in wanted, "what the service's own address holds stays"
    assert len({wanted["state"], wanted["nonce"], wanted["code_challenge"]}) == 3
    assert min(len(wanted[part]) for part in ("state", "nonce", "code_challenge")) >= 43
    other = leave(staff.test_client())
    assert not {wanted[part] for part in ("state", "nonce")} & {other[part] for part in ("state", "nonce")}


def test_somebody_who_says_no_there_is_told(service: Elsewhere, ann: StaffBrowser, staff: Flask) -> None:
    client = staff.test_client()
    wanted = leave(client)
    answer = come_back(client, error="access_denied", error_description="<b>no</b>", state=wanted["state"])
    assert answer.status_code == 422
    assert "nobody was signed in" in answer.text
    assert audit.trail(ann.backend.db) == ()


def test_doctor_asks_the_service_only_where_one_is_named(
    service: Elsewhere, backend: Backend, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("STORYSHELF_DATA", str(backend.settings.data))
    monkeypatch.setenv("STORYSHELF_SECRET_KEY", "s" * 40)
    assert not health._is_set("oidc_issuer")
    for name, value in service.settings().items():
        monkeypatch.setenv(f"STORYSHELF_{name.upper()}", value)
    assert health._is_set("oidc_issuer")
    assert health._service() is None
    service.keys = [{"kty": "oct", "k": "AAAA"}]
    assert "does not answer as it should" in str(health._tried(health._service))
    service.offers = {"issuer": "https://login.evil.example"}
    assert "(issuer)" in str(health._tried(health._service))
    monkeypatch.setenv("STORYSHELF_OIDC_NAME", "")
    assert not health._is_set("oidc_issuer"), "what is wrong with the settings is told by itself"
