"""Getting in through a service elsewhere as somebody else: its word played again, an account that is none or not theirs, a session planted."""

from __future__ import annotations

import pytest
from flask import Flask
from flask.testing import FlaskClient
from joserfc import jwt
from sqlalchemy import select, update

from app.db.asks import ServiceAsk
from app.db.engine import now
from app.db.kinds import StaffRole
from app.db.models import User
from app.services import accounts, arriving, oidc, people
from tests.app.backend import Backend
from tests.app.web.desk import PAGE, PASSWORD, StaffBrowser, csrf_in
from tests.app.web.elsewhere import SUBJECT, Elsewhere, come_back, key, leave, onward, through
from tests.app.web.forged import LATE, REFUSED, nobody_in, said
from tests.app.web.test_hostile_sign_in import AWAY


class TestPlayedAgain:
    """What was used once, or belongs to another browser."""

    def test_the_same_return_twice(self, service: Elsewhere, client: FlaskClient, staff: Flask) -> None:
        wanted = leave(client)
        with client.session_transaction() as session:
            held = dict(session)
        given = {"code": service.give_code(wanted), "state": wanted["state"]}
        assert come_back(client, **given).headers["Location"] == "/"
        assert LATE in come_back(client, **given).text
        thief = staff.test_client()
        with thief.session_transaction() as session:
            session.update(held)  # the cookie as it was, from a backup of the browser
        service.codes[given["code"]] = wanted | {"subject": SUBJECT}
        assert LATE in come_back(thief, **given).text
        assert nobody_in(thief)

    def test_a_code_that_was_used(self, service: Elsewhere, client: FlaskClient, staff: Flask) -> None:
        wanted = leave(client)
        code = service.give_code(wanted)
        assert come_back(client, code=code, state=wanted["state"]).headers["Location"] == "/"
        thief = staff.test_client()
        other = leave(thief)
        assert REFUSED in come_back(thief, code=code, state=other["state"]).text
        assert nobody_in(thief)

    def test_a_stolen_code_in_another_browser(self, service: Elsewhere, client: FlaskClient, staff: Flask) -> None:
        """Its verifier is not the thief's."""
        wanted = leave(client)
        stolen = service.give_code(wanted)
        thief = staff.test_client()
        other = leave(thief)
        assert REFUSED in come_back(thief, code=stolen, state=other["state"]).text
        assert nobody_in(thief)

    def test_a_token_that_was_given_for_another_ask(
        self, service: Elsewhere, client: FlaskClient, staff: Flask
    ) -> None:
        wanted = leave(client)
        service.token = jwt.encode(service.header, said(service, wanted), key())
        thief = staff.test_client()
        other = leave(thief)
        assert REFUSED in come_back(thief, code=service.give_code(other), state=other["state"]).text

    @pytest.mark.parametrize("state", ["", "made-up", "é", "x" * 2000])
    def test_a_return_that_this_browser_did_not_ask_for(
        self, service: Elsewhere, client: FlaskClient, state: str
    ) -> None:
        """Somebody is led into a thief's account by a link."""
        wanted = leave(client)
        answer = come_back(client, code=service.give_code(wanted), state=state)
        assert (answer.status_code, LATE in answer.text) == (409, True)
        answer = come_back(client, code=service.give_code(wanted), state=wanted["state"])
        assert LATE in answer.text, "and the ask is used up"
        assert nobody_in(client)

    def test_a_thief_s_return_in_a_browser_that_left_by_itself(
        self, service: Elsewhere, client: FlaskClient, staff: Flask
    ) -> None:
        thief = staff.test_client()
        theirs = leave(thief)
        leave(client)
        assert LATE in come_back(client, code=service.give_code(theirs), state=theirs["state"]).text

    def test_a_return_to_a_browser_that_never_left(self, service: Elsewhere, staff: Flask) -> None:
        stranger = staff.test_client()
        assert LATE in come_back(stranger, code="a", state="b").text
        assert service.asked == []

    def test_too_late(self, service: Elsewhere, client: FlaskClient, backend: Backend) -> None:
        wanted = leave(client)
        with backend.db.writing() as session:
            session.execute(update(ServiceAsk).values(expires_at=now()))
        assert LATE in come_back(client, code=service.give_code(wanted), state=wanted["state"]).text

    def test_as_an_answer_of_another_service(self, service: Elsewhere, client: FlaskClient) -> None:
        wanted = leave(client)
        given = {"code": service.give_code(wanted), "state": wanted["state"], "iss": "https://login.evil.example"}
        assert REFUSED in come_back(client, **given).text
        assert "/token" not in service.asked, "our code went nowhere"


