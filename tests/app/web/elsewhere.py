"""A service for signing in (OpenID Connect) on loopback, with a key of its own, which does wrong whatever a test wants of it."""

from __future__ import annotations

import base64
import hashlib
import html
import re
import secrets
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from functools import cache
from typing import Any
from urllib.parse import parse_qs, urlencode, urlsplit

from flask import Flask, Response, request
from flask.testing import FlaskClient
from joserfc import jwt
from joserfc.jwk import RSAKey
from werkzeug.test import TestResponse

from app.settings import Settings
from tests.app.web.desk import PAGE, PASSWORD, StaffBrowser, csrf_in
from tests.serving import served

CLIENT, SECRET, NAME = "storyshelf", "a-secret/between+us", "City account"
SUBJECT = "9f2c-ann"


@cache
def key(name: str = "its own") -> RSAKey:
    """A key: made once, because that takes time."""
    return RSAKey.generate_key(2048, {"kid": name, "use": "sig"})


@dataclass
class Elsewhere:
    """The service, and what it does otherwise than it should."""

    issuer: str = ""
    offers: dict[str, object] = field(default_factory=dict)
    """Other things than it says of itself; None leaves one out."""
    claims: dict[str, object] = field(default_factory=dict)
    """Other things than it should say of somebody; None leaves one out."""
    header: dict[str, str] = field(default_factory=lambda: {"alg": "RS256", "kid": "its own"})
    signs: Any = None
    """What it signs with when that is not its own key."""
    token: str | None = None
    """What it gives instead of an ID token of that."""
    keys: list[dict[str, Any]] | None = None
    """What it publishes instead of its own key."""
    answers: dict[str, Response | float] = field(default_factory=dict)
    """What it answers at a path instead, or after how many seconds."""
    asked: list[str] = field(default_factory=list)
    """Every path that was asked for."""
    subject: str = SUBJECT
    """Whoever signs in there when a browser comes."""
    codes: dict[str, dict[str, str]] = field(default_factory=dict)
    """Codes that were given and not yet brought, with what was asked for."""
    prompts: list[str] = field(default_factory=list)

    def begin_anew(self) -> None:
        """Does everything as it should again, at the same port."""
        vars(self).update(vars(Elsewhere(self.issuer)))

    def settings(self) -> dict[str, str]:
        """What a shelf is told of it."""
        return {
            "oidc_issuer": self.issuer,
            "oidc_client_id": CLIENT,
            "oidc_client_secret": SECRET,
            "oidc_name": NAME,
        }

    def give_code(self, wanted: dict[str, str], subject: str | None = None) -> str:
        """Somebody has signed in there: the code for that."""
        assert wanted["response_type"] == "code"
        assert wanted["client_id"] == CLIENT
        assert wanted["scope"] == "openid"
        assert wanted["code_challenge_method"] == "S256"
        self.prompts.append(wanted.get("prompt", ""))
        code = secrets.token_urlsafe(16)
        self.codes[code] = wanted | {"subject": subject or self.subject}
        return code

    def id_token(self, wanted: dict[str, str]) -> str:
        """Its word for somebody."""
        if self.token is not None:
            return self.token
        at = int(time.time())
        claims: dict[str, object] = {
            "iss": self.issuer,
            "sub": wanted["subject"],
            "aud": CLIENT,
            "iat": at,
            "exp": at + 300,
            "nonce": wanted["nonce"],
            "email": "ann@library.example",
            "email_verified": True,
            "preferred_username": "ann",
        }
        claims |= self.claims
        said = {name: value for name, value in claims.items() if value is not None}
        return jwt.encode(self.header, said, self.signs or key(), algorithms=[self.header["alg"]])


