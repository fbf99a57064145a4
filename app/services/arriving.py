"""Signing in by an account of the service elsewhere: who leaves for it, and what becomes of whoever comes back.

Nobody is made an account by that: an administrator invited them, or they have one here and said so after typing its password. An
account here is bound to the service's own word for the account there, never to a name or an e-mail address.
"""

from __future__ import annotations

import hmac
import secrets
from dataclasses import dataclass
from datetime import timedelta

from sqlalchemy import ColumnElement, delete, select
from sqlalchemy.orm import Session

from app.db.asks import ServiceAsk
from app.db.engine import Database, now
from app.db.kinds import AskPurpose, LinkPurpose
from app.db.models import OneTimeLink, User
from app.services import codes, people
from app.services.oidc import way_of
from app.services.people import SignedIn
from app.settings import Settings
from media_pipeline.core.errors import Refused, Stale

LIFETIME = timedelta(minutes=10)
"""Until when somebody has to be back."""

TRIES = 5
"""Codes that may be wrong until they begin again."""


@dataclass(frozen=True, slots=True)
class Ask:
    """What somebody who is back had left for."""

    purpose: AskPurpose
    link_id: str | None
    login: str
    session_id: str | None


@dataclass(frozen=True, slots=True)
class Joined:
    """How somebody may sign in."""

    service: bool
    """By an account of the service."""

    password: bool
    """By a password."""


def begin(db: Database) -> str:
    """The token of a browser that leaves to sign in."""
    with db.writing() as session:
        return _ask(session, AskPurpose.SIGN_IN)


def begin_welcome(db: Database, untrusted_link: str, untrusted_login: str) -> str | None:
    """The same of somebody who is invited; None when the link is no good (any more), or is no invitation.

    Raises ValueError for an unfit name, and Stale("login-taken").
    """
    login = people.check_login(untrusted_login)
    with db.writing() as session:
        link = people.good_link(session, untrusted_link)
        if link is None or link.purpose is not LinkPurpose.INVITATION:
            return None
        people.check_free(session, login)
        return _ask(session, AskPurpose.WELCOME, link_id=link.id, login=login)


def begin_joining(db: Database, who: SignedIn) -> str:
    """The same of somebody who has an account here and has just typed its password."""
    with db.writing() as session:
        return _ask(session, AskPurpose.JOIN, session_id=who.session_id)


def take(db: Database, settings: Settings, untrusted_token: str, untrusted_state: str) -> Ask:
    """What the browser that holds the token had left for: once, whether or not all is right with it. Raises Stale("service-late")."""
    with db.writing() as session:
        ask = session.get(ServiceAsk, people.hashed(untrusted_token))
        if ask is not None:
            session.delete(ask)
    state = way_of(settings, untrusted_token).state
    if ask is None or ask.expires_at <= now() or ask.purpose is AskPurpose.CODE:
        raise Stale("service-late")
    if not hmac.compare_digest(state.encode(), untrusted_state.encode("utf-8", "replace")):
        raise Stale("service-late")
    return Ask(ask.purpose, ask.link_id, ask.login, ask.session_id)


def sign_in(db: Database, settings: Settings, subject: str) -> tuple[str | None, str]:
    """The token of a new session; or None, and the token of a browser that still has to give the code from the phone.

    Raises Refused("service-unknown"), alike for whom nobody invited and whoever is locked out.
    """
    with db.writing() as session:
        user = session.scalar(select(User).where(*_is(settings, subject)))
        if user is None or user.disabled:
            raise Refused("service-unknown")
        if user.code_nonce is not None:
            return None, _ask(session, AskPurpose.CODE, user_id=user.id)
        return people.new_session(session, settings, user.id, now()), ""


def whose_code(db: Database, untrusted_token: str) -> str | None:
    """The id of whoever still has to give a code; None when nobody has."""
    with db.reading() as session:
        ask = session.get(ServiceAsk, people.hashed(untrusted_token))
    return ask.user_id if ask is not None and ask.expires_at > now() and ask.purpose is AskPurpose.CODE else None


