"""Who leaves for the service elsewhere and comes back, on either database: once, by one browser, into one account."""

from __future__ import annotations

import threading

import pytest
from sqlalchemy import func, select, update

from app.db.asks import ServiceAsk
from app.db.kinds import AskPurpose, StaffRole
from app.db.models import User
from app.services import accounts, arriving, people
from app.services.oidc import way_of
from media_pipeline.core.errors import Fault, Refused, Stale
from tests.app.backend import Backend

pytestmark = pytest.mark.both_databases


def test_an_ask_is_taken_once_by_whoever_is_first(backend: Backend) -> None:
    token = arriving.begin(backend.db)
    state = way_of(backend.settings, token).state
    taken: list[object] = []

    def take() -> None:
        try:
            taken.append(arriving.take(backend.db, backend.settings, token, state).purpose)
        except Stale as late:
            taken.append(late.code)

    threads = [threading.Thread(target=take) for _ in range(5)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(30)
    assert sorted(map(str, taken)) == ["service-late"] * 4 + ["sign-in"]
    with backend.db.reading() as session:
        assert session.scalar(select(func.count()).select_from(ServiceAsk)) == 0


def test_a_wrong_state_uses_it_up(backend: Backend) -> None:
    token = arriving.begin(backend.db)
    with pytest.raises(Stale, match="service-late"):
        arriving.take(backend.db, backend.settings, token, "another")
    with pytest.raises(Stale, match="service-late"):
        arriving.take(backend.db, backend.settings, token, way_of(backend.settings, token).state)


def test_what_the_service_is_told_depends_on_the_server_s_own_key(backend: Backend) -> None:
    token = arriving.begin(backend.db)
    here = way_of(backend.settings, token)
    other = backend.settings.model_validate(backend.settings.model_dump() | {"secret_key": "o" * 40})
    there = way_of(other, token)
    assert len({here.state, here.nonce, here.verifier, there.state, there.nonce, there.verifier}) == 6


def test_an_invitation_is_used_once_and_by_the_service_s_word(backend: Backend) -> None:
    link = accounts.invite(backend.db, StaffRole.REVIEWER)
    token = arriving.begin_welcome(backend.db, link, " Bob")
    assert token is not None
    ask = arriving.take(backend.db, backend.settings, token, way_of(backend.settings, token).state)
    assert (ask.purpose, ask.login) == (AskPurpose.WELCOME, "bob")
    held = arriving.welcome(backend.db, backend.settings, ask, "there")
    who = people.who(backend.db, held)
    assert who is not None
    assert who.role is StaffRole.REVIEWER
    assert arriving.joined(backend.db, backend.settings, who.user_id) == arriving.Joined(service=True, password=False)
    with pytest.raises(Stale, match="service-late"):
        arriving.welcome(backend.db, backend.settings, ask, "another there")
    assert arriving.begin_welcome(backend.db, link, "carl") is None
    signed, _ = arriving.sign_in(backend.db, backend.settings, "there")
    assert signed is not None
    for other in ("There", "there ", ""):
        with pytest.raises(Refused, match="service-unknown"):
            arriving.sign_in(backend.db, backend.settings, other)
    arriving.part(backend.db, who.user_id)
    assert people.who(backend.db, held) is None
    with pytest.raises(Stale, match="moved-on"):
        arriving.part(backend.db, "nobody")


def test_the_database_itself_gives_one_account_there_to_one_here(backend: Backend) -> None:
    backend.staff("ann")
    backend.staff("bob")
    both = update(User).values(service_issuer="https://login.example", service_subject="there")
    with pytest.raises(Fault), backend.db.writing() as session:
        session.execute(both)
