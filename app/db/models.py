"""The tables. Nothing of a recording's own tags, names or text is in any of them."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import ForeignKey, Index, String, Text, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

import app.db.asks
import app.db.policies
import app.db.works  # noqa: F401 - their tables are among all
from app.db.base import Base as Base  # whoever has it from here has all tables
from app.db.kinds import (
    AgeGroup,
    Deleted,
    LinkPurpose,
    PublicationState,
    RecordingState,
    Rule,
    StaffRole,
    StepName,
    new_id,
    new_slug,
)
from media_pipeline.core.captions import Uncaptioned


class User(Base):
    """A member of staff. Nobody is ever deleted: what they did names them."""

    __tablename__ = "user"
    __table_args__ = (UniqueConstraint("service_issuer", "service_subject", name="user_of_the_service"),)

    id: Mapped[str] = mapped_column(String(12), primary_key=True, default=new_id)
    login: Mapped[str] = mapped_column(String(120), unique=True)
    """As typed, in small letters and without spaces around it."""
    password_hash: Mapped[str] = mapped_column(String(255))
    """argon2id; empty when they have none, because they sign in elsewhere."""
    created_at: Mapped[datetime]
    disabled: Mapped[bool] = mapped_column(default=False)
    role: Mapped[StaffRole] = mapped_column(default=StaffRole.UPLOADER)
    code_nonce: Mapped[str | None] = mapped_column(String(32))
    """What the secret of their codes is derived from, with the server's own key; None while no code is asked for."""
    code_step: Mapped[int] = mapped_column(default=0)
    """The latest half minute whose code was used: none is taken twice."""
    service_issuer: Mapped[str | None] = mapped_column(String(300))
    """The service for signing in whose account may stand for theirs, by its own address; None for most."""
    service_subject: Mapped[str | None] = mapped_column(String(255))
    """What that service calls the account: never given to anybody else, unlike a name or an e-mail address."""


class OneTimeLink(Base):
    """A link that works once, until it expires. Only the hash of its token is kept."""

    __tablename__ = "one_time_link"

    id: Mapped[str] = mapped_column(String(12), primary_key=True, default=new_id)
    token_sha256: Mapped[str] = mapped_column(String(64), unique=True)
    purpose: Mapped[LinkPurpose]
    role: Mapped[StaffRole | None]
    """Of whoever an invitation makes."""
    user_id: Mapped[str | None] = mapped_column(ForeignKey("user.id", ondelete="CASCADE"))
    """Whose password it changes."""
    expires_at: Mapped[datetime]
    used_at: Mapped[datetime | None]


class StaffSession(Base):
    """Someone signed in on one browser. Only the hash of its token is kept."""

    __tablename__ = "staff_session"

    id: Mapped[str] = mapped_column(String(12), primary_key=True, default=new_id)
    token_sha256: Mapped[str] = mapped_column(String(64), unique=True)
    user_id: Mapped[str] = mapped_column(ForeignKey("user.id", ondelete="CASCADE"), index=True)
    created_at: Mapped[datetime]
    expires_at: Mapped[datetime]
    ended_at: Mapped[datetime | None]


