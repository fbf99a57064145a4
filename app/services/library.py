"""The staff's list of recordings: how each is doing, what families read of it, stopping and trying again."""

from __future__ import annotations

import re
from dataclasses import dataclass

from sqlalchemy import select

from app.db.engine import Database, now
from app.db.kinds import AgeGroup, RecordingState, StepName
from app.db.models import Recording
from app.services.in_force import current_edits, current_proposal
from app.services.jobs import Jobs
from app.services.sizes import parts
from app.services.states import PUBLIC, PUBLISHING, WORKING, Event, move
from app.services.values import PrivateFolder
from app.services.work import decision_of, latest_approval
from app.settings import Settings
from media_pipeline.core.errors import Fault, NotReviewed, Refused, Stale, StoryshelfError
from media_pipeline.core.report import CheckName, looked_at_again
from media_pipeline.core.review import edits_digest
from media_pipeline.core.timebase import clock

TITLE_MOST, SERIES_MOST, DESCRIPTION_MOST = 120, 120, 2000
"""Characters."""

_LANGUAGE = re.compile(r"[A-Za-z]{2,3}(-[A-Za-z0-9]{2,8}){0,3}")
_CONTROL = re.compile(r"[\x00-\x09\x0b-\x1f\x7f]")


@dataclass(frozen=True, slots=True)
class Details:
    """What staff tell families of a recording. Raises ValueError for what is not fit; a form has checked it before."""

    title: str
    """One line, needed before it can be approved."""

    series: str = ""
    """One line, or empty."""

    age_group: AgeGroup | None = None
    language: str = ""
    """A BCP 47 tag such as `en` or `es-MX`, or empty."""

    description: str = ""
    """Plain text; lines may be broken."""

    def __post_init__(self) -> None:
        for text, most, lines in (
            (self.title, TITLE_MOST, False),
            (self.series, SERIES_MOST, False),
            (self.description, DESCRIPTION_MOST, True),
        ):
            if len(text) > most or _CONTROL.search(text) or ("\n" in text and not lines):
                raise ValueError("a text is too long or holds control characters")
        if self.language and not _LANGUAGE.fullmatch(self.language):
            raise ValueError("a language is a tag such as en or es-MX")


@dataclass(frozen=True, slots=True)
class Progress:
    """How one recording is doing, for the page that looks every two seconds."""

    id: str
    state: RecordingState
    step: StepName | None
    """None while it waits, or when nothing is to be done."""

    permille: int
    """How much is done, 0 to 1000: of the step of an analysis, of all sizes of a publication."""

    code: str | None
    """Why it was refused or failed."""

    cancel_asked: bool
    """Whether it is about to stop."""


@dataclass(frozen=True, slots=True)
class BrokenCheck:
    """One check that did not hold."""

    name: str
    """A word of the core's `CheckName`."""

    height: int
    """Lines of the size that was being proven; 0 for sound alone."""

    places: tuple[str, ...]
    """Where, in our own words: at most 20. Empty when the check was not made."""

    wrong: int
    """How many places there are in all."""


def recordings(db: Database) -> tuple[Recording, ...]:
    """Every recording, the newest first."""
    with db.reading() as session:
        return tuple(session.scalars(select(Recording).order_by(Recording.created_at.desc(), Recording.id)))


def recording(db: Database, untrusted_id: str) -> Recording | None:
    """One recording, or None."""
    with db.reading() as session:
        return session.get(Recording, untrusted_id)


def progress(db: Database) -> tuple[Progress, ...]:
    """How every recording is doing, the newest first."""
    return tuple(Progress(r.id, r.state, r.step, r.permille, r.code, r.cancel_asked) for r in recordings(db))


def save_details(db: Database, recording_id: str, details: Details) -> None:
    """Replaces what families read of it, at once also where it is public. Raises Stale("moved-on") when it is gone."""
    with db.writing() as session:
        row = session.get(Recording, recording_id)
        if row is None:
            raise Stale("moved-on")
        if row.state in PUBLIC and not details.title.strip():
            raise NotReviewed("untitled")
        row.title, row.series, row.age_group = details.title.strip(), details.series.strip(), details.age_group
        row.language, row.description = details.language, details.description.strip()


def cancel(db: Database, recording_id: str) -> None:
    """Stops the work on a recording: at once while it waits, else within a second or two. Raises Stale("moved-on")."""
    with db.writing() as session:
        row = session.get(Recording, recording_id)
        if row is None or row.state not in WORKING:
            raise Stale("moved-on")
        if row.step is None:
            move(row, Event.FAIL, now(), "cancelled")
        else:
            row.cancel_asked = True


def retry(db: Database, settings: Settings, jobs: Jobs, recording_id: str) -> None:
    """Takes failed work up again, with the pieces that are done. An approval holds only while the edit is what was approved.

    Raises Stale (moved-on, edit-changed, captions-changed), Refused("original-gone"), NotReviewed("not-approved").
    """
    with db.writing() as session:
        row = session.get(Recording, recording_id)
        if row is None:
            raise Stale("moved-on")
        if row.original_deleted_at is not None:
            raise Refused("original-gone")
        move(row, Event.RETRY, now())
        row.attempt += 1
        approval = None
        if row.state in PUBLISHING:
            approval = latest_approval(session, recording_id)
            if approval is None:
                raise NotReviewed("not-approved")
            folder = PrivateFolder(settings, recording_id)
            proposal = current_proposal(folder, row)
            if proposal.digest != approval.proposal_digest:
                raise Stale("proposal-changed")
            if edits_digest(current_edits(row, folder.media(), proposal)) != approval.edits_digest:
                raise Stale("edit-changed")
            decision = decision_of(approval)
            folder.given().texts.approved(decision.captions, decision.chapters)
    if approval is None:
        jobs.analyse(recording_id, row.attempt)
    else:
        jobs.publish(recording_id, approval.id, row.attempt)


def broken_checks(settings: Settings, recording_id: str) -> tuple[BrokenCheck, ...]:
    """What the proof of the latest render found, the smallest size first. Empty when there is nothing to read of it."""
    folder, found = PrivateFolder(settings, recording_id), []
    try:
        for part in parts(folder.plan()):
            report = folder.report(part)
            checks = {check.name: check for check in report.checks}
            height = part.renditions[0].height if part.renditions else 0
            for name in report.broken:
                check = checks.get(name)
                places = check.codes if check else ()
                if name is CheckName.SECOND_LOOK:
                    places = tuple(clock(moment) for moment in looked_at_again(report))
                found.append(BrokenCheck(name.value, height, places, check.wrong if check else 0))
    except Fault:  # no report: neither this size nor a larger one has come to its proof
        return tuple(found)
    return tuple(found)


def sentence(code: str) -> str:
    """What a stored code means, for staff; the sentence of "unexpected" for one that is no longer known."""
    for kind in _kinds(StoryshelfError):
        if code in kind.sentences:
            return kind.sentences[code]
    return sentence("unexpected")


def _kinds(root: type[StoryshelfError]) -> list[type[StoryshelfError]]:
    return [root, *(kind for child in root.__subclasses__() for kind in _kinds(child))]
