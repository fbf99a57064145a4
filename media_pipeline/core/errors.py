"""Every error this product raises on purpose, as one tree.

    StoryshelfError
    ├── Refused               the input is not something we publish          (exit status 2)
    │   └── Hostile           ... and looks made to attack the reader         (the upload is destroyed)
    ├── ProofFailed           the finished files are not proven clean         (exit status 3)
    ├── Stale                 an answer belongs to an older edit or proposal
    ├── NotReviewed           approval before every kept second was shown
    └── Fault                 a tool, a disk or a store failed; work can go on (exit status 1)
        └── Cancelled         a person or a shutdown stopped the work

Each holds a `code` (a short enumeration, the only part that may be stored or logged), a `sentence` for a
librarian and a `detail` line for IT. Neither may hold a name, a path, a tag or a tool's raw output.
"""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType
from typing import ClassVar


class StoryshelfError(Exception):
    """The root: one code, one sentence for people, one line of detail for IT."""

    sentences: ClassVar[Mapping[str, str]] = MappingProxyType({})
    """Every code this class may carry, with the sentence a librarian reads."""

    exit_status: ClassVar[int] = 1

    def __init__(self, code: str, detail: str = "") -> None:
        if code not in self.sentences:
            raise ValueError(f"{type(self).__name__} has no code {code!r}")
        super().__init__(code)
        self.code = code
        self.detail = detail

    @property
    def sentence(self) -> str:
        """What to show to staff: what happened and what to do about it."""
        return self.sentences[self.code]

    def __str__(self) -> str:
        return f"{self.code}: {self.sentence}"


