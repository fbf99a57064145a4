"""How often somebody may try to sign in. Counted in memory, forgotten with the process."""

from __future__ import annotations

from hashlib import sha256

from flask import request
from flask_limiter import Limiter
from flask_limiter.util import get_remote_address

limiter = Limiter(get_remote_address, headers_enabled=False)

SIGN_IN = "10 per minute;60 per hour"
"""Of one address: enough for someone who mistypes, too few for a guesser against Argon2id."""

WRONG = "10 per 15 minutes"
"""Wrong tries for one name, from wherever they come and whether or not there is such a name: then nothing is right for it."""


def untrusted_name() -> str:
    """The name that somebody tries, as no more than a hash of it."""
    return sha256(request.form.get("login", "").strip().casefold().encode("utf-8", "replace")).hexdigest()
