"""Staff accounts: there is always an administrator, links work once, codes work once, and the trail cannot be changed."""

from __future__ import annotations

import csv
import io
import time
from datetime import timedelta

import pyotp
import pytest
from sqlalchemy import select, update
from sqlalchemy.exc import IntegrityError

from app.db.engine import now
from app.db.kinds import StaffRole
from app.db.models import Deed, User
from app.services import accounts, audit, codes, people
from media_pipeline.core.errors import Stale, StoryshelfError
from tests.app.backend import Backend
from tests.app.quickly import REAL

pytestmark = pytest.mark.both_databases

PASSWORD, OTHER = "correct horse battery", "staple of the stable"


@pytest.fixture
def ann(backend: Backend) -> str:
    """The first administrator's id."""
    link = people.create_first_link(backend.db)
    assert link is not None
    return id_of(backend, people.accept_link(backend.db, backend.settings, link, "ann", PASSWORD))


def id_of(backend: Backend, token: str | None) -> str:
    assert token is not None
    who = people.who(backend.db, token)
    assert who is not None
    return who.user_id


def invited(backend: Backend, login: str, role: StaffRole) -> str:
    link = accounts.invite(backend.db, role)
    return id_of(backend, people.accept_link(backend.db, backend.settings, link, login, PASSWORD))


def sign_in(backend: Backend, login: str, password: str = PASSWORD, code: str = "") -> str | None:
    return people.sign_in(backend.db, backend.settings, login, password, code)


def test_roles_cover_those_before_them() -> None:
    roles = list(StaffRole)
    for place, role in enumerate(roles):
        assert [role.covers(other) for other in roles] == [n <= place for n in range(len(roles))]


@pytest.mark.parametrize("role", StaffRole)
def test_an_invitation_makes_somebody_of_its_role_once(backend: Backend, ann: str, role: StaffRole) -> None:
    link = accounts.invite(backend.db, role)
    token = people.accept_link(backend.db, backend.settings, link, "bob", PASSWORD)
    who = people.who(backend.db, token or "")
    assert who is not None
    assert who.role is role
    assert people.accept_link(backend.db, backend.settings, link, "cat", PASSWORD) is None
    assert [member.login for member in accounts.members(backend.db)] == ["ann", "bob"]


def test_a_name_that_is_taken_uses_no_link_up(backend: Backend, ann: str) -> None:
    link = accounts.invite(backend.db, StaffRole.REVIEWER)
    with pytest.raises(Stale, match="login-taken"):
        people.accept_link(backend.db, backend.settings, link, " ANN ", PASSWORD)
    assert people.accept_link(backend.db, backend.settings, link, "bob", PASSWORD)


def test_the_last_administrator_stays_one(backend: Backend, ann: str) -> None:
    with pytest.raises(Stale, match="last-administrator"):
        accounts.set_disabled(backend.db, ann, True)
    with pytest.raises(Stale, match="last-administrator"):
        accounts.set_role(backend.db, ann, StaffRole.PUBLISHER)
    bob = invited(backend, "bob", StaffRole.ADMINISTRATOR)
    accounts.set_role(backend.db, ann, StaffRole.PUBLISHER)
    with pytest.raises(Stale, match="last-administrator"):
        accounts.set_disabled(backend.db, bob, True)
    accounts.set_role(backend.db, bob, StaffRole.ADMINISTRATOR)  # what they are is no change


def test_whoever_is_locked_out_is_out_at_once_and_everywhere(backend: Backend, ann: str) -> None:
    bob = invited(backend, "bob", StaffRole.REVIEWER)
    tokens = [sign_in(backend, "bob") or "" for _ in range(2)]
    accounts.set_disabled(backend.db, bob, True)
    assert [people.who(backend.db, token) for token in tokens] == [None, None]
    assert sign_in(backend, "bob") is None
    accounts.set_disabled(backend.db, bob, False)
    assert sign_in(backend, "bob")
    assert people.who(backend.db, tokens[0]) is None


def test_a_new_password_ends_what_was_open_and_works_once(backend: Backend, ann: str) -> None:
    bob = invited(backend, "bob", StaffRole.REVIEWER)
    before = sign_in(backend, "bob") or ""
    link = accounts.new_password_link(backend.db, bob)
    assert people.accept_link(backend.db, backend.settings, link, "eve", PASSWORD) is None, "it invites nobody"
    assert id_of(backend, people.change_password(backend.db, backend.settings, link, OTHER)) == bob
    assert people.who(backend.db, before) is None
    assert people.change_password(backend.db, backend.settings, link, PASSWORD) is None
    assert sign_in(backend, "bob") is None
    assert sign_in(backend, "bob", OTHER)
    invitation = accounts.invite(backend.db, StaffRole.ADMINISTRATOR)
    assert people.change_password(backend.db, backend.settings, invitation, OTHER) is None, "it changes nobody's"


