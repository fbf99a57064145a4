"""What is in force of a recording: what staff answered of its looks, what is proposed with that, and the edit.

The row names all of it at once, so that a crash leaves either the old answer with its proposal and edit or the new one.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from fractions import Fraction

from app.db.models import Recording
from app.services.values import PrivateFolder
from media_pipeline.core import canonical
from media_pipeline.core.edits import Action, Edit, EditList
from media_pipeline.core.errors import Fault
from media_pipeline.core.intervals import IntervalSet
from media_pipeline.core.looks import LookKind
from media_pipeline.core.media import MediaFile
from media_pipeline.core.proposal import Proposal

_ROUNDING = Fraction(1, 1_000_000)
"""The pages give and take moments (s) rounded to this."""


@dataclass(frozen=True, slots=True)
class Answer:
    """What one look shows, as staff say."""

    look: int
    """The look's number."""

    kind: LookKind
    """What it is."""


@dataclass(frozen=True, slots=True)
class Answered:
    """Everything that staff answered, and what came of it."""

    answers: tuple[Answer, ...] = ()
    """By the look's number, one a look."""

    proposal: str = ""
    """Digest of what was proposed with these answers and what a transcript says of who speaks; empty when there is neither:
    then what the analysis proposed is in force, and nothing below counts."""

    own_cuts: IntervalSet = field(default_factory=IntervalSet)
    """What staff cut by hand when they answered, also where it is proposed by now: taking back brings it back."""

    own_keeps: IntervalSet = field(default_factory=IntervalSet)
    """What staff kept by hand."""

    @property
    def kinds(self) -> dict[int, LookKind]:
        """What each look is, by its number."""
        return {answer.look: answer.kind for answer in self.answers}


def answered(recording: Recording) -> Answered:
    """What staff answered of its looks. Raises Fault when it cannot be read."""
    if recording.answers_json is None:
        return Answered()
    try:
        return canonical.loads(Answered, recording.answers_json)
    except ValueError:
        raise Fault("store-failed", "the answers cannot be read") from None


def current_proposal(folder: PrivateFolder, recording: Recording) -> Proposal:
    """What is proposed: by the analysis, or with what staff answered since. Raises Fault."""
    return folder.proposal(answered(recording).proposal)


def current_edits(recording: Recording, media: MediaFile, proposal: Proposal) -> EditList:
    """The edit as it stands. Raises Fault when it cannot be read."""
    if recording.edits_json is None:
        return cutting(media, proposed(proposal))
    try:
        return canonical.loads(EditList, recording.edits_json)
    except ValueError:
        raise Fault("store-failed", "the edit cannot be read") from None


def proposed(proposal: Proposal) -> IntervalSet:
    """Every moment that is proposed to be cut."""
    return IntervalSet.of(cut.span for cut in proposal.cuts)


def cutting(media: MediaFile, cuts: IntervalSet) -> EditList:
    """The edit that cuts these moments and does nothing else."""
    return EditList(media.sha256, media.whole, tuple(Edit(Action.CUT, span) for span in cuts))


def apart(difference: IntervalSet) -> IntervalSet:
    """What two edits differ in, without what rounding alone makes."""
    return IntervalSet(tuple(span for span in difference if span.length >= _ROUNDING))