def give_code(db: Database, settings: Settings, untrusted_token: str, untrusted_code: str) -> str | None:
    """The token of a new session; None when the code is wrong. Raises Stale("service-late") when it is too late, or too often."""
    with db.writing() as session:
        ask = session.get(ServiceAsk, people.hashed(untrusted_token))
        user = session.get(User, ask.user_id) if ask is not None and ask.user_id is not None else None
        good = ask is not None and ask.expires_at > now() and ask.purpose is AskPurpose.CODE
        if ask is None or user is None or user.disabled or not good or ask.tries >= TRIES:
            raise Stale("service-late")
        if not codes.is_right(settings, user, untrusted_code):
            ask.tries += 1
            return None
        session.delete(ask)
        return people.new_session(session, settings, user.id, now())


def welcome(db: Database, settings: Settings, ask: Ask, subject: str) -> str:
    """Makes whom the link invites, without a password, and signs them in: the session's token.

    Raises Stale("service-late") when the link is no good any more, "login-taken", "service-taken".
    """
    at = now()
    with db.writing() as session:
        link = session.get(OneTimeLink, ask.link_id)
        if link is None or link.used_at is not None or link.expires_at <= at or link.role is None:
            raise Stale("service-late")
        people.check_free(session, ask.login)
        _check_free(session, settings, subject)
        link.used_at = at
        user = User(login=ask.login, password_hash="", created_at=at, role=link.role)
        user.service_issuer, user.service_subject = settings.oidc_issuer, subject
        session.add(user)
        session.flush()
        return people.new_session(session, settings, user.id, at)


def join(db: Database, settings: Settings, ask: Ask, who: SignedIn | None, subject: str) -> None:
    """From now on they may sign in there too. Raises Stale("service-late") for anybody but who left, and "service-taken"."""
    if who is None or ask.session_id != who.session_id:
        raise Stale("service-late")
    with db.writing() as session:
        _check_free(session, settings, subject, who.user_id)
        user = session.get(User, who.user_id)
        if user is None or user.disabled:
            raise Stale("service-late")
        user.service_issuer, user.service_subject = settings.oidc_issuer, subject


def part(db: Database, user_id: str, but: str = "") -> None:
    """They sign in there no more, and every session of theirs ends but perhaps one. Raises Stale("moved-on") for nobody."""
    with db.writing() as session:
        user = session.get(User, user_id)
        if user is None:
            raise Stale("moved-on")
        user.service_issuer = user.service_subject = None
        session.execute(delete(ServiceAsk).where(ServiceAsk.user_id == user_id))  # who was about to give a code
        people.end_sessions(session, user_id, but)


def joined(db: Database, settings: Settings, user_id: str) -> Joined:
    """How somebody may sign in now."""
    with db.reading() as session:
        user = session.get(User, user_id)
    here = user is not None and user.service_subject is not None and user.service_issuer == settings.oidc_issuer
    return Joined(here, user is not None and bool(user.password_hash))


def _ask(
    session: Session,
    purpose: AskPurpose,
    link_id: str | None = None,
    login: str = "",
    session_id: str | None = None,
    user_id: str | None = None,
) -> str:
    session.execute(delete(ServiceAsk).where(ServiceAsk.expires_at <= now()))
    token = secrets.token_urlsafe(32)
    session.add(
        ServiceAsk(
            token_sha256=people.hashed(token),
            purpose=purpose,
            link_id=link_id,
            login=login,
            session_id=session_id,
            user_id=user_id,
            tries=0,
            expires_at=now() + LIFETIME,
        )
    )
    return token


def _is(settings: Settings, subject: str) -> tuple[ColumnElement[bool], ...]:
    return User.service_issuer == settings.oidc_issuer, User.service_subject == subject


def _check_free(session: Session, settings: Settings, subject: str, own: str = "") -> None:
    if session.scalar(select(User.id).where(*_is(settings, subject), User.id != own)) is not None:
        raise Stale("service-taken")