class TestWho:
    """The service's word is good, and nobody is let in by it who was not before."""

    def test_nobody_is_made_an_account_by_signing_in(
        self, service: Elsewhere, client: FlaskClient, backend: Backend
    ) -> None:
        service.subject = "a stranger"
        answer = through(client, service)
        assert (answer.status_code, "No account here belongs" in answer.text) == (422, True)
        assert [one.login for one in accounts.members(backend.db)] == ["ann"]
        assert nobody_in(client)

    def test_nor_let_in_by_a_name_or_an_address(
        self, service: Elsewhere, client: FlaskClient, backend: Backend
    ) -> None:
        link = accounts.invite(backend.db, StaffRole.ADMINISTRATOR)
        people.accept_link(backend.db, backend.settings, link, "bob@library.example", PASSWORD)
        for claims in ({"email": "bob@library.example"}, {"preferred_username": "bob@library.example"}, {}):
            service.subject, service.claims = "bob@library.example", dict(claims)
            assert "No account here belongs" in through(client, service).text

    def test_nor_who_differs_by_a_letter(self, service: Elsewhere, client: FlaskClient) -> None:
        for other in (SUBJECT.upper(), f"{SUBJECT} ", SUBJECT[:-1], f"{SUBJECT}\u0301"):
            service.subject = other
            assert through(client, service).status_code == 422
        assert nobody_in(client)

    def test_nor_an_account_of_the_service_before(
        self, service: Elsewhere, client: FlaskClient, backend: Backend
    ) -> None:
        with backend.db.writing() as session:
            session.execute(update(User).values(service_issuer="https://login.old.example"))
        assert "No account here belongs" in through(client, service).text

    def test_nor_who_is_locked_out(self, service: Elsewhere, client: FlaskClient, backend: Backend) -> None:
        with backend.db.writing() as session:
            session.execute(update(User).values(disabled=True))
        told = []
        for service.subject in ("a stranger", SUBJECT):
            answer = through(client, service)
            assert answer.status_code == 422
            told.append(answer.text.replace(csrf_in(answer), "…"))
        assert told[0] == told[1], "told alike"

    def test_nor_who_is_locked_out_before_their_code(
        self, service: Elsewhere, client: FlaskClient, backend: Backend
    ) -> None:
        with backend.db.writing() as session:
            session.execute(update(User).values(code_nonce="00"))
        assert through(client, service).headers["Location"] == "/sign-in/service/code"
        fields = {"csrf_token": csrf_in(client.get("/sign-in/service/code", headers=PAGE)), "code": "123456"}
        with backend.db.writing() as session:
            session.execute(update(User).values(disabled=True))
        assert LATE in client.post("/sign-in/service/code", data=fields, headers=PAGE).text

    def test_two_do_not_share_one(self, service: Elsewhere, client: FlaskClient, backend: Backend) -> None:
        link = accounts.invite(backend.db, StaffRole.ADMINISTRATOR)
        answer = through(client, service, f"/welcome/{link}/service", login="bob")
        assert (answer.status_code, "signs in with that account already" in answer.text) == (409, True)
        assert people.link_purpose(backend.db, link) is not None, "the invitation is not used up"
        people.accept_link(backend.db, backend.settings, link, "bob", PASSWORD)
        bob = StaffBrowser(backend, client.application, "bob")
        answer = through(bob.client, service, "/account/service", password=PASSWORD)
        assert answer.status_code == 409
        assert through(client, service).headers["Location"] == "/"
        assert ">ann<" in client.get("/", headers=PAGE).text

    def test_an_invitation_that_ended_meanwhile_makes_nobody(
        self, service: Elsewhere, client: FlaskClient, backend: Backend
    ) -> None:
        link = accounts.invite(backend.db, StaffRole.ADMINISTRATOR)
        wanted = leave(client, f"/welcome/{link}/service", login="bob")
        people.accept_link(backend.db, backend.settings, link, "carl", PASSWORD)
        code = service.give_code(wanted, "bob there")
        assert LATE in come_back(client, code=code, state=wanted["state"]).text
        assert [one.login for one in accounts.members(backend.db)] == ["ann", "carl"]

    def test_joining_is_for_who_left_to_join(
        self, service: Elsewhere, ann: StaffBrowser, staff: Flask, backend: Backend
    ) -> None:
        """Ann left, and somebody else is signed in in this browser when it comes back; or nobody is."""
        people.accept_link(
            backend.db, backend.settings, accounts.invite(backend.db, StaffRole.UPLOADER), "bob", PASSWORD
        )
        bob = StaffBrowser(backend, staff, "bob")
        for other in (bob.client, staff.test_client()):
            wanted = leave(ann.client, "/account/service", password=PASSWORD)
            with ann.client.session_transaction() as session:
                asked = session["asked"]
            with other.session_transaction() as session:
                session["asked"] = asked
            code = service.give_code(wanted, "another there")
            assert LATE in come_back(other, code=code, state=wanted["state"]).text
        with backend.db.reading() as session:
            assert set(session.scalars(select(User.service_subject))) == {None}


