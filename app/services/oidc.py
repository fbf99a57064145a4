"""The service for signing in (OpenID Connect): where a browser is sent, and whose account it is that came back.

Authorization code flow with PKCE. The service is asked what it offers each time somebody signs in, and at no other time. What is
believed is only an ID token that it signed with a key of its own, for us, for this one ask, and just now. Its word for the account
(`sub`) is all that is taken: no name, no e-mail address.

Authlib and what it brings take memory, so they come with the first who signs in that way.
"""

from __future__ import annotations

import hmac
import re
from base64 import urlsafe_b64encode
from collections.abc import Mapping
from dataclasses import dataclass
from hashlib import sha256
from typing import TYPE_CHECKING, Any
from urllib.parse import urlencode

from app.services.fetching import Answer, fetch
from app.settings import Settings
from app.settings.kinds import safe_on_the_way
from media_pipeline.core.errors import Fault, Refused

if TYPE_CHECKING:
    from joserfc.jws import JWSRegistry

ALGORITHMS = ("RS256", "PS256", "ES256", "RS384", "PS384", "ES384", "RS512", "PS512", "ES512")
"""By which a token may be signed: all with a key that only the service has, none with a secret that we share, and never by none."""

LEEWAY_SECONDS = 60
"""By how much the service's clock may differ from ours."""

LONGEST_HEADER = 8192
"""Bytes of a token's header: some services send a certificate along, which we do not look at."""

SUBJECT_MOST = 255
"""Characters of a subject."""

BACK = "/sign-in/service/back"
"""Where the service sends the browser to, on the staff's server."""

_ENDPOINT = re.compile(r"https?://[A-Za-z0-9.-]+(:[0-9]{1,5})?(/[!$-;=?-~]*)?")
_KEY_TYPES = frozenset({"RSA", "EC"})


@dataclass(frozen=True, slots=True)
class Way:
    """What belongs to one ask and to no other: derived from the browser's token, with the server's own key, and kept nowhere."""

    state: str
    """Comes back with the browser."""

    nonce: str
    """Comes back in the ID token."""

    verifier: str
    """Shows that whoever brings the code is who asked for it (PKCE)."""


@dataclass(frozen=True, slots=True)
class _Offer:
    """What the service says of itself."""

    authorization: str
    token: str
    keys: str
    by_form: bool
    """Whether it wants our secret in the form and not in a header."""


class _Line:
    """How Authlib's client sends a form: by our own means, with their limits."""

    def post(self, url: str, data: Mapping[str, str], headers: Mapping[str, str], auth: Any) -> _Said:
        """Sends it with our secret."""
        url, headers, body = auth.prepare("POST", url, dict(headers), urlencode(data))
        return _Said(fetch(url, body.encode("ascii"), headers))


class _Said:
    """An answer as Authlib reads one."""

    def __init__(self, answer: Answer) -> None:
        self._answer = answer
        self.status_code = answer.status

    def json(self) -> dict[str, Any]:
        """Its fields."""
        return self._answer.fields()

    def raise_for_status(self) -> None:
        """Called when there is nothing to read in it."""
        raise Fault("service-away", "status")


def way_of(settings: Settings, token: str) -> Way:
    """What belongs to the browser that holds this token."""
    return Way(*(_derived(settings, part, token) for part in ("state", "nonce", "verifier")))


def leave(settings: Settings, way: Way, anew: bool) -> str:
    """Where to send the browser; `anew` asks for the password there again. Raises Fault("service-away")."""
    sent = {"prompt": "login"} if anew else {}
    address, _ = _client(settings).create_authorization_url(
        _offer(settings).authorization, state=way.state, code_verifier=way.verifier, nonce=way.nonce, **sent
    )
    return str(address)


def subject(settings: Settings, way: Way, untrusted_code: str) -> str:
    """Whose account it is. Raises Fault("service-away") and Refused("service-refused")."""
    from authlib.oauth2 import OAuth2Error

    offer = _offer(settings)
    client = _client(settings, offer.by_form)
    try:
        said = client.fetch_token(
            offer.token, grant_type="authorization_code", code=untrusted_code, code_verifier=way.verifier
        )
    except (OAuth2Error, ValueError, TypeError):
        raise Refused("service-refused", "code") from None
    token = said.get("id_token")
    if not isinstance(token, str):
        raise Refused("service-refused", "no-token")
    return _checked(settings, way, token, fetch(offer.keys))


