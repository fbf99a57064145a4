"""Staff say what a look shows, and what to cut is proposed anew at once: from what was stored, no film is opened."""

from __future__ import annotations

from sqlalchemy.orm import Session

from app.db.engine import Database
from app.services.editing import open_at, proposals_in_use, put
from app.services.in_force import Answer, Answered, apart, proposed
from app.services.opened import Review, open_review
from app.services.values import PrivateFolder
from app.settings import Settings
from media_pipeline.core import canonical
from media_pipeline.core.edits import recut
from media_pipeline.core.errors import Stale
from media_pipeline.core.intervals import IntervalSet
from media_pipeline.core.looks import LookKind
from media_pipeline.core.policy import Policy
from media_pipeline.core.proposal import Proposal, propose


def answer_look(
    db: Database,
    settings: Settings,
    recording_id: str,
    look: int,
    kind: LookKind | None,
    version: int,
    by: str | None = None,
) -> int:
    """The user `by` says what a look shows, or with None takes that back; returns the new version of the edit.

    What staff cut or kept by hand stays as it is, and what they covered, cropped or muted. An approval of the proposal before is void from then on. Raises
    Stale("edit-changed") when `version` is not the latest, Stale("moved-on") also for a look that there is not, and what
    `open_review` raises.
    """
    review, folder = open_review(db, settings, recording_id), PrivateFolder(settings, recording_id)
    if version != review.version:
        raise Stale("edit-changed")
    if look not in {known.number for known in review.looks}:
        raise Stale("moved-on")
    kinds = {**review.answered.kinds, look: kind}
    answers = tuple(Answer(number, said) for number, said in sorted(kinds.items()) if said is not None)
    if answers == review.answered.answers:
        return version
    proposal = _propose(folder, review, answers, review.given.others)  # before the transaction: nobody waits for it
    with db.writing() as session:
        review = open_at(session, settings, recording_id, version, by)
        return _put(session, folder, review, answers, proposal)


def hear_others(session: Session, settings: Settings, review: Review, others: IntervalSet) -> int:
    """Proposes anew, knowing when others than the presenter speak; returns the new version of the edit.

    What staff answered and did by hand stays. Raises Fault.
    """
    folder, answers = PrivateFolder(settings, review.recording.id), review.answered.answers
    return _put(session, folder, review, answers, _propose(folder, review, answers, others))


def _put(
    session: Session, folder: PrivateFolder, review: Review, answers: tuple[Answer, ...], proposal: Proposal | None
) -> int:
    """Puts a proposal in force; None for the analysis's own."""
    after = _with_own_changes(review, answers, "" if proposal is None else proposal.digest)
    cuts = proposed(proposal or folder.proposal())
    edits = recut(review.edits, (cuts | after.own_cuts) - after.own_keeps)
    version = put(session, review, edits, None if proposal is None else canonical.dumps(after))
    folder.keep_proposals(proposals_in_use(session, review.recording.id) | {after.proposal})
    return version


def _propose(
    folder: PrivateFolder, review: Review, answers: tuple[Answer, ...], others: IntervalSet
) -> Proposal | None:
    """The looks keep the numbers that staff see. Without an answer, and when nobody else speaks: the analysis's own."""
    if not answers and not others:
        return None
    kinds = Answered(answers).kinds
    proposal = propose(review.media, folder.findings(), review.looks, Policy(), kinds, others)
    folder.save_proposal(proposal)
    return proposal


def _with_own_changes(review: Review, answers: tuple[Answer, ...], digest: str) -> Answered:
    """Staff's own changes are what the edit differs in from the proposal before, with those of earlier that still hold."""
    before, cut, earlier = proposed(review.proposal), review.edits.cut, review.answered
    return Answered(
        answers=answers,
        proposal=digest,
        own_cuts=apart(cut - before) | (earlier.own_cuts & cut),
        own_keeps=apart(before - cut) | (earlier.own_keeps - cut),
    )
