"""Members of staff: the first one's link, signing in and out. Tokens are kept as hashes only, passwords as argon2id."""

from __future__ import annotations

import secrets
from dataclasses import dataclass
from datetime import datetime, timedelta
from hashlib import sha256

from argon2 import PasswordHasher
from argon2.exceptions import InvalidHashError, VerificationError
from sqlalchemy import func, select, update
from sqlalchemy.orm import Session

from app.db.engine import Database, now
from app.db.models import LinkPurpose, OneTimeLink, StaffSession, User
from app.settings import Settings

LINK_LIFETIME = timedelta(hours=24)

LOGIN_MOST = 120
"""Characters of a login."""

PASSWORD_LEAST, PASSWORD_MOST = 12, 256
"""Characters of a password: length is what makes it strong; the upper limit keeps hashing cheap."""

_HASHER = PasswordHasher()
_NOBODY = _HASHER.hash(secrets.token_hex())
"""Checked when there is no such login, so that the time taken does not tell which logins exist."""


@dataclass(frozen=True, slots=True)
class SignedIn:
    """Who is at the browser."""

    session_id: str
    """What contact sheets are shown to."""

    user_id: str
    """The member of staff."""

    login: str
    """As the staff pages show it."""

    expires_at: datetime
    """When to sign in again."""


def create_first_link(db: Database) -> str | None:
    """The token of a new link for the first administrator; earlier links end. None when there is a user already."""
    token, at = secrets.token_urlsafe(32), now()
    with db.writing() as session:
        if _users(session):
            return None
        session.execute(update(OneTimeLink).where(OneTimeLink.used_at.is_(None)).values(used_at=at))
        session.add(
            OneTimeLink(
                token_sha256=_hashed(token), purpose=LinkPurpose.FIRST_ADMINISTRATOR, expires_at=at + LINK_LIFETIME
            )
        )
    return token


def is_good_link(db: Database, untrusted_token: str) -> bool:
    """Whether a link would work now."""
    with db.reading() as session:
        return _good_link(session, untrusted_token) is not None


def accept_link(
    db: Database, settings: Settings, untrusted_token: str, untrusted_login: str, password: str
) -> str | None:
    """Makes the first administrator and signs them in: the session's token, or None when the link is no good (any more).

    Raises ValueError when login or password are not fit; a form has checked them before.
    """
    login = check_login(untrusted_login)
    password_hash = _HASHER.hash(check_password(password))
    at = now()
    with db.writing() as session:
        link = _good_link(session, untrusted_token)
        if link is None or _users(session):
            return None
        link.used_at = at
        user = User(login=login, password_hash=password_hash, created_at=at)
        session.add(user)
        session.flush()
        return _new_session(session, settings, user.id, at)


def sign_in(db: Database, settings: Settings, untrusted_login: str, password: str) -> str | None:
    """The token of a new session, or None. Takes as long for an unknown login as for a wrong password."""
    with db.reading() as session:
        found = session.scalar(select(User).where(User.login == _plain(untrusted_login[:LOGIN_MOST])))
    good = _verified(found.password_hash if found is not None else _NOBODY, password[:PASSWORD_MOST])
    if found is None or not good or found.disabled:
        return None
    at = now()
    renewed = _HASHER.hash(password) if _HASHER.check_needs_rehash(found.password_hash) else None
    with db.writing() as session:
        user = session.get(User, found.id)
        if user is None or user.disabled or user.password_hash != found.password_hash:
            return None
        user.password_hash = renewed or user.password_hash
        return _new_session(session, settings, user.id, at)


def who(db: Database, untrusted_token: str) -> SignedIn | None:
    """Who holds this session token; None when nobody does, or no longer."""
    with db.reading() as session:
        held_by = select(StaffSession, User).join(User)
        row = session.execute(held_by.where(StaffSession.token_sha256 == _hashed(untrusted_token))).one_or_none()
    if row is None:
        return None
    held, user = row
    if held.ended_at is not None or held.expires_at <= now() or user.disabled:
        return None
    return SignedIn(held.id, user.id, user.login, held.expires_at)


def sign_out(db: Database, untrusted_token: str) -> None:
    """Ends a session; an unknown one is fine."""
    with db.writing() as session:
        held = session.scalar(select(StaffSession).where(StaffSession.token_sha256 == _hashed(untrusted_token)))
        if held is not None and held.ended_at is None:
            held.ended_at = now()


def check_login(untrusted_login: str) -> str:
    """The login as it is kept. Raises ValueError when it is empty, too long or not printable."""
    login = _plain(untrusted_login)
    if not 1 <= len(login) <= LOGIN_MOST or not login.isprintable():
        raise ValueError("a login has 1 to 120 printable characters")
    return login


def check_password(password: str) -> str:
    """The password. Raises ValueError when it is too short or too long."""
    if not PASSWORD_LEAST <= len(password) <= PASSWORD_MOST:
        raise ValueError("a password has 12 to 256 characters")
    return password


def _plain(untrusted_login: str) -> str:
    return untrusted_login.strip().casefold()


def _hashed(untrusted_token: str) -> str:
    return sha256(untrusted_token.encode("utf-8", "replace")).hexdigest()


def _verified(password_hash: str, password: str) -> bool:
    try:
        return _HASHER.verify(password_hash, password)
    except (VerificationError, InvalidHashError):
        return False


def _users(session: Session) -> int:
    return session.scalar(select(func.count()).select_from(User)) or 0


def _good_link(session: Session, untrusted_token: str) -> OneTimeLink | None:
    link = session.scalar(select(OneTimeLink).where(OneTimeLink.token_sha256 == _hashed(untrusted_token)))
    return link if link is not None and link.used_at is None and link.expires_at > now() else None


def _new_session(session: Session, settings: Settings, user_id: str, at: datetime) -> str:
    token = secrets.token_urlsafe(32)
    lifetime = timedelta(hours=settings.session_hours)
    session.add(
        StaffSession(token_sha256=_hashed(token), user_id=user_id, created_at=at, expires_at=at + lifetime),
    )
    return token
