"""What others made that is in a recording: where, whether that may be published, and publishing without it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime
from fractions import Fraction

from sqlalchemy import select
from sqlalchemy.orm import Session

from app.db.engine import Database, now
from app.db.models import Recording
from app.db.works import Work, WorkUse
from app.services import editing, work
from app.settings import Settings
from media_pipeline.core.edits import EditList
from media_pipeline.core.errors import NotReviewed, Stale
from media_pipeline.core.intervals import Interval, IntervalSet
from media_pipeline.core.rights import Bar, Right, Use, barred, without


@dataclass(frozen=True, slots=True)
class Shown:
    """One work in one recording."""

    id: str
    work: Work
    use: Use


@dataclass(frozen=True, slots=True)
class Without:
    """What publishing without a work changed besides the edit."""

    version: int
    """Of the edit."""

    lines: int
    """Lines of "Books and songs" that named it and were taken out."""

    named: bool
    """Whether title, description or tip still name it."""


def right_of(work_: Work) -> Right:
    """What staff were allowed of a work."""
    return Right(
        basis=work_.basis,
        scope=work_.scope,
        last_day=date.fromisoformat(work_.last_day) if work_.last_day else None,
        at_end=work_.at_end,
        download=work_.download,
        decided=bool(work_.decided_role and work_.decided_on),
    )


def today(moment: datetime | None = None) -> date:
    """The day by which rights end: in UTC, as everything that has a last day."""
    return (moment or now()).astimezone(UTC).date()


def shown_in(db: Database, recording_id: str) -> tuple[Shown, ...]:
    """Every work in a recording, in order; those that nobody knows the time of first."""
    with db.reading() as session:
        return _shown(session, recording_id)


def add(db: Database, recording_id: str, work_id: str, span: Interval | None = None) -> str:
    """Notes that a work is in a recording; returns the note's id. Raises Stale("moved-on") when either is gone."""
    with db.writing() as session:
        if session.get(Recording, recording_id) is None or session.get(Work, work_id) is None:
            raise Stale("moved-on")
        use = WorkUse(recording_id=recording_id, work_id=work_id)
        _set_times(session, use, span)
        session.add(use)
        session.flush()
        settle(session, recording_id)
        return use.id


def set_times(db: Database, recording_id: str, use_id: str, span: Interval | None) -> None:
    """From when to when it is there; None when nobody knows. Raises Stale("moved-on")."""
    with db.writing() as session:
        _set_times(session, _use(session, recording_id, use_id), span)
        session.flush()
        settle(session, recording_id)


def remove(db: Database, recording_id: str, use_id: str) -> None:
    """It is not in that recording after all. Raises Stale("moved-on")."""
    with db.writing() as session:
        session.delete(_use(session, recording_id, use_id))
        session.flush()
        settle(session, recording_id)


def tell(db: Database, recording_id: str, told: bool) -> None:
    """Staff say that everything of others in a recording has its record, or that this is open again. Raises Stale("moved-on")."""
    with db.writing() as session:
        recording = session.get(Recording, recording_id)
        if recording is None:
            raise Stale("moved-on")
        recording.rights_told = told


def bars(shown: Sequence[Shown], edits: EditList, day: date) -> dict[str, Bar]:
    """What forbids publishing that edit on that day, by the notes' ids."""
    by_use = {id(one.use): one.id for one in shown}
    return {by_use[id(use)]: bar for use, bar in barred([one.use for one in shown], edits, day)}


def refuse_barred(session: Session, recording: Recording, edits: EditList) -> None:
    """Approving that edit: notes what it leaves out, and writes what families read of the rest.

    Raises NotReviewed: "rights-untold" until staff said what is in it, "rights-barred" when some of that may not be shown.
    """
    if not recording.rights_told:
        raise NotReviewed("rights-untold")
    shown = _shown(session, recording.id)
    if barred([one.use for one in shown], edits, today()):
        raise NotReviewed("rights-barred")
    for one in shown:
        session.get_one(WorkUse, one.id).left_out = one.use.left_out(edits)
    session.flush()
    settle(session, recording.id)


def refuse_barred_now(session: Session, recording_id: str) -> None:
    """What was approved is about to go public. Raises NotReviewed("rights-barred") when something in it may not be shown any more."""
    if any(one.use.right.bar(today()) for one in _staying(session, recording_id)):
        raise NotReviewed("rights-barred")


