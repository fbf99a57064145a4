"""The confirmation of a takedown, to print for the family who asked, and what is left to do for staff."""

from __future__ import annotations

from flask import Blueprint, abort, render_template

from app.services import takedowns
from app.services.takedowns import Gone
from app.web import words
from app.web.public.tongue import TONGUES, prefix
from app.web.room import staff_room
from media_pipeline.core.errors import Stale

takedown = Blueprint("takedown", __name__, url_prefix="/recordings/<recording_id>")


@takedown.get("/takedown")
def page(recording_id: str) -> str:
    """The page; 404 while the recording is public or never was."""
    room = staff_room()
    try:
        gone = takedowns.takedown(room.db, recording_id)
    except Stale:
        abort(404)
    settings = room.settings
    return render_template(
        "staff/takedown.html",
        recording_id=recording_id,
        gone=[_described(one, settings.public_url) for one in gone],
        officer=settings.privacy_officer_name,
        contact=settings.privacy_officer_contact,
        cache_holder=settings.cache_holder.strip() if settings.cache_purge is not None else "",
        places=[place for one in gone for place in _places(one)],
    )


def _described(one: Gone, public_url: str) -> dict[str, str]:
    return {
        "address": f"{public_url}/s/{one.slug}",
        "since": words.moment(one.withdrawn_at),
        "deleted": words.moment(one.deleted_at) if one.deleted_at else "",
        "record": one.record,
    }


def _places(one: Gone) -> list[str]:
    """The folders of an exported copy that hold anything of it."""
    return [f"media/{one.place}", *(f"{prefix(tag)}/s/{one.slug}".lstrip("/") for tag in TONGUES)]
