"""Who is on the staff: inviting, roles, locking out, and a way back for whoever forgot a password.

There is always an administrator: the last one can be neither locked out nor made anything less.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from app.db.engine import Database
from app.db.kinds import LinkPurpose, StaffRole
from app.db.models import StaffSession, User
from app.services.people import end_sessions, new_link
from media_pipeline.core.errors import Stale


@dataclass(frozen=True, slots=True)
class Member:
    """Somebody on the staff."""

    id: str
    """Their random id."""

    login: str
    """By what they sign in."""

    role: StaffRole
    """What they may do."""

    disabled: bool
    """Whether they are locked out."""

    codes: bool
    """Whether a code from a phone is asked for."""

    service: bool
    """Whether they may sign in by an account of the service elsewhere."""

    password: bool
    """Whether they may sign in by a password."""

    last: datetime | None
    """When they signed in last; None as long as anybody remembers."""


def members(db: Database) -> tuple[Member, ...]:
    """Everybody, by name."""
    latest = select(StaffSession.user_id, func.max(StaffSession.created_at)).group_by(StaffSession.user_id)
    with db.reading() as session:
        last = {row[0]: row[1] for row in session.execute(latest)}
        users = session.scalars(select(User).order_by(User.login))
        return tuple(_member(user, last.get(user.id)) for user in users)


def invite(db: Database, role: StaffRole) -> str:
    """The token of a link by which somebody chooses a name and a password; it works once, within a day."""
    with db.writing() as session:
        return new_link(session, LinkPurpose.INVITATION, role=role)


def new_password_link(db: Database, user_id: str) -> str:
    """The token of a link by which somebody chooses a new password. Raises Stale("moved-on") for nobody."""
    with db.writing() as session:
        return new_link(session, LinkPurpose.NEW_PASSWORD, user_id=_user(session, user_id).id)


def set_role(db: Database, user_id: str, role: StaffRole) -> None:
    """What they may do from now on. Raises Stale: "moved-on", "last-administrator"."""
    with db.writing() as session:
        user = _user(session, user_id)
        if role is not StaffRole.ADMINISTRATOR:
            _keep_one(session, user)
        user.role = role


def set_disabled(db: Database, user_id: str, disabled: bool) -> None:
    """Locks them out, at once and everywhere, or lets them in again. Raises Stale: "moved-on", "last-administrator"."""
    with db.writing() as session:
        user = _user(session, user_id)
        if disabled:
            _keep_one(session, user)
            end_sessions(session, user_id)
        user.disabled = disabled


def drop_codes(db: Database, user_id: str) -> None:
    """Asks for no code any more: their phone is lost. Raises Stale("moved-on")."""
    with db.writing() as session:
        _user(session, user_id).code_nonce = None


def _member(user: User, last: datetime | None) -> Member:
    codes, service = user.code_nonce is not None, user.service_subject is not None
    return Member(user.id, user.login, user.role, user.disabled, codes, service, bool(user.password_hash), last)


def _user(session: Session, untrusted_id: str) -> User:
    user = session.get(User, untrusted_id)
    if user is None:
        raise Stale("moved-on")
    return user


def _keep_one(session: Session, leaving: User) -> None:
    able = User.role == StaffRole.ADMINISTRATOR, User.disabled.is_(False), User.id != leaving.id
    if leaving.role is StaffRole.ADMINISTRATOR and session.scalar(select(func.count()).where(*able)) == 0:
        raise Stale("last-administrator")
