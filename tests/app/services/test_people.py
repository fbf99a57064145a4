"""Signing in: one first administrator, hashes only, no telling which logins exist, sessions that end."""

from __future__ import annotations

from datetime import timedelta

import pytest
from sqlalchemy import select

from app.db.engine import now
from app.db.kinds import LinkPurpose
from app.db.models import OneTimeLink, StaffSession, User
from app.services import people
from tests.app.backend import Backend

pytestmark = pytest.mark.both_databases

PASSWORD = "correct horse battery"  # noqa: S105 - made up here


@pytest.fixture
def first(backend: Backend) -> str:
    """The first administrator's session token."""
    link = people.create_first_link(backend.db)
    assert link is not None
    token = people.accept_link(backend.db, backend.settings, link, " Ann@Library.example ", PASSWORD)
    assert token is not None
    return token


def test_the_first_link_works_once(backend: Backend) -> None:
    link = people.create_first_link(backend.db)
    assert link is not None
    assert people.link_purpose(backend.db, link) is LinkPurpose.FIRST_ADMINISTRATOR
    assert people.accept_link(backend.db, backend.settings, link, "ann", PASSWORD)
    assert people.link_purpose(backend.db, link) is None
    assert people.accept_link(backend.db, backend.settings, link, "bob", PASSWORD) is None
    assert people.create_first_link(backend.db) is None


def test_a_new_link_ends_the_one_before(backend: Backend) -> None:
    old, new = people.create_first_link(backend.db), people.create_first_link(backend.db)
    assert old is not None
    assert new is not None
    assert people.accept_link(backend.db, backend.settings, old, "ann", PASSWORD) is None
    assert people.accept_link(backend.db, backend.settings, new, "ann", PASSWORD)


def test_a_link_expires(backend: Backend) -> None:
    link = people.create_first_link(backend.db)
    assert link is not None
    with backend.db.writing() as session:
        session.scalars(select(OneTimeLink)).one().expires_at = now() - timedelta(seconds=1)
    assert people.accept_link(backend.db, backend.settings, link, "ann", PASSWORD) is None


@pytest.mark.parametrize(
    ("login", "password"), [("", PASSWORD), ("a\nb", PASSWORD), ("ann", "short"), ("ann", "x" * 257)]
)
def test_unfit_logins_and_passwords_are_refused(backend: Backend, login: str, password: str) -> None:
    link = people.create_first_link(backend.db)
    assert link is not None
    with pytest.raises(ValueError, match="characters"):
        people.accept_link(backend.db, backend.settings, link, login, password)
    assert people.link_purpose(backend.db, link) is LinkPurpose.FIRST_ADMINISTRATOR


def test_signing_in_and_out(backend: Backend, first: str) -> None:
    token = people.sign_in(backend.db, backend.settings, "ANN@library.example", PASSWORD)
    assert token is not None
    held = people.who(backend.db, token)
    assert held is not None
    assert held.login == "ann@library.example"
    assert held.session_id != getattr(people.who(backend.db, first), "session_id", None)
    people.sign_out(backend.db, token)
    assert people.who(backend.db, token) is None
    assert people.who(backend.db, first) is not None


def test_who_is_not_let_in(backend: Backend, first: str) -> None:
    assert people.sign_in(backend.db, backend.settings, "ann@library.example", PASSWORD + "!") is None
    assert people.sign_in(backend.db, backend.settings, "nobody", PASSWORD) is None
    assert people.who(backend.db, "made up") is None
    assert people.who(backend.db, "") is None
    with backend.db.writing() as session:
        session.scalars(select(User)).one().disabled = True
    assert people.sign_in(backend.db, backend.settings, "ann@library.example", PASSWORD) is None
    assert people.who(backend.db, first) is None


def test_an_unknown_login_costs_the_same_work(backend: Backend, first: str, monkeypatch: pytest.MonkeyPatch) -> None:
    checked: list[str] = []
    real = people._verified

    def verified(password_hash: str, password: str) -> bool:
        checked.append(password_hash.rsplit("$", 2)[0])
        return real(password_hash, password)

    monkeypatch.setattr(people, "_verified", verified)
    people.sign_in(backend.db, backend.settings, "ann@library.example", "wrong")
    people.sign_in(backend.db, backend.settings, "nobody", "wrong")
    assert len(checked) == 2
    assert checked[0] == checked[1]  # the same algorithm with the same parameters


def test_a_session_ends(backend: Backend, first: str) -> None:
    with backend.db.writing() as session:
        held = session.scalars(select(StaffSession)).one()
        assert held.expires_at - held.created_at == timedelta(hours=backend.settings.session_hours)
        held.expires_at = now() - timedelta(seconds=1)
    assert people.who(backend.db, first) is None


@pytest.mark.sqlite_alone
def test_no_token_and_no_password_is_kept(backend: Backend, first: str) -> None:
    link_bytes = first.encode()
    backend.db.close()
    for file in backend.settings.data.glob("shelf.sqlite*"):
        assert link_bytes not in file.read_bytes()
        assert PASSWORD.encode() not in file.read_bytes()
