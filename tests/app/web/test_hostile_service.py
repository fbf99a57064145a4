"""Getting in through a service elsewhere where one does not belong: its word forged, played again, meant for others, or not for us."""

from __future__ import annotations

import base64
import hmac
import time
from collections.abc import Callable
from typing import Any

import pytest
from flask import Flask, Response
from flask.testing import FlaskClient
from joserfc import jwt
from joserfc.jwk import OctKey
from sqlalchemy import select

from app.db.asks import ServiceAsk
from app.services import audit, fetching, oidc
from app.services.logs import configure_logging
from tests.app.backend import Backend
from tests.app.web.desk import PAGE, PASSWORD, StaffBrowser, csrf_in
from tests.app.web.elsewhere import CLIENT, SECRET, SUBJECT, Elsewhere, come_back, key, leave, through
from tests.app.web.forged import AWAY_NOW, REFUSED, by_hand, by_its_own, nobody_in, said, unsigned


def test_a_token_that_is_right_in_everything_opens(service: Elsewhere, client: FlaskClient) -> None:
    """What all the tests below change one thing of."""
    assert through(client, service).headers["Location"] == "/"
    assert not nobody_in(client)


CLAIMS: dict[str, dict[str, object]] = {
    "of another issuer": {"iss": "https://login.evil.example"},
    "of an issuer that is ours but for a slash": {"iss": "/"},
    "of no issuer": {"iss": None},
    "for others": {"aud": "another"},
    "for others who begin alike": {"aud": f"{CLIENT}-other"},
    "for others, though asked for by us": {"aud": "another", "azp": CLIENT},
    "for nobody": {"aud": None},
    "for us and others, and asked for by others": {"aud": [CLIENT, "another"], "azp": "another"},
    "for us and others, and nobody says who asked": {"aud": [CLIENT, "another"]},
    "for us, asked for by others": {"azp": "another"},
    "over": {"exp": int(time.time()) - 3600},
    "over by more than clocks differ": {"exp": int(time.time()) - oidc.LEEWAY_SECONDS - 5},
    "without an end": {"exp": None},
    "with an end that is none": {"exp": "never"},
    "of tomorrow": {"iat": int(time.time()) + 86400},
    "from tomorrow on": {"nbf": int(time.time()) + 86400},
    "without a beginning": {"iat": None},
    "of another ask": {"nonce": "another"},
    "of no ask": {"nonce": None},
    "of several asks": {"nonce": ["another"]},
    "of nobody": {"sub": None},
    "of somebody without a name": {"sub": ""},
    "of somebody with half a page of name": {"sub": "x" * 256},
    "of a number": {"sub": 7},
    "of a list": {"sub": [SUBJECT]},
}


@pytest.mark.parametrize("claims", CLAIMS.values(), ids=CLAIMS)
def test_a_token_opens_nothing_that_is(service: Elsewhere, client: FlaskClient, claims: dict[str, object]) -> None:
    service.claims = claims if claims != {"iss": "/"} else {"iss": f"{service.issuer}/"}
    answer = through(client, service)
    assert (answer.status_code, REFUSED in answer.text) == (422, True)
    assert nobody_in(client)


def test_what_else_a_header_holds_is_not_looked_at(service: Elsewhere, client: FlaskClient) -> None:
    """Some send a certificate along, or words of their own."""
    wanted = leave(client)
    more = {"typ": "JWT", "x5t": "abc", "x5c": ["A" * 2000], "tenant": "library"}
    service.token = by_hand({"alg": "RS256", "kid": "its own"} | more, said(service, wanted), by_its_own)
    answer = come_back(client, code=service.give_code(wanted), state=wanted["state"])
    assert answer.headers["Location"] == "/"


def test_a_list_of_asks_with_ours_among_them_is_none(service: Elsewhere, client: FlaskClient) -> None:
    wanted = leave(client)
    service.claims = {"nonce": [wanted["nonce"], "another"]}
    answer = come_back(client, code=service.give_code(wanted), state=wanted["state"])
    assert REFUSED in answer.text
    assert "To signing in" in answer.text


Forge = Callable[[Elsewhere, dict[str, str]], str]


def _with_secret(secret: bytes) -> Forge:
    def forge(service: Elsewhere, wanted: dict[str, str]) -> str:
        header = {"alg": "HS256", "kid": "its own"}
        return by_hand(header, said(service, wanted), lambda text: hmac.digest(secret, text, "sha256"))

    return forge


def _flipped(service: Elsewhere, wanted: dict[str, str]) -> str:
    """Signed by the service, and changed on the way."""
    header, _, signature = jwt.encode({"alg": "RS256", "kid": "its own"}, said(service, wanted), key()).split(".")
    _, claims, _ = unsigned({}, said(service, wanted) | {"sub": "ann"}).split(".")
    return ".".join((header, claims, signature))


