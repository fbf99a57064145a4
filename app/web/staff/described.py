"""What the review page is told: the edit, the looks, what is unseen and unheard, as JSON; times are seconds."""

from __future__ import annotations

from typing import Any

from flask import g, url_for

from app.db.engine import now
from app.services import captions, ears, eyes, publish
from app.services import review as reviewing
from app.services.opened import Review, open_review
from app.web import words
from app.web.room import staff_room
from app.web.staff.captions import says
from app.web.staff.edits import edit_rows, edits_say, number
from app.web.staff.looks import look_rows
from app.web.staff.rights import hindrance
from app.web.staff.sayings import sound_says, until_says, waiting_says
from media_pipeline.core.errors import NotReviewed
from media_pipeline.core.hearing import sounding
from media_pipeline.core.intervals import IntervalSet
from media_pipeline.core.review import PICTURES_A_SHEET, sheet_moments, unseen


def described(recording_id: str) -> dict[str, Any]:
    """Everything that the page needs. Raises what opening a review raises."""
    room = staff_room()
    opened = open_review(room.db, room.settings, recording_id)
    gone = captions.dropped(opened)
    moments = sheet_moments(opened.media.whole) if opened.sheets else ()
    return {
        "version": opened.version,
        "start": number(opened.media.whole.start),
        "end": number(opened.media.whole.end),
        "sound_only": opened.media.video is None,
        "tracks_says": words.sound_tracks(opened.media.audio_tracks),
        "edits": edit_rows(opened),
        "edits_say": edits_say(opened.edits),
        "undoable": opened.recording.edit_place > 0,
        "redoable": opened.recording.edit_place < opened.recording.edit_last,
        **_picture(opened),
        "proposed": len(opened.proposal.cuts),
        "looks": look_rows(opened),
        "kept": _pairs(opened.edits.keep),
        "sounding": _pairs(sounding(opened.edits)) if opened.media.audio is not None else [],
        "participants_muted": opened.recording.participants_muted,
        "moments": [number(moment) for moment in moments],
        "per_sheet": PICTURES_A_SHEET,
        "sheets": [url_for("review.sheet", recording_id=recording_id, sheet=number) for number in range(opened.sheets)],
        "timeline": url_for("review.lanes", recording_id=recording_id),
        "sound": url_for("review.sound", recording_id=recording_id),
        "watched": url_for("review.played", recording_id=recording_id),
        "proxy": url_for("review.proxy", recording_id=recording_id),
        "until_says": until_says(publish.end_of(opened.recording, room.settings, now())),
        "captions_gone": gone,
        "captions_say": says(opened.given, len(gone)),
        "waiting_says": waiting_says(room.settings),
        "rights_say": hindrance(opened.recording),
        "uncaptioned": reviewing.uncaptioned_reason_needed(opened),
        **_unseen_of(opened),
    }


def unseen_now(recording_id: str) -> dict[str, Any]:
    """What this session is still to be shown, and what it has been. Raises the same."""
    room = staff_room()
    return _unseen_of(open_review(room.db, room.settings, recording_id))


def _unseen_of(opened: Review) -> dict[str, Any]:
    """Which kept seconds this session has not been shown, which sheets it has, and what of the sound it has not heard."""
    room, session_id = staff_room(), g.who.session_id
    seen_now = eyes.seen(room.db, room.settings, opened.recording.id, session_id)
    left, told = unseen(opened.edits, seen_now), ears.hearing(room.db, opened, session_id)
    return {
        "unseen": _pairs(left),
        "unseen_says": words.stretch(left.length),
        "to_look_at": _pairs(left - opened.watch),
        "to_watch": _pairs(left & opened.watch),
        "to_watch_says": words.stretch((left & opened.watch).length),
        "kept_says": words.stretch(opened.edits.keep.length),
        "cut_says": words.stretch(opened.edits.cut.length),
        "seen_sheets": sorted(eyes.sheets_seen(room.db, opened.recording.id, session_id)),
        "owed": _pairs(told.owed),
        "owed_says": words.stretch(told.owed.length),
        "unheard": _pairs(told.unheard),
        "sound_says": sound_says(told),
        "another_says": NotReviewed("same-person").sentence
        if reviewing.needs_another(room.settings, opened, g.who)
        else "",
    }


def _picture(opened: Review) -> dict[str, Any]:
    """What boxes and single frames are measured in: pixels of the recording, and frames a second; none of a sound recording."""
    video = opened.media.video
    return {
        "picture": None if video is None else [video.width, video.height],
        "rate": None if video is None else float(video.rate),
        "first_frame": None if video is None else number(video.start),
        "has_sound": opened.media.audio is not None,
    }


def _pairs(spans: IntervalSet) -> list[list[float]]:
    return [[number(span.start), number(span.end)] for span in spans]
