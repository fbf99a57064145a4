"""Books, songs and pictures that others made: one record of rights each, for every recording that they are in."""

from __future__ import annotations

import csv
import hashlib
import io
import re
from dataclasses import dataclass
from datetime import date

from sqlalchemy import select
from stdnum import isbn as isbns
from stdnum.exceptions import ValidationError

from app.db.engine import Database, now
from app.db.kinds import WorkKind
from app.db.models import Recording
from app.db.works import Evidence, Work, WorkUse
from app.services import deletions, rights
from app.services.cells import cell
from app.settings import Settings
from media_pipeline.core.errors import Refused, Stale
from media_pipeline.core.rights import Right

TEXT_MOST, ROLE_MOST, CREDIT_MOST = 200, 120, 300
"""Characters."""

LARGEST_EVIDENCE = 4 << 20
"""Bytes."""

_COLUMNS = (
    *(
        "kind",
        "title",
        "author",
        "illustrator",
        "publisher",
        "isbn",
        "year",
        "language",
        "basis",
        "scope",
        "decided_role",
    ),
    *("decided_on", "credit", "download", "last_day", "at_end", "evidence", "recordings"),
)

FIRST_YEAR, LAST_YEAR = 1000, 2200

_CONTROL = re.compile(r"[\x00-\x1f\x7f]")
_LANGUAGE = re.compile(r"[A-Za-z]{2,3}(-[A-Za-z0-9]{2,8}){0,3}|")
_BEGINNINGS = ((b"%PDF-", "pdf"), (b"\xff\xd8\xff", "jpg"), (b"\x89PNG\r\n\x1a\n", "png"))


@dataclass(frozen=True, slots=True)
class Record:
    """What staff write of a work. Raises ValueError for what is not fit; a form has checked it before."""

    kind: WorkKind
    title: str
    right: Right
    author: str = ""
    illustrator: str = ""
    publisher: str = ""
    isbn: str = ""
    """As it stands on the book, in 10 or 13 digits with or without hyphens, or empty; its check digit is looked at."""

    year: int | None = None
    language: str = ""
    """A BCP 47 tag, or empty."""

    credit: str = ""
    """The line that its owner asks for."""

    decided_role: str = ""
    """For fair use: in which role it was decided, such as "Head of youth services". Never a name."""

    decided_on: date | None = None
    """For fair use: when."""

    def __post_init__(self) -> None:
        most = {"credit": CREDIT_MOST, "decided_role": ROLE_MOST}
        for name in ("title", "author", "illustrator", "publisher", "credit", "decided_role"):
            text = getattr(self, name)
            if len(text) > most.get(name, TEXT_MOST) or _CONTROL.search(text):
                raise ValueError("a text is too long or holds control characters")
        if not self.title.strip() or not _LANGUAGE.fullmatch(self.language):
            raise ValueError("a work has a title, and a language is a tag such as en")
        if self.year is not None and not FIRST_YEAR <= self.year <= LAST_YEAR:
            raise ValueError("a year has four digits")
        if self.right.decided != (bool(self.decided_role.strip()) and self.decided_on is not None):
            raise ValueError("a decision has a role and a day")
        compact_isbn(self.isbn)


@dataclass(frozen=True, slots=True)
class Due:
    """A record as the calendar shows it."""

    work: Work
    right: Right
    recordings: tuple[Recording, ...]
    """In which it is, the newest first."""

    evidenced: bool
    """Whether a file proves it."""


def compact_isbn(untrusted_text: str) -> str:
    """13 digits; empty for none. Raises ValueError when the check digit, or how many digits there are, is not right."""
    if not untrusted_text.strip():
        return ""
    try:
        return str(isbns.to_isbn13(isbns.validate(untrusted_text))).replace("-", "").replace(" ", "")
    except ValidationError:
        raise ValueError("no ISBN") from None


def written_isbn(isbn: str) -> str:
    """With its hyphens, as on the book."""
    return str(isbns.format(isbn)) if isbn else ""


def save(db: Database, record: Record, work_id: str | None = None) -> str:
    """A new record, or what one says from now on, in every recording that it is in; returns its id. Raises Stale("moved-on")."""
    with db.writing() as session:
        work = Work(created_at=now()) if work_id is None else session.get(Work, work_id)
        if work is None:
            raise Stale("moved-on")
        _write(work, record)
        session.add(work)
        session.flush()
        for recording_id in session.scalars(select(WorkUse.recording_id).where(WorkUse.work_id == work.id).distinct()):
            rights.settle(session, recording_id)
        return work.id


def find(db: Database, untrusted_id: str) -> Work | None:
    """One record, or None."""
    with db.reading() as session:
        return session.get(Work, untrusted_id)