class TestPlanted:
    """A thief's session in somebody's browser, and ways out."""

    def test_a_planted_session_stays_the_thief_s(self, service: Elsewhere, client: FlaskClient, staff: Flask) -> None:
        thief = staff.test_client()
        wanted = leave(thief)
        planted = thief.get_cookie("storyshelf")
        assert planted is not None
        client.set_cookie("storyshelf", planted.value)
        answer = come_back(client, code=service.give_code(wanted), state=wanted["state"])
        assert answer.headers["Location"] == "/"
        assert not nobody_in(client)
        assert nobody_in(thief)
        assert LATE in come_back(thief, code=service.give_code(wanted), state=wanted["state"]).text

    def test_leaving_takes_a_form_of_ours(self, service: Elsewhere, client: FlaskClient) -> None:
        assert client.get("/sign-in/service", headers=PAGE).status_code in {302, 405}
        assert client.post("/sign-in/service", headers=PAGE).status_code == 400
        assert service.asked == []

    @pytest.mark.parametrize("away", AWAY)
    def test_nobody_is_sent_elsewhere(self, service: Elsewhere, client: FlaskClient, away: str) -> None:
        names = ("next", "url", "return_to", "redirect_uri", "target")
        wanted = leave(client, f"/sign-in/service?next={away}", **dict.fromkeys(names, away))
        assert "evil" not in str(wanted)
        given = dict.fromkeys(names, away) | {"state": wanted["state"], "code": service.give_code(wanted)}
        bare = client.get("/sign-in/service/back", query_string=given, headers=PAGE)
        assert onward(bare).startswith("/sign-in/service/arrive?")
        assert "evil" not in onward(bare)
        assert client.get(onward(bare), headers=PAGE).headers["Location"] == "/"

    @pytest.mark.parametrize(
        "text", ['"><script>alert(1)</script>', "a;url=https://evil.example", "x" * 3000, "\r\nA: b"]
    )
    def test_what_comes_back_with_the_browser_is_only_handed_on(
        self, service: Elsewhere, staff: Flask, text: str
    ) -> None:
        bare = staff.test_client().get("/sign-in/service/back", query_string={"code": text, "state": text})
        assert onward(bare).startswith("/sign-in/service/arrive")
        assert text not in bare.text

    def test_a_code_is_no_way_past_the_service(self, service: Elsewhere, client: FlaskClient) -> None:
        """An ask of one kind is none of the other."""
        wanted = leave(client)
        assert LATE in client.get("/sign-in/service/code", headers=PAGE).text
        assert come_back(client, code=service.give_code(wanted), state=wanted["state"]).headers["Location"] == "/"

    def test_nor_is_half_of_it_a_way_in(self, service: Elsewhere, client: FlaskClient, backend: Backend) -> None:
        with backend.db.writing() as session:
            session.execute(update(User).values(code_nonce="00"))
        through(client, service)
        with client.session_transaction() as session:
            half = session["asked"]
            session["token"] = half
        assert nobody_in(client)
        state = oidc.way_of(backend.settings, half).state
        assert LATE in come_back(client, code="any", state=state).text
        with pytest.raises(Exception, match="service-late"):
            arriving.give_code(backend.db, backend.settings, half, "123456")
