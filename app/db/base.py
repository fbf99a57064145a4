"""What all tables have in common."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy import BigInteger
from sqlalchemy.orm import DeclarativeBase

from app.db.kinds import (
    AgeGroup,
    AskPurpose,
    Deleted,
    LinkPurpose,
    Moment,
    PublicationState,
    RecordingState,
    Rule,
    StaffRole,
    StepName,
    WorkKind,
    words_of,
)
from media_pipeline.core.captions import Uncaptioned
from media_pipeline.core.rights import AtEnd, Basis, Scope


class Base(DeclarativeBase):
    """All tables."""

    type_annotation_map: dict[Any, Any] = {  # noqa: RUF012 - SQLAlchemy reads this attribute by name
        datetime: Moment(),
        int: BigInteger(),
        RecordingState: words_of(RecordingState),
        StepName: words_of(StepName),
        AgeGroup: words_of(AgeGroup),
        LinkPurpose: words_of(LinkPurpose),
        AskPurpose: words_of(AskPurpose),
        StaffRole: words_of(StaffRole),
        PublicationState: words_of(PublicationState),
        Deleted: words_of(Deleted),
        Rule: words_of(Rule),
        Uncaptioned: words_of(Uncaptioned),
        WorkKind: words_of(WorkKind),
        Basis: words_of(Basis),
        Scope: words_of(Scope),
        AtEnd: words_of(AtEnd),
    }
