"""The tables of books, songs and pictures that others made: what staff were allowed, the proof of it, and where it is used."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import ForeignKey, LargeBinary, String
from sqlalchemy.orm import Mapped, mapped_column

from app.db.base import Base
from app.db.kinds import WorkKind, new_id
from media_pipeline.core.rights import AtEnd, Basis, Scope


class Work(Base):
    """A book, song or picture with its record of rights: one for all recordings that it is in."""

    __tablename__ = "work"

    id: Mapped[str] = mapped_column(String(12), primary_key=True, default=new_id)
    kind: Mapped[WorkKind]
    title: Mapped[str] = mapped_column(String(200))
    author: Mapped[str] = mapped_column(String(200), default="")
    illustrator: Mapped[str] = mapped_column(String(200), default="")
    publisher: Mapped[str] = mapped_column(String(200), default="")
    isbn: Mapped[str] = mapped_column(String(13), default="")
    """13 digits, or empty."""
    year: Mapped[int | None]
    language: Mapped[str] = mapped_column(String(35), default="")
    """A BCP 47 tag, or empty."""
    basis: Mapped[Basis]
    scope: Mapped[Scope]
    decided_role: Mapped[str] = mapped_column(String(120), default="")
    """In which role somebody decided on fair use; never a name."""
    decided_on: Mapped[str] = mapped_column(String(10), default="")
    """On which day, such as `2026-09-15`."""
    credit: Mapped[str] = mapped_column(String(300), default="")
    """The line that its owner asks for."""
    last_day: Mapped[str] = mapped_column(String(10), default="")
    """The last day on which it may be shown; empty without an end."""
    at_end: Mapped[AtEnd]
    download: Mapped[bool]
    created_at: Mapped[datetime]


class Evidence(Base):
    """The file that proves what staff were allowed, such as a letter. It is small and in few hands: so it lies here, where backups,
    moves and deletions reach it with its record, and not in a place of its own."""

    __tablename__ = "evidence"

    work_id: Mapped[str] = mapped_column(ForeignKey("work.id", ondelete="CASCADE"), primary_key=True)
    suffix: Mapped[str] = mapped_column(String(8))
    """Of the name that it is saved under: what its first bytes say it is."""
    sha256: Mapped[str] = mapped_column(String(64))
    content: Mapped[bytes] = mapped_column(LargeBinary)
    given_at: Mapped[datetime]


class WorkUse(Base):
    """One work in one recording."""

    __tablename__ = "work_use"

    id: Mapped[str] = mapped_column(String(12), primary_key=True, default=new_id)
    recording_id: Mapped[str] = mapped_column(ForeignKey("recording.id", ondelete="CASCADE"), index=True)
    work_id: Mapped[str] = mapped_column(ForeignKey("work.id"), index=True)
    start_ms: Mapped[int | None]
    """Milliseconds on the recording's clock; None, with the end, for all of it."""
    end_ms: Mapped[int | None]
    left_out: Mapped[bool] = mapped_column(default=False)
    """Whether nothing of it was in what was approved last, when it was approved."""
