"""What of a recording cannot be judged by looking, and what must be heard of it."""

from __future__ import annotations

from functools import lru_cache

from app.services.values import PrivateFolder
from app.settings import Settings
from media_pipeline.core.edits import EditList
from media_pipeline.core.hearing import Hearing, must_hear, out_of_sight, sounding
from media_pipeline.core.intervals import Interval, IntervalSet
from media_pipeline.core.looks import Look
from media_pipeline.core.media import MediaFile
from media_pipeline.core.preview import loud
from media_pipeline.core.proposal import Proposal


def only_for_ears(
    settings: Settings, recording_id: str, media: MediaFile, looks: tuple[Look, ...], proposal: Proposal
) -> IntervalSet:
    """When there is something to hear and no presenter to see; all of a sound recording. Raises Fault."""
    if media.audio is None:
        return IntervalSet()
    if media.video is None:
        return IntervalSet((media.whole,))
    written = PrivateFolder(settings, recording_id).written_ns("findings", "preview")
    shots, sounds = _known(settings, recording_id, media.whole, written)
    kinds = {taken.look: taken.kind for taken in proposal.kinds}
    return sounds & out_of_sight(media.whole, shots, looks, kinds)


def account(
    media: MediaFile, edits: EditList, ears: IntervalSet, known: IntervalSet, *, participants_muted: bool
) -> Hearing:
    """The account of somebody who has heard the moments `known`. `ears` are those of `only_for_ears`.

    Of a sound recording all must be heard, whatever was declared: nobody has seen anything of it.
    """
    if media.audio is None:
        return Hearing()
    due = must_hear(edits, ears, participants_muted=participants_muted and media.video is not None)
    heard = known & IntervalSet((media.whole,))
    return Hearing(stays=sounding(edits), due=due, heard=heard, participants_muted=participants_muted)


@lru_cache(
    maxsize=8
)  # findings of an hour take long to read, and these few numbers of them are asked for at every report
def _known(
    settings: Settings, recording_id: str, whole: Interval, _written: tuple[int, ...]
) -> tuple[tuple[Interval, ...], IntervalSet]:
    """The spans of all shots, and when it is loud; of an older analysis no longer, once there is another."""
    folder = PrivateFolder(settings, recording_id)
    return tuple(shot.span for shot in folder.findings().shots), loud(whole, folder.preview().peaks)