def _with_key_along(service: Elsewhere, wanted: dict[str, str]) -> str:
    """The key that it is signed with comes with it."""
    header = {"alg": "RS256", "jwk": key("the thief's").as_dict(private=False)}
    return jwt.encode(header, said(service, wanted), key("the thief's"))


FORGED: dict[str, Forge] = {
    "by none": lambda s, w: unsigned({"alg": "none"}, said(s, w)),
    "by NONE": lambda s, w: unsigned({"alg": "NONE", "kid": "its own"}, said(s, w), "AAAA"),
    "by no algorithm": lambda s, w: unsigned({"kid": "its own"}, said(s, w), "AAAA"),
    "with the public key as a secret": _with_secret(key().as_pem(private=False)),
    "with the secret that we share": _with_secret(SECRET.encode()),
    "with another key of that name": lambda s, w: jwt.encode(
        {"alg": "RS256", "kid": "its own"}, said(s, w), key("the thief's")
    ),
    "with a key of no name there": lambda s, w: jwt.encode({"alg": "RS256", "kid": "?"}, said(s, w), key()),
    "with a key that comes along": _with_key_along,
    "and then changed": _flipped,
    "and cut off": lambda s, w: jwt.encode({"alg": "RS256", "kid": "its own"}, said(s, w), key())[:-8],
    "with extras that must be understood": lambda s, w: by_hand(
        {"alg": "RS256", "kid": "its own", "crit": ["odd"], "odd": 1}, said(s, w), by_its_own
    ),
    "as no token": lambda *_: "no token at all",
    "as an empty one": lambda *_: "",
    "as dots": lambda *_: "..",
    "as letters from afar": lambda *_: "é.é.é",
}


@pytest.mark.parametrize("forge", FORGED.values(), ids=FORGED)
def test_a_token_opens_nothing_that_is_signed(service: Elsewhere, client: FlaskClient, forge: Forge) -> None:
    wanted = leave(client)
    service.token = forge(service, wanted)
    answer = come_back(client, code=service.give_code(wanted), state=wanted["state"])
    assert (answer.status_code, REFUSED in answer.text) == (422, True)
    assert nobody_in(client)


@pytest.mark.parametrize(
    "published",
    [
        {
            "kty": "oct",
            "k": base64.urlsafe_b64encode(SECRET.encode()).decode().rstrip("="),
            "kid": "shared",
            "alg": "HS256",
        },
        key("for secrets").as_dict(private=False) | {"use": "enc"},
        key("for secrets").as_dict(private=False) | {"alg": "RSA-OAEP"},
    ],
    ids=["a secret", "for encryption", "of an algorithm that does not sign"],
)
def test_not_every_key_that_is_published_signs(
    service: Elsewhere, client: FlaskClient, published: dict[str, Any]
) -> None:
    service.keys = [dict(key().as_dict(private=False)), published, {"kty": "RSA"}, {"kty": "odd"}, {}]
    kid = str(published["kid"])
    algorithm, signs = ("HS256", OctKey.import_key(SECRET)) if kid == "shared" else ("RS256", key("for secrets"))
    service.header, service.signs = {"alg": algorithm, "kid": kid}, signs
    assert REFUSED in through(client, service).text
    service.header, service.signs = {"alg": "RS256", "kid": "its own"}, None
    assert through(client, service).headers["Location"] == "/", "the good one among them does"


OFFERS: dict[str, dict[str, object]] = {
    "another issuer": {"issuer": "https://login.evil.example"},
    "no issuer": {"issuer": None},
    "an end in the clear": {"authorization_endpoint": "http://login.evil.example/authorize"},
    "an end that is a script": {"authorization_endpoint": "javascript:alert(1)"},
    "an end with more than an address": {"authorization_endpoint": 'https://a.example/"><script>'},
    "no end": {"authorization_endpoint": None},
    "a number for an end": {"authorization_endpoint": 7},
    "a file for an end": {"token_endpoint": "file:///etc/passwd"},
    "tokens in the clear": {"token_endpoint": "http://login.evil.example/token"},
    "keys in the clear": {"jwks_uri": "http://login.evil.example/keys"},
    "all of it, and too much besides": {"more": "x" * fetching.LARGEST},
    "no way to know us": {"token_endpoint_auth_methods_supported": ["private_key_jwt"]},
}


@pytest.mark.parametrize("offers", OFFERS.values(), ids=OFFERS)
def test_a_service_that_offers_this_is_not_used(
    service: Elsewhere, client: FlaskClient, offers: dict[str, object]
) -> None:
    service.offers = offers
    token = csrf_in(client.get("/sign-in"))
    answer = client.post("/sign-in/service", data={"csrf_token": token}, headers=PAGE)
    assert (answer.status_code, AWAY_NOW in answer.text) == (503, True)
    assert "evil" not in answer.text


