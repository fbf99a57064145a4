"""What the database promises whoever stands on it, on SQLite and on a real PostgreSQL alike."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Iterator

import pytest
from sqlalchemy import delete, func, select, text, update
from sqlalchemy.orm import Session

from app.db.engine import now
from app.db.kinds import RecordingState, StaffRole
from app.db.models import Approval, Deed, EditState, Recording, SheetShown, StaffSession, User
from app.services import people
from app.services.jobs import ANALYSE, DbosJobs
from media_pipeline.core.errors import Fault, Stale
from tests.app.backend import Backend

pytestmark = pytest.mark.both_databases

NEEDLE = "ann-needle"


def user(login: str) -> User:
    return User(login=login, password_hash="-" * 8, created_at=now(), role=StaffRole.REVIEWER)


def logins(session: Session) -> int:
    return session.scalar(select(func.count()).select_from(User)) or 0


def beside(do: Callable[[], None]) -> threading.Thread:
    thread = threading.Thread(target=do)
    thread.start()
    return thread


def test_a_reader_sees_one_state_while_others_write(backend: Backend) -> None:
    def add() -> None:
        with backend.db.writing() as session:
            session.add(user("ann"))

    with backend.db.reading() as session:
        assert logins(session) == 0
        beside(add).join(10)  # nor does the writer wait for the reader
        assert logins(session) == 0
    with backend.db.reading() as session:
        assert logins(session) == 1


def test_a_writer_waits_for_another_and_then_sees_what_it_wrote(backend: Backend) -> None:
    seen: list[int] = []

    def add(login: str) -> None:
        with backend.db.writing() as session:
            seen.append(logins(session))
            time.sleep(0.1)
            session.add(user(login))

    threads = [threading.Thread(target=add, args=(f"ann-{number}",)) for number in range(6)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(30)
    assert seen == list(range(6))


def test_a_reader_waits_for_no_writer(backend: Backend) -> None:
    with backend.db.writing() as session:
        session.add(user("ann"))
        session.flush()
        with backend.db.reading() as other:
            assert logins(other) == 0


def test_a_writer_that_failed_is_in_nobodys_way(backend: Backend) -> None:
    def half() -> None:
        with backend.db.writing() as session:
            session.add(user("ann"))
            session.flush()
            raise ZeroDivisionError

    for _ in range(20):
        with pytest.raises(ZeroDivisionError):
            half()
    with backend.db.writing() as session:
        assert logins(session) == 0


BROKEN: dict[str, Callable[[Session], object]] = {
    "two of one name": lambda session: session.add_all([user(NEEDLE), user(NEEDLE)]),
    "of nobody": lambda session: session.add(
        StaffSession(token_sha256=NEEDLE, user_id="nobody", created_at=now(), expires_at=now())
    ),
    "without what must be": lambda session: session.execute(
        text("INSERT INTO one_time_link (id, token_sha256) VALUES ('a', :secret)"), {"secret": NEEDLE}
    ),
    "a statement that is none": lambda session: session.execute(text(f"SELECT {NEEDLE!r} FROM nowhere")),  # noqa: S608
}


@pytest.mark.parametrize("broken", BROKEN)
def test_what_is_broken_is_refused_without_a_word_of_it(backend: Backend, broken: str) -> None:
    with pytest.raises(Fault, match="store-failed") as caught, backend.db.writing() as session:
        BROKEN[broken](session)
    told = repr(caught.value) + caught.value.detail + str(caught.value)
    assert NEEDLE not in told
    assert "INSERT" not in told.upper()
    assert caught.value.__cause__ is None
    assert caught.value.__suppress_context__
    with backend.db.reading() as session:
        assert logins(session) == 0


def test_what_belongs_to_a_recording_goes_with_it_and_staff_stay(backend: Backend) -> None:
    recording_id = backend.analysed()
    backend.approved(recording_id)
    with backend.db.writing() as session:
        session.add(EditState(recording_id=recording_id, place=0))
        row = session.get(Recording, recording_id)
        assert row is not None
        row.edited_by = session.scalars(select(User.id)).one()
    with backend.db.writing() as session:
        session.execute(delete(Recording))
    with backend.db.reading() as session:
        for table in (Approval, EditState, SheetShown, Recording):
            assert session.scalar(select(func.count()).select_from(table)) == 0, table
        assert logins(session) == 1


def change_all(session: Session) -> None:
    session.execute(update(Deed).values(what="nothing"))


def change_one(session: Session) -> None:
    session.scalars(select(Deed)).one().about = ""


@pytest.mark.parametrize("change", [change_all, change_one])
def test_what_was_done_is_not_changed_but_ends(backend: Backend, change: Callable[[Session], None]) -> None:
    with backend.db.writing() as session:
        session.add(Deed(at=now(), what="approve", about="aaaaaaaaaaaa"))
    with pytest.raises(Fault, match="store-failed"), backend.db.writing() as session:
        change(session)
    with backend.db.reading() as session:
        assert session.scalars(select(Deed.what)).one() == "approve"
    with backend.db.writing() as session:
        session.execute(delete(Deed))


@pytest.fixture
def jobs(backend: Backend) -> Iterator[DbosJobs]:
    opened = DbosJobs(backend.settings)
    yield opened
    opened.close()


def test_a_job_that_is_announced_twice_or_by_two_is_one(backend: Backend, jobs: DbosJobs) -> None:
    assert jobs.look(ANALYSE, "abc", 1) == (False, False)
    other = DbosJobs(backend.settings)
    for _ in range(2):
        jobs.analyse("abc", 1)
        other.analyse("abc", 1)
    assert jobs.look(ANALYSE, "abc", 1) == (True, False)
    assert jobs.look(ANALYSE, "abc", 2) == (False, False)
    assert [flow.workflow_id for flow in other._open().list_workflows()] == ["analyse-abc-1"]
    jobs.give_up("analyse-abc-1")
    assert other.look(ANALYSE, "abc", 1) == (True, True)
    other.close()


def test_what_no_row_can_hold_finds_nobody(backend: Backend) -> None:
    backend.staff("ann\0ie")
    assert people.sign_in(backend.db, backend.settings, "ann\0", "correct horse battery") is None
    with backend.db.reading() as session:
        assert session.get(Recording, "\0") is None


def test_making_room_leaves_everything_that_counts(backend: Backend) -> None:
    kept, gone = backend.upload(), backend.upload(b"another")
    with backend.db.writing() as session:
        session.delete(session.get(Recording, gone))
    backend.db.compact()
    assert backend.row(kept).state is RecordingState.UPLOADED


def test_two_who_move_one_recording_do_it_once(backend: Backend) -> None:
    """The second one finds it moved: reading and writing are one step for everybody else."""
    recording_id = backend.upload()
    outcomes: list[str] = []

    def begin() -> None:
        try:
            with backend.db.writing() as session:
                row = session.get(Recording, recording_id)
                assert row is not None
                if row.state is not RecordingState.UPLOADED:
                    raise Stale("moved-on")
                time.sleep(0.05)
                row.state = RecordingState.ANALYSING
            outcomes.append("moved")
        except Stale:
            outcomes.append("stale")

    for thread in [beside(begin) for _ in range(4)]:
        thread.join(30)
    assert sorted(outcomes) == ["moved", "stale", "stale", "stale"]
