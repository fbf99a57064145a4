"""For the programs of whoever runs the machine: ready or not, and figures as Prometheus reads them.

Closed like everything here: an administrator may look, or whoever sends the token of the settings (`roles.BY_TOKEN`). The
proxy in front passes neither on (`deploy/nginx.conf`).
"""

from __future__ import annotations

import hmac
from collections.abc import Iterator

from flask import Blueprint, Response, request

from app.services.monitoring import Figures, figures, troubles
from app.settings import Settings
from app.web.room import staff_room

monitoring = Blueprint("monitoring", __name__)

_PROMETHEUS = "text/plain; version=0.0.4; charset=utf-8"
"""Its text format: https://prometheus.io/docs/instrumenting/exposition_formats/"""


@monitoring.get("/ready")
def ready() -> Response:
    """Whether the databases and the store answer; if not, 503 and the codes of what is wrong."""
    room = staff_room()
    wrong = troubles(room.db, room.settings)
    return Response(
        "\n".join(wrong or ("ready",)) + "\n", 503 if wrong else 200, content_type="text/plain; charset=utf-8"
    )


@monitoring.get("/metrics")
def metrics() -> Response:
    """The figures."""
    room = staff_room()
    return Response("".join(_lines(figures(room.db, room.settings))), content_type=_PROMETHEUS)


def has_token(settings: Settings) -> bool:
    """Whether the request brings the token of the settings; never where there is none."""
    token = settings.metrics_token.get_secret_value()
    sent = request.authorization
    if not token or sent is None or sent.type != "bearer" or sent.token is None:
        return False
    return hmac.compare_digest(sent.token.encode(), token.encode())


def _lines(now: Figures) -> Iterator[str]:
    yield from _gauge("recordings", "Recordings in each state.")
    for state, count in now.recordings.items():
        yield f'storyshelf_recordings{{state="{state.value}"}} {count}\n'  # our own words: nothing in them to escape
    for name, words, figure in (
        ("worker_up", "Whether a worker runs for this shelf.", int(now.worker)),
        ("waiting", "Recordings that wait for the worker.", now.waiting),
        ("oldest_waiting_seconds", "How long the first of them has waited.", now.oldest_waiting),
        ("uploads_unfinished", "Uploads that have not come whole.", now.uploads),
        ("disk_free_bytes", "Bytes left on the disk of the data folder.", now.free),
        ("disk_reserve_bytes", "Bytes of them that uploads leave free.", now.reserve),
        ("deletions_owed", "Deletions decided and not yet found to be done.", now.owed),
        ("oldest_deletion_owed_seconds", "How long ago the first of them was decided.", now.oldest_owed),
    ):
        yield from _gauge(name, words)
        yield f"storyshelf_{name} {figure}\n"


def _gauge(name: str, words: str) -> Iterator[str]:
    yield f"# HELP storyshelf_{name} {words}\n"
    yield f"# TYPE storyshelf_{name} gauge\n"