ANSWERS: dict[str, Response | float] = {
    "a redirect": Response("", 302, {"Location": "http://127.0.0.1:9/elsewhere"}),
    "a redirect that keeps the form": Response("", 307, {"Location": "/elsewhere"}),
    "an error": Response("<h1>oh</h1>", 500),
    "a page": Response("<h1>hello</h1>"),
    "a list": Response("[]"),
    "lists without end": Response("[" * 100_000),
    "too much": Response("{" + " " * (fetching.LARGEST + 1) + "}"),
    "nothing": Response(""),
    "nothing for long": 1.5,
}


@pytest.mark.parametrize("answer", ANSWERS.values(), ids=ANSWERS)
@pytest.mark.parametrize("path", ["/.well-known/openid-configuration", "/token", "/keys"])
def test_a_service_that_answers_this_lets_nobody_in(
    service: Elsewhere,
    client: FlaskClient,
    monkeypatch: pytest.MonkeyPatch,
    path: str,
    answer: Response | float,
) -> None:
    monkeypatch.setattr(fetching, "SILENT_SECONDS", 0.3)
    wanted = leave(client)
    service.answers, before = {path: answer}, len(service.asked)
    back = come_back(client, code=service.give_code(wanted), state=wanted["state"])
    assert back.status_code in {503, 422}
    assert AWAY_NOW in back.text or REFUSED in back.text
    assert "/elsewhere" not in service.asked[before:]
    assert nobody_in(client)


def test_a_service_that_is_not_there(
    service: Elsewhere, ann: StaffBrowser, staff: Flask, monkeypatch: pytest.MonkeyPatch
) -> None:
    client = staff.test_client()
    wanted = leave(client)
    monkeypatch.setattr(oidc, "fetch", lambda address, *more: fetching.fetch("http://127.0.0.1:9/", *more))
    token = csrf_in(client.get("/sign-in"))
    answer = client.post("/sign-in/service", data={"csrf_token": token}, headers=PAGE)
    assert (answer.status_code, AWAY_NOW in answer.text) == (503, True)
    assert "sign in with your password" in answer.text
    assert AWAY_NOW in come_back(client, code="any", state=wanted["state"]).text
    token = csrf_in(client.get("/sign-in"))
    fields = {"csrf_token": token, "login": "ann", "password": PASSWORD}
    assert client.post("/sign-in", data=fields).headers["Location"] == "/", "the password does not need it"


def test_a_slow_service_takes_no_more_than_a_few_of_our_threads(
    service: Elsewhere, client: FlaskClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(fetching, "SILENT_SECONDS", 0.1)
    for _ in range(4):
        assert fetching._AT_ONCE.acquire(blocking=False)
    try:
        token = csrf_in(client.get("/sign-in"))
        assert client.post("/sign-in/service", data={"csrf_token": token}, headers=PAGE).status_code == 503
    finally:
        fetching._AT_ONCE.release(4)
    assert leave(client)


def test_an_answer_that_never_ends_is_left(
    service: Elsewhere, client: FlaskClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    def drip() -> Any:
        while True:
            time.sleep(0.05)
            yield " "

    monkeypatch.setattr(fetching, "WHOLE_SECONDS", 0.3)
    service.answers = {"/.well-known/openid-configuration": Response(drip())}
    begun = time.monotonic()
    token = csrf_in(client.get("/sign-in"))
    assert client.post("/sign-in/service", data={"csrf_token": token}, headers=PAGE).status_code == 503
    assert time.monotonic() - begun < 5


def test_what_the_log_and_the_database_say(
    service: Elsewhere, client: FlaskClient, backend: Backend, capsys: pytest.CaptureFixture[str]
) -> None:
    """A word of ours for IT, and nothing of the service's; nothing that would let anybody in."""
    wanted = leave(client)
    with backend.db.reading() as session:
        (ask,) = session.scalars(select(ServiceAsk))
    with client.session_transaction() as held:
        token = held["asked"]
    kept = str(vars(ask))
    for secret in (token, wanted["state"], wanted["nonce"]):
        assert secret not in kept
    service.claims = {"aud": "another"}
    code = service.give_code(wanted)
    configure_logging()
    capsys.readouterr()
    come_back(client, code=code, state=wanted["state"])
    out = "".join(capsys.readouterr())
    assert "service-refused" in out
    for secret in (code, SUBJECT, "ann@", SECRET, wanted["state"], service.issuer):
        assert secret not in out
    assert audit.trail(backend.db) == ()