def publish_without(
    db: Database, settings: Settings, recording_id: str, work_id: str, version: int, by: str | None
) -> Without:
    """Cuts every moment of a work out of a recording, and its lines out of what families read.

    Raises NotReviewed("rights-when") unless it is known where all of it is, Stale: "moved-on", "edit-changed"; and what
    `open_review` raises.
    """
    with db.writing() as session:
        review = editing.open_at(session, settings, recording_id, version, by)
        found = [one for one in _shown(session, recording_id) if one.work.id == work_id]
        if not found:
            raise Stale("moved-on")
        spans = [one.use.span for one in found if one.use.span is not None]
        if len(spans) < len(found):
            raise NotReviewed("rights-when")
        recording, title = review.recording, found[0].work.title.casefold()
        made = editing.put(session, review, without(review.edits, spans), recording.answers_json)
        lines = recording.books.splitlines()
        left = [line for line in lines if title not in line.casefold()]
        recording.books = "\n".join(left)
        told = (recording.title, recording.description, recording.tip)
        others = (recording.other_title, recording.other_description, recording.other_tip)
        return Without(made, len(lines) - len(left), any(title in text.casefold() for text in (*told, *others)))


def settle(session: Session, recording_id: str) -> None:
    """Writes what families read of the works that stay, and whether it may be saved."""
    staying = _staying(session, recording_id)
    recording = session.get_one(Recording, recording_id)
    recording.credits = "\n".join(dict.fromkeys(line(one.work) for one in staying))
    recording.downloadable = all(one.use.right.download for one in staying)


def line(work_: Work) -> str:
    """What families read of it: `Title. Author, illustrator. Publisher, 1967. The line that its owner asks for`."""
    makers = ", ".join(dict.fromkeys(name for name in (work_.author, work_.illustrator) if name))
    source = ", ".join(part for part in (work_.publisher, str(work_.year or "")) if part)
    return ". ".join(part.rstrip(".") for part in (work_.title, makers, source, work_.credit) if part)


def ended(session: Session, day: date) -> frozenset[str]:
    """Ids of the recordings that hold something whose right has ended, so that what is public of them has to be taken down."""
    rows = session.execute(select(WorkUse.recording_id, Work).join(Work).where(~WorkUse.left_out)).all()
    return frozenset(recording_id for recording_id, work_ in rows if right_of(work_).ends_publication(day))


def ending(db: Database, recording_id: str | None = None) -> dict[str, tuple[Work, ...]]:
    """By the recordings' ids: the works whose right ends within the time that staff are warned of, or has ended;
    of one recording or of all.
    """
    day = today()
    with db.reading() as session:
        wanted = select(WorkUse.recording_id, Work).join(Work).where(Work.last_day != "", ~WorkUse.left_out)
        if recording_id is not None:
            wanted = wanted.where(WorkUse.recording_id == recording_id)
        rows = session.execute(wanted).all()
    found: dict[str, dict[str, Work]] = {}
    for name, work_ in rows:
        right = right_of(work_)
        if right.warned(day) is not None or right.bar(day) is Bar.OVER:
            found.setdefault(name, {})[work_.id] = work_
    return {name: tuple(sorted(works.values(), key=lambda w: w.last_day)) for name, works in found.items()}


def _shown(session: Session, recording_id: str) -> tuple[Shown, ...]:
    rows = session.execute(select(WorkUse, Work).join(Work).where(WorkUse.recording_id == recording_id)).all()
    found = [Shown(use.id, work_, Use(use.id, right_of(work_), _span(use))) for use, work_ in rows]
    return tuple(sorted(found, key=lambda one: (one.use.span.start if one.use.span else Fraction(-1), one.id)))


def _staying(session: Session, recording_id: str) -> list[Shown]:
    """Those that what was approved last does not leave out."""
    gone = set(session.scalars(select(WorkUse.id).where(WorkUse.recording_id == recording_id, WorkUse.left_out)))
    return [one for one in _shown(session, recording_id) if one.id not in gone]


def _use(session: Session, recording_id: str, use_id: str) -> WorkUse:
    use = session.get(WorkUse, use_id)
    if use is None or use.recording_id != recording_id:
        raise Stale("moved-on")
    return use


def _span(use: WorkUse) -> Interval | None:
    if use.start_ms is None or use.end_ms is None:
        return None
    return Interval(Fraction(use.start_ms, 1000), Fraction(use.end_ms, 1000))


def _set_times(session: Session, use: WorkUse, span: Interval | None) -> None:
    """What the last approval cut stays left out, and unnamed, when somebody puts its times right afterwards."""
    use.start_ms = round(span.start * 1000) if span else None
    use.end_ms = round(span.end * 1000) if span else None
    cut = work.approved_cut(session, use.recording_id)
    use.left_out = span is not None and not IntervalSet((span,)) - cut
