"""What staff decide on, what was shown to them of it, and the decision itself.

A moment counts as seen by a signed-in browser once the contact sheet that shows it was sent to that browser and the
browser has said that it stood on the screen, or once its second of the preview was played (`watching`). Sound has an account
of its own: what `only_for_ears` and the greetings are must have been played aloud. Nothing carries over from one signed-in
browser to another, and a sheet on which something that was cut is kept again has not been seen, nor a second heard.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

from sqlalchemy import select, update
from sqlalchemy.orm import Session

from app.db.engine import Database, now
from app.db.models import Approval, BytesSent, Recording, SheetShown
from app.services.ears import account, only_for_ears
from app.services.in_force import Answered, answered, apart, current_edits, current_proposal
from app.services.jobs import Jobs
from app.services.people import SignedIn
from app.services.publish import refuse_without_officer
from app.services.states import REVIEWABLE, Event, move
from app.services.values import PrivateFolder
from app.services.watching import forget_heard, forget_watched, heard, watched
from app.settings import Settings
from media_pipeline.core import canonical
from media_pipeline.core.captions import NO_TEXTS, Uncaptioned, reason_to_keep
from media_pipeline.core.edits import EditList, brought_back
from media_pipeline.core.errors import NotReviewed, Refused, Stale
from media_pipeline.core.hearing import Hearing, sound_back
from media_pipeline.core.intervals import IntervalSet
from media_pipeline.core.looks import Look
from media_pipeline.core.media import MediaFile
from media_pipeline.core.plan import make_plan
from media_pipeline.core.proposal import Proposal
from media_pipeline.core.review import ReviewDecision, Role, edits_digest, sheet_count, sheet_span
from media_pipeline.core.review import approve as decide
from media_pipeline.core.review import unseen as not_seen
from media_pipeline.core.speakers import Given


@dataclass(frozen=True, slots=True)
class Review:
    """All that the review page needs to know of a recording."""

    recording: Recording
    """Its row."""

    media: MediaFile
    """Its tracks and length."""

    looks: tuple[Look, ...]
    """Its looks, the longest first."""

    answered: Answered
    """What staff say of them."""

    proposal: Proposal
    """What is proposed with that, and why."""

    edits: EditList
    """What is to be cut now: the proposal, until someone changes it."""

    version: int
    """The state of the edit: whoever saves or approves names the one that was on the page."""

    sheets: int
    """How many contact sheets there are, numbered from 0; none for a sound recording."""

    safe: IntervalSet
    """What staff declared safe after a second look."""

    given: Given
    """Captions and chapters, and what staff chose of them."""

    ears: IntervalSet
    """When there is something to hear and no presenter to see, whatever is edited."""


def open_review(db: Database, settings: Settings, recording_id: str) -> Review:
    """What to show. Raises Stale("moved-on") when there is nothing to decide now, Refused("original-gone"), Fault."""
    with db.reading() as session:
        recording = _reviewable(session, recording_id)
    return _review(settings, recording)


def open_for_change(session: Session, settings: Settings, recording_id: str, by: str | None) -> Review:
    """The same inside a transaction in which the user `by` changes something of it."""
    recording = _reviewable(session, recording_id)
    recording.edited_by = by
    return _review(settings, recording)


def look_again(session: Session, review: Review, after: EditList) -> None:
    """What was cut, hidden or muted needed neither eyes nor ears: once `after` brings it back, nobody has seen its contact
    sheet or second, nor heard that."""
    back = apart(brought_back(review.edits, after))
    forget_watched(session, review.recording.id, back)
    forget_heard(session, review.recording.id, apart(sound_back(review.edits, after)))
    spans = (IntervalSet((sheet_span(review.media.whole, sheet),)) for sheet in range(review.sheets))
    touched = [sheet for sheet, span in enumerate(spans) if apart(span & back)]
    shown = update(SheetShown).where(SheetShown.recording_id == review.recording.id, SheetShown.sheet.in_(touched))
    session.execute(shown.values(seen_at=None))


def mark_issued(db: Database, settings: Settings, recording_id: str, session_id: str, sheet: int) -> None:
    """A contact sheet is being sent to a signed-in browser. Raises Stale("moved-on") also when there is no such sheet."""
    if not 0 <= sheet < open_review(db, settings, recording_id).sheets:
        raise Stale("moved-on")
    with db.writing() as session:
        _reviewable(session, recording_id)
        if session.get(SheetShown, (recording_id, session_id, sheet)) is None:
            session.add(SheetShown(recording_id=recording_id, session_id=session_id, sheet=sheet, issued_at=now()))


def mark_seen(db: Database, recording_id: str, session_id: str, sheet: int) -> None:
    """The browser says that a contact sheet stood on the screen. Raises NotReviewed("unseen") when it was never sent there."""
    with db.writing() as session:
        shown = session.get(SheetShown, (recording_id, session_id, sheet))
        if shown is None:
            raise NotReviewed("unseen")
        shown.seen_at = shown.seen_at or now()


def mark_sent(db: Database, recording_id: str, session_id: str, start: int, end: int) -> None:
    """Bytes `start` to `end` (exclusive) of the proxy were sent to a signed-in browser, to the last one."""
    if not 0 <= start < end:
        return
    with db.writing() as session:
        _reviewable(session, recording_id)
        sent = select(BytesSent).where(BytesSent.recording_id == recording_id, BytesSent.session_id == session_id)
        for stretch in session.scalars(sent.where(BytesSent.start <= end, BytesSent.end >= start)).all():
            start, end = min(start, stretch.start), max(end, stretch.end)
            session.delete(stretch)
        session.flush()
        session.add(BytesSent(recording_id=recording_id, session_id=session_id, start=start, end=end))


def seen(db: Database, settings: Settings, recording_id: str, session_id: str) -> IntervalSet:
    """Every moment that was shown to this signed-in browser. Raises what `open_review` raises."""
    with db.reading() as session:
        return _seen(session, _review(settings, _reviewable(session, recording_id)), session_id)


def unseen(db: Database, settings: Settings, recording_id: str, session_id: str) -> IntervalSet:
    """Every kept moment that was not shown to it yet: approving works once this is empty."""
    with db.reading() as session:
        review = _review(settings, _reviewable(session, recording_id))
        return not_seen(review.edits, _seen(session, review, session_id))


def hearing(db: Database, review: Review, session_id: str) -> Hearing:
    """The account of sound of this signed-in browser: approving works once nothing of it is owed."""
    with db.reading() as session:
        return _hearing(session, review, session_id)


def sheets_seen(db: Database, recording_id: str, session_id: str) -> frozenset[int]:
    """The contact sheets that count as seen by this signed-in browser."""
    with db.reading() as session:
        return _sheets_seen(session, recording_id, session_id)


def approve(
    db: Database,
    settings: Settings,
    jobs: Jobs,
    recording_id: str,
    who: SignedIn,
    version: int,
    texts: str = NO_TEXTS.digest,
    uncaptioned: Uncaptioned | None = None,
) -> Approval:
    """A member of staff decides to publish the edit `version`, of which every kept moment was shown to them, with the words
    of which `texts` is the digest; where no captions would be published, `uncaptioned` says why.

    Raises NotReviewed (unseen, unheard, untitled, no-captions-reason, no-officer, same-person), Stale (edit-changed,
    captions-changed, moved-on), Refused (nothing-left,
    original-gone), Fault.
    """
    refuse_without_officer(db, settings, recording_id)
    with db.writing() as session:
        review = _review(settings, _reviewable(session, recording_id))
        if version != review.version:
            raise Stale("edit-changed")
        if texts != review.given.texts.digest:
            raise Stale("captions-changed")
        if needs_another(settings, review, who):
            raise NotReviewed("same-person")
        shown, told = _seen(session, review, who.session_id), _hearing(session, review, who.session_id)
        approval = _approve(session, review, shown, told, Role.STAFF, who.user_id, uncaptioned)
    jobs.publish(recording_id, approval.id, review.recording.attempt)
    return approval


def needs_another(settings: Settings, review: Review, who: SignedIn) -> bool:
    """Whether this library wants somebody else to approve what `who` was the last to change."""
    return settings.second_person and review.recording.edited_by == who.user_id


def approve_demo(db: Database, settings: Settings, jobs: Jobs, recording_id: str) -> Approval:
    """The demonstration approves its own generated film, and nothing else ever.

    Raises NotReviewed("not-approved") for any recording that `intake.accept_demo` did not take in.
    """
    with db.writing() as session:
        review = _review(settings, _reviewable(session, recording_id))
        if not review.recording.demo:
            raise NotReviewed("not-approved")
        all_of_it = IntervalSet((review.media.whole,))
        told = account(review.media, review.edits, review.ears, all_of_it, participants_muted=False)
        approval = _approve(session, review, all_of_it, told, Role.DEMO, None, Uncaptioned.NOTHING_SAID)
    jobs.publish(recording_id, approval.id, review.recording.attempt)
    return approval


def uncaptioned_reason_needed(review: Review) -> bool:
    """Whether approving the edit in force takes a reason for publishing no captions."""
    try:
        plan = make_plan(review.edits, review.media)
        reason_to_keep(review.given.texts.surviving(plan), plan, None)
    except NotReviewed:
        return True
    except Refused:  # nothing of the film is left, and nothing can be approved
        return False
    return False


def _approve(
    session: Session,
    review: Review,
    shown: IntervalSet,
    told: Hearing,
    role: Role,
    user_id: str | None,
    uncaptioned: Uncaptioned | None,
) -> Approval:
    recording = review.recording
    if not recording.title.strip():
        raise NotReviewed("untitled")
    decision = ReviewDecision(review.proposal.digest, review.edits.edits, shown, role, safe=review.safe, hearing=told)
    edits = decide(review.proposal, decision)
    plan = make_plan(edits, review.media)  # says now, not in an hour, when nothing would be left
    texts = review.given.texts.surviving(plan)
    decision = replace(decision, captions=texts.captions.digest, chapters=texts.chapters.digest)
    approval = Approval(
        recording_id=recording.id,
        user_id=user_id,
        role=role.value,
        proposal_digest=decision.proposal_digest,
        edits_digest=edits_digest(edits),
        decision_json=canonical.dumps(decision),
        uncaptioned=reason_to_keep(texts, plan, uncaptioned),
        at=now(),
    )
    session.add(approval)
    move(recording, Event.APPROVE, now())
    recording.attempt += 1
    session.flush()
    return approval


def _reviewable(session: Session, recording_id: str) -> Recording:
    recording = session.get(Recording, recording_id)
    if recording is None or recording.state not in REVIEWABLE:
        raise Stale("moved-on")
    if recording.original_deleted_at is not None:
        raise Refused("original-gone")
    return recording


def _review(settings: Settings, recording: Recording) -> Review:
    folder = PrivateFolder(settings, recording.id)
    media, proposal = folder.media(), current_proposal(folder, recording)
    edits, looks = current_edits(recording, media, proposal), folder.looks()
    sheets = 0 if media.video is None else sheet_count(media.whole)
    return Review(
        recording=recording,
        media=media,
        looks=looks,
        answered=answered(recording),
        proposal=proposal,
        edits=edits,
        version=recording.edit_version,
        sheets=sheets,
        safe=folder.safe(),
        given=folder.given(),
        ears=only_for_ears(settings, recording.id, media, looks, proposal),
    )


def _sheets_seen(session: Session, recording_id: str, session_id: str) -> frozenset[int]:
    seen_sheets = select(SheetShown.sheet).where(
        SheetShown.recording_id == recording_id,
        SheetShown.session_id == session_id,
        SheetShown.seen_at.is_not(None),
    )
    return frozenset(session.scalars(seen_sheets))


def _seen(session: Session, review: Review, session_id: str) -> IntervalSet:
    if review.media.video is None:
        return IntervalSet((review.media.whole,))  # there is nothing to see, and all of it is to be heard
    sheets = _sheets_seen(session, review.recording.id, session_id)
    shown = IntervalSet.of(sheet_span(review.media.whole, sheet) for sheet in sheets if sheet < review.sheets)
    return shown | watched(session, review.recording.id, session_id)


def _hearing(session: Session, review: Review, session_id: str) -> Hearing:
    return account(
        review.media,
        review.edits,
        review.ears,
        heard(session, review.recording.id, session_id),
        participants_muted=review.recording.participants_muted,
    )
