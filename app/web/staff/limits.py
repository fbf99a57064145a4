"""How often one address may try to sign in. Counted in memory, forgotten with the process."""

from __future__ import annotations

from flask_limiter import Limiter
from flask_limiter.util import get_remote_address

limiter = Limiter(get_remote_address, headers_enabled=False)

SIGN_IN = "10 per minute;60 per hour"
"""Enough for someone who mistypes, too few for a guesser against Argon2id."""
