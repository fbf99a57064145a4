"""The table of what the privacy page said."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import String, Text
from sqlalchemy.orm import Mapped, mapped_column

from app.db.base import Base
from app.db.kinds import new_id


class Policy(Base):
    """The privacy page in one language, from one day until it said something else."""

    __tablename__ = "policy"

    id: Mapped[str] = mapped_column(String(12), primary_key=True, default=new_id)
    tongue: Mapped[str] = mapped_column(String(8))
    text: Mapped[str] = mapped_column(Text)
    """HTML, without the day on which it was made."""
    since: Mapped[datetime]