def try_out(settings: Settings) -> None:
    """Whether the service offers what is needed, with keys of its own. Raises Fault("service-away")."""
    if not _keys(fetch(_offer(settings).keys)):
        raise Fault("service-away", "no-key")


def _checked(settings: Settings, way: Way, untrusted_token: str, keys: Answer) -> str:
    """The subject of an ID token that holds in everything."""
    from authlib.oidc.core import CodeIDToken
    from joserfc import jwt
    from joserfc.errors import JoseError
    from joserfc.jwk import KeySet

    ours = {
        "iss": {"essential": True, "value": settings.oidc_issuer},
        "aud": {"essential": True, "value": settings.oidc_client_id},
        "nonce": {"essential": True, "value": way.nonce},
    }
    try:
        token = jwt.decode(untrusted_token, KeySet(_keys(keys)), registry=_rules())
        claims = CodeIDToken(
            token.claims, token.header, ours, {"nonce": way.nonce, "client_id": settings.oidc_client_id}
        )
        claims.validate(leeway=LEEWAY_SECONDS)
    except (JoseError, ValueError, TypeError, KeyError) as error:
        raise Refused("service-refused", type(error).__name__) from None
    found = claims["sub"]
    if not 1 <= len(found) <= SUBJECT_MOST or not found.isprintable():
        raise Refused("service-refused", "subject")
    return str(found)


def _rules() -> JWSRegistry:
    """By which a token is read: a header may hold more than we know, as the standard says, unless it calls that critical."""
    from joserfc.jws import JWSRegistry

    rules = JWSRegistry(algorithms=ALGORITHMS, strict_check_header=False)
    rules.max_header_length = LONGEST_HEADER
    return rules


def _keys(answer: Answer) -> list[Any]:
    """The keys by which a token may be signed; others that are published beside them are left out."""
    from joserfc.errors import JoseError
    from joserfc.jwk import import_key

    found = []
    published = answer.fields().get("keys")
    for key in published if answer.status == 200 and isinstance(published, list) else ():
        if not isinstance(key, dict) or key.get("kty") not in _KEY_TYPES or key.get("use", "sig") != "sig":
            continue
        if key.get("alg", ALGORITHMS[0]) in ALGORITHMS:
            try:
                found.append(import_key(key))
            except (JoseError, ValueError, TypeError, KeyError):
                continue
    return found


def _offer(settings: Settings) -> _Offer:
    answer = fetch(f"{settings.oidc_issuer.rstrip('/')}/.well-known/openid-configuration")
    said = answer.fields()
    if answer.status != 200 or said.get("issuer") != settings.oidc_issuer:
        raise Fault("service-away", "issuer")
    methods = said.get("token_endpoint_auth_methods_supported", ["client_secret_basic"])
    by_form = isinstance(methods, list) and "client_secret_basic" not in methods
    if by_form and "client_secret_post" not in methods:
        raise Fault("service-away", "methods")
    authorization, token, keys = (
        _endpoint(settings, said.get(name)) for name in ("authorization_endpoint", "token_endpoint", "jwks_uri")
    )
    return _Offer(authorization, token, keys, by_form)


def _endpoint(settings: Settings, untrusted_address: object) -> str:
    """One that is met by HTTPS; on this machine only where the service itself is there."""
    if not isinstance(untrusted_address, str) or not _ENDPOINT.fullmatch(untrusted_address):
        raise Fault("service-away", "endpoint")
    here = not settings.oidc_issuer.startswith("https:")
    if not (untrusted_address.startswith("https:") or (here and safe_on_the_way(untrusted_address))):
        raise Fault("service-away", "endpoint")
    return untrusted_address


def _client(settings: Settings, by_form: bool = False) -> Any:
    from authlib.oauth2.client import OAuth2Client

    return OAuth2Client(
        _Line(),
        client_id=settings.oidc_client_id,
        client_secret=settings.oidc_client_secret.get_secret_value(),
        token_endpoint_auth_method="client_secret_post" if by_form else "client_secret_basic",
        scope="openid",
        redirect_uri=f"{settings.staff_url}{BACK}",
        code_challenge_method="S256",
    )


def _derived(settings: Settings, what: str, token: str) -> str:
    key = settings.secret_key.get_secret_value().encode()
    made = hmac.new(key, f"service {what} {token}".encode(), sha256).digest()
    return urlsafe_b64encode(made).decode("ascii").rstrip("=")
