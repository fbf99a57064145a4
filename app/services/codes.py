"""Codes of six digits that an app on a phone shows (TOTP, RFC 6238), asked for beside the password where somebody wants it.

The secret is kept nowhere: it is derived from the server's own key and a random nonce, so that whoever gets hold of the
database alone can make no code.
"""

from __future__ import annotations

import base64
import hmac
import secrets
import time
from hashlib import sha256

import pyotp

from app.db.engine import Database
from app.db.models import User
from app.settings import Settings

STEP = 30
"""Seconds that each code is shown."""

_DRIFT = 1
"""Steps by which a phone's clock may be wrong."""


def new_nonce() -> str:
    """For somebody who is about to set it up."""
    return secrets.token_hex(16)


def secret_of(settings: Settings, user_id: str, nonce: str) -> str:
    """What the app on the phone is given, 32 letters and digits (base 32)."""
    key = settings.secret_key.get_secret_value().encode()
    made = hmac.new(key, f"code {user_id} {nonce}".encode(), sha256).digest()
    return base64.b32encode(made[:20]).decode("ascii")


def address_of(settings: Settings, user_id: str, nonce: str, login: str) -> str:
    """The same as an `otpauth:` address, for a code that a phone scans."""
    return pyotp.TOTP(secret_of(settings, user_id, nonce)).provisioning_uri(
        name=login, issuer_name=f"{settings.library_name} Storyshelf"
    )


def is_right(settings: Settings, user: User, untrusted_code: str) -> bool:
    """Whether the code is theirs and now, and no code that late was used before; notes its use. True when none is asked for."""
    if user.code_nonce is None:
        return True
    step = _step_of(secret_of(settings, user.id, user.code_nonce), untrusted_code)
    if step is None or step <= user.code_step:
        return False
    user.code_step = step
    return True


def turn_on(db: Database, settings: Settings, user_id: str, nonce: str, untrusted_code: str) -> bool:
    """Asks for codes from now on, if the code shows that the app on the phone has the secret."""
    step = _step_of(secret_of(settings, user_id, nonce), untrusted_code)
    if step is None:
        return False
    with db.writing() as session:
        user = session.get(User, user_id)
        if user is None:
            return False
        user.code_nonce, user.code_step = nonce, step
    return True


def turn_off(db: Database, user_id: str) -> None:
    """Asks for none any more."""
    with db.writing() as session:
        user = session.get(User, user_id)
        if user is not None:
            user.code_nonce = None


def is_on(db: Database, user_id: str) -> bool:
    """Whether a code is asked for."""
    with db.reading() as session:
        user = session.get(User, user_id)
    return user is not None and user.code_nonce is not None


def _step_of(secret: str, untrusted_code: str) -> int | None:
    """The half minute since 1970 that a code belongs to, when that is now or nearly."""
    untrusted = "".join(untrusted_code.split())
    current = int(time.time()) // STEP
    if not (untrusted.isascii() and untrusted.isdigit()):
        return None
    shown = pyotp.TOTP(secret)
    every = range(current - _DRIFT, current + _DRIFT + 1)
    return next((step for step in every if hmac.compare_digest(shown.generate_otp(step), untrusted)), None)
