"""Roles, invitations, codes and the trail, as staff meet them."""

from __future__ import annotations

import re
import time
from urllib.parse import urlsplit

import pyotp
import pytest
from flask import Flask

from app.db.kinds import StaffRole
from app.services import audit
from app.web.guard import OPEN
from app.web.staff.deeds import DEEDS, STAFF_ROLES
from app.web.staff.roles import ALLOWED
from tests.app.backend import Backend
from tests.app.web.desk import PAGE, PASSWORD, StaffBrowser, csrf_in
from tests.app.web.test_guard import address, every_ask

ELSEWHERE = ("upload", "sign-in", "welcome", "withdraw", "service-sign-in", "service-welcome", "service-joined")
"""What is noted where it is done."""


@pytest.fixture
def admin(ann: StaffBrowser) -> StaffBrowser:
    return ann


def invited(ann: StaffBrowser, staff: Flask, login: str, role: StaffRole) -> StaffBrowser:
    """Somebody who came by a link that Ann made."""
    answer = ann.submit("/people/invite", role=role.value)
    assert answer.status_code == 201
    found = re.search(r"http://[^<]+(/welcome/[^<]+)<", answer.text)
    assert found is not None
    client = staff.test_client()
    token = csrf_in(client.get(found[1]))
    fields = {"csrf_token": token, "login": login, "password": PASSWORD, "again": PASSWORD}
    assert client.post(found[1], data=fields).status_code == 302
    return StaffBrowser(ann.backend, staff, login)


def done(backend: Backend) -> list[tuple[str, str, str]]:
    """The trail, the first first."""
    return [(one.who, one.what, one.about) for one in reversed(audit.trail(backend.db))]


def test_every_address_is_named_and_every_deed_has_words(staff: Flask) -> None:
    closed = {name for name, view in staff.view_functions.items() if not hasattr(view, OPEN)}
    assert closed == set(ALLOWED)
    assert {allowed.deed for allowed in ALLOWED.values()} - {""} | set(ELSEWHERE) == set(DEEDS)
    assert set(STAFF_ROLES) == set(StaffRole)


@pytest.mark.parametrize("role", StaffRole)
def test_every_address_is_walked_by_every_role(admin: StaffBrowser, staff: Flask, role: StaffRole) -> None:
    somebody = invited(admin, staff, "somebody", role)
    refused = 0
    for rule, method in every_ask(staff):
        if method in {"HEAD", "OPTIONS"} or rule.endpoint not in ALLOWED or rule.endpoint == "sign_in.out":
            continue
        answer = somebody.send(method, address(rule, user_id="nobody"), buffered=True)
        if role.covers(ALLOWED[rule.endpoint].role):
            assert answer.status_code != 403, f"{method} {rule.rule}"
        else:
            refused += 1
            assert answer.status_code == 403, f"{method} {rule.rule}"
            assert "Your account may not do that" in answer.text
    assert (refused == 0) is (role is StaffRole.ADMINISTRATOR)


def test_an_address_that_nobody_named_is_refused(admin: StaffBrowser, staff: Flask) -> None:
    # as if somebody had forgotten it: `ALLOWED` itself cannot be changed
    staff.view_functions["forgotten"] = lambda: "open"
    staff.url_map.add(type(next(staff.url_map.iter_rules()))("/forgotten", endpoint="forgotten"))
    assert admin.get("/forgotten").status_code == 403


def test_pages_offer_what_one_may_do(admin: StaffBrowser, staff: Flask) -> None:
    recording_id = admin.backend.analysed()
    path = f"/recordings/{recording_id}"
    offers = {
        StaffRole.UPLOADER: (),
        StaffRole.REVIEWER: ('id="review"',),
        StaffRole.PUBLISHER: ('id="review"', 'id="keeping"', "Remove this recording for good"),
    }
    everything = {'id="review"', 'id="keeping"', "Remove this recording for good"}
    for role, offered in offers.items():
        somebody = invited(admin, staff, role.value, role)
        text = somebody.get(path).text
        assert {what for what in everything if what in text} == set(offered)
        assert ("data-looker" in text) is (role is StaffRole.REVIEWER)
        assert "/people" not in text
        assert somebody.get("/").status_code == 200
    assert "/people" in admin.get(path).text


def test_a_role_holds_from_the_next_request_on(admin: StaffBrowser, staff: Flask) -> None:
    bob = invited(admin, staff, "bob", StaffRole.PUBLISHER)
    recording_id = admin.backend.analysed()
    assert bob.get(f"/recordings/{recording_id}/review").status_code == 200
    admin.submit(f"/people/{bob.who.user_id}/role", role="uploader")
    assert bob.get(f"/recordings/{recording_id}/review").status_code == 403
    admin.submit(f"/people/{bob.who.user_id}/disable")
    assert bob.get("/").status_code == 302
    assert admin.submit(f"/people/{bob.who.user_id}/role", role="king").status_code == 400
    last = admin.submit(f"/people/{admin.who.user_id}/disable")
    assert last.status_code == 409
    assert "last administrator" in last.text


