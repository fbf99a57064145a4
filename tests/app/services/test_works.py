"""Records of rights: what is written, what proves it, and when it ends."""

from __future__ import annotations

from datetime import date, timedelta

import pytest

from app.db.kinds import WorkKind
from app.services import rights, works
from app.services.works import LARGEST_EVIDENCE, Record
from media_pipeline.core.errors import Refused, Stale
from media_pipeline.core.rights import Basis, Right, Scope
from tests.app.backend import Backend

pytestmark = pytest.mark.both_databases

OPEN = Right(Basis.PERMISSION, Scope.OPEN_WEB)
BEAR = Record(
    WorkKind.BOOK,
    "Brown Bear",
    OPEN,
    author="Ada Lane",
    illustrator="Kit Moss",
    publisher="Lane Press",
    isbn="0-306-40615-2",
    year=1967,
    language="en",
    credit="Read with permission of Lane Press.",
)


def test_a_record_is_what_was_written(backend: Backend) -> None:
    work_id = works.save(backend.db, BEAR)
    work = works.find(backend.db, work_id)
    assert work is not None
    assert (work.isbn, works.written_isbn(work.isbn)) == ("9780306406157", "978-0-306-40615-7")
    told = works.record_of(work)
    assert told == Record(**{name: getattr(BEAR, name) for name in BEAR.__slots__} | {"isbn": work.isbn})
    assert rights.line(work) == "Brown Bear. Ada Lane, Kit Moss. Lane Press, 1967. Read with permission of Lane Press"


@pytest.mark.parametrize("isbn", ["0-306-40615-3", "978-0-306-40615-8", "12345", "97803064061577", "not a number"])
def test_an_isbn_has_its_check_digit(isbn: str) -> None:
    with pytest.raises(ValueError, match="ISBN"):
        Record(WorkKind.BOOK, "Brown Bear", OPEN, isbn=isbn)


@pytest.mark.parametrize(
    "wrong",
    [
        {"title": " "},
        {"title": "x" * 201},
        {"author": "two\nlines"},
        {"year": 99},
        {"language": "English, mostly"},
        {"decided_role": "Head", "decided_on": date(2026, 1, 1)},
        {"right": Right(Basis.FAIR_USE, Scope.OPEN_WEB, decided=True)},
    ],
)
def test_what_is_not_fit_is_not_kept(wrong: dict[str, object]) -> None:
    fields: dict[str, object] = {"kind": WorkKind.BOOK, "title": "Brown Bear", "right": OPEN}
    with pytest.raises(ValueError, match=r"text|title|year|decision"):
        Record(**fields | wrong)  # type: ignore[arg-type] # wrong on purpose


def test_the_calendar_begins_with_what_ends_first(backend: Backend) -> None:
    today = rights.today()
    for title, days in (("Never", None), ("Later", 90), ("Soon", 6), ("Over", -1), ("Always", None)):
        last = None if days is None else today + timedelta(days=days)
        works.save(backend.db, Record(WorkKind.SONG, title, Right(Basis.LICENCE, Scope.OPEN_WEB, last)))
    assert [due.work.title for due in works.every(backend.db)] == ["Over", "Soon", "Later", "Always", "Never"]


def test_the_record_says_something_else_from_now_on_in_every_recording(backend: Backend) -> None:
    work_id = works.save(backend.db, BEAR)
    first, second = backend.upload(), backend.upload(b"another")
    for recording_id in (first, second):
        rights.add(backend.db, recording_id, work_id)
    works.save(
        backend.db, Record(WorkKind.BOOK, "Polar Bear", Right(Basis.OWN, Scope.OPEN_WEB, download=False)), work_id
    )
    for recording_id in (first, second):
        row = backend.row(recording_id)
        assert (row.credits, row.downloadable) == ("Polar Bear", False)
    (due,) = works.every(backend.db)
    assert [each.id for each in due.recordings] == [second, first]
    with pytest.raises(Stale, match="moved-on"):
        works.save(backend.db, BEAR, "none")


@pytest.mark.parametrize(
    ("content", "suffix"), [(b"%PDF-1.7 a letter", "pdf"), (b"\xff\xd8\xff\xe0", "jpg"), (b"Querida Ana", "txt")]
)
def test_what_proves_it_is_kept_with_it_and_goes_with_it(backend: Backend, content: bytes, suffix: str) -> None:
    work_id = works.save(backend.db, BEAR)
    works.give_evidence(backend.db, backend.settings, work_id, b"an earlier one")
    works.give_evidence(backend.db, backend.settings, work_id, content)
    kept = works.evidence(backend.db, work_id)
    assert kept is not None
    assert (kept.content, kept.suffix) == (content, suffix)
    assert works.every(backend.db)[0].evidenced
    works.remove_evidence(backend.db, backend.settings, work_id)
    with pytest.raises(Stale, match="moved-on"):
        works.remove_evidence(backend.db, backend.settings, work_id)
    works.give_evidence(backend.db, backend.settings, work_id, content)
    works.remove(backend.db, backend.settings, work_id)
    assert works.evidence(backend.db, work_id) is None
    with pytest.raises(Stale, match="moved-on"):
        works.give_evidence(backend.db, backend.settings, work_id, content)


@pytest.mark.parametrize(
    "content", [b"", b"\x00\x01\x02", b"PK\x03\x04\xff", b"text\0text", b"x" * (LARGEST_EVIDENCE + 1)]
)
def test_what_is_no_proof_is_refused(backend: Backend, content: bytes) -> None:
    work_id = works.save(backend.db, BEAR)
    with pytest.raises(Refused, match="evidence-unknown"):
        works.give_evidence(backend.db, backend.settings, work_id, content)


def test_a_record_in_use_stays(backend: Backend) -> None:
    work_id, recording_id = works.save(backend.db, BEAR), backend.upload()
    use_id = rights.add(backend.db, recording_id, work_id)
    with pytest.raises(Stale, match="in-use"):
        works.remove(backend.db, backend.settings, work_id)
    rights.remove(backend.db, recording_id, use_id)
    works.remove(backend.db, backend.settings, work_id)
    with pytest.raises(Stale, match="moved-on"):
        works.remove(backend.db, backend.settings, work_id)
