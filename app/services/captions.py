"""Captions and chapters that staff give with a recording.

What was given is read once, in memory, and kept nowhere; speakers' names end with the reading. The words live in one private
file beside the original. Rows, logs and errors hold digests and codes only. Any change is a new state of the edit, by somebody, so
that whoever has an older page open approves nothing of it. When somebody speaks whose words are not kept, that time is
proposed to be cut, as a child who speaks is then most often seen as well.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Sequence
from dataclasses import replace
from fractions import Fraction

from sqlalchemy import select
from sqlalchemy.orm import Session

from app.db.engine import Database
from app.db.kinds import RecordingState
from app.db.models import Recording
from app.services.looks import hear_others
from app.services.opened import Review, open_for_change
from app.services.states import REVIEWABLE
from app.services.values import PrivateFolder
from app.settings import Settings
from media_pipeline.core import canonical
from media_pipeline.core.captions import NO_CAPTIONS, standing
from media_pipeline.core.errors import Refused, Stale
from media_pipeline.core.intervals import Interval
from media_pipeline.core.plan import make_plan
from media_pipeline.core.speakers import Given, UntrustedCue, listen, read_chapters, usual_choice

LONGEST = Interval(Fraction(0), Fraction(24 * 3600))
"""What a cue may lie in while nobody knows how long the film is."""


def give_captions(
    db: Database, settings: Settings, recording_id: str, untrusted: Sequence[UntrustedCue], by: str | None = None
) -> None:
    """Takes what is said in a recording, in place of what was given before. Whose words are kept is the usual choice.

    Raises Refused (captions-unreadable, captions-elsewhere, original-gone), Stale("moved-on"), Fault.
    """

    def give(review: Review) -> Given:
        said = listen(untrusted, review.media.whole)
        return replace(review.given, said=said, kept=usual_choice(said), left_out=())

    _change(db, settings, recording_id, by, give)


def attach(db: Database, settings: Settings, upload_id: str, user_id: str, untrusted: Sequence[UntrustedCue]) -> None:
    """Takes the transcript that came with an upload of theirs, before the recording has been looked through; `fit` looks later
    what of it lies in the film. Raises Refused("no-upload"), and what `give_captions` raises.
    """
    with db.reading() as session:
        mine = Recording.upload_id == upload_id, Recording.uploaded_by == user_id
        recording = session.scalar(select(Recording).where(*mine))
    if recording is None:
        raise Refused("no-upload")
    if recording.state in REVIEWABLE:
        give_captions(db, settings, recording.id, untrusted, user_id)
        return
    said = listen(untrusted, LONGEST)
    with db.writing() as session:
        row = session.get(Recording, recording.id)
        if row is None or row.state not in (RecordingState.UPLOADED, RecordingState.ANALYSING):
            raise Stale("moved-on")
        PrivateFolder(settings, row.id).save_given(Given(said=said, kept=usual_choice(said)))


def fit(session: Session, settings: Settings, recording_id: str) -> None:
    """What was attached is given now, when it is known how long the film is: in the transaction that says so, because nothing
    comes back to it. Again is the same. Raises as `give_captions`.
    """
    if not PrivateFolder(settings, recording_id).given().said:
        return
    review = open_for_change(session, settings, recording_id, None)
    whole, given = review.media.whole, review.given
    said = tuple(s for s in given.said if whole.start <= s.cue.span.start and s.cue.span.end <= whole.end)
    given = replace(given, said=said, left_out=()) if said != given.said else given
    PrivateFolder(settings, recording_id).save_given(given)
    if given.others:
        hear_others(session, settings, review, given.others)


def give_chapters(
    db: Database, settings: Settings, recording_id: str, untrusted: Sequence[UntrustedCue], by: str | None = None
) -> None:
    """Takes the titles of its parts. Raises what `give_captions` raises."""
    _change(
        db,
        settings,
        recording_id,
        by,
        lambda review: replace(review.given, chapters=read_chapters(untrusted, review.media.whole)),
    )


def choose(
    db: Database,
    settings: Settings,
    recording_id: str,
    said: str,
    kept: Collection[int],
    left_out: Collection[int],
    by: str | None = None,
) -> None:
    """Staff choose whose words are published, and leave some out. `said` is the digest of what was on the page.

    Raises Stale("captions-changed") when that is not what is here, ValueError for speakers or places that it does not
    have, and what `give_captions` raises.
    """

    def choosing(review: Review) -> Given:
        given = review.given
        if said_digest(given) != said:
            raise Stale("captions-changed")
        if not set(kept) <= {speaker.number for speaker in given.speakers}:
            raise ValueError("there is no such speaker")
        if not set(left_out) <= set(range(len(given.said))):
            raise ValueError("there is no such place")
        return replace(given, kept=tuple(sorted(set(kept))), left_out=tuple(sorted(set(left_out))))

    _change(db, settings, recording_id, by, choosing)


def correct(
    db: Database,
    settings: Settings,
    recording_id: str,
    said: str,
    place: int,
    untrusted_text: str | None,
    by: str | None = None,
) -> Given:
    """Staff put the words at one place right, or back as they were given (None); `said` as for `choose`.

    Raises Stale("captions-changed"), ValueError for a place that there is not and for no words, and what `give_captions` raises.
    """

    def correcting(review: Review) -> Given:
        given = review.given
        if said_digest(given) != said:
            raise Stale("captions-changed")
        if not 0 <= place < len(given.said):
            raise ValueError("there is no such place")
        one = given.said[place].corrected(untrusted_text)
        return replace(given, said=(*given.said[:place], one, *given.said[place + 1 :]))

    return _change(db, settings, recording_id, by, correcting)


def remove_captions(db: Database, settings: Settings, recording_id: str, by: str | None = None) -> None:
    """Nothing of what is said is kept any more. Raises Stale("moved-on"), Refused("original-gone"), Fault."""
    _change(db, settings, recording_id, by, lambda review: Given(chapters=review.given.chapters))


def remove_chapters(db: Database, settings: Settings, recording_id: str, by: str | None = None) -> None:
    """The same of the titles."""
    _change(db, settings, recording_id, by, lambda review: replace(review.given, chapters=NO_CAPTIONS))


def said_digest(given: Given) -> str:
    """What binds places in a list to that list."""
    return canonical.digest(given.said)


def dropped(review: Review) -> tuple[int, ...]:
    """Places in what is said that would be published but for the cuts and mutes in force."""
    given = review.given
    places = [place for place in range(len(given.said)) if given.is_kept(place)]
    try:
        stay = standing(given.texts.captions, make_plan(review.edits, review.media))
    except Refused:  # nothing of the film is left
        stay = ()
    starts = {cue.span.start for cue in stay}
    return tuple(place for place in places if given.said[place].cue.span.start not in starts)


def _change(
    db: Database, settings: Settings, recording_id: str, by: str | None, how: Callable[[Review], Given]
) -> Given:
    with db.writing() as session:
        review = open_for_change(session, settings, recording_id, by)
        given = how(review)
        if given.others == review.given.others:
            review.recording.edit_version += 1
        else:
            hear_others(session, settings, review, given.others)
        PrivateFolder(settings, recording_id).save_given(given)
    return given