def test_the_trail_says_what_was_done_and_nothing_else(admin: StaffBrowser, staff: Flask) -> None:
    recording_id = admin.backend.analysed()
    details = {"title": "Canary", "series": "", "age_group": "", "language": "", "description": ""}
    admin.submit(f"/recordings/{recording_id}", **details | {"title": ""})  # told what is wrong: nothing was done
    admin.submit(f"/recordings/{recording_id}", **details)
    admin.get(f"/recordings/{recording_id}")
    version = admin.send("GET", f"/recordings/{recording_id}/review").get_json()["version"]
    admin.send("PUT", f"/recordings/{recording_id}/edits", json={"version": version, "edits": []})
    admin.send("PUT", f"/recordings/{recording_id}/edits", json={"version": version, "edits": []})  # too late
    admin.submit("/recordings/removal", recording=recording_id)  # asks first
    admin.submit("/recordings/removal", recording=recording_id, sure="yes")
    assert done(admin.backend) == [
        ("ann", "details", recording_id),
        ("ann", "edit", recording_id),
        ("ann", "remove", recording_id),
    ]
    page, table = admin.get("/people/trail").text, admin.get("/people/trail.csv")
    assert "Removed a recording" in page
    assert table.content_type == "text/csv; charset=utf-8"
    assert f"ann,remove,{recording_id}" in table.text
    assert "Canary" not in page + table.text


def test_a_forgotten_password_is_replaced_by_a_link(admin: StaffBrowser, staff: Flask) -> None:
    bob = invited(admin, staff, "bob", StaffRole.REVIEWER)
    answer = admin.submit(f"/people/{bob.who.user_id}/password")
    found = re.search(r'<code class="address">([^<]+)</code>', answer.text)
    assert found is not None
    path = urlsplit(found[1]).path
    client = staff.test_client()
    page = client.get(path)
    assert "Please choose a new password" in page.text
    assert 'name="login"' not in page.text
    new = "staple of the stable"
    short = client.post(path, data={"csrf_token": csrf_in(page), "password": "short", "again": "short"})
    assert "at least 12" in short.text
    answer = client.post(path, data={"csrf_token": csrf_in(page), "password": new, "again": new})
    assert (answer.status_code, answer.headers["Location"]) == (302, "/")
    assert bob.get("/").status_code == 302, "signed out where they were"
    assert staff.test_client().get(path).status_code == 404


def test_codes_are_set_up_asked_for_and_turned_off(admin: StaffBrowser, staff: Flask) -> None:
    page = admin.get("/account").text
    found = re.search(r"<code>([A-Z2-7 ]+)</code>", page)
    assert found is not None
    assert "<svg" in page
    phone = pyotp.TOTP(found[1].replace(" ", ""))
    wrong = admin.submit("/account/codes", code="000000" if phone.now() != "000000" else "000001")
    assert wrong.status_code == 303
    (refused,) = re.findall(r'<div class="note bad" role="alert"><p>(.*?)</p>', admin.get("/account").text)
    assert "not the code" in refused
    admin.submit("/account/codes", code=phone.now())
    assert "You sign in with a code" in admin.get("/account").text
    client = staff.test_client()
    fields = {"csrf_token": csrf_in(client.get("/sign-in")), "login": "ann", "password": PASSWORD}
    assert client.post("/sign-in", data=fields).status_code == 200
    later = phone.at(int(time.time()) + 30)
    assert client.post("/sign-in", data=fields | {"code": later}).status_code == 302
    admin.submit("/account/codes/off", password=PASSWORD[1:])
    assert "You sign in with a code" in admin.get("/account").text
    admin.submit("/account/codes/off", password=PASSWORD)
    assert "Use codes from now on" in admin.get("/account").text


def test_ones_own_password_and_other_browsers(admin: StaffBrowser, staff: Flask) -> None:
    elsewhere = StaffBrowser(admin.backend, staff)
    assert "3 browsers" not in admin.get("/account").text
    assert "2 browsers" in admin.get("/account").text
    new = {"password": "staple of the stable", "again": "staple of the stable"}
    wrong = admin.submit("/account/password", old="not this one at all", **new)
    assert "This is not your password." in wrong.text
    assert elsewhere.get("/").status_code == 200
    assert admin.submit("/account/password", old=PASSWORD, **new).status_code == 302
    assert admin.get("/").status_code == 200
    assert elsewhere.get("/").status_code == 302
    assert "this browser alone" in admin.get("/account").text
    assert admin.submit("/account/sessions/end").status_code == 302


@pytest.mark.parametrize("login", ["ann", "nobody-at-all"])
def test_a_name_is_locked_after_ten_wrong_tries_whether_or_not_there_is_one(
    admin: StaffBrowser, staff: Flask, login: str
) -> None:
    client = staff.test_client()
    token = csrf_in(client.get("/sign-in"))

    def attempt(number: int, password: str) -> int:
        fields = {"csrf_token": token, "login": login.upper() if number % 2 else login, "password": password}
        elsewhere = {"REMOTE_ADDR": f"192.0.2.{number}"}
        return client.post("/sign-in", data=fields, headers=PAGE, environ_base=elsewhere).status_code

    assert [attempt(number, "a guess of a password") for number in range(11)] == [200] * 10 + [429]
    assert attempt(50, PASSWORD) == 429, "not even the right one now"


def test_signing_in_rightly_is_no_wrong_try(admin: StaffBrowser, staff: Flask) -> None:
    for number in range(12):
        client = staff.test_client()
        fields = {"csrf_token": csrf_in(client.get("/sign-in")), "login": "ann", "password": PASSWORD}
        elsewhere = {"REMOTE_ADDR": f"192.0.2.{number}"}
        assert client.post("/sign-in", data=fields, environ_base=elsewhere).status_code == 302
