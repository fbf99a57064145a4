"""What columns hold: words of enumerations, moments, random ids. Nothing here is a table."""

from __future__ import annotations

import secrets
from datetime import UTC, datetime, timedelta
from enum import StrEnum

from sqlalchemy import BigInteger, Dialect, Enum
from sqlalchemy.types import TypeDecorator

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_ID_LETTERS = "abcdefghijklmnopqrstuvwxyz234567"
_SLUG_LETTERS = "abcdefghijklmnopqrstuvwxyz23456789"


def new_id(length: int = 12) -> str:
    """A random id of small letters and digits (5 bits each) that may stand in a path and a URL."""
    return "".join(secrets.choice(_ID_LETTERS) for _ in range(length))


def new_slug() -> str:
    """Seven random letters and digits for a public address: short enough for a flyer."""
    return "".join(secrets.choice(_SLUG_LETTERS) for _ in range(7))


class RecordingState(StrEnum):
    """Where a recording is on its way; `services.states` says what leads where."""

    UPLOADED = "uploaded"
    ANALYSING = "analysing"
    TO_REVIEW = "to-review"
    SCHEDULED = "scheduled"
    """Approved, and published when its time has come."""
    PUBLISHING = "publishing"
    PUBLISHING_MORE = "publishing-more"
    """Families can watch the smallest size while the others are being made."""
    MORE_FAILED = "more-failed"
    """Families can watch the sizes that are done; the others failed or were stopped."""
    PUBLISHED = "published"
    UNPUBLISHED = "unpublished"
    REFUSED = "refused"
    ANALYSIS_FAILED = "analysis-failed"
    PROOF_FAILED = "proof-failed"
    PUBLISH_FAILED = "publish-failed"


class StepName(StrEnum):
    """The steps of the two workflows, in order; those from `RENDER` on are taken for one size after another."""

    PROBE = "probe"
    DETECT = "detect"
    PROPOSE = "propose"
    PREVIEW = "preview"
    READY = "ready"
    PLAN = "plan"
    RENDER = "render"
    VERIFY = "verify"
    PACKAGE = "package"
    PUBLISH = "publish"


class AgeGroup(StrEnum):
    """Whom a storytime is for."""

    BABY = "baby"
    TODDLER = "toddler"
    PRESCHOOL = "preschool"
    SCHOOL_AGE = "school-age"
    FAMILY = "family"


class WorkKind(StrEnum):
    """What others made that is read, sung or shown in a storytime."""

    BOOK = "book"
    SONG = "song"
    PICTURE = "picture"


class StaffRole(StrEnum):
    """What a member of staff may do: what those before may, and more."""

    UPLOADER = "uploader"
    """Brings recordings, and says what families read of them."""
    REVIEWER = "reviewer"
    """Looks at recordings and edits them."""
    PUBLISHER = "publisher"
    """Approves, takes down and removes."""
    ADMINISTRATOR = "administrator"
    """Says who else may do what."""

    def covers(self, other: StaffRole) -> bool:
        """Whether it may do all that the other may."""
        order = list(StaffRole)
        return order.index(self) >= order.index(other)


class LinkPurpose(StrEnum):
    """What a one-time link is good for."""

    FIRST_ADMINISTRATOR = "first-administrator"
    INVITATION = "invitation"
    NEW_PASSWORD = "new-password"  # noqa: S105 - names a purpose


class AskPurpose(StrEnum):
    """What becomes of whoever comes back from the service for signing in."""

    SIGN_IN = "sign-in"
    """Signs in."""
    WELCOME = "welcome"
    """Comes by an invitation, and is made an account that signs in there."""
    JOIN = "join"
    """Has an account already, which from then on may sign in there too."""
    CODE = "code"
    """Was there, and still has to give the code from their phone."""


class PublicationState(StrEnum):
    """Whether families see it."""

    PUBLIC = "public"
    WITHDRAWN = "withdrawn"


class Deleted(StrEnum):
    """What was deleted."""

    ORIGINAL = "original"
    """An original, and everything that was made of it for the review."""
    RECORDING = "recording"
    """The same, and the recording's row with all that was decided on it."""
    PUBLICATION = "publication"
    """Finished files that were public."""
    EVIDENCE = "evidence"
    """A file that proved what may be shown, such as a letter."""


class Rule(StrEnum):
    """Why something was deleted."""

    ORIGINALS = "originals"
    """Its time after publication or refusal was over."""
    DRAFTS = "drafts"
    """It was never published in its time."""
    END = "end"
    """The end of its publication had come."""
    STAFF = "staff"
    """Staff said so."""
    RIGHTS = "rights"
    """The right to show something in it has ended."""
    PROOF = "proof"
    """The proof of a larger size failed."""


class Moment(TypeDecorator[datetime]):
    """A moment in UTC, as whole milliseconds since 1970: the same in every database."""

    impl = BigInteger
    cache_ok = True

    def process_bind_param(self, value: datetime | None, dialect: Dialect) -> int | None:  # noqa: ARG002 - SQLAlchemy's
        """To milliseconds. Raises ValueError for a moment without a time zone."""
        if value is None:
            return None
        if value.tzinfo is None:
            raise ValueError("a moment has a time zone")
        return (value - _EPOCH) // timedelta(milliseconds=1)

    def process_result_value(self, value: int | None, dialect: Dialect) -> datetime | None:  # noqa: ARG002 - SQLAlchemy's
        """To UTC."""
        return None if value is None else _EPOCH + timedelta(milliseconds=value)


def words_of(kind: type[StrEnum]) -> Enum:
    """A column that holds the words of an enumeration, as text."""
    return Enum(
        kind,
        native_enum=False,  # a new word then needs no new type in PostgreSQL
        create_constraint=False,  # the enumeration is checked on the way in and out; SQLite cannot alter constraints
        length=32,
        validate_strings=True,  # a word that is not of the enumeration is refused before it is written
        values_callable=lambda words: [word.value for word in words],
    )
