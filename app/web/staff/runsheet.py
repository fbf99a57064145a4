"""For the next live storytime: what to set before it is recorded, and what to tell families; to print."""

from __future__ import annotations

from flask import Blueprint, render_template

from app.web import words
from app.web.room import staff_room

runsheet = Blueprint("runsheet", __name__)


@runsheet.get("/next-storytime")
def page() -> str:
    """The page; how long a recording is published, and whom families ask, stand on it as they are set now."""
    settings = staff_room().settings
    return render_template(
        "staff/runsheet.html",
        platform=settings.live_platform or "the meeting",
        plataforma=settings.live_platform or "la reunión",
        days=words.days(settings.published_days),
        dias=f"{settings.published_days} día{'s' if settings.published_days != 1 else ''}",
        officer=settings.privacy_officer_name,
        contact=settings.privacy_officer_contact,
    )