class Recording(Base):
    """One uploaded file and where it is on its way."""

    __tablename__ = "recording"

    id: Mapped[str] = mapped_column(String(12), primary_key=True, default=new_id)
    upload_id: Mapped[str | None] = mapped_column(String(64), unique=True)
    """The upload it came from: taking one in twice is the same as once. None for a demonstration."""
    created_at: Mapped[datetime]
    uploaded_by: Mapped[str | None] = mapped_column(ForeignKey("user.id", ondelete="SET NULL"))
    replaces: Mapped[str | None] = mapped_column(ForeignKey("recording.id", ondelete="SET NULL"))
    """The public recording from whose finished film it was made, and whose place it takes when it is public itself."""
    demo: Mapped[bool] = mapped_column(default=False)
    """A generated film of the demonstration, which the demonstration may approve by itself."""

    state: Mapped[RecordingState] = mapped_column(index=True)
    state_at: Mapped[datetime]
    """Since when."""
    code: Mapped[str | None] = mapped_column(String(32))
    """Why it was refused or failed: a code of the error tree."""
    step: Mapped[StepName | None]
    """What the worker is doing; None while it waits for the worker."""
    permille: Mapped[int] = mapped_column(default=0)
    """How much is done, 0 to 1000: of that step of an analysis, of all sizes of a publication."""
    attempt: Mapped[int] = mapped_column(default=1)
    """Counts the workflows started for it: only the latest may change anything."""
    cancel_asked: Mapped[bool] = mapped_column(default=False)
    """Someone wants the work on it to stop."""

    hint: Mapped[str] = mapped_column(String(32))
    """What the file's name hinted at: a word of `app.uploads.names.NameHint`."""
    sha256: Mapped[str] = mapped_column(String(64))
    size: Mapped[int]
    length_ms: Mapped[int | None]

    title: Mapped[str] = mapped_column(String(200), default="")
    series: Mapped[str] = mapped_column(String(200), default="")
    age_group: Mapped[AgeGroup | None]
    language: Mapped[str] = mapped_column(String(35), default="")
    """A BCP 47 tag such as `en` or `es-MX`; empty when not told."""
    description: Mapped[str] = mapped_column(Text, default="")
    held_on: Mapped[str] = mapped_column(String(10), default="")
    """The day of the storytime, such as `2026-09-15`; empty when not told."""
    branch: Mapped[str] = mapped_column(String(200), default="")
    """Where it was held."""
    theme: Mapped[str] = mapped_column(String(200), default="")
    books: Mapped[str] = mapped_column(Text, default="")
    """Books and songs with their credits, one a line."""
    credits: Mapped[str] = mapped_column(Text, default="")
    """The same of those that there is a record of rights for and that are in it, as these say it: written with them."""
    rights_told: Mapped[bool] = mapped_column(default=False)
    """Whether staff said that everything of others in it has its record of rights."""
    downloadable: Mapped[bool] = mapped_column(default=True)
    """Whether families are offered it to save: whether every record of what is in it allows that."""
    tip: Mapped[str] = mapped_column(Text, default="")
    """An early-literacy tip for whoever watches with the child."""
    signed: Mapped[bool] = mapped_column(default=False)
    """Whether it is signed in American Sign Language."""
    other_tongue: Mapped[str] = mapped_column(String(8), default="")
    """Of the pages' languages, the one whose pages say what follows instead; empty when none does."""
    other_title: Mapped[str] = mapped_column(String(200), default="")
    other_description: Mapped[str] = mapped_column(Text, default="")
    other_tip: Mapped[str] = mapped_column(Text, default="")

    edits_json: Mapped[str | None] = mapped_column(Text)
    """The EditList as canonical JSON; None while it is what was proposed."""
    edit_version: Mapped[int] = mapped_column(default=0)
    """Counts every change, undoing among them."""
    edit_place: Mapped[int] = mapped_column(default=0)
    """Which of its states the edit is in: those before can be gone back to."""
    edit_last: Mapped[int] = mapped_column(default=0)
    """The last of them: larger than `edit_place` while something is undone."""
    edited_by: Mapped[str | None] = mapped_column(ForeignKey("user.id", ondelete="SET NULL"))
    """Who changed last what is to be published of it, its captions and looks among that; None while it is what was proposed."""
    answers_json: Mapped[str | None] = mapped_column(Text)
    """What staff say its looks show, as the canonical JSON of an Answered; None while they said nothing."""

    participants_muted: Mapped[bool] = mapped_column(default=False)
    """Whether staff declared that participants were muted while it was recorded."""

    publish_at: Mapped[datetime | None]
    """When what is approved is to be made and published; None at once, and while nothing is approved."""
    published_at: Mapped[datetime | None]
    withdrawn_at: Mapped[datetime | None]
    original_deleted_at: Mapped[datetime | None]
    """When all private files of it were deleted."""
    ends_at: Mapped[datetime | None]
    """When it is to be taken down."""
    held_reason: Mapped[str | None] = mapped_column(String(200))
    """Why nothing of it may be deleted, in staff's words; None when it may."""
    held_by: Mapped[str | None] = mapped_column(ForeignKey("user.id", ondelete="SET NULL"))
    held_at: Mapped[datetime | None]


class EditState(Base):
    """A state of an edit that can be gone back to, or come to again."""

    __tablename__ = "edit_state"

    recording_id: Mapped[str] = mapped_column(ForeignKey("recording.id", ondelete="CASCADE"), primary_key=True)
    place: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    edits_json: Mapped[str | None] = mapped_column(Text)
    """As the recording's."""
    answers_json: Mapped[str | None] = mapped_column(Text)
    """As the recording's."""


class SheetShown(Base):
    """One page of the contact sheet, sent to one signed-in browser."""

    __tablename__ = "sheet_shown"

    recording_id: Mapped[str] = mapped_column(ForeignKey("recording.id", ondelete="CASCADE"), primary_key=True)
    session_id: Mapped[str] = mapped_column(ForeignKey("staff_session.id", ondelete="CASCADE"), primary_key=True)
    sheet: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    issued_at: Mapped[datetime]
    seen_at: Mapped[datetime | None]


class BytesSent(Base):
    """A stretch of a recording's proxy, sent to one signed-in browser; stretches that touch are merged."""

    __tablename__ = "bytes_sent"

    recording_id: Mapped[str] = mapped_column(ForeignKey("recording.id", ondelete="CASCADE"), primary_key=True)
    session_id: Mapped[str] = mapped_column(ForeignKey("staff_session.id", ondelete="CASCADE"), primary_key=True)
    start: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    end: Mapped[int]
    """First byte after it."""


