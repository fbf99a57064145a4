"""States, steps and reasons in the words that staff read."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from types import MappingProxyType

from app.db.kinds import RecordingState, StepName
from app.services.holds import last_day
from app.services.states import PUBLIC, RETRYABLE, REVIEWABLE, WORKING
from app.settings import Settings
from app.uploads.names import NameHint
from app.web import words
from media_pipeline.core.captions import Uncaptioned
from media_pipeline.core.edits import Action
from media_pipeline.core.findings import FindingKind
from media_pipeline.core.hearing import Hearing
from media_pipeline.core.proposal import Why
from media_pipeline.core.report import CheckName
from media_pipeline.core.review import Role

STATES: Mapping[RecordingState, str] = MappingProxyType(
    {
        RecordingState.UPLOADED: "Uploaded, waiting to be looked through",
        RecordingState.ANALYSING: "Being looked through",
        RecordingState.TO_REVIEW: "Ready for your review",
        RecordingState.SCHEDULED: "Approved, to be published later",
        RecordingState.PUBLISHING: "Approved, being made and proven",
        RecordingState.PUBLISHING_MORE: "Public. Larger sizes are on their way",
        RecordingState.MORE_FAILED: "Public. Larger sizes could not be made",
        RecordingState.PUBLISHED: "Public",
        RecordingState.UNPUBLISHED: "Taken down",
        RecordingState.REFUSED: "Refused",
        RecordingState.ANALYSIS_FAILED: "Could not be looked through",
        RecordingState.PROOF_FAILED: "Not public: the proof failed",
        RecordingState.PUBLISH_FAILED: "Could not be made",
    }
)


@dataclass(frozen=True, slots=True)
class Group:
    """Recordings that the list can show alone."""

    says: str
    """What it is called."""

    states: frozenset[RecordingState]
    """Which ones."""

    empty: str
    """Said when there are none."""


GROUPS: Mapping[str, Group] = MappingProxyType(
    {
        "all": Group("All", frozenset(RecordingState), "Nothing here yet."),
        "waiting": Group(
            "Waiting for you",
            (REVIEWABLE | RETRYABLE) - {RecordingState.UNPUBLISHED},
            "Nothing waits for you. What is being worked on comes here when it needs you.",
        ),
        "scheduled": Group("Approved for later", frozenset({RecordingState.SCHEDULED}), "Nothing waits for its day."),
        "working": Group("Being worked on", WORKING, "Nothing is being worked on."),
        "public": Group("Public", PUBLIC, "Nothing is public yet."),
        "ended": Group(
            "Taken down or refused",
            frozenset({RecordingState.UNPUBLISHED, RecordingState.REFUSED}),
            "Nothing was taken down or refused.",
        ),
    }
)
"""By the name that stands in the address. Together they hold every state."""

STEPS: Mapping[StepName, str] = MappingProxyType(
    {
        StepName.PROBE: "Reading the recording",
        StepName.DETECT: "Looking for participants",
        StepName.PROPOSE: "Proposing cuts",
        StepName.PREVIEW: "Making pictures for your review",
        StepName.READY: "Nearly done",
        StepName.PLAN: "Planning the cut",
        StepName.RENDER: "Cutting and encoding",
        StepName.VERIFY: "Proving that nothing is left",
        StepName.PACKAGE: "Packing",
        StepName.PUBLISH: "Putting it on the shelf",
    }
)

PUBLIC_ALREADY: Mapping[RecordingState, str] = MappingProxyType(
    {
        RecordingState.PUBLISHING_MORE: "They can already watch it; larger sizes are on their way.",
        RecordingState.MORE_FAILED: "They can watch the sizes that are done; the larger ones are missing.",
    }
)
"""Said beside the address of what is public in some sizes only."""

WHYS: Mapping[Why, str] = MappingProxyType(
    {
        Why.PARTICIPANTS: "you said that participants are seen here",
        Why.SEVERAL_PEOPLE: "several people at once",
        Why.SOMEONE_ELSEWHERE: "somebody who may not be the presenter",
        Why.UNSTEADY: "the picture moves as a whole, or has several parts",
        Why.UNKNOWN_LOOK: "not the picture that most of the film shows",
        Why.NOT_LOOKED_AT: "could not be looked through",
        Why.SOMEONE_SPEAKS: "somebody else speaks, by the transcript",
        Why.DAMAGED: "damaged: it cannot be read and cannot be published",
        Why.TOO_SHORT: "a moment between two cuts",
    }
)

ACTIONS: Mapping[Action, str] = MappingProxyType(
    {Action.CUT: "Cut", Action.COVER: "Cover", Action.CROP: "Crop", Action.MUTE: "Mute"}
)
"""What an edit is called."""

OWN: Mapping[Action, str] = MappingProxyType(
    {
        Action.CUT: "your own cut",
        Action.COVER: "a black box hides a part of the picture",
        Action.CROP: "only a part of the picture is shown, as large as fits",
        Action.MUTE: "there is no sound, and no captions",
    }
)
"""What an edit does that nobody proposed."""

FINDINGS: Mapping[FindingKind, str] = MappingProxyType(
    {
        FindingKind.FACE: "Faces",
        FindingKind.PERSON: "Persons",
        FindingKind.TEXT: "Letters",
        FindingKind.CAME: "Came or left",
        FindingKind.FAILED: "Not looked at",
        FindingKind.DAMAGED: "Damaged",
    }
)
"""What was found, in the order of the timeline's lanes."""