def test_nobody_is_nobody(backend: Backend, ann: str) -> None:
    with pytest.raises(Stale, match="moved-on"):
        accounts.set_role(backend.db, "nobody", StaffRole.REVIEWER)
    with pytest.raises(Stale, match="moved-on"):
        accounts.set_disabled(backend.db, "nobody", True)
    with pytest.raises(Stale, match="moved-on"):
        accounts.new_password_link(backend.db, "nobody")
    with pytest.raises(Stale, match="moved-on"):
        accounts.drop_codes(backend.db, "nobody")


def set_up(backend: Backend, user_id: str) -> pyotp.TOTP:
    nonce = codes.new_nonce()
    app = pyotp.TOTP(codes.secret_of(backend.settings, user_id, nonce))
    assert not codes.turn_on(backend.db, backend.settings, user_id, nonce, "000000 ")
    assert codes.turn_on(backend.db, backend.settings, user_id, nonce, app.now())
    return app


def test_a_code_is_asked_for_and_works_once(backend: Backend, ann: str, monkeypatch: pytest.MonkeyPatch) -> None:
    at = 1_800_000_000.0
    monkeypatch.setattr(time, "time", lambda: at)
    nonce = codes.new_nonce()
    phone = pyotp.TOTP(codes.secret_of(backend.settings, ann, nonce))
    assert codes.turn_on(backend.db, backend.settings, ann, nonce, phone.at(int(at)))
    assert sign_in(backend, "ann") is None
    assert sign_in(backend, "ann", code=phone.at(int(at))) is None, "it was used to set it up"
    for seconds, good in ((60, False), (30, True), (30, False), (-60, False)):
        assert bool(sign_in(backend, "ann", code=phone.at(int(at) + seconds))) is good
    at += 90
    code = phone.at(int(at))
    assert sign_in(backend, "ann", "a wrong password", code) is None
    assert sign_in(backend, "ann", code=f"{code[:3]} {code[3:]}"), "a wrong password has used no code up"
    for junk in ("", "abcdef", "١٢٣٤٥٦", "1" * 12, "12345"):
        assert sign_in(backend, "ann", code=junk) is None
    accounts.drop_codes(backend.db, ann)
    assert sign_in(backend, "ann")


@pytest.mark.sqlite_alone
def test_the_secret_is_in_no_database(backend: Backend, ann: str) -> None:
    phone = set_up(backend, ann)
    backend.db.close()
    kept = b"".join(path.read_bytes() for path in backend.settings.data.glob("shelf.sqlite*"))
    for form in (phone.secret.encode(), phone.byte_secret(), phone.byte_secret().hex().encode()):
        assert form not in kept


def test_secrets_differ_by_person_nonce_and_server(backend: Backend) -> None:
    other = backend.settings.model_copy(update={"secret_key": type(backend.settings.secret_key)("t" * 40)})
    made = {codes.secret_of(s, u, n) for s in (backend.settings, other) for u in "ab" for n in "cd"}
    assert len(made) == 8


def test_what_was_done_cannot_be_changed_and_ends(backend: Backend, ann: str) -> None:
    audit.note(backend.db, ann, "approve", "aaaaaaaaaaaa")
    audit.note(backend.db, None, "withdraw")
    assert [(one.who, one.what, one.about) for one in audit.trail(backend.db)][::-1] == [
        ("ann", "approve", "aaaaaaaaaaaa"),
        ("", "withdraw", ""),
    ]
    with pytest.raises((IntegrityError, StoryshelfError)), backend.db.writing() as session:
        session.execute(update(Deed).values(what="nothing"))
    assert audit.forget(backend.db, backend.settings, now()) == 0
    assert audit.forget(backend.db, backend.settings, now() + timedelta(days=731)) == 2
    assert audit.trail(backend.db) == ()


def test_a_name_is_no_formula(backend: Backend, ann: str) -> None:
    bob = invited(backend, "=cmd|' /c calc'!a1", StaffRole.REVIEWER)
    audit.note(backend.db, bob, "edit")
    rows = list(csv.reader(io.StringIO(audit.as_csv(audit.trail(backend.db)))))
    assert rows[0] == ["at", "who", "what", "about"]
    assert rows[1][1].startswith("'=cmd")


def test_own_password_and_sessions(backend: Backend, ann: str) -> None:
    here, there = sign_in(backend, "ann") or "", sign_in(backend, "ann") or ""
    held = people.who(backend.db, here)
    assert held is not None
    assert people.open_sessions(backend.db, ann) == 3
    assert people.is_right_password(backend.db, ann, PASSWORD)
    assert not people.is_right_password(backend.db, ann, OTHER)
    people.set_password(backend.db, ann, OTHER, held.session_id)
    assert people.who(backend.db, here) is not None
    assert people.who(backend.db, there) is None
    assert sign_in(backend, "ann") is None
    with backend.db.reading() as session:
        assert session.scalars(select(User)).one().password_hash.startswith("$argon2id$")


@pytest.mark.sqlite_alone
def test_a_password_is_costly_to_guess() -> None:
    """At the least what OWASP's password storage cheat sheet asks: argon2id, 19 MiB, two passes."""
    assert REAL.hash(PASSWORD).startswith("$argon2id$v=19$")
    assert REAL.memory_cost >= 19 << 10
    assert REAL.time_cost >= 2