def _app(service: Elsewhere) -> Flask:
    app = Flask("elsewhere")

    @app.before_request
    def otherwise() -> Response | None:
        service.asked.append(request.path)
        other = service.answers.get(request.path)
        if isinstance(other, Response):
            return other
        time.sleep(other or 0)
        return None

    @app.get("/.well-known/openid-configuration")
    def offers() -> dict[str, object]:
        offer: dict[str, object] = {
            "issuer": service.issuer,
            "authorization_endpoint": f"{service.issuer}/authorize?tenant=library",
            "token_endpoint": f"{service.issuer}/token",
            "jwks_uri": f"{service.issuer}/keys",
        }
        return {name: value for name, value in (offer | service.offers).items() if value is not None}

    @app.get("/authorize")
    def authorize() -> str:
        """A page of its own, as it asks for a password: whoever goes on from here comes from another site."""
        wanted = request.args.to_dict()
        sent = urlencode({"code": service.give_code(wanted), "state": wanted["state"], "iss": service.issuer})
        return f"<!DOCTYPE html><title>Elsewhere</title><a href='{wanted['redirect_uri']}?{html.escape(sent)}'>It is me</a>"

    @app.post("/token")
    def token() -> tuple[dict[str, str], int]:
        who = request.authorization
        by_header = (who.username, who.password) if who is not None else None
        if (by_header or (request.form.get("client_id"), request.form.get("client_secret"))) != (CLIENT, SECRET):
            return {"error": "invalid_client"}, 401
        wanted = service.codes.pop(request.form.get("code", ""), None)
        shown = hashlib.sha256(request.form.get("code_verifier", "").encode()).digest()
        challenge = base64.urlsafe_b64encode(shown).decode().rstrip("=")
        if (
            wanted is None
            or challenge != wanted["code_challenge"]
            or request.form.get("redirect_uri") != wanted["redirect_uri"]
            or request.form.get("grant_type") != "authorization_code"
        ):
            return {"error": "invalid_grant"}, 400
        return {"access_token": "not used", "token_type": "Bearer", "id_token": service.id_token(wanted)}, 200

    @app.get("/keys")
    def keys() -> dict[str, object]:
        return {"keys": service.keys if service.keys is not None else [dict(key().as_dict(private=False))]}

    return app


@contextmanager
def elsewhere() -> Iterator[Elsewhere]:
    """The service, for a while."""
    service = Elsewhere()
    with served(_app(service)) as port:
        service.issuer = f"http://127.0.0.1:{port}"
        yield service


def onward(answer: TestResponse) -> str:
    """Where a page goes on to by itself."""
    assert answer.status_code == 200, answer.text
    found = re.search(r'<meta http-equiv="refresh" content="0;url=([^"]+)">', answer.text)
    assert found is not None
    assert f'<a href="{found[1]}">' in answer.text
    return html.unescape(found[1])


def wanted_of(address: str) -> dict[str, str]:
    """What the service is asked for by an address."""
    return {name: value for name, (value,) in parse_qs(urlsplit(address).query).items()}


def leave(client: FlaskClient, path: str = "/sign-in/service", **fields: str) -> dict[str, str]:
    """Presses the button: what the service is asked for."""
    token = csrf_in(client.get("/sign-in", headers=PAGE))
    return wanted_of(onward(client.post(path, data={"csrf_token": token, **fields}, headers=PAGE)))


def come_back(client: FlaskClient, **given: str) -> TestResponse:
    """The service sends the browser back, which has no cookie of ours with it yet; then our own page goes on."""
    bare = client.application.test_client().get("/sign-in/service/back", query_string=given, headers=PAGE)
    assert "Set-Cookie" not in bare.headers
    return client.get(onward(bare), headers=PAGE)


def through(client: FlaskClient, service: Elsewhere, path: str = "/sign-in/service", **fields: str) -> TestResponse:
    """The whole way there and back, as whom the service says."""
    wanted = leave(client, path, **fields)
    return come_back(client, code=service.give_code(wanted), state=wanted["state"])


def with_service(settings: Settings, service: Elsewhere) -> Settings:
    """The settings of a shelf that has it."""
    return settings.model_validate(settings.model_dump() | service.settings())


def joined(who: StaffBrowser, service: Elsewhere, subject: str = SUBJECT) -> None:
    """Somebody says that an account there is theirs too."""
    service.subject = subject
    answer = through(who.client, service, "/account/service", password=PASSWORD)
    assert answer.headers.get("Location") == "/account#service", answer.text