DONE: Mapping[Action, str] = MappingProxyType(
    {
        Action.CUT: "Cut out, pictures and sound",
        Action.COVER: "Covered with a solid box",
        Action.CROP: "Cropped to a part of the picture",
        Action.MUTE: "Muted",
    }
)
"""What was done, as the receipt tells it."""

UNCAPTIONED: Mapping[Uncaptioned, str] = MappingProxyType(
    {
        Uncaptioned.FOLLOWING: "captions will follow",
        Uncaptioned.SONGS: "songs and rhymes, with little else said",
        Uncaptioned.NOTHING_SAID: "nothing is said in it",
        Uncaptioned.NO_TRANSCRIPT: "what is said could not be written down",
        Uncaptioned.OTHERS_SPEAK: "they would hold what participants said",
    }
)
"""Why no captions are published."""

ROLES: Mapping[str, str] = MappingProxyType(
    {Role.STAFF.value: "a member of staff", Role.DEMO.value: "the demonstration, of its own generated film"}
)
"""In which part somebody approved."""

CHECKED: Mapping[CheckName, str] = MappingProxyType(
    {
        CheckName.UNCHANGED: "The files are the ones that were proven",
        CheckName.FILES: "There are exactly the files that there should be",
        CheckName.BOXES: "The films hold nothing that is not allowed by name",
        CheckName.PICTURES: "The poster and the preview pictures are pictures only",
        CheckName.PLAYLISTS: "The lists that players read name only these files",
        CheckName.COUNTS: "The films are as long as planned",
        CheckName.FRAMES: "Every picture is one that was to be kept, covers and crops included",
        CheckName.HIDDEN_FRAMES: "No cut picture is hidden in a film",
        CheckName.STILLS: "The poster and the preview pictures show only what was kept",
        CheckName.SOUND: "No cut or muted sound can be heard",
        CheckName.SAME_STREAMS: "Every copy of the film is the same",
        CheckName.SECOND_LOOK: "The finished film shows no face that was not approved",
        CheckName.CANARIES: "No text of the original file is left",
        CheckName.CAPTIONS: "Captions, chapters and transcript say what was approved",
    }
)
"""What was checked, as the receipt tells it."""

NAME_WARNINGS: Mapping[str, str] = MappingProxyType(
    {
        NameHint.GALLERY.value: "This is the gallery view: everyone is visible in it. If the meeting also gave "
        "you a speaker view, please use that one.",
        NameHint.SCREEN.value: "If this was recorded from the screen of a meeting that had an audio watermark turned on, its "
        "sound tells whose account that was, which nobody hears and we cannot take out: please use the meeting’s own "
        "recording if there is one.",
    }
)
"""Said of a recording whose file name told what it is, as its upload begins and on its page."""

FILES_SAY: Mapping[str, str] = MappingProxyType(
    {
        NameHint.SPEAKER.value: "The speaker view: only whoever speaks is seen.",
        NameHint.NONE.value: "A recording.",
        NameHint.SCREEN.value: "A recording of a screen. The meeting’s own is better, if there is one.",
        NameHint.GALLERY.value: "The gallery view: everyone is visible in it.",
        NameHint.AUDIO.value: "The sound alone.",
        "words": "A transcript, for captions.",
        "other": "No recording.",
    }
)
"""What is said of each of several files, by what its name hints at."""

REFUSED_SAY: Mapping[str, str] = MappingProxyType(
    {
        NameHint.CHAT.value: "A chat, which holds what participants wrote. It is not taken.",
        NameHint.PERSON_AUDIO.value: "The sound of a single participant. It is not taken.",
        NameHint.UNCONVERTED_ZOOM.value: "Not converted yet. Open it with Zoom on the computer that recorded it.",
        NameHint.UNCONVERTED_WEBEX.value: "In Webex’s own format. Convert it to MP4 with the Webex player.",
    }
)
"""And of those that are not taken."""


def until_says(end: datetime) -> str:
    """How long approving makes it public."""
    return f"Families can then watch it until the end of {words.day(last_day(end))}."


def waiting_says(settings: Settings) -> str:
    """How long this library waits after an approval; empty when it does not."""
    hours = settings.waiting_hours
    return f"This library waits {words.counted(hours, 'hour')} between approval and publication." if hours else ""


def sound_says(told: Hearing) -> str:
    """What approving means for the ears, in a sentence or two; empty when all of the sound was heard."""
    said = []
    if told.participants_muted:
        said.append("It was declared that participants were muted.")
    if told.unheard:
        said.append(
            f"Of the sound that stays, {words.stretch(told.unheard.length)} were not heard by whoever approves."
        )
    return " ".join(said)