class SecondWatched(Base):
    """A second of a film's preview that was played on one signed-in browser."""

    __tablename__ = "second_watched"

    recording_id: Mapped[str] = mapped_column(ForeignKey("recording.id", ondelete="CASCADE"), primary_key=True)
    session_id: Mapped[str] = mapped_column(ForeignKey("staff_session.id", ondelete="CASCADE"), primary_key=True)
    second: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    """On the recording's clock, from 0."""
    at: Mapped[datetime]


class SecondHeard(Base):
    """A second of a recording's preview whose sound was played on one signed-in browser."""

    __tablename__ = "second_heard"

    recording_id: Mapped[str] = mapped_column(ForeignKey("recording.id", ondelete="CASCADE"), primary_key=True)
    session_id: Mapped[str] = mapped_column(ForeignKey("staff_session.id", ondelete="CASCADE"), primary_key=True)
    second: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    """On the recording's clock, from 0."""
    at: Mapped[datetime]


class Approval(Base):
    """One decision to publish, bound to what was shown."""

    __tablename__ = "approval"

    id: Mapped[str] = mapped_column(String(12), primary_key=True, default=new_id)
    recording_id: Mapped[str] = mapped_column(ForeignKey("recording.id", ondelete="CASCADE"), index=True)
    user_id: Mapped[str | None] = mapped_column(ForeignKey("user.id", ondelete="SET NULL"))
    """None for the demonstration's own."""
    role: Mapped[str] = mapped_column(String(32))
    """A word of the core's `Role`."""
    proposal_digest: Mapped[str] = mapped_column(String(64))
    edits_digest: Mapped[str] = mapped_column(String(64))
    decision_json: Mapped[str] = mapped_column(Text)
    """The ReviewDecision as canonical JSON."""
    publication_id: Mapped[str] = mapped_column(String(16), unique=True, default=lambda: new_id(16))
    """Drawn now, so that publishing can be repeated after a crash and is still one publication."""
    uncaptioned: Mapped[Uncaptioned | None]
    """Why no captions are published; None where some are, where nothing is to be heard, and for one of before reasons were asked."""
    hurried: Mapped[str] = mapped_column(String(200), default="")
    """Why it did not wait as long as this library usually does, in staff's words; empty when it did."""
    at: Mapped[datetime]


class Publication(Base):
    """Proven files at a public address: those of the smallest size first, the others' as they are proven."""

    __tablename__ = "publication"

    id: Mapped[str] = mapped_column(String(16), primary_key=True)
    slug: Mapped[str] = mapped_column(String(7), unique=True, default=new_slug)
    recording_id: Mapped[str | None] = mapped_column(ForeignKey("recording.id", ondelete="SET NULL"))
    """None once the recording was removed: the address then still says that it is gone."""
    demo: Mapped[bool] = mapped_column(default=False)
    plan_digest: Mapped[str] = mapped_column(String(64))
    """The plan of all sizes: files of another plan are never added. Empty for one of before there were several."""
    reports_json: Mapped[str] = mapped_column(Text)
    """The digests of the reports, one a size, in the order of their publication: canonical JSON."""
    files_json: Mapped[str] = mapped_column(Text)
    """The OutputFiles as canonical JSON, by name: the only ones that are served."""
    top_width: Mapped[int]
    """Pixels of the largest size, also while it is still being made."""
    top_height: Mapped[int]
    length_ms: Mapped[int]
    has_video: Mapped[bool]
    has_sound: Mapped[bool]
    state: Mapped[PublicationState]
    published_at: Mapped[datetime]
    withdrawn_at: Mapped[datetime | None]

    __table_args__ = (Index("publication_on_shelf", "state", "published_at"),)


class Deed(Base):
    """Something that a member of staff did. Rows are added and, when their time is over, deleted; never changed."""

    __tablename__ = "deed"

    id: Mapped[str] = mapped_column(String(12), primary_key=True, default=new_id)
    at: Mapped[datetime] = mapped_column(index=True)
    user_id: Mapped[str | None] = mapped_column(ForeignKey("user.id"))
    """None for the command line."""
    what: Mapped[str] = mapped_column(String(48))
    """A word of ours, such as `approve`."""
    about: Mapped[str] = mapped_column(String(32), default="")
    """The random id of the recording, the upload or the member of staff."""


class Deletion(Base):
    """One deletion: nothing in it tells of a person, a title or a file's name, so that it may be kept."""

    __tablename__ = "deletion"

    id: Mapped[str] = mapped_column(String(12), primary_key=True, default=new_id)
    what: Mapped[Deleted]
    place: Mapped[str] = mapped_column(String(16))
    """The random id that the recording or the publication had; of evidence, the first half of what follows."""
    rule: Mapped[Rule]
    sha256: Mapped[str] = mapped_column(String(64))
    """Of the original or the evidence, or of the list of finished files with their hashes: proves later which bytes it was."""
    at: Mapped[datetime]
    """When it was decided."""
    gone_at: Mapped[datetime | None]
    """When nothing was found of it any more; None until then."""
