"""The table of whoever is on their way through the service for signing in."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import ForeignKey, String
from sqlalchemy.orm import Mapped, mapped_column

from app.db.base import Base
from app.db.kinds import AskPurpose


class ServiceAsk(Base):
    """Somebody was sent to the service for signing in and is not back yet. Only the hash of their browser's token is kept, and
    what the service is told is derived from that token.
    """

    __tablename__ = "service_ask"

    token_sha256: Mapped[str] = mapped_column(String(64), primary_key=True)
    purpose: Mapped[AskPurpose]
    link_id: Mapped[str | None] = mapped_column(ForeignKey("one_time_link.id", ondelete="CASCADE"))
    """The invitation they came by."""
    login: Mapped[str] = mapped_column(String(120), default="")
    """The name they chose there."""
    session_id: Mapped[str | None] = mapped_column(ForeignKey("staff_session.id", ondelete="CASCADE"))
    """Where somebody was signed in already."""
    user_id: Mapped[str | None] = mapped_column(ForeignKey("user.id", ondelete="CASCADE"))
    """Whose code is still to come."""
    tries: Mapped[int] = mapped_column(default=0)
    """Codes that were wrong."""
    expires_at: Mapped[datetime]