class Refused(StoryshelfError):
    """The file cannot be published as it is; nothing was changed or left behind."""

    exit_status = 2
    sentences = MappingProxyType(
        {
            "empty": "This file is empty. Please upload the recording again.",
            "missing": "There is no such file. Please check its name and place.",
            "no-upload": "This upload is no longer here: it was removed or has expired. "
            "Please upload the recording again.",
            "too-large-file": "This file is larger than this server accepts. "
            "Please export the recording at a lower quality, or split it and upload the parts.",
            "file-changed": "This file has grown since its upload began, perhaps because it was still being written. "
            "Please upload it again.",
            "chat": "This is a saved chat, which holds what participants wrote. We do not take chats, and nothing of it "
            "was kept. Please upload the recording itself.",
            "person-audio": "This looks like the sound of a single participant. We do not take those, and nothing of it "
            "was kept. Please upload the recording of the whole session; if that is what it is, give it another name.",
            "not-a-film": "This file is not a video or sound recording that we can read. "
            "Please choose the MP4, MOV, MKV, WebM or M4A file of the recording.",
            "truncated": "This recording is cut off or damaged: it cannot be read to its end. "
            "Please copy it from the camera or meeting again.",
            "clock-jumps": "The clock of this recording jumps back, or ahead by more than half an hour, so nobody can tell "
            "what belongs together. Please export it once more with the program that recorded it, or split it at the jump.",
            "damaged": "A part of this recording that would be kept is damaged and cannot be read. "
            "Please cut that part, or copy the recording from the camera or meeting again.",
            "no-tracks": "This file holds neither pictures nor sound that we can read.",
            "unconverted-zoom": "This is a Zoom recording that has not been converted yet. Please open it with Zoom "
            "on the computer that recorded it, let it convert, and upload the MP4 file.",
            "unconverted-webex": "This is a Webex recording in its own format (ARF or WRF). Please convert it to MP4 "
            "with the Webex player and upload that.",
            "protected": "This recording is protected against copying and cannot be read. "
            "Please use a recording without copy protection.",
            "codec": "This recording uses a picture or sound format that we do not read. "
            "Please export it as MP4 (H.264 and AAC).",
            "too-large-picture": "The picture of this recording is larger than we accept. "
            "Please export it at 4096 × 2304 or smaller.",
            "too-long": "This recording is longer than we accept. Please split it and upload the parts.",
            "too-slow-to-read": "This file takes far too long to be read, so we stopped. "
            "Please export the recording again.",
            "no-look": "This recording has no look of that number. Please take the numbers from what analyse writes.",
            "nothing-left": "With these cuts nothing of the recording is left to publish.",
            "edits-unreadable": "The list of edits cannot be read. Please check it against the description.",
            "edit-outside": "An edit lies outside the recording. Please correct its start and end.",
            "box-outside": "A box to cover or to crop lies outside the picture. Please correct it.",
            "no-picture": "This is a sound recording: there is no picture to cover or to crop.",
            "no-sound": "This recording has no sound that could be muted.",
            "crops-overlap": "Two crops are set for the same moment. Please let one end before the other begins.",
            "captions-unreadable": "These captions cannot be read. Please choose a WebVTT or SRT file of at most 1 MB: of a Zoom "
            "or Teams meeting, the transcript that ends in .vtt.",
            "captions-elsewhere": "The times of these captions do not lie within this recording. Some files hold the time of "
            "day: of a Zoom meeting, please choose the transcript that ends in .vtt.",
            "captions-whose": "These captions say who speaks, and nobody speaks most of the time, so whose words to keep is "
            "for a person to choose. Please give them on the recording's page.",
            "no-report": "This folder holds no privacy report that we wrote, so there is nothing to verify.",
            "service-unknown": "No account here belongs to the one that you signed in with, or it is locked out. "
            "Please ask one of your administrators for an invitation, or sign in with your password.",
            "service-refused": "The sign-in service’s word for you could not be trusted, so nobody was signed in. "
            "Please try again, or ask IT.",
            "no-such-member": "Nobody on the staff signs in by that name. Please look at the list of staff.",
            "not-public": "No recording is public at this address. Please copy the last part of its address from the page.",
            "evidence-unknown": "This file cannot be kept as proof. Please give a PDF, a JPEG, a PNG or plain text of 4 MB at the most.",
            "original-gone": "The original of this recording has been deleted at the end of its time, so it can no longer "
            "be changed or published again. Please upload it anew.",
            "not-empty": "This data folder already holds a shelf. Please name an empty one.",
            "database-taken": "This database already holds a shelf. Please name an empty one.",
            "at-work": "The worker runs, or has not finished. Please let it come to the end of its work, end Storyshelf, "
            "then try again.",
            "store-taken": "That store already holds files of another shelf, so nothing was copied. Please name an empty bucket or "
            "another prefix.",
            "backup-unreadable": "This backup is cut off or was changed, so nothing of it was restored. Please take another one.",
            "ledger-unreadable": "The ledger of what was deleted cannot be read, so nothing was restored.",
            "output-exists": "The output folder already holds files. Please name a new or empty folder.",
        }
    )


class Hostile(Refused):
    """The file pretends to be a film and names other files or hosts, or is built to exhaust the reader."""

    sentences = MappingProxyType(
        {
            "playlist": "This is a list that points to other files, not a recording. Please upload the recording itself.",
            "text": "This is a text file, not a recording. Please choose the video file.",
            "bomb": "This file is built in a way that would exhaust this computer, so it was not opened.",
        }
    )


class ProofFailed(StoryshelfError):
    """The proof did not hold. Nothing of this render may be published."""

    exit_status = 3
    sentences = MappingProxyType(
        {
            "checks-failed": "The finished recording did not pass every privacy check, so nothing of it may be public. "
            "Please look at what the proof found, or ask IT.",
            "no-checks": "No privacy check was made, so nothing can be published.",
            "report-elsewhere": "The privacy report belongs to other files, so nothing can be published.",
        }
    )


class Stale(StoryshelfError):
    """A decision was made on something that has changed since."""

    sentences = MappingProxyType(
        {
            "proposal-changed": "The proposal has changed since you looked at it. Please look at it again.",
            "upload-moved": "This upload has gone on from elsewhere, so these bytes were not used. "
            "Nothing is lost: it continues from where it is.",
            "captions-changed": "The captions have changed since you looked at them. Please reload the page and look again.",
            "held": "This recording is on hold, so nothing of it may be deleted. Please lift the hold first.",
            "login-taken": "Somebody on the staff has that name already. Please choose another one.",
            "service-taken": "Somebody else on the staff signs in with that account already. Please use your own.",
            "service-late": "Signing in took too long, or this page was opened twice, so nobody was signed in. Please begin again.",
            "in-use": "A recording still names this record. Please take it out of that recording first.",
            "last-administrator": "This is the last administrator. Please make somebody else one first.",
            "moved-on": "This recording has moved on since you opened the page. Please reload it.",
            "edit-changed": "Someone else has changed this edit. Nothing of it is lost: please reload and compare.",
        }
    )