def every(db: Database) -> tuple[Due, ...]:
    """All records: those whose last day comes first, then those without one by their titles."""
    with db.reading() as session:
        works = session.scalars(select(Work)).all()
        evidenced = set(session.scalars(select(Evidence.work_id)))
        used = session.execute(select(WorkUse.work_id, Recording).join(Recording)).all()
    where: dict[str, dict[str, Recording]] = {}
    for work_id, recording in used:
        where.setdefault(work_id, {})[recording.id] = recording
    dues = [
        Due(
            work,
            rights.right_of(work),
            tuple(sorted(where.get(work.id, {}).values(), key=lambda r: r.created_at, reverse=True)),
            work.id in evidenced,
        )
        for work in works
    ]
    return tuple(sorted(dues, key=lambda due: (due.work.last_day or "9999-12-31", due.work.title.casefold())))


def as_csv(db: Database) -> str:
    """All of them for a spreadsheet, in the same order; recordings by their random ids."""
    written = io.StringIO()
    rows = csv.writer(written)
    rows.writerow(_COLUMNS)
    for due in every(db):
        told = {name: getattr(due.work, name) for name in _COLUMNS if hasattr(due.work, name)}
        told |= {"evidence": due.evidenced, "recordings": " ".join(recording.id for recording in due.recordings)}
        rows.writerow([cell(told[name]) for name in _COLUMNS])
    return written.getvalue()


def remove(db: Database, settings: Settings, work_id: str) -> None:
    """A record that no recording names, with its evidence. Raises Stale: "moved-on" when it is gone, "in-use"."""
    with db.writing() as session:
        work = session.get(Work, work_id)
        if work is None:
            raise Stale("moved-on")
        if session.scalar(select(WorkUse.id).where(WorkUse.work_id == work_id).limit(1)) is not None:
            raise Stale("in-use")
        deletions.note_evidence(session, settings, session.get(Evidence, work_id))
        session.delete(work)
    db.compact()


def give_evidence(db: Database, settings: Settings, work_id: str, untrusted_content: bytes) -> None:
    """The file that proves it, in place of an earlier one; its name is not kept.

    Raises Refused("evidence-unknown") for what is no PDF, JPEG, PNG or text, or empty or too large; Stale("moved-on").
    """
    suffix = _suffix(untrusted_content)
    with db.writing() as session:
        if session.get(Work, work_id) is None:
            raise Stale("moved-on")
        sha256 = hashlib.sha256(untrusted_content).hexdigest()
        earlier = session.get(Evidence, work_id)
        if earlier is not None and earlier.sha256 != sha256:
            deletions.note_evidence(session, settings, earlier)
        session.merge(
            Evidence(work_id=work_id, suffix=suffix, sha256=sha256, content=untrusted_content, given_at=now())
        )


def evidence(db: Database, work_id: str) -> Evidence | None:
    """The file that proves it, or None."""
    with db.reading() as session:
        return session.get(Evidence, work_id)


def remove_evidence(db: Database, settings: Settings, work_id: str) -> None:
    """Deletes that file. Raises Stale("moved-on") when there is none."""
    with db.writing() as session:
        there = session.get(Evidence, work_id)
        if there is None:
            raise Stale("moved-on")
        deletions.note_evidence(session, settings, there)
        session.delete(there)
    db.compact()


def record_of(work: Work) -> Record:
    """What staff wrote of it."""
    return Record(
        kind=work.kind,
        title=work.title,
        right=rights.right_of(work),
        author=work.author,
        illustrator=work.illustrator,
        publisher=work.publisher,
        isbn=work.isbn,
        year=work.year,
        language=work.language,
        credit=work.credit,
        decided_role=work.decided_role,
        decided_on=date.fromisoformat(work.decided_on) if work.decided_on else None,
    )


def _write(work: Work, record: Record) -> None:
    right = record.right
    for name in ("title", "author", "illustrator", "publisher", "credit", "decided_role"):
        setattr(work, name, getattr(record, name).strip())
    work.kind, work.isbn, work.year, work.language = (
        record.kind,
        compact_isbn(record.isbn),
        record.year,
        record.language,
    )
    work.basis, work.scope, work.at_end, work.download = right.basis, right.scope, right.at_end, right.download
    work.decided_on = record.decided_on.isoformat() if record.decided_on else ""
    work.last_day = right.last_day.isoformat() if right.last_day else ""


def _suffix(untrusted_content: bytes) -> str:
    if not 0 < len(untrusted_content) <= LARGEST_EVIDENCE:
        raise Refused("evidence-unknown")
    for beginning, suffix in _BEGINNINGS:
        if untrusted_content.startswith(beginning):
            return suffix
    try:
        text = untrusted_content.decode("utf-8")
    except UnicodeDecodeError:
        raise Refused("evidence-unknown") from None
    if "\0" in text:
        raise Refused("evidence-unknown")
    return "txt"
