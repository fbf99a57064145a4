"""Pictures for the list of recordings: of what is public, and of nothing that nobody has approved."""

from __future__ import annotations

from flask import Blueprint, Response, abort

from app.services import shelf
from app.web.media import send_whole
from app.web.room import staff_room

pictures = Blueprint("pictures", __name__)


@pictures.get("/recordings/<recording_id>/poster.jpg")
def poster(recording_id: str) -> Response:
    """The poster that families see; 404 as soon as they see none."""
    room = staff_room()
    found = shelf.poster(room.db, room.settings, recording_id)
    if not isinstance(found, shelf.PublicFile):
        abort(404)
    try:
        return send_whole(found.kept, "no-store")
    except FileNotFoundError:  # taken down a moment ago
        abort(404)