class NotReviewed(StoryshelfError):
    """Approval was asked for before every kept second had been shown."""

    sentences = MappingProxyType(
        {
            "unseen": "Some of the recording has not been shown to you yet. Please go on with “Next unseen”.",
            "unheard": "Some of the sound that must be heard has not been played to you yet. Please choose “Play what must be heard”, "
            "at up to twice its speed.",
            "same-person": "You were the last to change what is published of this recording, and this library wants somebody else "
            "to approve it. Please ask a colleague to look at it and to approve it.",
            "untitled": "This recording has no title yet. Please give it one, so that families can find it.",
            "not-approved": "Nobody has approved this recording yet.",
            "no-captions-reason": "No captions will be published with this recording. Please say why: families who need "
            "captions are told.",
            "no-waiting-reason": "This library waits between approval and publication. Please say in one line why this one does not.",
            "rights-untold": "Nobody has said yet which books, songs and pictures of others are in this recording. "
            "Please do that under “Books, songs and pictures of others”.",
            "rights-barred": "Something in this recording may not be shown on the open web, or no longer. "
            "Please see “Books, songs and pictures of others”: what is not allowed can be left out there.",
            "rights-when": "Nobody has said from when to when this is in the recording. Please do that first.",
            "no-officer": "Families cannot be told whom to ask about privacy yet, so nothing goes public. "
            "Please ask IT to set the privacy officer’s name and contact, then try again.",
        }
    )


class Fault(StoryshelfError):
    """Something of ours or of the machine failed. The state is kept and the work can go on from there."""

    sentences = MappingProxyType(
        {
            "tool-failed": "A program that we use has failed. The recording is kept; please try again, or ask IT.",
            "tool-killed": "A program that we use was stopped by the computer, perhaps for lack of memory. "
            "The recording is kept; please try again, or ask IT.",
            "tool-missing": "A program that we need is not installed. Please ask IT to run: storyshelf doctor",
            "no-sandbox": "The sandbox for opening recordings is not available, so none is opened. "
            "Please ask IT to run: storyshelf doctor",
            "port-taken": "Another program already listens where Storyshelf should, perhaps Storyshelf itself. "
            "Please end it first, or ask IT to choose other ports.",
            "chunk-failed": "A part of this recording could not be read or encoded, three times over. What was done is kept: "
            "please try again, or ask IT.",
            "disk-full": "The disk is full. Nothing is lost; please ask IT to make room, then try again.",
            "store-failed": "The place where recordings are kept does not answer. Nothing is lost; please try again later.",
            "cache-away": "This is not shown by our server any more, but the cache in front of it could not be told to forget it. "
            "It is told again within the hour; please ask IT to look.",
            "database-away": "The database does not answer. Nothing is lost; please ask IT whether it runs, then try again.",
            "service-away": "The sign-in service does not answer as it should. Please sign in with your password if you have one, "
            "or try again later.",
            "store-full": "The place where recordings are kept is full. Nothing is lost; please ask IT to make room, then try again.",
            "model-changed": "The face detector's file is not the one we checked, so it is not used. Please ask IT.",
            "settings-unfit": "The settings of this server are not complete or not right. Please ask IT.",
            "already-running": "Storyshelf is already running with this shelf, so it was not started a second time.",
            "unexpected": "Something went wrong that we did not foresee. The recording is kept; please ask IT.",
        }
    )


class Cancelled(Fault):
    """The work was stopped on purpose."""

    sentences = MappingProxyType({"cancelled": "This was stopped before it was done. Nothing is lost."})
