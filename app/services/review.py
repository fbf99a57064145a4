"""The decision of a member of staff: silence is never yes, and what was not shown (`eyes`) or heard (`ears`) stops it."""

from __future__ import annotations

from dataclasses import replace

from sqlalchemy.orm import Session

from app.db.engine import Database, now
from app.db.models import Approval
from app.services.ears import account, heard_by
from app.services.eyes import shown_to
from app.services.jobs import Jobs
from app.services.opened import Review, open_in
from app.services.people import SignedIn
from app.services.publish import refuse_without_officer
from app.services.states import Event, move
from app.settings import Settings
from media_pipeline.core import canonical
from media_pipeline.core.captions import NO_TEXTS, Uncaptioned, reason_to_keep
from media_pipeline.core.errors import NotReviewed, Refused, Stale
from media_pipeline.core.hearing import Hearing
from media_pipeline.core.intervals import IntervalSet
from media_pipeline.core.plan import make_plan
from media_pipeline.core.review import ReviewDecision, Role, edits_digest
from media_pipeline.core.review import approve as decide


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
        review = open_in(session, settings, recording_id)
        if version != review.version:
            raise Stale("edit-changed")
        if texts != review.given.texts.digest:
            raise Stale("captions-changed")
        if needs_another(settings, review, who):
            raise NotReviewed("same-person")
        shown, told = shown_to(session, review, who.session_id), heard_by(session, review, who.session_id)
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
        review = open_in(session, settings, recording_id)
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
