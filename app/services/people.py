"""Members of staff: the first one's link, signing in and out. Tokens are kept as hashes only, passwords as argon2id.

Whoever guesses is told the same whether the name, the password or the code is wrong.
"""

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
from app.db.kinds import LinkPurpose, StaffRole
from app.db.models import OneTimeLink, StaffSession, User
from app.services import codes
from app.settings import Settings
from media_pipeline.core.errors import Stale

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

    role: StaffRole
    """What they may do."""

    expires_at: datetime
    """When to sign in again."""


def create_first_link(db: Database) -> str | None:
    """The token of a new link for the first administrator; earlier links end. None when there is a user already."""
    with db.writing() as session:
        if _users(session):
            return None
        session.execute(update(OneTimeLink).where(OneTimeLink.used_at.is_(None)).values(used_at=now()))
        return new_link(session, LinkPurpose.FIRST_ADMINISTRATOR, role=StaffRole.ADMINISTRATOR)


def new_link(session: Session, purpose: LinkPurpose, role: StaffRole | None = None, user_id: str | None = None) -> str:
    """The token of a link that works once, within a day."""
    token = secrets.token_urlsafe(32)
    session.add(
        OneTimeLink(
            token_sha256=hashed(token), purpose=purpose, role=role, user_id=user_id, expires_at=now() + LINK_LIFETIME
        )
    )
    return token


def link_purpose(db: Database, untrusted_token: str) -> LinkPurpose | None:
    """What a link would do now; None when it would not work."""
    with db.reading() as session:
        link = good_link(session, untrusted_token)
        return link.purpose if link is not None else None


def accept_link(
    db: Database, settings: Settings, untrusted_token: str, untrusted_login: str, password: str
) -> str | None:
    """Makes whom the link invites and signs them in: the session's token, or None when the link is no good (any more).

    Raises ValueError when login or password are not fit, which a form has checked before, and Stale("login-taken").
    """
    login = check_login(untrusted_login)
    password_hash = _HASHER.hash(check_password(password))
    at = now()
    with db.writing() as session:
        link = good_link(session, untrusted_token)
        if link is None or link.role is None or (link.purpose is LinkPurpose.FIRST_ADMINISTRATOR and _users(session)):
            return None
        check_free(session, login)
        link.used_at = at
        user = User(login=login, password_hash=password_hash, created_at=at, role=link.role)
        session.add(user)
        session.flush()
        return new_session(session, settings, user.id, at)


def change_password(db: Database, settings: Settings, untrusted_token: str, password: str) -> str | None:
    """What a link for a new password is for: sets it, ends every session of theirs, and signs them in.

    Their codes are asked for as before. None when the link is no good; raises ValueError for an unfit password.
    """
    password_hash, at = _HASHER.hash(check_password(password)), now()
    with db.writing() as session:
        link = good_link(session, untrusted_token)
        user = session.get(User, link.user_id) if link is not None and link.user_id is not None else None
        if link is None or user is None or user.disabled:
            return None
        link.used_at, user.password_hash = at, password_hash
        end_sessions(session, user.id)
        return None if user.code_nonce is not None else new_session(session, settings, user.id, at)


def sign_in(db: Database, settings: Settings, untrusted_login: str, password: str, code: str = "") -> str | None:
    """The token of a new session, or None. Takes as long for an unknown login as for a wrong password."""
    with db.reading() as session:
        found = session.scalar(select(User).where(User.login == _plain(untrusted_login[:LOGIN_MOST])))
    held = (found.password_hash if found is not None else "") or _NOBODY  # who signs in elsewhere may have none
    good = _verified(held, password[:PASSWORD_MOST])
    if found is None or not good or found.disabled:
        return None
    renewed = _HASHER.hash(password) if _HASHER.check_needs_rehash(found.password_hash) else None
    with db.writing() as session:
        user = session.get(User, found.id)
        if user is None or user.disabled or user.password_hash != found.password_hash:
            return None
        if not codes.is_right(settings, user, code):
            return None
        user.password_hash = renewed or user.password_hash
        return new_session(session, settings, user.id, now())


def is_right_password(db: Database, user_id: str, password: str) -> bool:
    """Whether somebody who is signed in types their own password."""
    with db.reading() as session:
        user = session.get(User, user_id)
    return user is not None and _verified(user.password_hash, password[:PASSWORD_MOST])


def set_password(db: Database, user_id: str, password: str, session_id: str) -> None:
    """Somebody changes their own, and stays signed in on this browser alone. Raises ValueError for an unfit one."""
    password_hash = _HASHER.hash(check_password(password))
    with db.writing() as session:
        user = session.get(User, user_id)
        if user is not None:
            user.password_hash = password_hash
            end_sessions(session, user_id, but=session_id)


def open_sessions(db: Database, user_id: str) -> int:
    """On how many browsers somebody is signed in now."""
    good = StaffSession.user_id == user_id, StaffSession.ended_at.is_(None), StaffSession.expires_at > now()
    with db.reading() as session:
        return session.scalar(select(func.count()).select_from(StaffSession).where(*good)) or 0


def end_sessions(session: Session, user_id: str, but: str = "") -> None:
    """Ends every session of somebody, but perhaps one."""
    open_ones = StaffSession.user_id == user_id, StaffSession.ended_at.is_(None), StaffSession.id != but
    session.execute(update(StaffSession).where(*open_ones).values(ended_at=now()))


def who(db: Database, untrusted_token: str) -> SignedIn | None:
    """Who holds this session token; None when nobody does, or no longer."""
    with db.reading() as session:
        held_by = select(StaffSession, User).join(User)
        row = session.execute(held_by.where(StaffSession.token_sha256 == hashed(untrusted_token))).one_or_none()
    if row is None:
        return None
    held, user = row
    if held.ended_at is not None or held.expires_at <= now() or user.disabled:
        return None
    return SignedIn(held.id, user.id, user.login, user.role, held.expires_at)


def sign_out(db: Database, untrusted_token: str) -> None:
    """Ends a session; an unknown one is fine."""
    with db.writing() as session:
        held = session.scalar(select(StaffSession).where(StaffSession.token_sha256 == hashed(untrusted_token)))
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


def check_free(session: Session, login: str) -> None:
    """Raises Stale("login-taken")."""
    if session.scalar(select(User.id).where(User.login == login)) is not None:
        raise Stale("login-taken")


def good_link(session: Session, untrusted_token: str) -> OneTimeLink | None:
    """The link that works now."""
    link = session.scalar(select(OneTimeLink).where(OneTimeLink.token_sha256 == hashed(untrusted_token)))
    return link if link is not None and link.used_at is None and link.expires_at > now() else None


def new_session(session: Session, settings: Settings, user_id: str, at: datetime) -> str:
    """The token of a new session of somebody who has shown that it is them."""
    token = secrets.token_urlsafe(32)
    lifetime = timedelta(hours=settings.session_hours)
    session.add(
        StaffSession(token_sha256=hashed(token), user_id=user_id, created_at=at, expires_at=at + lifetime),
    )
    return token


def hashed(untrusted_token: str) -> str:
    """What is kept of a token."""
    return sha256(untrusted_token.encode("utf-8", "replace")).hexdigest()


def _plain(untrusted_login: str) -> str:
    return untrusted_login.strip().casefold()


def _verified(password_hash: str, password: str) -> bool:
    try:
        return _HASHER.verify(password_hash, password)
    except (VerificationError, InvalidHashError):
        return False


def _users(session: Session) -> int:
    return session.scalar(select(func.count()).select_from(User)) or 0
